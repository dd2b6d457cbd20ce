//! Files from the hub to the disk: resumed, checked, and put in place together.
//!
//! A model is fetched into a hidden folder next to its destination and gets its name when it is complete.
//! What has arrived stays if a fetch ends early: on request, because of the network, or because the process
//! was killed.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::offer::{Offer, RemoteFile};
use super::repo::Repo;
use super::wire::{Miss, Wire};
use super::{Hub, disk};
use crate::error::HubError;

/// Marks a folder as fetched; holds its repository, commit and licence.
const ORIGIN: &str = "kinora-origin.json";
/// Maximum number of attempts in a row for one file that receive no byte.
const MOST_TRIES: u32 = 6;
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Bytes between two checks of [`FetchControl::ended`].
const PIECE: usize = 256 << 10;
/// How often a wait checks whether it should end.
const NAP: Duration = Duration::from_millis(50);

/// Lets the caller of [`Hub::fetch`] observe it and stop it early; both are called on the fetching thread.
pub struct FetchControl<'a> {
    /// Whether to stop the fetch, asked every 256 KiB; what has arrived stays on the disk.
    pub ended: &'a dyn Fn() -> bool,
    /// Called as bytes arrive.
    pub progress: &'a mut dyn FnMut(FetchProgress<'_>),
}

/// The progress of a fetch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FetchProgress<'a> {
    /// Bytes on the disk, of all files.
    pub done: u64,
    /// Bytes of all files.
    pub total: u64,
    /// The file that is arriving now, by its name in the repository.
    pub file: &'a str,
    /// Why nothing is arriving now, while the fetch waits before it tries again.
    pub waiting: Option<&'a HubError>,
}

/// How a fetch ended, if it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The model is complete, in this folder.
    Whole(PathBuf),
    /// It was stopped early; the next fetch resumes it.
    Early,
}

/// The folder of a repository's model in the folder of models.
#[must_use]
pub fn destination(models: &Path, repo: &Repo) -> PathBuf {
    models.join(repo.name())
}

/// Whether a folder was fetched from a hub, so that Kinora may delete it.
#[must_use]
pub fn is_fetched(folder: &Path) -> bool {
    folder.join(ORIGIN).is_file()
}

impl Hub {
    /// Fetches what [`Hub::look`] offered into `models`; returns the model's folder.
    ///
    /// # Errors
    /// [`HubError`] when the hub refuses or stays silent, the disk is full or cannot be written,
    /// or a file arrives damaged twice. What has arrived stays for the next attempt.
    pub fn fetch(
        &self,
        offer: &Offer,
        models: &Path,
        control: FetchControl<'_>,
    ) -> Result<Ended, HubError> {
        let place = destination(models, &offer.repo);
        if place.exists() {
            return Err(HubError::Exists { path: place });
        }
        let growing = models.join(format!(".{}.part", offer.repo.name()));
        fs::create_dir_all(&growing).map_err(|error| disk::trouble(&error, 0, &growing))?;
        let mut fetch = Fetch {
            wire: Wire::new(self),
            hub: self,
            offer,
            folder: &growing,
            control,
            before: 0,
        };
        disk::check(&growing, fetch.missing())?;
        for file in &offer.files {
            if !fetch.file(file)? {
                return Ok(Ended::Early);
            }
            fetch.before += file.bytes;
        }
        fetch.tell(0, "", None);
        let origin = serde_json::json!({
            "repository": offer.repo.to_string(),
            "commit": offer.commit,
            "licence": offer.licence,
        });
        let finish = || {
            fs::write(growing.join(ORIGIN), origin.to_string())?;
            fs::rename(&growing, &place)
        };
        finish().map_err(|error| disk::trouble(&error, 0, &place))?;
        Ok(Ended::Whole(place))
    }
}

/// A fetch in progress.
struct Fetch<'a, 'w> {
    wire: Wire<'a>,
    hub: &'a Hub,
    offer: &'a Offer,
    folder: &'a Path,
    control: FetchControl<'w>,
    /// Bytes of the completed files.
    before: u64,
}

/// How an attempt at a file ended.
enum Attempt {
    /// All its bytes have arrived.
    Arrived,
    /// The fetch should stop.
    Ended,
    /// The connection broke; what has arrived is on the disk.
    Broke(HubError),
}

impl Fetch<'_, '_> {
    /// Bytes still to fetch.
    fn missing(&self) -> u64 {
        let there = |file: &RemoteFile| {
            let (whole, part) = self.paths(file);
            length(&whole).or_else(|| length(&part)).unwrap_or(0)
        };
        let of = |file: &RemoteFile| file.bytes.saturating_sub(there(file));
        // A repository can claim more bytes than any disk holds.
        self.offer.files.iter().map(of).fold(0, u64::saturating_add)
    }

    fn paths(&self, file: &RemoteFile) -> (PathBuf, PathBuf) {
        let whole = file
            .path
            .split('/')
            .fold(self.folder.to_owned(), |path, part| path.join(part));
        // The published hash is in the name, so that a part is never continued with another file's bytes.
        let version = file.sha256.as_deref().unwrap_or(&self.offer.commit);
        let version: String = version.chars().take(12).collect();
        let mut part = whole.clone().into_os_string();
        part.push(format!(".{version}.part"));
        (whole, part.into())
    }

    fn tell(&mut self, done: u64, file: &str, waiting: Option<&HubError>) {
        let total = self.offer.bytes();
        (self.control.progress)(FetchProgress {
            done: self.before + done,
            total,
            file,
            waiting,
        });
    }

