//! The available models, and the download or copy in progress.
//!
//! Files that the user adds stay where they are and are remembered by path, unless a copy is requested.

use std::sync::Arc;
use std::time::Duration;

use crate::checkpoint::{MotionConfig, Unet2dConfig};
use crate::error::HubError;
use crate::hub::Offer;
use crate::request::Defaults;

/// All models, and the state of downloads.
#[derive(Debug, Default)]
pub struct Models {
    /// The available models: the embedded one first, then by name.
    pub entries: Vec<ModelEntry>,
    /// The state of the hub.
    pub hub: HubState,
    /// The copy in progress.
    pub copying: Option<CopyJob>,
}

/// An available model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEntry {
    /// Its name in the library, or its path.
    pub name: String,
    /// The name shown to the user.
    pub title: String,
    /// Its origin.
    pub origin: Origin,
    /// What inspecting it found.
    pub state: EntryState,
}

/// The origin of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Embedded in the program.
    Embedded,
    /// In Kinora's folder of models.
    Installed,
    /// Downloaded from the hub by Kinora.
    Fetched,
    /// Copied by Kinora from elsewhere on the disk.
    Copied,
    /// Added by the user, and used from its current location.
    Referenced,
}

/// What inspecting a model found.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryState {
    /// It is being inspected.
    Opening,
    /// It can be used.
    Usable(Box<ModelReport>),
    /// It is no model of its own: motion modules, which add motion to a model that makes pictures from words.
    Modules(Box<ModulesReport>),
    /// It cannot be used; the sentence says why.
    Broken(String),
    /// It no longer exists.
    Missing,
}

/// A usable model in a few figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelReport {
    /// The model's family and file layout.
    pub kind: String,
    /// Number of parameters of all networks together.
    pub parameters: usize,
    /// Its default settings, which are those that it was trained with.
    pub defaults: Defaults,
    /// Peak memory of a take at the training size on this machine, in bytes, if known.
    pub peak_bytes: Option<u64>,
    /// Free memory on that device, in bytes.
    pub free_bytes: Option<u64>,
    /// The licence text found with it.
    pub licence: Option<String>,
    /// Assumptions that had to be made.
    pub warnings: Vec<String>,
    /// The UNet that motion modules can be added to, if it has one.
    pub picture_unet: Option<Unet2dConfig>,
}

/// Motion modules in a few figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ModulesReport {
    /// Which modules they are.
    pub kind: String,
    /// Number of parameters.
    pub parameters: usize,
    /// What they are made of, which says which models they fit.
    pub config: MotionConfig,
}

/// The state of the hub; one request or download at a time.
#[derive(Debug, Default)]
pub struct HubState {
    /// The repository being looked up.
    pub asking: Option<String>,
    /// What it offers; nothing is downloaded before the user accepts.
    pub offer: Option<Arc<Offer>>,
    /// The download in progress.
    pub fetching: Option<FetchJob>,
    /// Bytes of the offer that were downloaded earlier.
    pub arrived: u64,
    /// The last error, with its repository.
    pub trouble: Option<(String, HubError)>,
}

/// A download in progress.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchJob {
    /// Bytes on the disk.
    pub done: u64,
    /// Total number of bytes.
    pub total: u64,
    /// The current file.
    pub file: String,
    /// Why no data is arriving at the moment.
    pub waiting: Option<String>,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// When the first bytes arrived, and how many were on the disk before.
    pub(in crate::app) began: Option<(Duration, u64)>,
}

impl FetchJob {
    /// Bytes per second since the download started, at the time `now`; `None` at first.
    #[must_use]
    pub fn rate(&self, now: Duration) -> Option<f64> {
        let (since, before) = self.began?;
        let seconds = now.saturating_sub(since).as_secs_f64();
        (seconds > 1.0).then(|| self.done.saturating_sub(before) as f64 / seconds)
    }

    /// Seconds until completion at this rate.
    #[must_use]
    pub fn seconds_left(&self, now: Duration) -> Option<f64> {
        let rate = self.rate(now).filter(|rate| *rate > 0.0)?;
        Some(self.total.saturating_sub(self.done) as f64 / rate)
    }
}

/// A copy in progress, of a model into Kinora's own folder.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyJob {
    /// The path of the original, which is its name in the list.
    pub name: String,
    /// The name shown to the user.
    pub title: String,
    /// Bytes copied.
    pub done: u64,
    /// Total number of bytes.
    pub total: u64,
    /// A status line that names the current file.
    pub words: String,
    /// Whether it was asked to stop.
    pub stopping: bool,
}

impl Origin {
    /// Whether its files belong to Kinora and are deleted with it.
    #[must_use]
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Fetched | Self::Copied)
    }
}

impl Models {
    /// Finds a model by its name in the library, or its path.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&ModelEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}
