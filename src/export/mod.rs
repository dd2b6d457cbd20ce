//! Finished frames to files, and back.
//!
//! Owns formats, encoders, tags and the promise that an output appears whole or
//! not at all. Knows nothing of models, engines or windows: frames, a rate and a
//! path come in. FFmpeg is named in `encoder.rs` and `decoder.rs` alone and left
//! out without the Cargo feature `export`; PNG pictures and animated PNG are
//! written, and with GIF and WebP read, in every build.

mod atomic;
#[cfg(feature = "export")]
mod clock;
#[cfg(feature = "export")]
mod codecs;
#[cfg(feature = "export")]
mod decoder;
mod delivery;
#[cfg(feature = "export")]
mod encoder;
#[cfg(feature = "export")]
mod labels;
mod reader;
#[cfg(feature = "export")]
mod rgb;
mod spec;
mod stills;
#[cfg(feature = "export")]
mod yuv;

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use crate::error::ExportError;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

use self::atomic::{FreshFile, FreshFolder};

pub use self::delivery::{Delivery, Quality, Scale, scaled};
pub use self::reader::{ReadTake, TakeHeader, read_recipe_text, read_take, recognise, visit_take};
pub use self::spec::{ClipShape, Output, OutputKind};

/// Frames per second beyond which no player follows and time bases overflow.
const FASTEST: u64 = 1000;

/// What a file says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// A name for people.
    pub title: String,
    /// The recipe the clip can be rendered from again, as JSON.
    pub comment: String,
}

impl Metadata {
    /// What a take says about itself: the recipe it can be rendered from again.
    ///
    /// # Errors
    /// When the recipe is no JSON, which a plain struct of numbers and text always is.
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
    /// What the user should know: a fallback encoder, an added column, a tag
    /// left out. One sentence each.
    pub notes: Vec<String>,
}

/// How a write ended when it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The output is in its place.
    Finished(Written),
    /// It was cancelled; nothing was left behind and an existing output is as it was.
    Stopped,
}

/// How the caller follows a write and ends it early.
pub struct Watch<'a> {
    /// Asked before each frame; `true` ends the write.
    pub cancelled: &'a dyn Fn() -> bool,
    /// Told after each frame how many are done.
    pub progress: &'a mut dyn FnMut(usize),
}

/// What a writer needs besides the frames; checked once, here.
struct Job<'a> {
    output: &'a Output,
    shape: ClipShape,
    rate: Rate,
    metadata: &'a Metadata,
}

impl Job<'_> {
    /// The next frame, if it has the shape of the first.
    fn checked(&self, index: usize, frame: Frame) -> Result<Frame, ExportError> {
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

    fn path(&self) -> &Path {
        self.output.path()
    }

    fn refused(&self, error: &io::Error) -> ExportError {
        atomic::unwritable(self.path(), error)
    }

    fn written(&self, encoder: &str) -> Outcome {
        Outcome::Finished(Written {
            frames: self.shape.frames,
            width: self.shape.width,
            height: self.shape.height,
            encoder: encoder.to_owned(),
            notes: Vec::new(),
        })
    }
}

/// Writes all `frames` (equal in size, `[h, w, 3]` sRGB) at `rate` to `output`.
///
/// The output is written aside and takes its place when it is complete, so that
/// neither a failure nor a stop leaves a part of it behind or harms an existing
/// one. The same input gives the same bytes. `frames` is walked twice for
/// `.gif`: once for its palette.
///
/// # Errors
/// An [`ExportError`] that names the path: the place, the disk, the encoder, or
/// frames and a rate that no file can hold.
pub fn write<I>(
    frames: I,
    rate: Rate,
    output: &Output,
    metadata: &Metadata,
    mut watch: Watch<'_>,
) -> Result<Outcome, ExportError>
where
    I: ExactSizeIterator<Item = Frame> + Clone,
{
    let path = output.path();
    let too_fast = u64::from(rate.num) > FASTEST * u64::from(rate.den);
    // FFmpeg's rationals are signed.
    let too_long = rate.num.max(rate.den) > i32::MAX as u32;
    if rate.num == 0 || rate.den == 0 || too_fast || too_long {
        let path = path.to_path_buf();
        return Err(ExportError::BadRate {
            path,
            num: rate.num,
            den: rate.den,
        });
    }
    let Some(first) = frames.clone().next() else {
        let path = path.to_path_buf();
        return Err(ExportError::NoFrames { path });
    };
    let shape = ClipShape {
        width: first.width,
        height: first.height,
        frames: frames.len(),
    };
    output.check_shape(shape)?;
    output.check_place()?;
    let job = Job {
        output,
        shape,
        rate,
        metadata,
    };
    match output.kind() {
        OutputKind::Folder => write_folder(&job, frames, &mut watch),
        OutputKind::Apng => write_apng(&job, frames, &mut watch),
        _ => write_clip(&job, frames, &mut watch),
    }
}

