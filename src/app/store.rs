//! The project's folder and the preferences' file: read, written whole or not at all.
//!
//! Everything here waits for the disk and runs on a worker. Must not know the studio's state.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::project_file::{
    FILE, ProjectFile, TakeEntry, VERSION, kept_picture, kept_take, take_of,
};
use super::state::{FIRST_NUMBER, NO_PICTURE, PictureId};
use crate::engine::protocol::{Recipe, Take};
use crate::error::{ExportError, ProjectError};
use crate::export::{self, Metadata, Outcome, Output, Watch};
use crate::media::picture::Picture;

/// A project that is open here and nowhere else, as long as this lives.
#[derive(Debug)]
pub(super) struct Claim {
    _lock: File,
}

/// Opens the project in `folder`, or begins one there when `fresh` and nothing is there yet.
///
/// Takes whose clips are there but not in the file are taken in: the program was ended between the
/// two writes.
pub(super) fn open(folder: &Path, fresh: bool) -> Result<(Claim, ProjectFile), ProjectError> {
    let path = folder.join(FILE);
    if !path.exists() && !fresh {
        return Err(ProjectError::NotAProject {
            path: folder.to_owned(),
        });
    }
    let claim = claim(folder)?;
    let mut file = read(&path)?;
    adopt(folder, &mut file);
    Ok((claim, file))
}

/// Makes the folder where it is missing, and takes it for this window alone.
fn claim(folder: &Path) -> Result<Claim, ProjectError> {
    let unwritable = |error: io::Error| ProjectError::Unwritable {
        reason: error.to_string(),
        path: folder.to_owned(),
    };
    fs::create_dir_all(folder).map_err(unwritable)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(".lock"))
        .map_err(unwritable)?;
    match lock.try_lock() {
        // A disk that knows no locks is trusted.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Claim { _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(ProjectError::InUse {
            path: folder.to_owned(),
        }),
    }
}

fn read(path: &Path) -> Result<ProjectFile, ProjectError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ProjectFile::default()),
        Err(error) => {
            return Err(ProjectError::Unreadable {
                reason: error.to_string(),
                path: path.to_owned(),
            });
        }
    };
    let value: Result<serde_json::Value, _> = serde_json::from_str(&text);
    let version = value
        .as_ref()
        .ok()
        .and_then(|value| value.get("kinora_project")?.as_u64());
    if let Some(version) = version.filter(|&version| version > u64::from(VERSION)) {
        return Err(ProjectError::TooNew {
            version: u32::try_from(version).unwrap_or(u32::MAX),
            path: path.to_owned(),
        });
    }
    value.and_then(serde_json::from_value).map_err(|error| {
        // Nothing may be written over what can still be mended by hand.
        let _ = fs::rename(path, path.with_extension("json.damaged"));
        ProjectError::Damaged {
            reason: error.to_string(),
            path: path.to_owned(),
        }
    })
}

/// Takes in clips that the file does not list.
fn adopt(folder: &Path, file: &mut ProjectFile) {
    let entries = fs::read_dir(folder.join("takes"))
        .into_iter()
        .flatten()
        .flatten();
    let mut lost: Vec<_> = entries
        .filter_map(|entry| take_of(&entry.path()))
        .filter(|id| file.takes.iter().all(|take| take.id != *id))
        .collect();
    lost.sort();
    for id in lost {
        let recipe = read_recipe(&kept_take(folder, id));
        let path = recipe.and_then(|recipe| recipe.picture);
        let of_path = file
            .pictures
            .iter()
            .find(|picture| picture.path == path && path.is_some());
        let picture = of_path.map_or(NO_PICTURE, |picture| picture.id);
        let number = 1 + file.takes.iter().map(|take| take.number).max().unwrap_or(0);
        file.takes.push(TakeEntry {
            id,
            number,
            picture,
            prompt: String::new(),
            complete: true,
        });
        file.next = file.next.max(id.0 + 1).max(FIRST_NUMBER);
    }
}

fn read_recipe(path: &Path) -> Option<Recipe> {
    let text = export::read_recipe_text(path).ok()??;
    serde_json::from_str(&text).ok()
}

/// Reads a take back from a project's folder.
pub(super) fn read_take(folder: &Path, entry: &TakeEntry) -> Result<Take, ProjectError> {
    let gone = |reason: String| ProjectError::TakeGone {
        number: entry.number,
        reason,
    };
    let path = kept_take(folder, entry.id);
    let read = export::read_take(&path).map_err(|error| gone(error.to_string()))?;
    let text = read.header.comment.unwrap_or_default();
    let recipe = serde_json::from_str(&text).map_err(|error| gone(error.to_string()))?;
    Ok(Take {
        frames: read.frames,
        recipe,
        complete: entry.complete,
    })
}

