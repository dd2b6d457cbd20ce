//! An export in progress: its metadata, its progress, and its outcome.

use std::io;
use std::path::Path;

use super::output::{ClipShape, Output};
use crate::error::ExportError;
use crate::export::atomic;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

/// Metadata of a clip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The title.
    pub title: String,
    /// The recipe for rendering the clip again, as JSON.
    pub comment: String,
}

impl Metadata {
    /// The metadata of a take: its recipe.
    ///
    /// # Errors
    /// If the recipe cannot be represented in JSON, which plain structs of numbers and text always can.
    pub fn of_take(recipe: &impl serde::Serialize) -> serde_json::Result<Self> {
        Ok(Self {
            title: "Kinora take".to_owned(),
            comment: serde_json::to_string(recipe)?,
        })
    }

    /// The metadata of a picture from words: its recipe.
    ///
    /// # Errors
    /// As [`of_take`](Self::of_take).
    pub fn of_still(recipe: &impl serde::Serialize) -> serde_json::Result<Self> {
        Ok(Self {
            title: "Kinora picture".to_owned(),
            comment: serde_json::to_string(recipe)?,
        })
    }
}

/// A finished export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Number of frames in it.
    pub frames: usize,
    /// Width as written, in pixels: one more than the frames' if the codec needs even sides.
    pub width: u32,
    /// Height as written, in pixels.
    pub height: u32,
    /// The encoder used, by its FFmpeg name, or `png`.
    pub encoder: String,
    /// Notes for the user, one sentence each: a fallback encoder, an added column, a tag that was left out.
    pub notes: Vec<String>,
}

/// How an export ended, if it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The output is in place.
    Finished(Written),
    /// It was cancelled; the unfinished output is deleted and an existing one unchanged.
    Stopped,
}

/// Lets the caller of [`write()`](super::write()) observe it and stop it early.
pub struct Watch<'a> {
    /// Called before each frame; `true` stops the export.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Called after each frame with the number of frames written.
    pub progress: &'a mut dyn FnMut(usize),
}

/// A frame to write does not exist: its take is not loaded, or has fewer frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingFrame;

/// What a writer needs besides the frames, validated.
pub(super) struct Job<'a> {
    pub(super) output: &'a Output,
    pub(super) shape: ClipShape,
    pub(super) rate: Rate,
    pub(super) metadata: &'a Metadata,
}

impl Job<'_> {
    /// The next frame, if it exists and has the shape of the first.
    pub(super) fn checked(
        &self,
        index: usize,
        frame: Result<Frame, MissingFrame>,
    ) -> Result<Frame, ExportError> {
        let frame = frame.map_err(|MissingFrame| ExportError::FrameMissing {
            path: self.path().to_path_buf(),
            index,
        })?;
        let ClipShape { width, height, .. } = self.shape;
        let bytes = u64::from(width) * u64::from(height) * 3;
        if (frame.width, frame.height) == (width, height) && frame.rgb.len() as u64 == bytes {
            return Ok(frame);
        }
        Err(ExportError::UnevenFrames {
            path: self.path().to_path_buf(),
            index,
            width,
            height,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.output.path()
    }

    pub(super) fn refused(&self, error: &io::Error) -> ExportError {
        atomic::unwritable(self.path(), error)
    }

    pub(super) fn written(&self, encoder: &str) -> Outcome {
        Outcome::Finished(Written {
            frames: self.shape.frames,
            width: self.shape.width,
            height: self.shape.height,
            encoder: encoder.to_owned(),
            notes: Vec::new(),
        })
    }
}
