//! What files that hover over the window seem to be, so that the drop zone can answer honestly.
//!
//! Only names are looked at, and whether they are folders: the content decides, and it is read
//! after the drop.

use std::path::Path;

use crate::project::file::is_project;

/// Endings of the kinds of picture that can be read.
pub const PICTURE_ENDINGS: [&str; 19] = [
    "jpg", "jpeg", "png", "webp", "tif", "tiff", "gif", "bmp", "exr", "hdr", "ico", "pnm", "ppm",
    "pgm", "pbm", "pam", "qoi", "tga", "jfif",
];
/// Endings of files with weights: a model or a LoRA; some are then refused with advice.
const WEIGHT_ENDINGS: [&str; 5] = ["safetensors", "ckpt", "pt", "pth", "gguf"];

/// Endings of clips, among which a take of Kinora may be.
const CLIP_ENDINGS: [&str; 5] = ["mp4", "mov", "mkv", "webm", "apng"];

/// What one file or folder seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A picture.
    Picture,
    /// A folder, which may hold pictures.
    Folder,
    /// A clip, which may be a take.
    Clip,
    /// Weights: a model or a LoRA.
    Weights,
    /// The address of something on a network.
    Address,
    /// Anything else; its content may still be a picture.
    Other,
}

impl Kind {
    /// What this seems to be.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        if crate::app::query::drop_hint::is_address(&path.to_string_lossy()) {
            return Self::Address;
        }
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        if path.is_dir() {
            Self::Folder
        } else if PICTURE_ENDINGS.contains(&ending.as_str()) {
            Self::Picture
        } else if CLIP_ENDINGS.contains(&ending.as_str()) {
            Self::Clip
        } else if WEIGHT_ENDINGS.contains(&ending.as_str()) {
            Self::Weights
        } else {
            Self::Other
        }
    }
}

/// What a drop would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Something useful, in words.
    Welcome(String),
    /// Nothing, and why.
    Useless(String),
}

impl Payload {
    /// What dropping these would do.
    #[must_use]
    pub fn of(paths: &[&Path]) -> Self {
        let kinds: Vec<Kind> = paths.iter().map(|path| Kind::of(path)).collect();
        if let ([path], [kind]) = (paths, &kinds[..]) {
            return Self::of_one(path, *kind);
        }
        let count = |wanted: Kind| kinds.iter().filter(|kind| **kind == wanted).count();
        let welcome: Vec<String> = [
            (Kind::Picture, "picture", "pictures"),
            (Kind::Folder, "folder", "folders"),
            (Kind::Clip, "take", "takes"),
            (Kind::Weights, "weight file", "weight files"),
        ]
        .into_iter()
        .filter_map(|(kind, one, many)| match count(kind) {
            0 => None,
            1 => Some(format!("1 {one}")),
            some => Some(format!("{some} {many}")),
        })
        .collect();
        let rest = count(Kind::Other) + count(Kind::Address);
        match (welcome.len(), rest) {
            (0, 0) => Self::Useless("Drop a picture".to_owned()),
            (0, _) if count(Kind::Address) == kinds.len() => Self::Useless(ADDRESS.to_owned()),
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

    fn of_one(path: &Path, kind: Kind) -> Self {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        match kind {
            Kind::Picture => Self::Welcome(format!("Drop to open {name}")),
            Kind::Folder if is_project(path) => {
                Self::Welcome(format!("Drop to open the project {name}"))
            }
            Kind::Clip => {
                Self::Welcome(format!("Drop to open {name}"))
            }
            Kind::Folder => Self::Welcome(format!("Drop to open the pictures in {name}")),
            Kind::Weights => Self::Welcome(format!(
                "Drop to see whether {name} can be used, and install it"
            )),
            Kind::Address => Self::Useless(ADDRESS.to_owned()),
            Kind::Other => Self::Useless(format!("{name} does not look like a picture")),
        }
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Welcome(words) | Self::Useless(words) => words,
        }
    }
}

/// Why an address cannot be opened.
const ADDRESS: &str = "This is an address: save the picture first, then drop the file";

/// Whether this is an address on a network.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        !scheme.eq_ignore_ascii_case("file")
            && !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise_what_endings_say() {
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
    fn folders_are_told_from_files() {
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
