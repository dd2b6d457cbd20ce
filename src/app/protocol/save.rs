//! What the save thread writes.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam::channel::Sender;

use crate::app::state::preferences::PreferencesFile;
use crate::engine::protocol::Take;
use crate::media::picture::Picture;
use crate::project::file::{ProjectFile, TakeEntry};
use crate::project::ids::PictureId;

/// Something to write.
#[derive(Debug)]
pub(in crate::app) enum SaveJob {
    /// The project's file.
    Project(Box<ProjectFile>),
    /// A finished take.
    Take(TakeEntry, Arc<Take>),
    /// A picture that has no file of its own, into this one.
    Picture(PictureId, PathBuf, Arc<Picture>),
    /// The whole project, into another folder.
    Copy {
        /// The folder.
        to: PathBuf,
        /// The project's file.
        file: Box<ProjectFile>,
        /// What is numbered from here on is not on the disk when this is asked for.
        next: u64,
    },
    /// The preferences, into this file.
    Preferences(Box<PreferencesFile>),
    /// Nothing: the other end learns that all that was asked for before is written.
    Mark(Sender<()>),
}
