//! How the next take is made: what the artist chose, and what the model fills in.

use serde::{Deserialize, Serialize};

use crate::media::fit::Fit;
use crate::media::rate::Rate;
use crate::request::{Defaults, RequestDraft};
use crate::sampler::{GuidanceShape, SamplerKind, ScheduleKind, finite};

/// What the artist chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Direction {
    /// The model, by name.
    pub model: String,
    /// What the artist calls the shot; labels its takes.
    pub prompt: String,
    /// Camera moves, added up.
    pub moves: Vec<CameraMove>,
    /// How the picture meets the frame.
    pub fit: Fit,
    /// sRGB colour around a padded picture; `None` for the one in the preferences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matte: Option<[u8; 3]>,
    /// Everything else; whatever is `None` comes from the model.
    pub draft: RequestDraft,
}

impl Default for Direction {
    fn default() -> Self {
        Self {
            model: crate::library::POCKET.to_owned(),
            prompt: String::new(),
            moves: Vec::new(),
            fit: Fit::default(),
            matte: None,
            draft: RequestDraft::default(),
        }
    }
}

/// A camera move with its strength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraMove {
    /// The name of an installed move.
    pub name: String,
    /// Factor on it; below zero it goes the other way, zero leaves the shot as it is.
    #[serde(deserialize_with = "finite::number")]
    pub strength: f32,
}

/// What the window needs to know of a model.
#[derive(Clone, Debug)]
pub struct ModelCard {
    /// Its name in the library.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it suggests.
    pub defaults: Defaults,
}

/// Every setting with its present value, wherever that comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Motion bucket id.
    pub motion: f32,
    /// Playback rate.
    pub fps: Rate,
    /// The frame rate that the model is conditioned on: one less than the playback rate.
    pub fps_id: f32,
    /// Whether that follows the playback rate.
    pub fps_id_follows: bool,
    /// Strength of the noise added to the picture.
    pub noise_aug: f32,
    /// Frames in the take.
    pub frames: usize,
    /// Width and height, in pixels.
    pub size: (usize, usize),
    /// Denoising steps.
    pub steps: usize,
    /// After how many of them it ends early.
    pub stop_after: Option<usize>,
    /// Guidance at the first and at the last frame.
    pub guidance: (f32, f32),
    /// How guidance runs over the frames.
    pub guidance_shape: GuidanceShape,
    /// Sampler.
    pub sampler: SamplerKind,
    /// Spacing of the noise levels.
    pub sigmas: ScheduleKind,
    /// Frames decoded at once; `None` takes all that fit.
    pub decode_chunk: Option<usize>,
    /// Seed; `None` draws a new one for each take.
    pub seed: Option<u64>,
}

impl Settings {
    pub(crate) fn of(draft: &RequestDraft, defaults: &Defaults) -> Self {
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
            sampler: draft.sampler.unwrap_or_default(),
            sigmas: draft.sigmas.unwrap_or_default(),
            decode_chunk: draft.decode_chunk,
            seed: draft.seed,
        }
    }
}
