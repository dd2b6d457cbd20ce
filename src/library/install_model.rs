//! Copying a model into Kinora's own folder of models, completely and verified or not at all.
//!
//! The copy is made in a hidden, locked folder and renamed when all of it has been read back. If it ends early,
//! on request or because of an error, it is removed; if the process is killed, the next start removes it.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::error::{InstallError, os_reason};
use crate::system::disk;

/// Prefix of a removed model, which can be restored until the next start.
pub(super) const REMOVED: &str = ".removed-";
/// Prefix of an unfinished copy.
const GROWING: &str = ".copying-";
/// Marks a model as copied; holds its source.
const MARK: &str = "kinora-copy.json";
/// The lock file of an unfinished copy.
const LOCK: &str = ".lock";
/// Bytes between two checks whether to stop.
const PIECE: usize = 1 << 20;
/// Bytes to leave free on the disk.
const RESERVE: u64 = 256 << 20;
/// Greatest depth of folders in a model.
const DEEPEST: usize = 4;
/// Extensions of weights that Kinora does not open; a copy leaves them out.
const FOREIGN: [&str; 9] = [
    "bin", "ckpt", "pt", "pth", "onnx", "msgpack", "h5", "gguf", "pb",
];

/// Lets the caller of [`install`] observe the copy and stop it early.
pub(crate) struct CopyControl<'a> {
    /// Whether the copy should stop; it is then removed.
    pub(crate) ended: &'a dyn Fn() -> bool,
    /// Called with the bytes done, the total, and a status line that names the file.
    pub(crate) progress: &'a mut dyn FnMut(u64, u64, &str),
}

/// Copies the model at `source` into the folder `models`; returns its new name, or `None` if it was stopped.
///
/// # Errors
/// [`InstallError`] if the source cannot be read, the disk is full or cannot be written, or the copy differs from
/// the source twice; the unfinished copy is then removed.
pub(crate) fn install(
    models: &Path,
    source: &Path,
    control: CopyControl<'_>,
) -> Result<Option<String>, InstallError> {
    let files = listed(source)?;
    let total = files.iter().map(|file| file.bytes).sum();
    let name = free_name(models, source);
    let growing = models.join(format!("{GROWING}{name}"));
    let refused = |error: io::Error| unwritable(&error, &growing);
    fs::create_dir_all(&growing).map_err(refused)?;
    let lock = File::create(growing.join(LOCK)).map_err(refused)?;
    if lock.try_lock().is_err() {
        let reason = "it is already being copied".to_owned();
        return Err(InstallError::Unwritable {
            reason,
            path: growing,
        });
    }
    let mut copy = Copy {
        growing: &growing,
        control,
        done: 0,
        total,
    };
    let copied = copy.all(&files).and_then(|whole| {
        if whole {
            place(models, source, &growing, &name)?;
        }
        Ok(whole.then(|| name.clone()))
    });
    drop(lock);
    if !matches!(copied, Ok(Some(_))) || growing.exists() {
        // Removing is attempted again at the next start.
        let _ = fs::remove_dir_all(&growing);
    }
    copied
}

/// Whether a model in Kinora's folder is a copy, so that Kinora may delete it.
pub(crate) fn is_copied(place: &Path) -> bool {
    marks(place).iter().any(|mark| mark.is_file())
}

/// Removes the mark of a model file that no longer exists.
pub(crate) fn unmark(place: &Path) -> io::Result<()> {
    let [_, beside] = marks(place);
    fs::remove_file(beside)
}

/// Removes the unfinished copies of runs that were killed.
pub(crate) fn sweep(models: &Path) {
    for entry in fs::read_dir(models).into_iter().flatten().flatten() {
        let path = entry.path();
        let named = entry.file_name();
        if !named.to_string_lossy().starts_with(GROWING) {
            continue;
        }
        let lock = File::options().write(true).open(path.join(LOCK));
        // Locked: another window is still copying.
        if lock.map_or(true, |lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// The possible marks of a model: in its folder, or hidden next to its file.
fn marks(place: &Path) -> [PathBuf; 2] {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    // A removed model has a hidden name until it is deleted.
    let name = name.strip_prefix(REMOVED).unwrap_or(&name);
    [
        place.join(MARK),
        place.with_file_name(format!(".{name}.{MARK}")),
    ]
}

/// A file to copy.
#[derive(Debug)]
struct Listed {
    from: PathBuf,
    /// Path below the model's folder.
    to: PathBuf,
    bytes: u64,
}

/// The files of a model, with links resolved.
fn listed(source: &Path) -> Result<Vec<Listed>, InstallError> {
    let unreadable = |error: io::Error, path: &Path| InstallError::Unreadable {
        reason: os_reason(&error),
        path: path.to_owned(),
    };
    let about = fs::metadata(source).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => InstallError::Gone {
            path: source.to_owned(),
        },
        _ => unreadable(error, source),
    })?;
    if about.is_file() {
        let to = PathBuf::from(source.file_name().unwrap_or_default());
        let (from, bytes) = (source.to_owned(), about.len());
        return Ok(vec![Listed { from, to, bytes }]);
    }
    let mut found = Vec::new();
    let mut folders = vec![(source.to_owned(), PathBuf::new(), 1)];
    while let Some((folder, below, depth)) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| unreadable(error, &folder))?;
        for entry in entries.flatten() {
            let (from, to) = (entry.path(), below.join(entry.file_name()));
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let ending = from.extension().unwrap_or_default().to_string_lossy();
            if hidden || FOREIGN.contains(&ending.to_lowercase().as_str()) {
                continue;
            }
            let about = fs::metadata(&from).map_err(|error| unreadable(error, &from))?;
            if about.is_file() {
                let bytes = about.len();
                found.push(Listed { from, to, bytes });
            } else if about.is_dir() && depth < DEEPEST && !from.is_symlink() {
                folders.push((from, to, depth + 1));
            }
        }
    }
    found.sort_by(|one, other| one.to.cmp(&other.to));
    Ok(found)
}

