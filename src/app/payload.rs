//! What files that hover over the window seem to be, so that the drop zone can answer honestly.
//!
//! Only the names are looked at: the content decides, and it is read after the drop.

use std::path::Path;

/// Endings of the kinds of picture that can be read.
pub const PICTURE_ENDINGS: [&str; 19] = [
    "jpg", "jpeg", "png", "webp", "tif", "tiff", "gif", "bmp", "exr", "hdr", "ico", "pnm", "ppm",
    "pgm", "pbm", "pam", "qoi", "tga", "jfif",
];

/// What a drop would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Open pictures.
    Pictures(String),
    /// Look into files whose names promise no picture.
    Unsure(String),
}

impl Payload {
    /// What dropping these files would do.
    #[must_use]
    pub fn of(paths: &[&Path]) -> Self {
        let promising = |path: &&&Path| {
            let ending = path
                .extension()
                .unwrap_or_default()
                .to_string_lossy()
                .to_lowercase();
            PICTURE_ENDINGS.contains(&ending.as_str())
        };
        let pictures = paths.iter().filter(promising).count();
        let name = |path: &Path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        match (paths, pictures) {
            ([only], 1) => Self::Pictures(format!("Drop to open {}", name(only))),
            ([only], _) => Self::Unsure(format!("{} does not look like a picture", name(only))),
            ([], _) => Self::Unsure("Drop a picture".to_owned()),
            (many, 0) => Self::Unsure(format!(
                "None of these {} files looks like a picture",
                many.len()
            )),
            (many, all) if all == many.len() => {
                Self::Pictures(format!("Drop to open {all} pictures"))
            }
            (many, some) => Self::Pictures(format!("Drop to open {some} of {} files", many.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise_what_endings_say() {
        let of = |names: &[&str]| Payload::of(&names.iter().map(Path::new).collect::<Vec<_>>());
        let pictures = |words: &str| Payload::Pictures(words.to_owned());
        let unsure = |words: &str| Payload::Unsure(words.to_owned());
        assert_eq!(of(&["a/Sea.JPG"]), pictures("Drop to open Sea.JPG"));
        assert_eq!(
            of(&["a.png", "b.webp"]),
            pictures("Drop to open 2 pictures")
        );
        assert_eq!(
            of(&["a.png", "b.txt"]),
            pictures("Drop to open 1 of 2 files")
        );
        assert_eq!(of(&["notes"]), unsure("notes does not look like a picture"));
        assert_eq!(
            of(&["a", "b"]),
            unsure("None of these 2 files looks like a picture")
        );
    }
}
