//! Names in recipes: of pictures, models and LoRAs, with fingerprints and without folders.

use std::path::PathBuf;

/// Prefixes of picture files saved by Kinora; the fingerprint follows.
const KEPT: [&str; 2] = ["picture-", "sample-"];

/// Something that a recipe names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// A file name without folders, or a name in the library.
    pub name: String,
    /// Hash of its content, if known.
    pub fingerprint: Option<String>,
    /// Its path in recipes of the first form; never written.
    pub place: Option<PathBuf>,
}

impl Named {
    /// Parses a name or path; the last component is the name.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let name = last_part(text).to_owned();
        let place = (name != text).then(|| PathBuf::from(text));
        // Saved pictures are named after their fingerprint.
        let fingerprint = KEPT.iter().find_map(|kind| {
            let fingerprint = name.strip_prefix(kind)?.strip_suffix(".png")?;
            let is_print = fingerprint.len() == 16
                && fingerprint.chars().all(|digit| digit.is_ascii_hexdigit());
            is_print.then(|| fingerprint.to_owned())
        });
        Self {
            name,
            fingerprint,
            place,
        }
    }

    /// The same for a new recipe: with the fingerprint of its content and without a path, which is private to this
    /// machine.
    #[must_use]
    pub fn with_fingerprint(self, fingerprint: String) -> Self {
        Self {
            fingerprint: Some(fingerprint),
            place: None,
            ..self
        }
    }

    /// The name without the extension of weight files.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.name.trim_end_matches(".safetensors")
    }

    pub(super) fn known_by(self, fingerprint: Option<String>) -> Self {
        Self {
            fingerprint: fingerprint.or(self.fingerprint),
            ..self
        }
    }
}

/// The last component of a path of any system, or a name unchanged.
#[must_use]
pub fn last_part(text: &str) -> &str {
    let text = text.trim_end_matches(['/', '\\']);
    text.rsplit(['/', '\\']).next().unwrap_or(text)
}
