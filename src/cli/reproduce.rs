//! `kinora reproduce`: a take rendered again from its recipe, and compared.
//!
//! Owns the comparison. A lossless take is compared with the new frames directly; a lossy one with the new frames
//! encoded the same way, so that the loss of the encoder does not count.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::arguments::Reproduce;
use super::comparison::Comparison;
use super::engine_job::EngineJobs;
use super::failure::Failure;
use super::generate::{stop_on_ctrl_c, write};
use super::progress::Progress;
use super::recipe::{Ingredients, place};
use super::reproduce_still::{reproduce_still, still_recipe};
use crate::checkpoint::Checkpoint;
use crate::engine::defaults_of;
use crate::engine::protocol::Order;
use crate::error::TakeError;
use crate::export::{self, ClipShape, Metadata, Output, OutputKind, Quality, ReadTake};
use crate::library::Library;
use crate::library::sources::FoundPicture;
use crate::media::picture::Picture;
use crate::request::{Excerpt, GenerateRequest, Recipe, Take};

pub(super) fn run(arguments: &Reproduce) -> Result<(), Failure> {
    let path = &arguments.take;
    if let Some(recipe) = still_recipe(path) {
        return reproduce_still(arguments, &recipe);
    }
    let old = export::read_take(path).map_err(Failure::failed)?;
    let comment = old.header.comment.as_deref();
    let recipe = Recipe::read(path, comment).map_err(Failure::failed)?;
    let quality = quality(&recipe);
    let output = arguments.output.as_deref().map(Output::parse).transpose()?;
    let output = output.map(|output| output.with_quality(quality));
    let library = Library::of_user();
    let mut progress = Progress::new(false);
    let stopped = stop_on_ctrl_c()?;
    let mut jobs = EngineJobs::start(library.clone(), &stopped)?;
    let taken = (&old, &recipe);
    let order = order(arguments, taken, &library, &mut jobs, &mut progress)?;
    if let Some(output) = &output {
        let (width, height) = (old.frames[0].width, old.frames[0].height);
        output.check_writable(ClipShape {
            width,
            height,
            frames: recipe.shape().0,
        })?;
    }
    if recipe.kinora != env!("CARGO_PKG_VERSION") {
        progress.warning(&format!(
            "this take was rendered by Kinora {}, but this is Kinora {}; the frames may differ",
            recipe.kinora,
            env!("CARGO_PKG_VERSION")
        ));
    }
    let new = jobs.take(order, &mut progress)?;
    let new = shown(&new, recipe.excerpt.as_ref(), old.frames.len());
    let metadata = Metadata::of_take(&new.recipe).map_err(Failure::other)?;
    if new.recipe.device != recipe.device {
        progress.warning(&format!(
            "this take was rendered on {}, but now {} is used; the frames may differ a little",
            recipe.device, new.recipe.device
        ));
    }
    if let Some(output) = &output {
        progress.stage("write");
        write(&new, &metadata, output, &stopped, &mut progress)?;
    }
    let comparison = compare(&old, (&new, &metadata), output.as_ref(), &stopped)?;
    progress.clear();
    if old.frames.len() != new.frames.len() {
        progress.warning(&format!(
            "this take has {} frames, but its recipe makes {}; only the first {} are compared",
            old.frames.len(),
            new.frames.len(),
            comparison.frames
        ));
    }
    println!("{}: {}", path.display(), verdict(&comparison, &old));
    Ok(())
}