/// Writes a take into a project's folder, with its recipe inside.
pub(super) fn keep_take(folder: &Path, entry: &TakeEntry, take: &Take) -> Result<(), ProjectError> {
    let failed = |reason: String| ProjectError::TakeNotKept {
        number: entry.number,
        reason,
    };
    let path = kept_take(folder, entry.id);
    let write = || -> Result<Outcome, ExportError> {
        let output = Output::parse(&path)?;
        let metadata = Metadata::of_take(&take.recipe).map_err(|error| ExportError::Failed {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        let watch = Watch {
            cancelled: &|| false,
            progress: &mut |_| {},
        };
        let fps = take.recipe.request.fps;
        export::write(take.frames.iter().cloned(), fps, &output, &metadata, watch)
    };
    fs::create_dir_all(folder.join("takes")).map_err(|error| failed(error.to_string()))?;
    write()
        .map(|_| ())
        .map_err(|error| failed(error.to_string()))
}

/// Writes a picture that has no file of its own into a project's folder.
pub(super) fn keep_picture(
    folder: &Path,
    id: PictureId,
    picture: &Picture,
) -> Result<(), ProjectError> {
    let path = kept_picture(folder, id);
    let unwritable = |reason: String| ProjectError::Unwritable {
        reason,
        path: path.clone(),
    };
    let mut bytes = io::Cursor::new(Vec::new());
    image::write_buffer_with_format(
        &mut bytes,
        &picture.rgb,
        picture.width,
        picture.height,
        image::ExtendedColorType::Rgb8,
        image::ImageFormat::Png,
    )
    .map_err(|error| unwritable(error.to_string()))?;
    whole(&path, bytes.get_ref()).map_err(|error| unwritable(error.to_string()))
}

/// Writes the project's file.
pub(super) fn save(folder: &Path, file: &ProjectFile) -> Result<(), ProjectError> {
    let path = folder.join(FILE);
    json(&path, file).map_err(|error| ProjectError::Unwritable {
        reason: error.to_string(),
        path,
    })
}

/// Copies a project to a new folder.
pub(super) fn copy(from: &Path, to: &Path, file: &ProjectFile) -> Result<Claim, ProjectError> {
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ProjectError::Occupied {
            path: to.to_owned(),
        });
    }
    let copy = || -> io::Result<()> {
        for part in ["takes", "pictures"] {
            let Ok(entries) = fs::read_dir(from.join(part)) else {
                continue;
            };
            fs::create_dir_all(to.join(part))?;
            for entry in entries.flatten() {
                fs::copy(entry.path(), to.join(part).join(entry.file_name()))?;
            }
        }
        fs::create_dir_all(to)
    };
    copy().map_err(|error| ProjectError::Unwritable {
        reason: error.to_string(),
        path: to.to_owned(),
    })?;
    save(to, file)?;
    claim(to)
}

/// A folder of this name that nothing is in yet: "Untitled", "Untitled 2", …
pub(super) fn unused(projects: &Path, name: &str) -> PathBuf {
    let numbered = (2..).map(|number| projects.join(format!("{name} {number}")));
    std::iter::once(projects.join(name))
        .chain(numbered)
        .find(|folder| !folder.exists())
        .unwrap_or_else(|| projects.join(name))
}

/// Reads the preferences; `None` when there are none yet.
pub(super) fn read_preferences<T: DeserializeOwned>(
    path: &Path,
) -> Result<Option<T>, ProjectError> {
    let unreadable = |reason: String| ProjectError::PreferencesUnreadable {
        reason,
        path: path.to_owned(),
    };
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| unreadable(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

/// Writes the preferences.
pub(super) fn save_preferences(path: &Path, file: &impl Serialize) -> Result<(), ProjectError> {
    json(path, file).map_err(|error| ProjectError::PreferencesUnwritable {
        reason: error.to_string(),
        path: path.to_owned(),
    })
}

fn json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(io::Error::other)?;
    text.push(b'\n');
    whole(path, &text)
}

/// Writes a file beside its place, waits for the disk, and puts it there.
fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    fresh.write_all(bytes)?;
    fresh.as_file().sync_all()?;
    fresh.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}
