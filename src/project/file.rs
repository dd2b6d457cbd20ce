//! The format of a project.
//!
//! A project is a folder: `project.json`, finished takes as lossless clips with their recipes in
//! `takes/`, pictures in `pictures/`: copies of the files they were opened from, and those without a file of
//! their own. This file reads and writes nothing.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::ids::{PictureId, TakeId};
use super::take_request::TakeRequest;
use crate::library::path_kind::PROJECT_FILE;

/// The format version that this version of Kinora writes.
pub(crate) const VERSION: u32 = 1;
/// Name of the project file.
pub(crate) const FILE: &str = PROJECT_FILE;

/// The contents of the project file: everything except pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProjectFile {
    /// The format version.
    pub kinora_project: u32,
    /// The ID of the next picture or take.
    pub next: u64,
    /// Pictures, except samples.
    pub pictures: Vec<PictureEntry>,
    /// Finished takes.
    pub takes: Vec<TakeEntry>,
    /// Everything that can be undone.
    pub document: Document,
    /// The picture that the next take is made from.
    pub picture: Option<PictureId>,
    /// Takes that are still to be made, the next one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<TakeRequest>,
}

/// The entry of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PictureEntry {
    /// ID within the project.
    pub id: PictureId,
    /// The picture's name.
    pub name: String,
    /// Its file: relative to the project's folder if it was copied there, absolute elsewhere. If `None`, the project
    /// saved it under its fingerprint.
    pub path: Option<PathBuf>,
    /// For a frame of a take: the take and the frame's index.
    #[serde(default)]
    pub origin: Option<(TakeId, usize)>,
    /// Hash of its pixels.
    #[serde(default, rename = "print")]
    pub fingerprint: Option<String>,
    /// sRGB colour behind its transparent parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matte: Option<[u8; 3]>,
}

/// The entry of a take, whose clip is named after its ID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeEntry {
    /// ID within the project.
    pub id: TakeId,
    /// The number shown to the user, counted from one.
    pub number: usize,
    /// The picture it was made from, if known.
    pub picture: Option<PictureId>,
    /// The file from which it was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_from: Option<PathBuf>,
    /// The title of the shot.
    #[serde(default)]
    pub prompt: String,
    /// False if its job was stopped.
    pub complete: bool,
}

impl PictureEntry {
    /// Its possible files, the best first: its own, or one in the project's folder.
    pub(crate) fn places(&self, project: &Path) -> Vec<PathBuf> {
        // The project file may come from anywhere, so a relative path must not lead out of the folder.
        if let Some(path) = &self.path {
            let inside = path
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            return match (path.is_absolute(), inside) {
                (true, _) => vec![path.clone()],
                (false, true) => vec![project.join(path)],
                (false, false) => Vec::new(),
            };
        }
        let plain = |fingerprint: &&str| {
            fingerprint
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric())
        };
        let fingerprint = self.fingerprint.as_deref().filter(plain);
        let kept = fingerprint.map(|fingerprint| picture_file(project, fingerprint, false));
        let numbered = old_picture_file(project, self.id);
        kept.into_iter().chain([numbered]).collect()
    }
}

/// The clip of a take in a project's folder.
pub(crate) fn take_file(project: &Path, id: TakeId) -> PathBuf {
    project.join("takes").join(format!("take-{:05}.apng", id.0))
}

/// The take that a file in a project's `takes/` belongs to.
pub(crate) fn take_of(file: &Path) -> Option<TakeId> {
    let name = file.file_name()?.to_str()?;
    let number = name.strip_prefix("take-")?.strip_suffix(".apng")?;
    number.parse().ok().map(TakeId)
}

/// The file of a picture that has none of its own. It is named after its pixels, so what a recipe
/// names never becomes another picture.
pub(crate) fn picture_file(project: &Path, fingerprint: &str, sample: bool) -> PathBuf {
    let kind = if sample { "sample" } else { "picture" };
    project
        .join("pictures")
        .join(format!("{kind}-{fingerprint}.png"))
}

/// The path of a picture's copy, relative to the project's folder: the name of the file that it was opened from,
/// with the fingerprint, so that two pictures of the same name do not collide.
pub(crate) fn collected_file(original: &Path, fingerprint: &str) -> PathBuf {
    let stem = original.file_stem().unwrap_or_default().to_string_lossy();
    let ending = original.extension().map(|ending| ending.to_string_lossy());
    let ending = ending.map_or_else(String::new, |ending| format!(".{ending}"));
    Path::new("pictures").join(format!("{stem} {fingerprint}{ending}"))
}

/// Its name in the first versions of Kinora.
fn old_picture_file(project: &Path, id: PictureId) -> PathBuf {
    let name = format!("picture-{:05}.png", id.0);
    project.join("pictures").join(name)
}

/// The fingerprint in the name of such a file; `None` for other files, including samples.
pub(crate) fn fingerprint_of(file: &Path) -> Option<&str> {
    let name = file.file_name()?.to_str()?;
    let fingerprint = name.strip_prefix("picture-")?.strip_suffix(".png")?;
    // The copy of a file that is itself called "picture-…" has a space before its fingerprint.
    (!fingerprint.contains(' ')).then_some(fingerprint)
}

/// Name of a new project.
pub(crate) const UNTITLED: &str = "Untitled";

/// The name of a project, from its folder.
#[must_use]
pub fn project_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    name.to_string_lossy().into_owned()
}

/// A name of a file or folder that is valid on every system; `None` if none of its letters is.
pub(crate) fn plain_name(name: &str) -> Option<String> {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            control if control.is_control() => ' ',
            letter => letter,
        })
        // File systems allow 255 bytes; a character takes up to four.
        .take(60)
        .collect();
    let plain = plain.trim().trim_end_matches(['.', ' ']);
    let plain = plain.trim_start_matches(['.', ' ']);
    (!plain.is_empty()).then(|| plain.to_owned())
}
