//! What the save thread writes.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam::channel::Sender;

use crate::app::state::preferences::PreferencesFile;
use crate::media::picture::Picture;
use crate::project::file::{ProjectFile, TakeEntry};
use crate::project::ids::PictureId;
use crate::request::{FirstFrame, Take};

/// Something to save.
#[derive(Debug)]
pub(in crate::app) enum SaveJob {
    /// The project file.
    Project(Box<ProjectFile>),
    /// A finished take.
    Take(TakeEntry, Arc<Take>),
    /// A picture without a file of its own, into this file, with how it was made from words.
    Picture(PictureId, PathBuf, Arc<Picture>, Option<Arc<FirstFrame>>),
    /// A picture with a file of its own, copied from that file into this one, which is relative to the project's
    /// folder.
    Collect(PictureId, PathBuf, PathBuf),
    /// The whole project, into another folder.
    Copy {
        /// The folder.
        to: PathBuf,
        /// The project file.
        file: Box<ProjectFile>,
        /// Anything with this ID or a later one is not yet on the disk.
        next: u64,
    },
    /// Nothing: gives the project's folder another name.
    Rename(PathBuf),
    /// The preferences, into this file.
    Preferences(Box<PreferencesFile>),
    /// Nothing: tells the receiver that everything requested before is saved.
    Mark(Sender<()>),
}
