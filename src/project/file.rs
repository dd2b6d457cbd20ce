//! How a project is written down.
//!
//! A project is a folder: `project.json`, finished takes as lossless clips with their recipes in
//! `takes/`, pictures without a file of their own in `pictures/`. Must not read or write anything.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::ids::{PictureId, TakeId};

/// The form that this version writes.
pub(crate) const VERSION: u32 = 1;
/// The file in a project's folder.
pub(crate) const FILE: &str = "project.json";

/// Everything but pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProjectFile {
    /// The form it is written in.
    pub kinora_project: u32,
    /// The number that the next picture or take gets.
    pub next: u64,
    /// Pictures, samples aside.
    pub pictures: Vec<PictureEntry>,
    /// Finished takes.
    pub takes: Vec<TakeEntry>,
    /// Everything that can be undone.
    pub document: Document,
    /// The picture that the next take is made of.
    pub picture: Option<PictureId>,
}

/// A picture of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureEntry {
    /// Its name in here.
    pub id: PictureId,
    /// Its name for people.
    pub name: String,
    /// The file it was opened from; without one it is in the project's folder.
    pub path: Option<PathBuf>,
    /// The take and the frame that it is a copy of.
    #[serde(default)]
    pub origin: Option<(TakeId, usize)>,
    /// What its pixels are told from others by.
    #[serde(default, rename = "print")]
    pub fingerprint: Option<String>,
    /// sRGB colour that its transparent parts were laid over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matte: Option<[u8; 3]>,
}

/// A take of a project; its clip is named after its number in here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeEntry {
    /// Its name in here.
    pub id: TakeId,
    /// Counted from one, for people.
    pub number: usize,
    /// The picture it was made of, where that is known.
    pub picture: Option<PictureId>,
    /// The file that it was brought in from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_from: Option<PathBuf>,
    /// What it was called for; the model did not read it.
    #[serde(default)]
    pub prompt: String,
    /// False when its job was stopped.
    pub complete: bool,
}

impl PictureEntry {
    /// Where it may lie, the best place first: its own file, or one in the project's folder.
    pub(crate) fn places(&self, project: &Path) -> Vec<PathBuf> {
        if let Some(path) = &self.path {
            return vec![path.clone()];
        }
        // A file that anybody may have written names nothing outside of the folder.
        let plain = |fingerprint: &&str| {
            fingerprint
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric())
        };
        let fingerprint = self.fingerprint.as_deref().filter(plain);
        let kept = fingerprint.map(|fingerprint| kept_picture(project, fingerprint, false));
        let numbered = numbered_picture(project, self.id);
        kept.into_iter().chain([numbered]).collect()
    }
}

/// The clip of a take in a project's folder.
pub(crate) fn kept_take(project: &Path, id: TakeId) -> PathBuf {
    project.join("takes").join(format!("take-{:05}.apng", id.0))
}

/// The take that a file in a project's `takes/` belongs to.
pub(crate) fn take_of(file: &Path) -> Option<TakeId> {
    let name = file.file_name()?.to_str()?;
    let number = name.strip_prefix("take-")?.strip_suffix(".apng")?;
    number.parse().ok().map(TakeId)
}

/// The file of a picture that has none of its own. It is named after its pixels: what a recipe once
/// named is never another picture.
pub(crate) fn kept_picture(project: &Path, fingerprint: &str, sample: bool) -> PathBuf {
    let kind = if sample { "sample" } else { "picture" };
    project
        .join("pictures")
        .join(format!("{kind}-{fingerprint}.png"))
}

/// The same as the first versions of Kinora named it.
fn numbered_picture(project: &Path, id: PictureId) -> PathBuf {
    let name = format!("picture-{:05}.png", id.0);
    project.join("pictures").join(name)
}

/// What the file of a kept picture is named after; `None` for other files, samples among them.
pub(crate) fn fingerprint_of(file: &Path) -> Option<&str> {
    let name = file.file_name()?.to_str()?;
    name.strip_prefix("picture-")?.strip_suffix(".png")
}

/// Whether a folder is a project.
pub(crate) fn is_project(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// What a project is called before it has a name.
pub(crate) const UNTITLED: &str = "Untitled";

/// A project's name for people.
#[must_use]
pub fn project_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    name.to_string_lossy().into_owned()
}
