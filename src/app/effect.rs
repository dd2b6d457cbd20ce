//! What an update wants done outside of the state. The crew is the one interpreter.

use std::path::PathBuf;
use std::sync::Arc;

use super::camera::CameraEffect;
use super::models::ModelsEffect;
use super::outlook::Question;
use super::preset::Preset;
use super::queue::Wanted;
use super::state::TakeId;
use crate::engine::protocol::{JobId, Order, StopMode, Take};

/// One thing to do.
#[derive(Debug)]
pub(super) enum Effect {
    /// Open the sample pictures.
    OpenSamples,
    /// Open these files.
    OpenPictures {
        /// Which.
        paths: Vec<PathBuf>,
        /// sRGB colour under transparent parts.
        matte: [u8; 3],
    },
    /// Ask the artist for files.
    AskForPictures,
    /// Ask the artist for a place; `name` is suggested.
    AskForClipPlace {
        /// What will be written.
        take: TakeId,
        /// File name to begin with.
        name: String,
    },
    /// Something about models.
    Models(ModelsEffect),
    /// Find out what a model suggests.
    InspectModel(String),
    /// Something about camera moves.
    Camera(CameraEffect),
    /// Draw a seed.
    DrawSeed,
    /// Hand an order to the engine.
    Generate {
        /// The order.
        order: Box<Order>,
        /// What it was made from.
        wanted: Box<Wanted>,
    },
    /// End a job early.
    Stop(JobId, StopMode),
    /// Let a job hold, or go on.
    Hold(JobId, bool),
    /// Find out what a request will take.
    Forecast {
        /// The request, and where it would run.
        question: Box<Question>,
        /// The job it is about; `None` for the take that may come next.
        job: Option<JobId>,
    },
    /// List the presets at hand.
    ListPresets,
    /// Keep a preset in the user's data folder.
    KeepPreset(Box<Preset>),
    /// Take what is on the clipboard.
    Paste {
        /// What a picture from there is called.
        name: String,
    },
    /// Make small copies of a take's frames.
    MakeCells(TakeId, Arc<Take>),
    /// Write a take.
    Export {
        /// What is written.
        take: Arc<Take>,
        /// Where to.
        path: PathBuf,
    },
    /// End the running export.
    CancelExport,
}
