//! `kinora reproduce`: a take rendered again from its recipe, and compared.
//!
//! Owns the comparison. A lossless take is compared with the new frames directly; a lossy one with the new frames
//! encoded the same way, so that the loss of the encoder does not count.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::arguments::Reproduce;
use super::failure::Failure;
use super::generate::{follow, stop_on_ctrl_c, write};
use super::progress::Progress;
use super::recipe;
use crate::engine::defaults_of;
use crate::engine::protocol::{Order, Recipe, Take};
use crate::error::TakeError;
use crate::export::{self, ClipShape, Output, OutputKind, ReadTake};
use crate::library::Library;
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::request::GenerateRequest;

pub(super) fn run(arguments: &Reproduce) -> Result<(), Failure> {
    let path = &arguments.take;
    let old = export::read_take(path).map_err(Failure::failed)?;
    let comment = old.header.comment.as_deref();
    let recipe = recipe::parse(path, comment).map_err(Failure::failed)?;
    let output = arguments.output.as_deref().map(Output::parse).transpose()?;
    let library = Library::of_user();
    check(path, &old, &recipe, &library, output.as_ref())?;
    let picture = picture(path, arguments.image.as_deref(), &recipe)?;

    let mut progress = Progress::new(false);
    if recipe.kinora != env!("CARGO_PKG_VERSION") {
        progress.warning(&format!(
            "this take was rendered by Kinora {}, and this is {}; the frames may differ",
            recipe.kinora,
            env!("CARGO_PKG_VERSION")
        ));
    }
    let stopped = stop_on_ctrl_c()?;
    let new = follow(order(&recipe, picture), library, &stopped, &mut progress)?;
    if new.recipe.device != recipe.device {
        progress.warning(&format!(
            "this take was rendered on {}, and now on {}; the frames may differ a little",
            recipe.device, new.recipe.device
        ));
    }
    if let Some(output) = &output {
        progress.stage("write");
        write(&new, output, &stopped, &mut progress)?;
    }
    let comparison = compare(&old, &new, output.as_ref(), &stopped)?;
    progress.clear();
    if old.frames.len() != new.frames.len() {
        progress.warning(&format!(
            "this take has {} frames and its recipe makes {}; only the first {} are compared",
            old.frames.len(),
            new.frames.len(),
            comparison.frames
        ));
    }
    println!("{}: {}", path.display(), verdict(&comparison, &old));
    Ok(())
}

/// Refuses before rendering whatever can be refused by then.
fn check(
    path: &Path,
    old: &ReadTake,
    recipe: &Recipe,
    library: &Library,
    output: Option<&Output>,
) -> Result<(), Failure> {
    let checkpoint = library.model(&recipe.model).map_err(Failure::failed)?;
    checkpoint.require_supported().map_err(Failure::failed)?;
    let draft = recipe.request.draft();
    let request = GenerateRequest::complete(&draft, &defaults_of(&checkpoint), 0);
    let request = request.map_err(|error| {
        Failure::failed(TakeError::BadRecipe {
            reason: error.to_string(),
            path: path.to_path_buf(),
        })
    })?;
    let (width, height) = (old.frames[0].width, old.frames[0].height);
    if (width as usize, height as usize) != (request.width, request.height) {
        return Err(Failure::failed(TakeError::Resized {
            width,
            height,
            recipe_width: request.width,
            recipe_height: request.height,
            path: path.to_path_buf(),
        }));
    }
    if let Some(output) = output {
        output.check_writable(ClipShape {
            width,
            height,
            frames: request.frames,
        })?;
    }
    Ok(())
}

/// The picture given with `--image`, or the one that the recipe names, with its path.
fn picture(
    take: &Path,
    image: Option<&Path>,
    recipe: &Recipe,
) -> Result<(Picture, PathBuf), Failure> {
    let path = match (image, &recipe.picture) {
        (Some(image), _) => image.to_path_buf(),
        (None, Some(named)) => recipe::picture_place(take, named).ok_or_else(|| {
            let path = named.clone();
            Failure::failed(TakeError::PictureGone { path })
        })?,
        (None, None) => {
            let path = take.to_path_buf();
            return Err(Failure::failed(TakeError::NoPicture { path }));
        }
    };
    let picture = Picture::open(&path, recipe.matte).map_err(Failure::failed)?;
    let path = std::path::absolute(&path).unwrap_or(path);
    Ok((picture, path))
}

