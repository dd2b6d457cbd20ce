//! Reading and writing project folders and the preferences file, completely or not at all.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::file::{FILE, PictureEntry, ProjectFile, TakeEntry, VERSION, take_file};
use super::recovery::recover;
use crate::error::{ExportError, ProjectError, TakeError, excerpt, os_reason};
use crate::export::{self, Metadata, Outcome, Output, Watch};
use crate::media::picture::Picture;
use crate::request::{FirstFrame, Recipe, StillRecipe, Take};
use crate::system::whole_file;

/// The lock on a project: while this exists, no other window can open it.
#[derive(Debug)]
pub(crate) struct Claim {
    _lock: File,
}

/// Opens the project in `folder`, or creates one there if `fresh` and there is none.
///
/// Files that the project file does not list are added: the program may have been ended between two writes.
pub(crate) fn open(folder: &Path, fresh: bool) -> Result<(Claim, ProjectFile), ProjectError> {
    let path = folder.join(FILE);
    if !path.exists() && !fresh {
        return Err(ProjectError::NotAProject {
            path: folder.to_owned(),
        });
    }
    let claim = claim(folder)?;
    // Temporary files of an interrupted save. Takes are written through `export`, pictures and the file through
    // `system`.
    for part in [
        folder.to_owned(),
        folder.join("takes"),
        folder.join("pictures"),
    ] {
        whole_file::remove_abandoned(&part);
    }
    let mut file = read(&path)?;
    recover(folder, &mut file);
    Ok((claim, file))
}

/// Creates the folder if necessary, and locks it.
fn claim(folder: &Path) -> Result<Claim, ProjectError> {
    let closed = |error: io::Error| ProjectError::Closed {
        reason: os_reason(&error),
        path: folder.to_owned(),
    };
    fs::create_dir_all(folder).map_err(closed)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(".lock"))
        .map_err(closed)?;
    match lock.try_lock() {
        // A disk without locks is trusted.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Claim { _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(ProjectError::InUse {
            path: folder.to_owned(),
        }),
    }
}

fn read(path: &Path) -> Result<ProjectFile, ProjectError> {
    let unreadable = |reason: String| ProjectError::Unreadable {
        reason,
        path: path.to_owned(),
    };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ProjectFile::default()),
        Err(error) => return Err(unreadable(os_reason(&error))),
    };
    let value: Result<serde_json::Value, _> = serde_json::from_slice(&text);
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
        // A damaged file may still be repaired by hand, so it is never overwritten.
        match set_aside(path) {
            Ok(aside) => ProjectError::Damaged {
                reason: excerpt(error),
                aside,
                path: path.to_owned(),
            },
            Err(kept) => unreadable(format!(
                "{}, and the damaged file cannot be renamed: {}",
                excerpt(error),
                os_reason(&kept)
            )),
        }
    })
}

/// Renames a damaged file to a name that is not in use.
fn set_aside(path: &Path) -> io::Result<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let named = |number: u32| match number {
        1 => format!("{name}.damaged"),
        more => format!("{name}.damaged {more}"),
    };
    let free = |name: &String| fs::symlink_metadata(path.with_file_name(name)).is_err();
    let aside = (1..).map(named).find(free).unwrap_or_default();
    fs::rename(path, path.with_file_name(&aside))?;
    Ok(aside)
}

/// Reads a take from a project's folder.
pub(crate) fn read_take(folder: &Path, entry: &TakeEntry) -> Result<Take, ProjectError> {
    let gone = |reason: String| ProjectError::TakeGone {
        number: entry.number,
        reason,
    };
    let path = take_file(folder, entry.id);
    let read = export::read_take(&path).map_err(|error| gone(error.to_string()))?;
    let recipe = Recipe::read(&path, read.header.comment.as_deref());
    let recipe = recipe.map_err(|error| match error {
        TakeError::NewerRecipe { version, .. } => ProjectError::TakeTooNew {
            number: entry.number,
            version,
        },
        other => gone(other.to_string()),
    })?;
    Ok(Take {
        frames: read.frames,
        // Recipes of the first form do not contain it.
        complete: entry.complete && recipe.is_complete(),
        recipe,
    })
}

/// Writes a take with its recipe into a project's folder.
pub(crate) fn write_take(
    folder: &Path,
    entry: &TakeEntry,
    take: &Take,
) -> Result<(), ProjectError> {
    let failed = |reason: String| ProjectError::TakeNotSaved {
        number: entry.number,
        reason,
    };
    let path = take_file(folder, entry.id);
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
    fs::create_dir_all(folder.join("takes")).map_err(|error| failed(os_reason(&error)))?;
    write()
        .map(|_| ())
        .map_err(|error| failed(error.to_string()))
}

/// The existing file of a project's picture.
pub(crate) fn picture_file_found(folder: &Path, entry: &PictureEntry) -> PathBuf {
    let places = entry.places(folder);
    let there = places.iter().find(|place| place.exists());
    there.or(places.first()).cloned().unwrap_or_default()
}