/// Writes one frame as a PNG picture, whole or not at all.
///
/// # Errors
/// [`ExportError::Unwritable`], which names the path.
pub fn write_still(frame: &Frame, path: &Path, metadata: &Metadata) -> Result<(), ExportError> {
    let refused = |error: io::Error| atomic::unwritable(path, &error);
    let mut fresh = FreshFile::create(path)?;
    let file = fresh.file().try_clone().map_err(refused)?;
    stills::write_png(file, frame, metadata).map_err(refused)?;
    fresh.commit()
}

/// What can be written here: each kind with the name of its encoder, or the
/// sentence that says why not. For `kinora doctor`.
#[must_use]
pub fn codecs() -> Vec<(OutputKind, Result<String, String>)> {
    let kinds = OutputKind::ALL.into_iter();
    kinds.map(|kind| (kind, codec(kind))).collect()
}

#[cfg(feature = "export")]
fn codec(kind: OutputKind) -> Result<String, String> {
    if kind.needs_ffmpeg() {
        return encoder::name_for(kind);
    }
    Ok("png".to_owned())
}

#[cfg(not(feature = "export"))]
fn codec(kind: OutputKind) -> Result<String, String> {
    if kind.needs_ffmpeg() {
        return Err("this build has no FFmpeg".to_owned());
    }
    Ok("png".to_owned())
}

fn write_folder<I>(job: &Job<'_>, frames: I, watch: &mut Watch<'_>) -> Result<Outcome, ExportError>
where
    I: Iterator<Item = Frame>,
{
    let folder = FreshFolder::create(job.path())?;
    for (index, frame) in frames.enumerate() {
        if (watch.cancelled)() {
            return Ok(Outcome::Stopped);
        }
        let frame = job.checked(index, frame)?;
        let place = folder.staging().join(stills::frame_name(index));
        File::create_new(place)
            .and_then(|file| stills::write_png(file, &frame, job.metadata))
            .map_err(|error| job.refused(&error))?;
        (watch.progress)(index + 1);
    }
    folder.commit(stills::is_frame_name)?;
    Ok(job.written("png"))
}

fn write_apng<I>(job: &Job<'_>, frames: I, watch: &mut Watch<'_>) -> Result<Outcome, ExportError>
where
    I: Iterator<Item = Frame>,
{
    let mut fresh = FreshFile::create(job.path())?;
    let mut sink = BufWriter::new(fresh.file());
    let refused = |error: io::Error| job.refused(&error);
    let ClipShape {
        width,
        height,
        frames: count,
    } = job.shape;
    let count = u32::try_from(count).map_err(|_| refused(io::Error::other("too many frames")))?;
    let mut clip =
        stills::AnimatedPng::begin(&mut sink, (width, height), count, job).map_err(refused)?;
    for (index, frame) in frames.enumerate() {
        if (watch.cancelled)() {
            return Ok(Outcome::Stopped);
        }
        clip.push(&job.checked(index, frame)?).map_err(refused)?;
        (watch.progress)(index + 1);
    }
    clip.finish().and_then(|()| sink.flush()).map_err(refused)?;
    drop(sink);
    fresh.commit()?;
    Ok(job.written("png"))
}

#[cfg(feature = "export")]
fn write_clip<I>(job: &Job<'_>, frames: I, watch: &mut Watch<'_>) -> Result<Outcome, ExportError>
where
    I: Iterator<Item = Frame> + Clone,
{
    let mut fresh = FreshFile::create(job.path())?;
    let refused = |error: io::Error| job.refused(&error);
    let file = fresh.file().try_clone().map_err(refused)?;
    let Some(written) = encoder::encode(file, job, frames, watch)? else {
        return Ok(Outcome::Stopped);
    };
    let label = match job.output.kind() {
        OutputKind::Gif => labels::label_gif,
        OutputKind::WebP => labels::label_webp,
        _ => {
            fresh.commit()?;
            return Ok(Outcome::Finished(written));
        }
    };
    relabel(fresh.file(), |bytes| label(bytes, job.metadata)).map_err(refused)?;
    fresh.commit()?;
    Ok(Outcome::Finished(written))
}

/// Rewrites a finished file through memory; for the kinds that stay small.
#[cfg(feature = "export")]
fn relabel(file: &mut File, label: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    label(&mut bytes)?;
    file.rewind()?;
    file.write_all(&bytes)
}

#[cfg(not(feature = "export"))]
fn write_clip<I>(
    job: &Job<'_>,
    _frames: I,
    _watch: &mut Watch<'_>,
) -> Result<Outcome, ExportError> {
    Err(job.output.built_without_ffmpeg())
}