/// A name for the model that is not in use in the folder.
fn free_name(models: &Path, source: &Path) -> String {
    let own = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let parent = source.parent().unwrap_or(source);
    let repository = parent.parent().map(own).unwrap_or_default();
    let name = match repository.strip_prefix("models--") {
        // In the cache of the Hugging Face hub the folder is named after a commit.
        Some(repository) if own(parent) == "snapshots" => {
            let name = repository.rsplit("--").next();
            name.unwrap_or(repository).to_owned()
        }
        _ => own(source),
    };
    let name = name
        .trim_end_matches(".safetensors")
        .trim_start_matches('.');
    let taken = |name: &str| {
        let place = models.join(name);
        place.exists() || models.join(format!("{name}.safetensors")).exists()
    };
    let numbered = (2..).map(|number: u32| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|name| !taken(name))
        .unwrap_or_else(|| name.to_owned())
}

/// Moves a finished copy into place.
fn place(models: &Path, source: &Path, growing: &Path, name: &str) -> Result<(), InstallError> {
    let mark = serde_json::json!({ "from": source }).to_string();
    let put = || -> io::Result<PathBuf> {
        if source.is_dir() {
            let place = models.join(name);
            fs::write(growing.join(MARK), mark)?;
            fs::remove_file(growing.join(LOCK))?;
            fs::rename(growing, &place)?;
            return Ok(place);
        }
        let place = models.join(format!("{name}.safetensors"));
        let [_, beside] = marks(&place);
        fs::write(beside, mark)?;
        fs::rename(growing.join(source.file_name().unwrap_or_default()), &place)?;
        Ok(place)
    };
    put().map(drop).map_err(|error| unwritable(&error, models))
}

fn unwritable(error: &io::Error, path: &Path) -> InstallError {
    InstallError::Unwritable {
        reason: os_reason(error),
        path: path.to_owned(),
    }
}

/// A copy in progress.
struct Copy<'a, 'w> {
    growing: &'a Path,
    control: CopyControl<'w>,
    /// Bytes copied.
    done: u64,
    total: u64,
}

impl Copy<'_, '_> {
    /// Copies all files; false if it should stop.
    fn all(&mut self, files: &[Listed]) -> Result<bool, InstallError> {
        if let Some(free) = disk::free(self.growing)
            && free < self.total.saturating_add(RESERVE)
        {
            return Err(self.no_space(free));
        }
        for file in files {
            let before = self.done;
            let mut same = false;
            for _ in 0..2 {
                self.done = before;
                let Some(copied) = self.file(file)? else {
                    return Ok(false);
                };
                let Some(there) = self.read_back(file)? else {
                    return Ok(false);
                };
                same = copied == there;
                if same {
                    break;
                }
            }
            if !same {
                let path = file.from.clone();
                return Err(InstallError::Differs { path });
            }
        }
        Ok(true)
    }

    /// Copies a file; returns the hash of what was read, or `None` if the copy should stop.
    fn file(&mut self, file: &Listed) -> Result<Option<[u8; 32]>, InstallError> {
        let to = self.growing.join(&file.to);
        let words = format!("Copying {}", file.to.display());
        let mut source = open(&file.from)?;
        let begin = || -> io::Result<File> {
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            File::create(&to)
        };
        let mut target = begin().map_err(|error| unwritable(&error, &to))?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE];
        loop {
            if (self.control.ended)() {
                return Ok(None);
            }
            let count = read(&mut source, &mut piece, &file.from)?;
            if count == 0 {
                break;
            }
            hash.update(&piece[..count]);
            target
                .write_all(&piece[..count])
                .map_err(|error| self.refused(&error, &to))?;
            self.done += count as u64;
            (self.control.progress)(self.done, self.total, &words);
        }
        target
            .sync_all()
            .map_err(|error| self.refused(&error, &to))?;
        Ok(Some(hash.finalize().into()))
    }

    /// The hash of the copied file, read back; `None` if the copy should stop.
    fn read_back(&mut self, file: &Listed) -> Result<Option<[u8; 32]>, InstallError> {
        let path = self.growing.join(&file.to);
        let words = format!("Checking {}", file.to.display());
        (self.control.progress)(self.done, self.total, &words);
        let mut copy = open(&path)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE];
        loop {
            if (self.control.ended)() {
                return Ok(None);
            }
            let count = read(&mut copy, &mut piece, &path)?;
            if count == 0 {
                return Ok(Some(hash.finalize().into()));
            }
            hash.update(&piece[..count]);
        }
    }

    /// A write error as [`InstallError`]; a full disk has its own variant.
    fn refused(&self, error: &io::Error, path: &Path) -> InstallError {
        if error.kind() == io::ErrorKind::StorageFull {
            return self.no_space(disk::free(self.growing).unwrap_or(0));
        }
        unwritable(error, path)
    }

    fn no_space(&self, free: u64) -> InstallError {
        let models = self.growing.parent().unwrap_or(self.growing);
        InstallError::NoSpace {
            needed_mib: self.total.div_ceil(1 << 20),
            free_mib: free >> 20,
            path: models.to_owned(),
        }
    }
}

fn open(path: &Path) -> Result<File, InstallError> {
    File::open(path).map_err(|error| InstallError::Unreadable {
        reason: os_reason(&error),
        path: path.to_owned(),
    })
}

fn read(file: &mut File, piece: &mut [u8], path: &Path) -> Result<usize, InstallError> {
    file.read(piece).map_err(|error| InstallError::Unreadable {
        reason: os_reason(&error),
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests;