/// Writes a picture that has no file of its own to `path`, with how it was made from words. The file is named after the
/// picture's pixels, so an existing one is the same picture.
pub(crate) fn write_picture(
    path: &Path,
    picture: &Picture,
    made: Option<&FirstFrame>,
) -> Result<(), ProjectError> {
    if path.is_file() && made.is_none() {
        return Ok(());
    }
    let unwritable = |reason: String| ProjectError::PictureNotSaved {
        reason,
        path: path.to_owned(),
    };
    if let Some(made) = made {
        let recipe = StillRecipe::new(made.clone(), picture.fingerprint());
        let metadata =
            Metadata::of_still(&recipe).map_err(|error| unwritable(error.to_string()))?;
        let written = export::write_frame_file(&picture.clone().into(), path, &metadata);
        return written.map_err(|error| unwritable(error.to_string()));
    }
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
    whole_file::write(path, bytes.get_ref()).map_err(|error| unwritable(os_reason(&error)))
}

/// The largest file that is copied into a project.
pub(crate) const MOST_COLLECTED: u64 = 64 << 20;

/// What became of the copy of a picture's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collected {
    /// It is in the project.
    Copied,
    /// The file is not available at the moment.
    Absent,
    /// The file is larger than [`MOST_COLLECTED`].
    TooLarge,
}

/// Copies the file of a picture into the project's folder, unless it is too large or not available.
pub(crate) fn collect_picture(from: &Path, to: &Path) -> Result<Collected, ProjectError> {
    if to.is_file() {
        return Ok(Collected::Copied);
    }
    let found = fs::metadata(from).ok().filter(fs::Metadata::is_file);
    let Some(found) = found else {
        return Ok(Collected::Absent);
    };
    if found.len() > MOST_COLLECTED {
        return Ok(Collected::TooLarge);
    }
    let Ok(bytes) = fs::read(from) else {
        return Ok(Collected::Absent);
    };
    whole_file::write(to, &bytes).map_err(|error| ProjectError::PictureNotSaved {
        reason: os_reason(&error),
        path: to.to_owned(),
    })?;
    Ok(Collected::Copied)
}

/// Writes the project file.
pub(crate) fn save(folder: &Path, file: &ProjectFile) -> Result<(), ProjectError> {
    let path = folder.join(FILE);
    whole_file::write_json(&path, file).map_err(|error| ProjectError::Unwritable {
        reason: os_reason(&error),
        path,
    })
}

/// Copies a project to a new folder; if that fails, removes the incomplete copy.
pub(crate) fn copy(from: &Path, to: &Path, file: &ProjectFile) -> Result<Claim, ProjectError> {
    let unwritable = |error: io::Error| ProjectError::Unwritable {
        reason: os_reason(&error),
        path: to.to_owned(),
    };
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ProjectError::Occupied {
            path: to.to_owned(),
        });
    }
    let before = to.exists();
    let copied = copy_files(from, to)
        .map_err(unwritable)
        .and_then(|()| save(to, file))
        .and_then(|()| claim(to));
    if copied.is_err() && !before {
        // A leftover does no harm, and the error is already being reported.
        let _ = fs::remove_dir_all(to);
    }
    copied
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for part in ["takes", "pictures"] {
        let Ok(entries) = fs::read_dir(from.join(part)) else {
            continue;
        };
        fs::create_dir_all(to.join(part))?;
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), to.join(part).join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Renames a project's folder; its lock stays valid.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), ProjectError> {
    // A system may replace an empty folder without asking.
    if fs::symlink_metadata(to).is_ok() {
        return Err(ProjectError::NameTaken {
            path: to.to_owned(),
        });
    }
    fs::rename(from, to).map_err(|error| ProjectError::NotRenamed {
        reason: os_reason(&error),
        path: from.to_owned(),
    })
}

/// A folder of this name that is not in use: "Untitled", "Untitled 2", …
pub(crate) fn unused(projects: &Path, name: &str) -> PathBuf {
    let numbered = (2..).map(|number| projects.join(format!("{name} {number}")));
    std::iter::once(projects.join(name))
        .chain(numbered)
        .find(|folder| !folder.exists())
        .unwrap_or_else(|| projects.join(name))
}

/// Reads the preferences; `None` if there are none yet.
pub(crate) fn read_preferences<T: DeserializeOwned>(
    path: &Path,
) -> Result<Option<T>, ProjectError> {
    let unreadable = |reason: String| ProjectError::PreferencesUnreadable {
        reason,
        path: path.to_owned(),
    };
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| unreadable(excerpt(error))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(os_reason(&error))),
    }
}

/// Reads the preferences; a file that cannot be read is set aside, so that it is not overwritten.
pub(crate) fn load_preferences<T: DeserializeOwned>(
    path: &Path,
) -> Result<Option<T>, ProjectError> {
    read_preferences(path).map_err(|error| match (error, set_aside(path)) {
        (ProjectError::PreferencesUnreadable { reason, path }, Ok(aside)) => {
            ProjectError::PreferencesDamaged {
                reason,
                aside,
                path,
            }
        }
        (error, _) => error,
    })
}

/// Writes the preferences.
pub(crate) fn save_preferences(path: &Path, file: &impl Serialize) -> Result<(), ProjectError> {
    whole_file::write_json(path, file).map_err(|error| ProjectError::PreferencesUnwritable {
        reason: os_reason(&error),
        path: path.to_owned(),
    })
}
