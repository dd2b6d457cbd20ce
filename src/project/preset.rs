//! Presets: four that are embedded in the program, and the user's own.
//!
//! A preset is a JSON file, described in `presets/README.md`. It changes the settings that it names and no
//! others.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{PresetError, excerpt, os_reason};
use crate::request::RequestDraft;
use crate::sampler::SamplerKind;
use crate::system::whole_file;

/// The embedded presets, in display order.
const EMBEDDED: [(&str, &str); 4] = [
    ("draft.json", include_str!("../../presets/draft.json")),
    ("standard.json", include_str!("../../presets/standard.json")),
    ("fine.json", include_str!("../../presets/fine.json")),
    (
        "few-steps.json",
        include_str!("../../presets/few-steps.json"),
    ),
];
/// A preset is a few hundred bytes; a file larger than this is something else.
const MOST_BYTES: u64 = 64 << 10;
/// Settings of a take that belong to its picture.
const OF_A_PICTURE: [&str; 2] = ["guide", "steer"];
/// The longest name that fits a button.
const LONGEST_NAME: usize = 40;

/// Settings with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// The preset's name.
    pub name: String,
    /// What it is for, in one sentence; may be empty.
    #[serde(default)]
    pub says: String,
    /// Settings by the names of [`RequestDraft`]'s fields; `null` is the model's default.
    pub settings: Map<String, Value>,
}

impl Preset {
    /// The embedded presets.
    #[must_use]
    pub fn embedded() -> Vec<Self> {
        EMBEDDED
            .iter()
            // A test reads each of them; a broken one would be left out rather than crash.
            .filter_map(|(name, text)| Self::parse(Path::new(name), text).ok())
            .collect()
    }

    /// Reads a preset; `path` is named in errors.
    ///
    /// # Errors
    /// [`PresetError::Malformed`] if it is not a preset, or contains a setting that does not exist or
    /// an invalid value.
    pub fn parse(path: &Path, text: &str) -> Result<Self, PresetError> {
        let malformed = |reason: String| PresetError::Malformed {
            reason: excerpt(reason),
            path: path.to_owned(),
        };
        let mut preset: Self =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        preset.name = shortened(&preset.name);
        if preset.name.is_empty() {
            return Err(malformed("it has no name".to_owned()));
        }
        let of_a_picture = OF_A_PICTURE.iter();
        if let Some(field) = of_a_picture
            .clone()
            .find(|field| preset.settings.contains_key(**field))
        {
            return Err(malformed(format!("{field} applies to one picture only")));
        }
        merged(&RequestDraft::default(), &preset.settings).map_err(malformed)?;
        Ok(preset)
    }

    /// A preset of the current settings, except seed and early end, which belong to a single take.
    #[must_use]
    pub fn of(name: &str, draft: &RequestDraft) -> Self {
        let mut settings = fields(draft);
        settings.remove("seed");
        settings.remove("stop_after");
        for of_a_picture in OF_A_PICTURE {
            settings.remove(of_a_picture);
        }
        Self {
            name: shortened(name),
            says: "Your own".to_owned(),
            settings,
        }
    }

    /// The draft with this preset's settings.
    #[must_use]
    pub fn apply(&self, draft: &RequestDraft) -> RequestDraft {
        // The settings were validated when the preset was read.
        merged(draft, &self.settings).unwrap_or_else(|_| draft.clone())
    }

    /// The draft with the settings of this preset reset to the model's defaults.
    #[must_use]
    pub fn taken_from(&self, draft: &RequestDraft) -> RequestDraft {
        let names = self.settings.keys();
        let none = names.map(|name| (name.clone(), Value::Null)).collect();
        merged(draft, &none).unwrap_or_else(|_| draft.clone())
    }

    /// Whether it chooses the sampler for models that were distilled to few steps.
    #[must_use]
    pub fn is_few_steps(&self) -> bool {
        self.apply(&RequestDraft::default()).sampler == Some(SamplerKind::Lcm)
    }

    /// Whether the draft already has these settings.
    #[must_use]
    pub fn is_in(&self, draft: &RequestDraft) -> bool {
        self.apply(draft) == *draft
    }

    /// Saves the preset in a folder, replacing one of the same name.
    ///
    /// # Errors
    /// [`PresetError::Unwritable`].
    pub fn keep(&self, folder: &Path) -> Result<PathBuf, PresetError> {
        let path = folder.join(format!("{}.json", file_stem(&self.name)));
        whole_file::write_json(&path, self).map_err(|error| PresetError::Unwritable {
            reason: os_reason(&error),
            path: path.clone(),
        })?;
        Ok(path)
    }
}

/// All presets: the embedded ones, then those of a folder by name; and errors about files that could not be read.
#[must_use]
pub fn presets(folder: Option<&Path>) -> (Vec<Preset>, Vec<PresetError>) {
    let mut found = Preset::embedded();
    let mut refused = Vec::new();
    let mut kept = Vec::new();
    let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    for path in paths {
        match read(&path) {
            Ok(preset) => kept.push(preset),
            Err(error) => refused.push(error),
        }
    }
    kept.sort_by_key(|preset| preset.name.to_lowercase());
    found.extend(kept);
    (found, refused)
}

