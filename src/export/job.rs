//! A clip being written: its metadata, its progress, and how it ended.

use std::io;
use std::path::Path;

use super::output::{ClipShape, Output};
use crate::error::ExportError;
use crate::export::atomic;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

/// Metadata of a clip, in the form that its format has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// A title for people.
    pub title: String,
    /// The recipe for rendering the clip again, as JSON.
    pub comment: String,
}

impl Metadata {
    /// The metadata of a take: its recipe.
    ///
    /// # Errors
    /// When the recipe cannot be JSON, which a plain struct of numbers and text always can.
    pub fn of_take(recipe: &impl serde::Serialize) -> serde_json::Result<Self> {
        Ok(Self {
            title: "Kinora take".to_owned(),
            comment: serde_json::to_string(recipe)?,
        })
    }
}

/// A finished output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Frames in it.
    pub frames: usize,
    /// Width as written, in pixels: one more than the frames' where the codec
    /// needs even sides.
    pub width: u32,
    /// Height as written, in pixels.
    pub height: u32,
    /// The encoder that made it, as FFmpeg names it, or `png`.
    pub encoder: String,
    /// Notes for the user, one sentence each: a fallback encoder, an added column, a tag that was left out.
    pub notes: Vec<String>,
}

/// How a write ended when it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The output is in its place.
    Finished(Written),
    /// It was cancelled; nothing is left behind and an existing output is unchanged.
    Stopped,
}

/// Lets the caller of [`write()`](super::write()) follow it and end it early.
pub struct Watch<'a> {
    /// Asked before each frame; `true` ends the write.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Called after each frame with the number of frames written.
    pub progress: &'a mut dyn FnMut(usize),
}

/// A frame to write does not exist: its take is not loaded, or has fewer frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingFrame;

/// What a writer needs besides the frames; checked once, here.
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
