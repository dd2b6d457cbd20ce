//! The contents of the export sheet: format, size, plays, name, folder. Each export starts with those of the last.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::export::ExportSettings;
use crate::project::file::plain_name;

pub use crate::export::{OutputKind, Quality, Scale};

/// Placeholders in a file name.
pub const WORDS: [&str; 7] = [
    "{name}",
    "{picture}",
    "{take}",
    "{seed}",
    "{model}",
    "{fps}",
    "{project}",
];

/// The usual file name of a take.
pub const TAKE_NAME: &str = "{name}";
/// The usual file name of the sequence.
pub const SEQUENCE_NAME: &str = "{project}";
/// The usual file name of an animatic.
pub const ANIMATIC_NAME: &str = "{picture} animatic";

/// The contents of the export sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportForm {
    /// The format.
    pub kind: OutputKind,
    /// Size, plays and quality.
    pub delivery: ExportSettings,
    /// File name of a take without its extension; [`WORDS`] are replaced. If it is empty, [`TAKE_NAME`] is used. Not
    /// saved: each window starts with an empty one.
    #[serde(skip)]
    pub name: String,
    /// The same for the sequence, with [`SEQUENCE_NAME`].
    #[serde(skip)]
    pub sequence_name: String,
    /// The same for an animatic, with [`ANIMATIC_NAME`].
    #[serde(skip)]
    pub animatic_name: String,
    /// Whether to embed the recipe, from which the take can be made again.
    pub recipe: bool,
    /// The folder; `None` until the system's folder for films is known.
    pub folder: Option<PathBuf>,
    /// Whether these settings have been used; if so, an export can start without the sheet.
    pub used: bool,
}

impl Default for ExportForm {
    fn default() -> Self {
        Self {
            kind: OutputKind::default(),
            delivery: ExportSettings::default(),
            name: String::new(),
            sequence_name: String::new(),
            animatic_name: String::new(),
            recipe: true,
            folder: None,
            used: false,
        }
    }
}

/// Values of the placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    /// The take's name, or its picture and number if it has none.
    pub name: String,
    /// The picture's name without its extension.
    pub picture: String,
    /// The take's number, or "sequence" or "animatic".
    pub take: String,
    /// The take's seed.
    pub seed: String,
    /// The model's name.
    pub model: String,
    /// Frames per second.
    pub fps: String,
    /// The project's name, or the default for one without a name.
    pub project: String,
}

/// A file name without its extension that is valid on every system.
#[must_use]
pub fn file_name(template: &str, parts: &NameParts) -> String {
    let values = [
        &parts.name,
        &parts.picture,
        &parts.take,
        &parts.seed,
        &parts.model,
        &parts.fps,
        &parts.project,
    ];
    let mut name = String::new();
    let mut rest = template;
    while let Some(letter) = rest.chars().next() {
        let word = WORDS
            .iter()
            .zip(values)
            .find(|(word, _)| rest.starts_with(**word));
        if let Some((word, value)) = word {
            name.push_str(value);
            rest = &rest[word.len()..];
        } else {
            name.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    plain_name(&name).unwrap_or_else(|| "kinora".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_made_of_placeholders_and_valid_everywhere() {
        let parts = NameParts {
            name: "Over the hill".to_owned(),
            picture: "a/b {take}".to_owned(),
            take: "3".to_owned(),
            seed: "42".to_owned(),
            model: "svd".to_owned(),
            fps: "30000/1001".to_owned(),
            project: "My film".to_owned(),
        };
        let name = |template| file_name(template, &parts);
        assert_eq!(name("{picture} take {take}"), "a-b {take} take 3");
        assert_eq!(name("{seed}-{model}-{fps}"), "42-svd-30000-1001");
        assert_eq!(name("{project}, {take}"), "My film, 3");
        assert_eq!(name("{name}"), "Over the hill");
        assert_eq!(name("{nothing} ü.."), "{nothing} ü");
        assert_eq!(name(" .. "), "kinora");
        assert_eq!(name(".hidden"), "hidden");
        assert_eq!(name(&"x".repeat(500)).len(), 60);
    }
}
