//! The part of `kinora inspect` that describes finished clips.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::failure::Failure;
use crate::error::{TakeError, excerpt};
use crate::export::{self, OutputKind};
use crate::library::Library;
use crate::library::sources::Sources;
use crate::request::Recipe;

/// A take's format, size and sources.
#[derive(Debug, Serialize)]
pub(super) struct TakeSummary {
    /// The kind of clip: `mp4`, `webm` … or `png` for a folder.
    format: &'static str,
    /// Frames found, each decoded.
    frames: usize,
    /// Pixels across.
    width: u32,
    /// Pixels down.
    height: u32,
    /// Whether Kinora finds the picture on this machine.
    picture_found: bool,
    /// Denoising steps that were done, of those in the recipe's schedule.
    steps_done: usize,
    /// Whether its job was stopped before the last step.
    stopped_early: bool,
    /// How it was made.
    recipe: Recipe,
    /// What the user should know, one sentence each.
    notes: Vec<String>,
}

/// Describes a clip or a folder of numbered pictures.
///
/// Decodes every frame, so that damage is found now rather than later.
///
/// # Errors
/// If it cannot be read, or has no recipe that this version can read.
pub(super) fn inspect_take(path: &Path) -> Result<TakeSummary, Failure> {
    let kind = export::recognise(path).map_err(Failure::failed)?;
    summary(path, kind).map_err(Failure::failed)
}

fn summary(path: &Path, kind: OutputKind) -> Result<TakeSummary, TakeError> {
    let (mut frames, mut size) = (0, (0, 0));
    let header = export::visit_take(path, &mut |frame| {
        frames += 1;
        size = (frame.width, frame.height);
        ControlFlow::Continue(())
    })?;
    let recipe = Recipe::read(path, header.comment.as_deref())?;
    let library = Library::of_user();
    let sources = Sources::new(&library, Some(path));
    let mut notes = Vec::new();
    let (shown, [width, height]) = recipe.shape();
    if frames != shown {
        notes.push(format!("the recipe makes {shown} frames"));
    }
    if (size.0 as usize, size.1 as usize) != (width, height) {
        notes.push(format!("the recipe makes frames of {width}×{height}"));
    }
    if recipe.excerpt.is_some() {
        let request = &recipe.request;
        notes.push(format!(
            "exported from a take of {} frames, {}×{}",
            request.frames, request.width, request.height
        ));
    }
    Ok(TakeSummary {
        format: match kind {
            OutputKind::Folder => "png",
            kind => kind.ending().trim_start_matches('.'),
        },
        frames,
        width: size.0,
        height: size.1,
        picture_found: recipe
            .picture
            .as_ref()
            .is_some_and(|named| sources.picture(named).is_some()),
        steps_done: recipe.request.steps_done(),
        stopped_early: !recipe.is_complete(),
        recipe,
        notes,
    })
}

impl fmt::Display for TakeSummary {
    /// Several lines: the first follows a path, the others are indented.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recipe { request, .. } = &self.recipe;
        write!(
            f,
            "take, {}, {} frames, {}×{}, {} fps",
            self.format, self.frames, self.width, self.height, request.fps
        )?;
        let mut line = |label: &str, text: String| write!(f, "\n  {label:<12}{text}");
        line(
            "rendered",
            format!("by Kinora {} on {}", self.recipe.kinora, self.recipe.device),
        )?;
        line("model", self.recipe.model.name.clone())?;
        if let Some(module) = &self.recipe.motion_module {
            line("module", module.name.clone())?;
        }
        for lora in &self.recipe.loras {
            let strength = match &lora.curve {
                Some(curve) => curve.to_string(),
                None => lora.strength.to_string(),
            };
            let words = format!("{} at {strength}", lora.named.name);
            line("LoRA", words)?;
        }
        if let Some(prompt) = &self.recipe.prompt {
            line("prompt", excerpt(&prompt.text))?;
            if !prompt.negative.is_empty() {
                line("negative", excerpt(&prompt.negative))?;
            }
        } else {
            line("picture", self.picture())?;
        }
        let stopped = match request.stop_after {
            Some(done) => format!(", stopped early after step {done}"),
            None => String::new(),
        };
        line(
            "denoising",
            format!(
                "steps {}{stopped}, sampler {}, schedule {}, guidance {}:{} ({}), seed {}",
                request.steps,
                word(&request.sampler),
                word(&request.sigmas),
                request.guidance.min,
                request.guidance.max,
                word(&request.guidance.shape),
                request.seed
            ),
        )?;
        if let Some(reach) = &request.norm_reach {
            line("norm reach", word(reach))?;
        } else {
            line(
                "motion",
                format!(
                    "bucket {}, conditioning fps {}, noise added to the picture {}",
                    request.motion_bucket, request.fps_id, request.noise_aug
                ),
            )?;
        }
        if let Some(guide) = &request.guide {
            line("guide", guide.to_string())?;
        }
        if let Some(camera) = &self.recipe.camera {
            line("camera", camera.to_string())?;
        }
        for note in &self.notes {
            line("note", note.clone())?;
        }
        Ok(())
    }
}

impl TakeSummary {
    /// The name of the picture, and how it was fitted.
    fn picture(&self) -> String {
        let missing = if self.picture_found {
            ""
        } else {
            " (not found)"
        };
        match &self.recipe.picture {
            Some(named) => format!("{}{missing}, {}", named.named.name, self.recipe.fit),
            None => format!("unnamed, {}", self.recipe.fit),
        }
    }
}

/// A choice as recipes and the command line spell it.
fn word(choice: &impl Serialize) -> String {
    let value = serde_json::to_value(choice).unwrap_or_default();
    value.as_str().unwrap_or("unknown").to_owned()
}
