//! The available models, and the one that is being fetched or copied: what the models panel shows.
//!
//! Files that an artist names stay where they are and are remembered by path, unless a copy is asked
//! for. Must not know how a
//! model is opened or fetched; a worker does.

use std::sync::Arc;
use std::time::Duration;

use crate::error::HubError;
use crate::hub::Offer;

/// All models, and the hub.
#[derive(Debug, Default)]
pub struct Models {
    /// The available models: the embedded one first, then by name.
    pub entries: Vec<ModelEntry>,
    /// What goes on with the hub.
    pub hub: HubState,
    /// The copy under way.
    pub copying: Option<CopyJob>,
}

/// An available model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEntry {
    /// Its name in the library, or its path.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What was found in it.
    pub state: EntryState,
}

/// Where a model comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is part of the program.
    Embedded,
    /// In Kinora's folder of models.
    Installed,
    /// Kinora fetched it from the hub.
    Fetched,
    /// Kinora copied it from elsewhere on the disk.
    Copied,
    /// Named by the artist, and used from its current location.
    Referenced,
}

/// What was found in a model.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryState {
    /// It is being inspected.
    Opening,
    /// It can be used.
    Usable(Box<ModelReport>),
    /// It cannot, and why, in one sentence.
    Broken(String),
    /// It no longer exists.
    Missing,
}

/// A usable model in a few figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelReport {
    /// Which model it is, and how its files are laid out.
    pub kind: String,
    /// Values of all networks together.
    pub parameters: usize,
    /// Width, height and frames that it was trained on.
    pub trained: (usize, usize, usize),
    /// The most memory that a shot at its own size takes here, where that is known.
    pub peak_bytes: Option<u64>,
    /// Memory that is free on the device that was asked about.
    pub free_bytes: Option<u64>,
    /// The licence text beside it.
    pub licence: Option<String>,
    /// What had to be assumed.
    pub warnings: Vec<String>,
}

/// What goes on with the hub; one thing at a time.
#[derive(Debug, Default)]
pub struct HubState {
    /// The repository that is being asked about.
    pub asking: Option<String>,
    /// What it offers; nothing is fetched before it is accepted.
    pub offer: Option<Arc<Offer>>,
    /// The fetch under way.
    pub fetching: Option<FetchJob>,
    /// Bytes that an earlier fetch of the offer has brought.
    pub arrived: u64,
    /// What went wrong last, and with which repository.
    pub trouble: Option<(String, HubError)>,
}

/// A fetch under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchJob {
    /// Bytes on the disk.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
    /// The current file.
    pub file: String,
    /// Why nothing arrives at the moment.
    pub waiting: Option<String>,
    /// Whether it was asked to end.
    pub stopping: bool,
    /// When the first bytes of this fetch came, and how many were there before.
    pub(in crate::app) began: Option<(Duration, u64)>,
}

impl FetchJob {
    /// Bytes each second since the fetch began, at the time `now`; `None` for the first moments.
    #[must_use]
    pub fn rate(&self, now: Duration) -> Option<f64> {
        let (since, before) = self.began?;
        let seconds = now.saturating_sub(since).as_secs_f64();
        (seconds > 1.0).then(|| self.done.saturating_sub(before) as f64 / seconds)
    }

    /// Seconds until all is there, at this rate.
    #[must_use]
    pub fn seconds_left(&self, now: Duration) -> Option<f64> {
        let rate = self.rate(now).filter(|rate| *rate > 0.0)?;
        Some(self.total.saturating_sub(self.done) as f64 / rate)
    }
}

/// A copy of a model under way, into Kinora's own folder.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyJob {
    /// The path that it is copied from, which is its name in the list.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Bytes copied.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
    /// What is being done with which file.
    pub words: String,
    /// Whether it was asked to end.
    pub stopping: bool,
}

impl Origin {
    /// Whether its files are Kinora's own, which are deleted when it is removed.
    #[must_use]
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Fetched | Self::Copied)
    }
}

impl Models {
    /// A model by its name in the library, or its path.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&ModelEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}