fn order(recipe: &Recipe, (picture, path): (Picture, PathBuf)) -> Order {
    let (device, precision) = recipe::place(recipe);
    Order {
        model: recipe.model.clone(),
        picture: Arc::new(picture),
        picture_path: Some(path),
        fit: recipe.fit,
        matte: recipe.matte,
        draft: recipe.request.draft(),
        loras: recipe.loras.clone(),
        device,
        precision,
        dump: None,
        previews: false,
    }
}

fn is_lossless(kind: OutputKind) -> bool {
    matches!(kind, OutputKind::Apng | OutputKind::Folder)
}

/// Compares lossless takes frame by frame, and lossy ones after encoding the new frames.
fn compare(
    old: &ReadTake,
    new: &Take,
    output: Option<&Output>,
    stopped: &AtomicBool,
) -> Result<Comparison, Failure> {
    let mut comparison = Comparison::default();
    let kind = old.header.kind;
    if is_lossless(kind) {
        for (old, new) in old.frames.iter().zip(&new.frames) {
            comparison.add(old, new);
        }
        return Ok(comparison);
    }
    // The output if it has the same format, otherwise a temporary file.
    let folder = tempfile::tempdir().map_err(Failure::other)?;
    let encoded = match output {
        Some(output) if output.kind() == kind => output.clone(),
        _ => {
            let path = folder.path().join(format!("take{}", kind.ending()));
            let output = Output::parse(&path)?;
            write(new, &output, stopped, &mut Progress::Quiet)?;
            output
        }
    };
    let mut frames = old.frames.iter();
    let visited = export::visit_take(encoded.path(), &mut |new| match frames.next() {
        Some(old) => {
            comparison.add(old, &new);
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    });
    visited.map_err(Failure::failed)?;
    Ok(comparison)
}

/// Difference of two clips.
#[derive(Debug, Default)]
struct Comparison {
    /// Frames compared.
    frames: usize,
    /// Values compared: three for each pixel.
    values: u64,
    /// Sum of the squared differences.
    squares: u64,
}

impl Comparison {
    /// Adds two frames; their sizes were checked to be equal.
    fn add(&mut self, one: &Frame, other: &Frame) {
        self.frames += 1;
        self.values += one.rgb.len() as u64;
        let pairs = one.rgb.iter().zip(other.rgb.iter());
        let squares = pairs.map(|(one, other)| u64::from(one.abs_diff(*other)).pow(2));
        self.squares += squares.sum::<u64>();
    }

    /// Peak signal-to-noise ratio over all values, in dB; infinite where all are equal.
    fn psnr(&self) -> f64 {
        10.0 * (255.0 * 255.0 * self.values as f64 / self.squares as f64).log10()
    }
}

/// The result in words; `identical` only where every pixel of every frame is.
fn verdict(comparison: &Comparison, old: &ReadTake) -> String {
    let kind = old.header.kind;
    let frames = match comparison.frames {
        1 => "1 frame".to_owned(),
        frames => format!("{frames} frames"),
    };
    let condition = if is_lossless(kind) {
        String::new()
    } else {
        format!(", both as {}", kind.ending())
    };
    if comparison.squares > 0 {
        let psnr = comparison.psnr();
        return format!("PSNR {psnr:.2} dB over {frames}{condition}");
    }
    format!("identical, {frames}{condition}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psnr_is_that_of_the_definition() {
        let flat = |value| Frame {
            width: 2,
            height: 2,
            rgb: vec![value; 12].into(),
        };
        let mut comparison = Comparison::default();
        comparison.add(&flat(7), &flat(7));
        assert_eq!(comparison.psnr(), f64::INFINITY);
        comparison.add(&flat(100), &flat(110));
        // Mean square (0 + 100) / 2: 10 · log10(65 025 / 50).
        assert!((comparison.psnr() - 31.1411).abs() < 1e-4);
    }
}