fn read(path: &Path) -> Result<Preset, PresetError> {
    let unreadable = |reason: String| PresetError::Unreadable {
        reason,
        path: path.to_owned(),
    };
    let failed = |error: std::io::Error| unreadable(error.to_string());
    if std::fs::metadata(path).map_err(failed)?.len() > MOST_BYTES {
        return Err(unreadable("it is far too large for a preset".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Preset::parse(path, &text)
}

/// The fields of a draft.
fn fields(draft: &RequestDraft) -> Map<String, Value> {
    match serde_json::to_value(draft) {
        Ok(Value::Object(fields)) => fields,
        // Impossible: a draft is a struct of plain values.
        _ => Map::new(),
    }
}

/// A draft with some fields replaced; the parser's message if a value is invalid.
fn merged(draft: &RequestDraft, settings: &Map<String, Value>) -> Result<RequestDraft, String> {
    let mut all = fields(draft);
    all.extend(
        settings
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    serde_json::from_value(Value::Object(all)).map_err(|error| {
        let words = error.to_string();
        // The parser's message goes on to list every valid name.
        words
            .split_once(", expected")
            .map_or(words.clone(), |(what, _)| what.to_owned())
    })
}

fn shortened(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    // Trimmed, so that reading it again gives the same name.
    name.trim_end().to_owned()
}

/// A file name that is valid on every system.
fn file_stem(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    format!("preset-{}", plain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Steps;
    use crate::sampler::{SamplerKind, ScheduleKind};

    #[test]
    fn the_programs_own_are_there_and_differ() {
        let names: Vec<String> = Preset::embedded()
            .into_iter()
            .map(|preset| preset.name)
            .collect();
        assert_eq!(names, ["Draft", "Standard", "Fine", "Few steps"]);
        let draft = RequestDraft {
            motion_bucket: Some(12.0),
            seed: Some(3),
            ..RequestDraft::default()
        };
        for preset in Preset::embedded() {
            let set = preset.apply(&draft);
            assert_eq!((set.motion_bucket, set.seed), (Some(12.0), Some(3)));
            let present: Vec<String> = Preset::embedded()
                .into_iter()
                .filter(|other| other.is_in(&set))
                .map(|other| other.name)
                .collect();
            assert_eq!(present, [preset.name]);
        }
    }

    #[test]
    fn a_saved_preset_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("presets");
        let draft = RequestDraft {
            motion_bucket: Some(0.1 + 0.2),
            guidance: Some((1.1, 2.7)),
            sampler: Some(SamplerKind::DpmPlusPlus2M),
            sigmas: Some(ScheduleKind::Ays),
            fps: Some("23.976".parse().unwrap()),
            seed: Some(9),
            ..RequestDraft::default()
        };
        let cut = Preset::of(&"long ".repeat(20), &draft).name;
        assert_eq!(cut, Preset::of(&cut, &draft).name);
        let preset = Preset::of("  Slow /  calm ", &draft);
        assert_eq!(preset.name, "Slow / calm");
        preset.keep(&own).unwrap();
        preset.keep(&own).unwrap();
        std::fs::write(own.join("notes.txt"), "not looked at").unwrap();
        std::fs::write(
            own.join("bad.json"),
            r#"{"name":"x","settings":{"step":3}}"#,
        )
        .unwrap();
        let (all, refused) = presets(Some(&own));
        assert_eq!(all.len(), 5, "the same name is one preset");
        assert_eq!(all[4], preset);
        let before = RequestDraft {
            seed: Some(77),
            steps: Some(Steps::Count(3)),
            ..RequestDraft::default()
        };
        let set = all[4].apply(&before);
        assert_eq!(set.seed, Some(77), "a seed belongs to a take");
        assert_eq!(set.steps, None);
        assert_eq!(
            RequestDraft {
                seed: Some(9),
                ..set
            },
            draft
        );
        assert_eq!(refused.len(), 1);
        let words = refused[0].to_string();
        assert!(words.contains("unknown field `step`"), "{words}");
        assert!(words.ends_with("bad.json"), "{words}");
    }

    #[test]
    fn other_files_are_rejected_as_presets() {
        for text in [
            "",
            "[]",
            r#"{"name":"x"}"#,
            r#"{"name":" ","settings":{}}"#,
            r#"{"name":"x","settings":{"steps":"many"}}"#,
            r#"{"name":"x","settings":{"sampler":"magic"}}"#,
            r#"{"name":"x","settings":{"motion_bucket":1e39}}"#,
            r#"{"name":"x","settings":{},"more":1}"#,
        ] {
            let error = Preset::parse(Path::new("x.json"), text).unwrap_err();
            let words = error.to_string();
            assert!(!words.contains('\n') && words.len() < 250, "{words}");
        }
    }
}
