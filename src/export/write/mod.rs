//! Writing frames to files: one writer for each format, all under a temporary name first.

mod check;
#[cfg(feature = "export")]
mod codecs;
#[cfg(feature = "export")]
pub(super) mod ffmpeg;
#[cfg(feature = "export")]
mod metadata;
pub(super) mod png;
#[cfg(feature = "export")]
pub(super) mod rgb_to_yuv;

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use self::check::{check_place, check_shape};
use super::job::{Job, Metadata, MissingFrame, Outcome, Watch};
use super::output::{ClipShape, Output, OutputKind};
use crate::error::ExportError;
use crate::export::atomic::{self, FreshFile, FreshFolder};
use crate::media::frame::Frame;
use crate::media::rate::Rate;

#[cfg(not(feature = "export"))]
use self::check::built_without_ffmpeg;

/// Frames per second beyond which players drop frames and time bases overflow.
const FASTEST: u64 = 1000;

/// Writes all `frames` (equal in size, `[h, w, 3]` sRGB) at `rate` to `output`.
///
/// The output is written under a temporary name and renamed when it is complete, so neither an error nor a
/// cancellation leaves part of it behind or damages an existing output. The same input gives the same bytes. `frames`
/// is iterated twice for `.gif`: once for its palette.
///
/// # Errors
/// An [`ExportError`] if the path cannot be written, the disk is full, no encoder opens, or the format does not support
/// the frames or the rate.
pub fn write<I>(
    frames: I,
    rate: Rate,
    output: &Output,
    metadata: &Metadata,
    watch: Watch<'_>,
) -> Result<Outcome, ExportError>
where
    I: ExactSizeIterator<Item = Frame> + Clone,
{
    try_write(frames.map(Ok), rate, output, metadata, watch)
}

/// The same for frames that may turn out to be missing.
///
/// # Errors
/// As [`write()`], and [`ExportError::FrameMissing`]; the unfinished output is deleted in that case too.
pub fn try_write<I>(
    frames: I,
    rate: Rate,
    output: &Output,
    metadata: &Metadata,
    mut watch: Watch<'_>,
) -> Result<Outcome, ExportError>
where
    I: ExactSizeIterator<Item = Result<Frame, MissingFrame>> + Clone,
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
    let first = first.map_err(|MissingFrame| ExportError::FrameMissing {
        path: path.to_path_buf(),
        index: 0,
    })?;
    let shape = ClipShape {
        width: first.width,
        height: first.height,
        frames: frames.len(),
    };
    check_shape(output, shape)?;
    check_place(output)?;
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

/// Writes one frame as a PNG picture, completely or not at all.
///
/// # Errors
/// [`ExportError::Unwritable`], which names the path.
pub fn write_frame_file(
    frame: &Frame,
    path: &Path,
    metadata: &Metadata,
) -> Result<(), ExportError> {
    let refused = |error: io::Error| atomic::unwritable(path, &error);
    let mut fresh = FreshFile::create(path)?;
    let file = fresh.file().try_clone().map_err(refused)?;
    png::write_png(file, frame, metadata).map_err(refused)?;
    fresh.commit()
}

/// The formats that this build and machine can write: each with the name of its encoder, or the reason why not. For
/// `kinora doctor`.
#[must_use]
pub fn codecs() -> Vec<(OutputKind, Result<String, String>)> {
    let kinds = OutputKind::ALL.into_iter();
    kinds.map(|kind| (kind, codec(kind))).collect()
}

#[cfg(feature = "export")]
fn codec(kind: OutputKind) -> Result<String, String> {
    if kind.needs_ffmpeg() {
        return ffmpeg::name_for(kind);
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
    I: Iterator<Item = Result<Frame, MissingFrame>>,
{
    let folder = FreshFolder::create(job.path())?;
    for (index, frame) in frames.enumerate() {
        if (watch.cancelled)() {
            return Ok(Outcome::Stopped);
        }
        let frame = job.checked(index, frame)?;
        let place = folder.staging().join(png::frame_name(index));
        File::create_new(place)
            .and_then(|file| png::write_png(file, &frame, job.metadata))
            .map_err(|error| job.refused(&error))?;
        (watch.progress)(index + 1);
    }
    folder.commit(png::is_frame_name)?;
    Ok(job.written("png"))
}

fn write_apng<I>(job: &Job<'_>, frames: I, watch: &mut Watch<'_>) -> Result<Outcome, ExportError>
where
    I: Iterator<Item = Result<Frame, MissingFrame>>,
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
        png::AnimatedPng::begin(&mut sink, (width, height), count, job).map_err(refused)?;
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
    I: Iterator<Item = Result<Frame, MissingFrame>> + Clone,
{
    let mut fresh = FreshFile::create(job.path())?;
    let refused = |error: io::Error| job.refused(&error);
    let file = fresh.file().try_clone().map_err(refused)?;
    let Some(written) = ffmpeg::encode(file, job, frames, watch)? else {
        return Ok(Outcome::Stopped);
    };
    let label = match job.output.kind() {
        OutputKind::Gif => metadata::label_gif,
        OutputKind::WebP => metadata::label_webp,
        _ => {
            fresh.commit()?;
            return Ok(Outcome::Finished(written));
        }
    };
    relabel(fresh.file(), |bytes| label(bytes, job.metadata)).map_err(refused)?;
    fresh.commit()?;
    Ok(Outcome::Finished(written))
}

/// Rewrites a finished file in memory; only for formats with small files.
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
    Err(built_without_ffmpeg(job.output))
}
