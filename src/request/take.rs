//! A finished take, and the LoRAs chosen for one.

use serde::{Deserialize, Serialize};

use super::Recipe;
use crate::media::curve::StrengthCurve;
use crate::media::frame::Frame;
use crate::sampler::finite;

/// A LoRA to add, by file or by the name of an installed camera move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraChoice {
    /// A path, or the name of an installed camera move.
    pub name: String,
    /// Factor on its update; zero leaves the model unchanged.
    #[serde(deserialize_with = "finite::number")]
    pub strength: f32,
    /// A strength that changes over the frames, instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<StrengthCurve>,
}

/// Finished frames with their recipe; never changed.
#[derive(Clone, Debug)]
pub struct Take {
    /// All frames, in order.
    pub frames: Vec<Frame>,
    /// How they were made.
    pub recipe: Recipe,
    /// False if the job was stopped early and its frames were kept. The recipe says the same, unless it has the first
    /// form.
    pub complete: bool,
}
