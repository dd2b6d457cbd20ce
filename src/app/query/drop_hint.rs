//! The hint for files that hover over the window. It goes by their names; their content is read after the drop.

use std::path::Path;

use crate::library::path_kind::{Evidence, PathKind, classify};

/// What a drop would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Something useful, in a few words.
    Welcome(String),
    /// Nothing, with the reason.
    Useless(String),
}

impl Payload {
    /// What dropping these paths would do.
    #[must_use]
    pub fn of(paths: &[&Path]) -> Self {
        let kinds: Vec<PathKind> = paths
            .iter()
            .map(|path| classify(path, Evidence::Name))
            .collect();
        if let ([path], [kind]) = (paths, &kinds[..]) {
            return Self::of_one(path, *kind);
        }
        let count =
            |counted: &[PathKind]| kinds.iter().filter(|kind| counted.contains(kind)).count();
        let welcome: Vec<String> = [
            (&[PathKind::Picture][..], "picture", "pictures"),
            (
                &[PathKind::Folder, PathKind::Project, PathKind::Model],
                "folder",
                "folders",
            ),
            (&[PathKind::Clip], "take", "takes"),
            (&[PathKind::Weights], "weight file", "weight files"),
        ]
        .into_iter()
        .filter_map(|(counted, one, many)| match count(counted) {
            0 => None,
            1 => Some(format!("1 {one}")),
            some => Some(format!("{some} {many}")),
        })
        .collect();
        let rest = count(&[PathKind::Other, PathKind::Url]);
        match (welcome.len(), rest) {
            (0, 0) => Self::Useless("Drop a picture".to_owned()),
            (0, _) if count(&[PathKind::Url]) == kinds.len() => Self::Useless(ADDRESS.to_owned()),
            (0, rest) => Self::Useless(format!("None of these {rest} files looks like a picture")),
            (_, 0) => Self::Welcome(format!("Drop to open {}", welcome.join(" and "))),
            (_, 1) => Self::Welcome(format!(
                "Drop to open {}; 1 file does not look like a picture",
                welcome.join(" and ")
            )),
            (_, rest) => Self::Welcome(format!(
                "Drop to open {}; {rest} files do not look like pictures",
                welcome.join(" and ")
            )),
        }
    }

    fn of_one(path: &Path, kind: PathKind) -> Self {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        match kind {
            PathKind::Picture => Self::Welcome(format!("Drop to open {name}")),
            PathKind::Project => Self::Welcome(format!("Drop to open the project {name}")),
            PathKind::Clip => Self::Welcome(format!("Drop to open {name}")),
            PathKind::Folder => Self::Welcome(format!("Drop to open the pictures in {name}")),
            PathKind::Weights | PathKind::Model | PathKind::Lora => Self::Welcome(format!(
                "Drop to see whether {name} can be used, and install it"
            )),
            PathKind::Url => Self::Useless(ADDRESS.to_owned()),
            PathKind::Other => Self::Useless(format!("{name} does not look like a picture")),
        }
    }

    /// The text.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Welcome(words) | Self::Useless(words) => words,
        }
    }
}

/// Why a URL cannot be opened.
const ADDRESS: &str = "This is a web address: save the picture first, then drop the file";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_follows_the_extension() {
        let of = |names: &[&str]| Payload::of(&names.iter().map(Path::new).collect::<Vec<_>>());
        let welcome = |words: &str| Payload::Welcome(words.to_owned());
        let useless = |words: &str| Payload::Useless(words.to_owned());
        assert_eq!(of(&["a/Sea.JPG"]), welcome("Drop to open Sea.JPG"));
        assert_eq!(of(&["a.png", "b.webp"]), welcome("Drop to open 2 pictures"));
        assert_eq!(
            of(&["a.png", "b.txt"]),
            welcome("Drop to open 1 picture; 1 file does not look like a picture")
        );
        assert_eq!(
            of(&["notes"]),
            useless("notes does not look like a picture")
        );
        assert_eq!(
            of(&["a", "b"]),
            useless("None of these 2 files looks like a picture")
        );
        assert_eq!(of(&["https://example.org/sea.jpg"]), useless(ADDRESS));
        assert_eq!(
            of(&["pan.safetensors", "x.png"])
                .words()
                .matches("weight")
                .count(),
            1
        );
    }

    #[test]
    fn folders_are_not_files() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("summer.jpg");
        std::fs::create_dir(&inner).unwrap();
        assert_eq!(
            Payload::of(&[&inner]),
            Payload::Welcome("Drop to open the pictures in summer.jpg".to_owned())
        );
        let file = folder.path().join("sea.png");
        assert_eq!(
            Payload::of(&[&inner, &file]),
            Payload::Welcome("Drop to open 1 picture and 1 folder".to_owned())
        );
    }
}