    /// Fetches one file; false if the fetch should stop.
    fn file(&mut self, file: &RemoteFile) -> Result<bool, HubError> {
        let (whole, part) = self.paths(file);
        // A file gets its name only after it has been checked.
        if length(&whole) == Some(file.bytes) {
            return Ok(true);
        }
        if let Some(folder) = whole.parent() {
            fs::create_dir_all(folder).map_err(|error| disk::trouble(&error, 0, folder))?;
        }
        for _ in 0..2 {
            if !self.arrive(file, &part)? {
                return Ok(false);
            }
            if self.is_published(file, &part)? {
                let named = fs::rename(&part, &whole);
                named.map_err(|error| disk::trouble(&error, 0, &whole))?;
                return Ok(true);
            }
            tracing::warn!("{} arrived damaged and is being fetched again", file.path);
            let removed = fs::remove_file(&part);
            removed.map_err(|error| disk::trouble(&error, 0, &part))?;
        }
        Err(HubError::WrongHash {
            file: file.path.clone(),
        })
    }

    /// Retries until all bytes have arrived; false if the fetch should stop.
    fn arrive(&mut self, file: &RemoteFile, part: &Path) -> Result<bool, HubError> {
        let mut tries = 0;
        let there = || length(part).unwrap_or(0);
        let mut furthest = there();
        loop {
            let error = match self.attempt(file, part)? {
                Attempt::Arrived => return Ok(true),
                Attempt::Ended => return Ok(false),
                Attempt::Broke(error) => error,
            };
            // A server without range requests starts from the beginning each time: that alone is not progress.
            tries = if there() > furthest { 1 } else { tries + 1 };
            furthest = furthest.max(there());
            if tries >= MOST_TRIES {
                return Err(error);
            }
            self.tell(there(), &file.path, Some(&error));
            let wait = self.hub.first_wait.saturating_mul(1 << (tries - 1));
            if !self.pause(wait.min(LONGEST_WAIT)) {
                return Ok(false);
            }
        }
    }

    /// Waits; false if the fetch should stop.
    fn pause(&self, wait: Duration) -> bool {
        let mut left = wait;
        while !left.is_zero() {
            if (self.control.ended)() {
                return false;
            }
            let nap = left.min(NAP);
            sleep(nap);
            left -= nap;
        }
        true
    }

    /// One request for the missing bytes of a file.
    fn attempt(&mut self, file: &RemoteFile, part: &Path) -> Result<Attempt, HubError> {
        if (self.control.ended)() {
            return Ok(Attempt::Ended);
        }
        let there = length(part).unwrap_or(0);
        if there == file.bytes && (there > 0 || part.exists()) {
            return Ok(Attempt::Arrived);
        }
        // The file on disk is longer than the published one, so it is another file.
        let from = if there > file.bytes { 0 } else { there };
        let address = self
            .hub
            .address(&self.offer.repo, &self.offer.commit, &file.path);
        let answer = match self.wire.file(&self.offer.repo, &address, from) {
            Ok(answer) => answer,
            Err(Miss::Passing(error)) => return Ok(Attempt::Broke(error)),
            Err(Miss::BeyondEnd) => {
                let removed = fs::remove_file(part);
                removed.map_err(|error| disk::trouble(&error, 0, part))?;
                let error = self
                    .wire
                    .silent("a file is shorter on the hub than announced");
                return Ok(Attempt::Broke(error));
            }
            Err(miss @ Miss::Final(_)) => return Err(miss.into_error(&file.path)),
        };
        self.write(file, part, answer.from, answer.body)
    }

    /// Writes the body to the file, from byte `from` on.
    fn write(
        &mut self,
        file: &RemoteFile,
        part: &Path,
        from: u64,
        mut body: Box<dyn Read>,
    ) -> Result<Attempt, HubError> {
        let trouble = |error: std::io::Error| disk::trouble(&error, file.bytes - from, part);
        let mut open = OpenOptions::new();
        let open = open.create(true).write(true).truncate(from == 0);
        let mut target = open.append(from > 0).open(part).map_err(trouble)?;
        let mut piece = vec![0; PIECE];
        let mut done = from;
        self.tell(done, &file.path, None);
        while done < file.bytes {
            if (self.control.ended)() {
                return Ok(Attempt::Ended);
            }
            let most = piece
                .len()
                .min(usize::try_from(file.bytes - done).unwrap_or(PIECE));
            let count = match body.read(&mut piece[..most]) {
                Ok(0) => {
                    let error = self.wire.silent("the connection ended early");
                    return Ok(Attempt::Broke(error));
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    let error = self.wire.silent(&error.to_string());
                    return Ok(Attempt::Broke(error));
                }
            };
            target.write_all(&piece[..count]).map_err(trouble)?;
            done += count as u64;
            self.tell(done, &file.path, None);
        }
        target.sync_all().map_err(trouble)?;
        Ok(Attempt::Arrived)
    }

    /// Whether the bytes have the published hash. Files without one are small configurations, which are checked when
    /// the model is opened.
    fn is_published(&mut self, file: &RemoteFile, part: &Path) -> Result<bool, HubError> {
        let Some(published) = &file.sha256 else {
            return Ok(true);
        };
        let trouble = |error: std::io::Error| disk::trouble(&error, 0, part);
        let mut hash = Sha256::new();
        let mut source = File::open(part).map_err(trouble)?;
        let mut piece = vec![0; PIECE];
        loop {
            let count = source.read(&mut piece).map_err(trouble)?;
            if count == 0 {
                break;
            }
            hash.update(&piece[..count]);
        }
        Ok(format!("{:x}", hash.finalize()) == *published)
    }
}

fn length(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|about| about.len())
}
