//! A setting of the next take: what a row of the table of settings says about it.

use std::ops::RangeInclusive;

use crate::app::command::Choice;
use crate::media::fit::Fit;
use crate::project::direction::{Direction, ResolvedDirection};
use crate::request::{Defaults, GuideLevels, Steer};

/// A setting of the next take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The model.
    Model,
    /// Motion bucket id.
    Motion,
    /// Number of frames.
    Frames,
    /// Playback rate.
    Fps,
    /// The frame rate that the model is conditioned on.
    FpsId,
    /// Strength of the noise added to the picture.
    NoiseAug,
    /// Width and height.
    Size,
    /// How the picture is fitted to the frame.
    Framing,
    /// Colour around a padded picture.
    Matte,
    /// Denoising steps.
    Steps,
    /// Steps after which denoising ends early.
    StopAfter,
    /// Sampler.
    Sampler,
    /// Noise schedule.
    Sigmas,
    /// Guidance at the first and the last frame.
    Guidance,
    /// Shape of the guidance curve.
    GuidanceShape,
    /// Frames decoded at once.
    DecodeChunk,
    /// How the camera moves reach the model.
    Steer,
    /// How closely a guide is followed.
    Levels,
    /// Seed.
    Seed,
}

/// The values that apply where the artist has chosen none.
#[derive(Clone, Copy)]
pub(super) struct Usual<'a> {
    pub(super) defaults: &'a Defaults,
    /// The border colour of the preferences.
    pub(super) matte: [u8; 3],
}

/// A direction with every value filled in.
pub(super) struct Values<'a> {
    pub(super) model: &'a str,
    pub(super) fit: Fit,
    pub(super) matte: [u8; 3],
    pub(super) steer: Steer,
    pub(super) levels: Option<GuideLevels>,
    pub(super) settings: ResolvedDirection,
}

impl<'a> Values<'a> {
    pub(super) fn of(direction: &'a Direction, usual: Usual<'_>) -> Self {
        Self {
            model: &direction.model,
            fit: direction.fit,
            matte: direction.matte.unwrap_or(usual.matte),
            steer: direction.steer,
            levels: direction.levels,
            settings: ResolvedDirection::of(&direction.draft, usual.defaults),
        }
    }
}

/// A row of the table.
pub(super) struct Row {
    pub(super) setting: Setting,
    /// The name within a sentence, in lower case.
    pub(super) name: &'static str,
    /// Setting and value in a few words.
    pub(super) text: fn(&Values<'_>) -> String,
    /// Whether a direction sets it to something other than the default.
    pub(super) is_chosen: fn(&Direction, &Defaults) -> bool,
    /// The choice that resets it.
    pub(super) reset: fn() -> Choice,
    /// Whether the value of a take (first) differs from that of the direction (second).
    pub(super) differs: fn(&Values<'_>, &Values<'_>) -> bool,
    /// The choice that sets this value; a default is set by resetting.
    pub(super) adopt: fn(&Values<'_>, Usual<'_>) -> Choice,
    /// Its sliders, if it is a number.
    pub(super) sliders: &'static [Slider],
}

/// A slider of a setting.
pub struct Slider {
    pub(super) title: fn(&ResolvedDirection) -> &'static str,
    /// The effect of the setting, in one sentence.
    pub help: &'static str,
    /// Digits after the decimal point.
    pub decimals: usize,
    pub(super) range: fn(&ResolvedDirection, &Defaults) -> RangeInclusive<f64>,
    pub(super) value: fn(&ResolvedDirection) -> f64,
    pub(super) default: fn(&ResolvedDirection, &Defaults) -> f64,
    pub(super) choice: fn(&ResolvedDirection, &Defaults, Option<f64>) -> Choice,
}

impl Slider {
    /// The label.
    #[must_use]
    pub fn title(&self, settings: &ResolvedDirection) -> &'static str {
        (self.title)(settings)
    }

    /// The values offered; others can be typed.
    #[must_use]
    pub fn range(&self, settings: &ResolvedDirection, defaults: &Defaults) -> RangeInclusive<f64> {
        (self.range)(settings, defaults)
    }

    /// The current value.
    #[must_use]
    pub fn value(&self, settings: &ResolvedDirection) -> f64 {
        (self.value)(settings)
    }

    /// The default value.
    #[must_use]
    pub fn default(&self, settings: &ResolvedDirection, defaults: &Defaults) -> f64 {
        (self.default)(settings, defaults)
    }

    /// The choice of a value; `None` resets it.
    #[must_use]
    pub fn choice(
        &self,
        settings: &ResolvedDirection,
        defaults: &Defaults,
        value: Option<f64>,
    ) -> Choice {
        (self.choice)(settings, defaults, value)
    }
}
