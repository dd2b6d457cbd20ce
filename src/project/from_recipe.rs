//! From a recipe back to settings.

use std::collections::BTreeMap;

use super::direction::{CameraMove, Direction, usual_levels};
use crate::media::camera::CameraPath;
use crate::media::fit::Fit;
use crate::motion::{DRAWN_PATH, Drawing, Move};
use crate::request::{Defaults, NamedLora, Recipe, RequestDraft, Steer, Steps};

/// The names here for the model and the moves of a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The model.
    pub model: String,
    /// The moves, in the recipe's order.
    pub moves: Vec<String>,
    /// Whether the moves of the recipe's guide are available with the same paths, and the rest of it can be drawn.
    pub guided: bool,
}

impl Names {
    /// The names as written in the recipe, whether or not they are available.
    #[must_use]
    pub fn written(recipe: &Recipe) -> Self {
        let moves = recipe.loras.iter().map(|lora| lora.named.name.clone());
        Self {
            model: recipe.model.name.clone(),
            moves: moves.collect(),
            guided: false,
        }
    }
}

/// The camera moves of a recipe that its guide follows and that have no LoRA in it.
pub fn guided_moves(recipe: &Recipe) -> impl Iterator<Item = &Move> {
    let guide = recipe.request.guide.iter();
    guide.flat_map(|guide| &guide.motion.camera).filter(|one| {
        let by_lora = |lora: &NamedLora| lora.named.stem() == one.name;
        one.name != DRAWN_PATH && !recipe.loras.iter().any(by_lora)
    })
}

/// The camera path of a recipe that was drawn on the stage.
#[must_use]
pub fn drawn_path(recipe: &Recipe) -> Option<&CameraPath> {
    let mut moves = recipe
        .request
        .guide
        .iter()
        .flat_map(|guide| &guide.motion.camera);
    moves
        .find(|one| one.name == DRAWN_PATH)
        .map(|one| &one.path)
}

/// The camera moves of a recipe; `names` are the names here of its LoRAs, in order.
#[must_use]
pub fn moves_of(recipe: &Recipe, names: &[String], guided: bool) -> Vec<CameraMove> {
    let loras = names.iter().zip(&recipe.loras);
    let loras = loras.map(|(name, lora)| CameraMove::of(name, lora.strength, lora.curve.as_ref()));
    let others = guided_moves(recipe).filter(|_| guided);
    let others = others.map(|one| CameraMove::of(&one.name, one.strength, one.curve.as_ref()));
    loras.chain(others).collect()
}

/// What is drawn over the picture of a recipe, whose width and height in pixels are `picture`; `None` if the guide has
/// parts that cannot be drawn, or there is none.
#[must_use]
pub fn drawing_of(recipe: &Recipe, picture: (u32, u32)) -> Option<Drawing> {
    let request = &recipe.request;
    let drawing = Drawing::of(&request.guide.as_ref()?.motion)?;
    let size = (request.width as u32, request.height as u32);
    Some(drawing.in_picture(recipe.fit.frame_in(picture, size)))
}

/// The direction that makes a take again; what is drawn over its picture must be added.
///
/// Settings that equal the model's `defaults` are left to the model, so that only real changes are shown as
/// such. The seed is always set.
#[must_use]
pub fn direction_of(
    recipe: &Recipe,
    prompt: &str,
    names: Names,
    defaults: Option<&Defaults>,
) -> Direction {
    let mut draft = recipe.request.draft();
    if let Some(defaults) = defaults {
        leave_to_model(&mut draft, defaults);
    }
    let moves = moves_of(recipe, &names.moves, names.guided);
    // The guide is made again from moves that are known; any other guide stays as it is.
    let mut steer = recipe.request.steer.unwrap_or_default();
    let mut levels = None;
    if names.guided {
        let guide = draft.guide.take();
        levels = guide.map(|guide| guide.levels);
        clear_default(&mut levels, Some(usual_levels(&names.model)));
    }
    if draft.guide.is_none() {
        draft.steer = None;
    }
    // Moves that went by their LoRAs do so again without being told.
    if steer == Steer::Lora || draft.guide.is_some() {
        steer = Steer::Auto;
    }
    Direction {
        model: names.model,
        prompt: prompt.to_owned(),
        moves,
        path: drawn_path(recipe).filter(|_| names.guided).cloned(),
        steer,
        levels,
        drawings: BTreeMap::new(),
        // A take without moves, or with the model's own size, is made again in the same way.
        camera_chosen: true,
        frame_chosen: true,
        fit: recipe.fit,
        // The colour only matters when the picture is padded.
        matte: (recipe.fit == Fit::Pad).then_some(recipe.matte),
        draft,
    }
}

fn leave_to_model(draft: &mut RequestDraft, defaults: &Defaults) {
    let defaults = &defaults.with_sampler(draft.sampler);
    let told = draft.fps.map(|fps| (fps.as_f64() - 1.0) as f32);
    clear_default(&mut draft.fps_id, told);
    clear_default(&mut draft.fps, Some(defaults.fps));
    if (draft.width, draft.height) == (Some(defaults.width), Some(defaults.height)) {
        (draft.width, draft.height) = (None, None);
    }
    clear_default(&mut draft.frames, Some(defaults.frames));
    clear_default(&mut draft.steps, Some(Steps::Count(defaults.steps)));
    clear_default(&mut draft.motion_bucket, Some(defaults.motion_bucket));
    clear_default(&mut draft.noise_aug, Some(defaults.noise_aug));
    let guidance = &defaults.guidance;
    clear_default(&mut draft.guidance, Some((guidance.min, guidance.max)));
    clear_default(&mut draft.guidance_shape, Some(guidance.shape));
    clear_default(&mut draft.sampler, Some(defaults.sampler));
    clear_default(&mut draft.sigmas, Some(Default::default()));
}

/// Clears a choice that equals the default.
fn clear_default<T: PartialEq>(choice: &mut Option<T>, usual: Option<T>) {
    if *choice == usual {
        *choice = None;
    }
}
