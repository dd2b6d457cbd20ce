//! The settings that differ from the model's own, each with the way back.
//!
//! Must not know how they are shown.

use crate::app::command::Choice;
use crate::media::fit::Fit;
use crate::project::direction::Direction;
use crate::project::preset::Preset;
use crate::request::Defaults;
use crate::sampler::{GuidanceShape, SamplerKind, ScheduleKind};

/// A setting that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The setting, in lower case.
    pub name: &'static str,
    /// Setting and value, in a few words.
    pub words: String,
    /// What gives it back to the model.
    pub revert: Choice,
}

/// All that differ, in the order in which the panel shows them; what one of the presets set is not
/// one of them, for the preset is shown by its name.
#[must_use]
pub fn changed(direction: &Direction, defaults: &Defaults, presets: &[Preset]) -> Vec<Changed> {
    let mut chosen = direction.clone();
    if let Some(preset) = presets.iter().find(|preset| preset.is_in(&chosen.draft)) {
        chosen.draft = preset.taken_from(&chosen.draft);
    }
    let all = shot(&chosen, defaults)
        .into_iter()
        .chain(quality(&chosen, defaults));
    all.filter_map(|(name, words, revert)| {
        Some(Changed {
            name,
            words: words?,
            revert,
        })
    })
    .collect()
}

/// A setting's name, its words where it differs, and the way back.
type Setting = (&'static str, Option<String>, Choice);

/// What happens in the shot, and its frame.
fn shot(direction: &Direction, defaults: &Defaults) -> [Setting; 8] {
    let draft = &direction.draft;
    let frames = |frames| match frames {
        1 => "1 frame".to_owned(),
        frames => format!("{frames} frames"),
    };
    let size = draft.width.or(draft.height).map(|_| {
        let (width, height) = (
            draft.width.unwrap_or(defaults.width),
            draft.height.unwrap_or(defaults.height),
        );
        format!("{width} × {height}")
    });
    let framing = framing_words(direction.fit).map(str::to_owned);
    [
        (
            "motion",
            draft
                .motion_bucket
                .map(|motion| format!("Motion {motion:.0}")),
            Choice::Motion(None),
        ),
        ("frames", draft.frames.map(frames), Choice::Frames(None)),
        (
            "playback rate",
            draft.fps.map(|fps| format!("Plays at {fps}")),
            Choice::Fps(None),
        ),
        (
            "conditioning fps",
            // The id is one less than the rate that the model was trained with.
            draft
                .fps_id
                .map(|id| format!("Frame-rate hint {:.0} fps", id + 1.0)),
            Choice::FpsId(None),
        ),
        (
            "noise",
            draft.noise_aug.map(|noise| format!("Noise {noise:.2}")),
            Choice::NoiseAug(None),
        ),
        ("size", size, Choice::Size(None)),
        ("framing", framing, Choice::Fit(Fit::default())),
        (
            "border colour",
            direction.matte.map(matte_words),
            Choice::Matte(None),
        ),
    ]
}

/// How well it is made.
fn quality(direction: &Direction, defaults: &Defaults) -> [Setting; 8] {
    let draft = &direction.draft;
    let shape = draft
        .guidance_shape
        .filter(|shape| *shape != defaults.guidance.shape);
    let own = |words: &str| words.to_owned();
    [
        (
            "steps",
            draft
                .steps
                .map(|steps| steps_words(steps.of(defaults.steps))),
            Choice::Steps(None),
        ),
        (
            "early end",
            draft.stop_after.map(stop_words),
            Choice::StopAfter(None),
        ),
        (
            "sampler",
            draft.sampler.map(|sampler| own(sampler_words(sampler))),
            Choice::Sampler(None),
        ),
        (
            "noise levels",
            draft.sigmas.map(|sigmas| own(sigmas_words(sigmas))),
            Choice::Sigmas(None),
        ),
        (
            "guidance",
            draft
                .guidance
                .map(|(first, last)| format!("Guidance {first:.1} to {last:.1}")),
            Choice::Guidance(None),
        ),
        (
            "guidance shape",
            shape.map(|shape| own(shape_words(shape))),
            Choice::GuidanceShape(None),
        ),
        (
            "decoding",
            draft
                .decode_chunk
                .map(|frames| format!("Decodes {frames} at a time")),
            Choice::DecodeChunk(None),
        ),
        (
            "seed",
            draft.seed.map(|seed| format!("Seed {seed}")),
            Choice::Seed(None),
        ),
    ]
}

/// How a picture meets its frame, where that is not the usual way.
#[must_use]
pub fn framing_words(fit: Fit) -> Option<&'static str> {
    match fit {
        Fit::Crop => None,
        Fit::Pad => Some("Whole picture"),
        Fit::Stretch => Some("Stretched"),
        Fit::Window(_) => Some("Custom crop"),
    }
}

/// A number of steps for people.
#[must_use]
pub fn steps_words(steps: usize) -> String {
    match steps {
        1 => "1 step".to_owned(),
        steps => format!("{steps} steps"),
    }
}

/// An early end for people.
#[must_use]
pub fn stop_words(done: usize) -> String {
    format!("Ends after step {done}")
}

/// The colour around a padded picture for people.
#[must_use]
pub fn matte_words([red, green, blue]: [u8; 3]) -> String {
    format!("Border #{red:02x}{green:02x}{blue:02x}")
}

/// A sampler's name for people.
#[must_use]
pub fn sampler_words(sampler: SamplerKind) -> &'static str {
    match sampler {
        SamplerKind::Euler => "Euler",
        SamplerKind::EulerAncestral => "Ancestral",
        SamplerKind::DpmPlusPlus2M => "DPM++ 2M",
    }
}

/// A spacing's name for people.
#[must_use]
pub fn sigmas_words(sigmas: ScheduleKind) -> &'static str {
    match sigmas {
        ScheduleKind::Karras => "Karras",
        ScheduleKind::Ays => "Align Your Steps",
    }
}

/// A guidance shape's name for people.
#[must_use]
pub fn shape_words(shape: GuidanceShape) -> &'static str {
    match shape {
        GuidanceShape::Linear => "Steady rise",
        GuidanceShape::Triangle => "Rise and fall",
    }
}
