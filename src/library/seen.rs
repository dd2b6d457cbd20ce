//! Where the things that recipes name were last seen on this machine: a private list of fingerprints with
//! their paths, in the user's data folder. It is never written into a clip.
//!
//! If the list cannot be read or written, nothing fails: things are then searched for elsewhere.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::system::whole_file;

/// File name in the data folder.
const FILE: &str = "seen.json";
/// File name of the lock between writers.
const LOCK: &str = ".seen.lock";
/// Maximum number of entries; those not seen for longest are dropped.
const MOST: usize = 4096;

/// The list, the latest sighting last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    seen: Vec<(String, PathBuf)>,
}

impl Seen {
    /// Reads the list in a data folder; empty if there is none.
    #[must_use]
    pub fn read(folder: Option<&Path>) -> Self {
        folder
            .and_then(|folder| fs::read(folder.join(FILE)).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Where something with this fingerprint was last seen; it may no longer be there.
    #[must_use]
    pub fn place(&self, fingerprint: &str) -> Option<&Path> {
        let mut latest = self.seen.iter().rev();
        let found = latest.find(|(known, _)| known == fingerprint);
        found.map(|(_, path)| path.as_path())
    }

    /// Records a sighting; false if it is already the latest one.
    fn note(&mut self, fingerprint: String, path: PathBuf) -> bool {
        if self.place(&fingerprint) == Some(&path) {
            return false;
        }
        self.seen.retain(|(known, _)| *known != fingerprint);
        self.seen.push((fingerprint, path));
        let beyond = self.seen.len().saturating_sub(MOST);
        self.seen.drain(..beyond);
        true
    }
}

/// Records sightings in a data folder's list; relative paths are made absolute.
pub fn note(folder: Option<&Path>, sightings: impl IntoIterator<Item = (String, PathBuf)>) {
    let Some(folder) = folder else {
        return;
    };
    if let Err(error) = write(folder, sightings) {
        tracing::debug!("could not record where files were seen: {error}");
    }
}

fn write(folder: &Path, sightings: impl IntoIterator<Item = (String, PathBuf)>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // Locked until the end: a writer that reads between another's reading and writing would undo its change.
    // On a disk without locks there is nearly always only one writer.
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))?;
    let _ = lock.lock();
    let mut list = Seen::read(Some(folder));
    let mut changed = false;
    for (fingerprint, path) in sightings {
        changed |= list.note(fingerprint, std::path::absolute(&path).unwrap_or(path));
    }
    if !changed {
        return Ok(());
    }
    whole_file::write_private(&folder.join(FILE), &serde_json::to_vec(&list)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_place_counts_and_the_oldest_things_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let one = |fingerprint: &str, path: &str| [(fingerprint.to_owned(), PathBuf::from(path))];
        note(Some(&data), one("a", "/pictures/a.png"));
        note(Some(&data), one("a", "/moved/a.png"));
        let many = (0..MOST - 1).map(|n| (format!("{n}"), PathBuf::from("/x")));
        note(Some(&data), many);
        let list = Seen::read(Some(&data));
        assert_eq!(list.place("a"), Some(Path::new("/moved/a.png")));
        note(Some(&data), one("last", "/y"));
        let list = Seen::read(Some(&data));
        assert_eq!(list.place("a"), None, "not seen for longest");
        assert_eq!(list.place("0"), Some(Path::new("/x")));
        assert_eq!(list.place("last"), Some(Path::new("/y")));
        fs::write(data.join(FILE), "{ half").unwrap();
        assert_eq!(Seen::read(Some(&data)), Seen::default());
        assert_eq!(Seen::read(None), Seen::default());
    }
}
