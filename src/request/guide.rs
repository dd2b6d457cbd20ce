//! The guide of a take: a motion to follow, and down to which noise levels.
//!
//! Time-to-Move (arXiv 2511.08633): denoising starts from noised reference frames at a weak level, and the
//! covered parts are held to the reference down to a strong level. Levels are noise levels (σ), never step
//! numbers, so that they mean the same with any number of steps.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::rules::within;
use crate::error::RequestError;
use crate::motion::{Held, Motion};
use crate::sampler::finite;

/// The field, as the command line spells it.
const FIELD: &str = "guide-sigmas";
/// Largest noise level accepted; models start at 700.
const MOST: f32 = 100_000.0;
/// Smallest noise level to start at.
const LEAST: f32 = 0.001;

/// The guide of a take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Guide {
    /// What moves.
    pub motion: Motion,
    /// The noise levels at which it is followed.
    pub levels: GuideLevels,
}

impl fmt::Display for Guide {
    /// The motion and the noise levels: `pan-left at 0.8, 2 cut-outs, lock edge.png; σ from 100 to 15`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let motion = &self.motion;
        let moves = motion.camera.iter();
        let mut parts: Vec<String> = moves
            .map(|one| match &one.curve {
                Some(curve) => format!("{} at {curve}", one.name),
                None => format!("{} at {}", one.name, one.strength),
            })
            .collect();
        match motion.cut_outs.len() {
            0 => {}
            1 => parts.push("1 cut-out".to_owned()),
            count => parts.push(format!("{count} cut-outs")),
        }
        for (what, mask) in [("lock", &motion.lock), ("brush", &motion.brush)] {
            parts.extend(mask.iter().map(|mask| format!("{what} {}", mask.name())));
        }
        let near = motion.near.iter();
        parts.extend(near.map(|named| format!("near map {}", named.name)));
        let reference = motion.reference.iter();
        parts.extend(reference.map(|made| format!("frames of {}", made.frames_folder)));
        let GuideLevels {
            weak,
            camera,
            still,
            cut_out,
            firm,
        } = self.levels;
        let parts = parts.join(", ");
        if firm {
            write!(f, "{parts}; firm, to σ {camera}")?;
        } else {
            write!(f, "{parts}; σ from {weak} to {camera}")?;
        }
        if still != camera || cut_out != camera {
            write!(f, ", still to {still}, cut-outs to {cut_out}")?;
        }
        Ok(())
    }
}

/// Noise levels (σ) of a guide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuideLevels {
    /// The level at which denoising starts: at the step whose level is nearest.
    #[serde(deserialize_with = "finite::number")]
    pub weak: f32,
    /// The level down to which camera moves are held: after every step that ends at this level or above.
    #[serde(deserialize_with = "finite::number")]
    pub camera: f32,
    /// The level down to which parts that hold still are held.
    #[serde(deserialize_with = "finite::number")]
    pub still: f32,
    /// The level down to which cut-outs are held.
    #[serde(deserialize_with = "finite::number")]
    pub cut_out: f32,
    /// Whether denoising starts from noise and follows the reference by repeating steps with fresh noise
    /// (ViewExtrapolator, arXiv 2411.14208), instead of starting from the reference at `weak`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub firm: bool,
}

impl Default for GuideLevels {
    /// Between the levels of Time-to-Move's script and those of its paper, firmer for parts that hold still
    /// and looser for cut-outs.
    fn default() -> Self {
        Self {
            weak: 100.0,
            camera: 15.0,
            still: 4.0,
            cut_out: 31.0,
            firm: false,
        }
    }
}

impl GuideLevels {
    /// Starts earlier and lets go earlier than the default: the model adds more of its own.
    #[must_use]
    pub fn loose() -> Self {
        Self {
            weak: 165.0,
            camera: 31.0,
            still: 15.0,
            cut_out: 31.0,
            firm: false,
        }
    }

    /// Repeats steps with fresh noise, down to the level of the method's script (step 14 of 25): what is held and what
    /// is free agree better, in twice the time.
    #[must_use]
    pub fn firm() -> Self {
        Self {
            firm: true,
            ..Self::of(700.0, 5.0)
        }
    }

    /// Starts as usual and holds everything to the last step: the model adds nothing to what is held.
    #[must_use]
    pub fn exact() -> Self {
        Self::of(100.0, 0.0)
    }

    /// Starts at `weak` and holds everything down to `strong`. At zero, the last step is held too.
    #[must_use]
    pub fn of(weak: f32, strong: f32) -> Self {
        Self {
            weak,
            camera: strong,
            still: strong,
            cut_out: strong,
            firm: false,
        }
    }

    /// The level down to which a latent cell is held; `None` where it is free.
    #[must_use]
    pub fn hold(self, held: Held) -> Option<f32> {
        match held {
            Held::Unseen | Held::Free => None,
            Held::Camera => Some(self.camera),
            Held::Still => Some(self.still),
            Held::CutOut => Some(self.cut_out),
        }
    }

    pub(super) fn check(self) -> Result<(), RequestError> {
        within(FIELD, self.weak, LEAST, MOST)?;
        within(FIELD, self.camera, 0.0, MOST)?;
        within(FIELD, self.still, 0.0, MOST)?;
        within(FIELD, self.cut_out, 0.0, MOST)
    }
}

/// How camera moves reach the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Steer {
    /// By their LoRAs where these fit the model, otherwise by the guide.
    #[default]
    Auto,
    /// By their LoRAs.
    Lora,
    /// By the guide, along their paths.
    Guide,
    /// By both.
    Both,
}

impl Steer {
    /// The word, as the command line spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Lora => "lora",
            Self::Guide => "guide",
            Self::Both => "both",
        }
    }
}

impl FromStr for Steer {
    type Err = RequestError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Auto, Self::Lora, Self::Guide, Self::Both]
            .into_iter()
            .find(|steer| steer.word() == word)
            .ok_or_else(|| RequestError::UnknownWord {
                field: "steer",
                choices: "auto, lora, guide or both",
                word: word.to_owned(),
            })
    }
}