/// The order that makes a take again; rejects everything that can be checked before the long work.
fn order(
    arguments: &Reproduce,
    (old, recipe): (&ReadTake, &Recipe),
    library: &Library,
    jobs: &mut EngineJobs<'_>,
    progress: &mut Progress,
) -> Result<Order, Failure> {
    let ingredients = Ingredients::new(arguments, recipe, library);
    let (checkpoint, model, module) = ingredients.model(progress)?;
    check(&arguments.take, old, recipe, &checkpoint)?;
    let loras = ingredients.loras(progress)?;
    let motion_pictures = ingredients.motion_pictures()?;
    let first_frame = ingredients.first_frame(progress)?;
    let (found, picture_name, first_frame) = match first_frame {
        _ if recipe.prompt.is_some() => (None, None, None),
        Some(order) => {
            let still = jobs.still(order, progress)?;
            let picture = Picture::from(&still.frame);
            let found = FoundPicture {
                picture,
                path: None,
            };
            let name = recipe.picture.as_ref();
            let name = name.map(|picture| picture.named.name.clone());
            (Some(found), name, Some(still.made.clone()))
        }
        None => {
            let (found, name) = ingredients.picture(progress)?;
            (Some(found), name, None)
        }
    };
    let (device, precision) = place(&recipe.device);
    let (picture, picture_path) = match found {
        Some(found) => (Some(Arc::new(found.picture)), found.path),
        None => (None, None),
    };
    Ok(Order {
        model,
        motion_module: module,
        prompt: recipe.prompt.clone(),
        picture,
        picture_name,
        picture_path,
        picture_matte: ingredients.matte(),
        first_frame,
        fit: recipe.fit,
        matte: recipe.matte,
        draft: recipe.request.draft(),
        loras,
        directed: None,
        motion_pictures,
        device,
        precision,
        dump: None,
        previews: false,
    })
}

/// Checks that the model can make what the recipe describes, and that the recipe matches the clip.
fn check(
    path: &Path,
    old: &ReadTake,
    recipe: &Recipe,
    checkpoint: &Checkpoint,
) -> Result<(), Failure> {
    let draft = recipe.request.draft();
    let request = GenerateRequest::complete(&draft, &defaults_of(checkpoint), 0);
    let request = request.map_err(|error| {
        Failure::failed(TakeError::BadRecipe {
            reason: error.to_string(),
            path: path.to_path_buf(),
        })
    })?;
    let shown = recipe.excerpt.iter().flat_map(|shown| &shown.frames);
    if shown.max().is_some_and(|&last| last >= request.frames) {
        return Err(Failure::failed(TakeError::BadRecipe {
            reason: "it refers to a frame that the take does not have".to_owned(),
            path: path.to_path_buf(),
        }));
    }
    let (width, height) = (old.frames[0].width, old.frames[0].height);
    let (_, [recipe_width, recipe_height]) = recipe.shape();
    if [width as usize, height as usize] == [recipe_width, recipe_height] {
        return Ok(());
    }
    Err(Failure::failed(TakeError::Resized {
        width,
        height,
        recipe_width,
        recipe_height,
        path: path.to_path_buf(),
    }))
}

/// The part of the take that a clip of at most `most` frames shows.
fn shown(take: &Arc<Take>, excerpt: Option<&Excerpt>, most: usize) -> Arc<Take> {
    let Some(shown) = excerpt else {
        return Arc::clone(take);
    };
    let [width, height] = shown.size;
    let frames = shown.frames.iter().take(most);
    let frames = frames.filter_map(|&at| take.frames.get(at));
    Arc::new(Take {
        frames: frames.map(|frame| frame.resized(width, height)).collect(),
        recipe: Recipe {
            excerpt: Some(shown.clone()),
            ..take.recipe.clone()
        },
        complete: take.complete,
    })
}

/// How much the clip's encoder was allowed to lose.
fn quality(recipe: &Recipe) -> Quality {
    let word = recipe
        .excerpt
        .as_ref()
        .and_then(|shown| shown.quality.clone());
    let quality = word.map(|word| serde_json::from_value(word.into()));
    quality.and_then(Result::ok).unwrap_or_default()
}

fn is_lossless(kind: OutputKind) -> bool {
    matches!(kind, OutputKind::Apng | OutputKind::Folder)
}

/// Compares lossless takes frame by frame, and lossy ones after encoding the new frames.
fn compare(
    old: &ReadTake,
    (new, metadata): (&Take, &Metadata),
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
            let output = Output::parse(&path)?.with_quality(quality(&new.recipe));
            write(new, metadata, &output, stopped, &mut Progress::Quiet)?;
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
        format!(", both takes encoded as {}", kind.ending())
    };
    if comparison.squares > 0 {
        let psnr = comparison.psnr();
        return format!("PSNR {psnr:.2} dB over {frames}{condition}");
    }
    format!("identical, {frames}{condition}")
}
