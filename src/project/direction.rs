//! The settings of the next take: what the user chose, completed with the model's defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::PictureId;
use crate::media::camera::CameraPath;
use crate::media::curve::StrengthCurve;
use crate::media::fit::Fit;
use crate::media::rate::Rate;
use crate::motion::Drawing;
use crate::request::{Defaults, GuideLevels, RequestDraft, Steer};
use crate::sampler::{GuidanceShape, SamplerKind, ScheduleKind, finite};

/// The settings that the user chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Direction {
    /// The model, by name.
    pub model: String,
    /// The title of the shot, which its takes get too.
    pub prompt: String,
    /// Camera moves, applied together.
    pub moves: Vec<CameraMove>,
    /// A camera path that is drawn on the stage, and composed with the moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<CameraPath>,
    /// Whether the user has chosen the camera moves; until then, a move is suggested.
    #[serde(skip_serializing_if = "is_false")]
    pub camera_chosen: bool,
    /// How the camera moves reach the model.
    #[serde(skip_serializing_if = "is_default")]
    pub steer: Steer,
    /// How closely a guide is followed; `None` as suits the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levels: Option<GuideLevels>,
    /// What is drawn over each picture, in fractions of it; never empty drawings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub drawings: BTreeMap<PictureId, Drawing>,
    /// Whether a size missing from the draft means the model's own; until then, a size that suits the picture is
    /// suggested.
    #[serde(skip_serializing_if = "is_false")]
    pub frame_chosen: bool,
    /// How the picture is fitted to the frame.
    pub fit: Fit,
    /// sRGB colour around a padded picture; `None` for the one in the preferences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matte: Option<[u8; 3]>,
    /// All other settings; `None` is the model's default.
    pub draft: RequestDraft,
}

impl Default for Direction {
    fn default() -> Self {
        Self {
            model: crate::library::POCKET.to_owned(),
            prompt: String::new(),
            moves: Vec::new(),
            path: None,
            camera_chosen: false,
            steer: Steer::default(),
            levels: None,
            drawings: BTreeMap::new(),
            frame_chosen: false,
            fit: Fit::default(),
            matte: None,
            draft: RequestDraft::default(),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// The levels that suit a model. Pocket computes its frames from the picture and reads the latents only in its last
/// step (decision 22), so only a guide that is followed to the end has an effect.
#[must_use]
pub fn usual_levels(model: &str) -> GuideLevels {
    if model == crate::library::POCKET {
        GuideLevels::exact()
    } else {
        GuideLevels::default()
    }
}

impl Direction {
    /// How closely a guide is followed.
    #[must_use]
    pub fn guide_levels(&self) -> GuideLevels {
        self.levels.unwrap_or_else(|| usual_levels(&self.model))
    }

    /// What is drawn over a picture; nothing if that is empty.
    #[must_use]
    pub fn drawing(&self, picture: PictureId) -> Drawing {
        self.drawings.get(&picture).cloned().unwrap_or_default()
    }

    /// Changes what is drawn over a picture.
    pub fn draw(&mut self, picture: PictureId, drawing: Drawing) {
        if drawing.is_empty() {
            self.drawings.remove(&picture);
        } else {
            self.drawings.insert(picture, drawing);
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A camera move with its strength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraMove {
    /// Name of an installed move.
    pub name: String,
    /// Factor on the move; a negative one reverses it, zero leaves the shot as it is. Of a curve, the strength furthest
    /// from zero.
    #[serde(deserialize_with = "finite::number")]
    pub strength: f32,
    /// A strength that changes over the frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<StrengthCurve>,
}

impl CameraMove {
    /// A move with the same strength at all frames.
    #[must_use]
    pub fn steady(name: &str, strength: f32) -> Self {
        Self {
            name: name.to_owned(),
            strength,
            curve: None,
        }
    }

    /// A move with the strength of a recipe or an order: `curve`, or else `strength`.
    #[must_use]
    pub fn of(name: &str, strength: f32, curve: Option<&StrengthCurve>) -> Self {
        Self {
            name: name.to_owned(),
            strength: curve.map_or(strength, StrengthCurve::peak),
            curve: curve.cloned(),
        }
    }
}

/// A model, as far as the window needs to know it.
#[derive(Clone, Debug)]
pub struct ModelCard {
    /// Its name in the library.
    pub name: String,
    /// The name shown to the user.
    pub title: String,
    /// Its default settings.
    pub defaults: Defaults,
    /// Whether it is named like a model that was distilled to few steps; its tensors do not show that.
    pub few_steps: bool,
}

/// Every setting with its current value, whether chosen or default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResolvedDirection {
    /// Motion bucket id.
    pub motion: f32,
    /// Playback rate.
    pub fps: Rate,
    /// The frame rate that the model is conditioned on: one less than the playback rate.
    pub fps_id: f32,
    /// Whether `fps_id` follows the playback rate.
    pub fps_id_follows: bool,
    /// Strength of the noise added to the picture.
    pub noise_aug: f32,
    /// Number of frames.
    pub frames: usize,
    /// Width and height, in pixels.
    pub size: (usize, usize),
    /// Denoising steps.
    pub steps: usize,
    /// Steps after which denoising ends early, if it does.
    pub stop_after: Option<usize>,
    /// Guidance at the first and the last frame.
    pub guidance: (f32, f32),
    /// Shape of the guidance curve.
    pub guidance_shape: GuidanceShape,
    /// Sampler.
    pub sampler: SamplerKind,
    /// Noise schedule.
    pub sigmas: ScheduleKind,
    /// Frames decoded at once; `None` decodes as many as fit.
    pub decode_chunk: Option<usize>,
    /// Seed; `None` draws a new one for each take.
    pub seed: Option<u64>,
}

impl ResolvedDirection {
    pub(crate) fn of(draft: &RequestDraft, defaults: &Defaults) -> Self {
        let defaults = &defaults.with_sampler(draft.sampler);
        let suggested = &defaults.guidance;
        let fps = draft.fps.unwrap_or(defaults.fps);
        Self {
            motion: draft.motion_bucket.unwrap_or(defaults.motion_bucket),
            fps,
            fps_id: draft.fps_id.unwrap_or((fps.as_f64() - 1.0) as f32),
            fps_id_follows: draft.fps_id.is_none(),
            noise_aug: draft.noise_aug.unwrap_or(defaults.noise_aug),
            frames: draft.frames.unwrap_or(defaults.frames),
            size: (
                draft.width.unwrap_or(defaults.width),
                draft.height.unwrap_or(defaults.height),
            ),
            steps: draft
                .steps
                .map_or(defaults.steps, |steps| steps.of(defaults.steps)),
            stop_after: draft.stop_after,
            guidance: draft.guidance.unwrap_or((suggested.min, suggested.max)),
            guidance_shape: draft.guidance_shape.unwrap_or(suggested.shape),
            sampler: draft.sampler.unwrap_or(defaults.sampler),
            sigmas: draft.sigmas.unwrap_or_default(),
            decode_chunk: draft.decode_chunk,
            seed: draft.seed,
        }
    }
}
