//! The table of settings of the next take: for each its name, sliders, text, and how two values are compared.
//!
//! The chips, the comparison with a take and the sliders all read it; a new setting is a new row.

use super::setting::{Row, Setting, Slider};
use super::setting_names::{
    framing_name, levels_name, sampler_name, schedule_name, shape_name, steer_name,
};
use crate::app::command::Choice;
use crate::library::POCKET;
use crate::media::fit::Fit;
use crate::media::rate::Rate;
use crate::project::direction::{ResolvedDirection, usual_levels};
use crate::request::{Defaults, Steer, last_part};
use crate::sampler::GuidanceShape;

/// A value, unless it is the default.
fn unless_usual<T: PartialEq>(value: T, usual: T) -> Option<T> {
    (value != usual).then_some(value)
}

/// A whole number of at least one.
fn count(value: Option<f64>) -> Option<usize> {
    value.map(|value| value.round().max(1.0) as usize)
}

/// The sliders of a setting; none if it is not a number.
#[must_use]
pub fn sliders(setting: Setting) -> &'static [Slider] {
    TABLE
        .iter()
        .find(|row| row.setting == setting)
        .map_or(&[], |row| row.sliders)
}

/// How far the conditioning fps is from the one that the playback rate gives. A take whose conditioning fps
/// follows its rate then differs only in the rate.
fn fps_id_offset(settings: &ResolvedDirection) -> f32 {
    settings.fps_id - (settings.fps.as_f64() - 1.0) as f32
}

/// A name without folders and extension.
pub(super) fn stem(name: &str) -> &str {
    last_part(name).trim_end_matches(".safetensors")
}

/// The choice of guidance at both ends.
fn guidance(defaults: &Defaults, ends: (f32, f32)) -> Choice {
    let usual = (defaults.guidance.min, defaults.guidance.max);
    Choice::Guidance(unless_usual(ends, usual))
}

/// All settings, in the order in which the panel shows them.
pub(super) static TABLE: [Row; 19] = [
    Row {
        setting: Setting::Model,
        name: "model",
        text: |values| format!("Model {}", stem(values.model)),
        // The panel shows the model itself.
        is_chosen: |_, _| false,
        reset: || Choice::Model(POCKET.to_owned()),
        differs: |take, ours| stem(take.model) != stem(ours.model),
        adopt: |values, _| Choice::Model(values.model.to_owned()),
        sliders: &[],
    },
    Row {
        setting: Setting::Motion,
        name: "motion",
        text: |values| format!("Motion {:.0}", values.settings.motion),
        is_chosen: |direction, _| direction.draft.motion_bucket.is_some(),
        reset: || Choice::Motion(None),
        differs: |take, ours| take.settings.motion != ours.settings.motion,
        adopt: |values, usual| {
            let motion = values.settings.motion;
            Choice::Motion(unless_usual(motion, usual.defaults.motion_bucket))
        },
        sliders: &[Slider {
            title: |_| "Motion",
            help: "How much movement the shot has, from calm to lively",
            decimals: 0,
            range: |_, _| 0.0..=255.0,
            value: |settings| f64::from(settings.motion),
            default: |_, defaults| f64::from(defaults.motion_bucket),
            choice: |_, _, value| Choice::Motion(value.map(|value| value as f32)),
        }],
    },
    Row {
        setting: Setting::Frames,
        name: "frames",
        text: |values| match values.settings.frames {
            1 => "1 frame".to_owned(),
            frames => format!("{frames} frames"),
        },
        is_chosen: |direction, _| direction.draft.frames.is_some(),
        reset: || Choice::Frames(None),
        differs: |take, ours| take.settings.frames != ours.settings.frames,
        adopt: |values, usual| {
            Choice::Frames(unless_usual(values.settings.frames, usual.defaults.frames))
        },
        sliders: &[Slider {
            title: |_| "Frames",
            help: "How many frames the shot has; the model works best with the number it was trained on",
            decimals: 0,
            range: |settings, defaults| {
                1.0..=defaults.frames.saturating_mul(2).max(settings.frames) as f64
            },
            value: |settings| settings.frames as f64,
            default: |_, defaults| defaults.frames as f64,
            choice: |_, _, value| Choice::Frames(count(value)),
        }],
    },
    Row {
        setting: Setting::Fps,
        name: "playback rate",
        text: |values| format!("Plays at {} fps", values.settings.fps),
        is_chosen: |direction, _| direction.draft.fps.is_some(),
        reset: || Choice::Fps(None),
        differs: |take, ours| take.settings.fps != ours.settings.fps,
        adopt: |values, usual| Choice::Fps(unless_usual(values.settings.fps, usual.defaults.fps)),
        sliders: &[Slider {
            title: |_| "Frames per second",
            help: "How fast the finished shot plays",
            decimals: 0,
            range: |_, _| 1.0..=30.0,
            value: |settings| settings.fps.as_f64(),
            default: |_, defaults| defaults.fps.as_f64(),
            choice: |_, _, value| {
                let whole = value.map(|value| value.round().clamp(1.0, 1000.0) as u32);
                Choice::Fps(whole.and_then(|whole| Rate::new(whole, 1).ok()))
            },
        }],
    },
    Row {
        setting: Setting::FpsId,
        name: "conditioning fps",
        // The id is one less than the rate that the model was trained with.
        text: |values| format!("Frame-rate hint {:.0} fps", values.settings.fps_id + 1.0),
        is_chosen: |direction, _| direction.draft.fps_id.is_some(),
        reset: || Choice::FpsId(None),
        differs: |take, ours| fps_id_offset(&take.settings) != fps_id_offset(&ours.settings),
        adopt: |values, _| {
            let id = values.settings.fps_id;
            Choice::FpsId((fps_id_offset(&values.settings) != 0.0).then_some(id))
        },
        sliders: &[Slider {
            title: |_| "Frame-rate hint",
            help: "A rate lower than the playback rate makes things move further from frame to frame",
            decimals: 0,
            range: |_, _| 1.0..=30.0,
            value: |settings| f64::from(settings.fps_id) + 1.0,
            default: |settings, _| settings.fps.as_f64(),
            choice: |_, _, value| Choice::FpsId(value.map(|rate| (rate - 1.0) as f32)),
        }],
    },
    Row {
        setting: Setting::NoiseAug,
        name: "noise",
        text: |values| format!("Noise {:.2}", values.settings.noise_aug),
        is_chosen: |direction, _| direction.draft.noise_aug.is_some(),
        reset: || Choice::NoiseAug(None),
        differs: |take, ours| take.settings.noise_aug != ours.settings.noise_aug,
        adopt: |values, usual| {
            let noise = values.settings.noise_aug;
            Choice::NoiseAug(unless_usual(noise, usual.defaults.noise_aug))
        },
        sliders: &[Slider {
            title: |_| "Variation from the picture",
            help: "How much noise is added to the picture; with more noise, the shot can depart further from the picture",
            decimals: 2,
            range: |_, _| 0.0..=1.0,
            value: |settings| f64::from(settings.noise_aug),
            default: |_, defaults| f64::from(defaults.noise_aug),
            choice: |_, _, value| Choice::NoiseAug(value.map(|value| value as f32)),
        }],
    },
    Row {
        setting: Setting::Size,
        name: "size",
        text: |values| {
            let (width, height) = values.settings.size;
            format!("{width} × {height}")
        },
        is_chosen: |direction, _| direction.draft.width.or(direction.draft.height).is_some(),
        reset: || Choice::Size(None),
        differs: |take, ours| take.settings.size != ours.settings.size,
        adopt: |values, usual| {
            let own = (usual.defaults.width, usual.defaults.height);
            Choice::Size(unless_usual(values.settings.size, own))
        },
        sliders: &[],
    },
    Row {
        setting: Setting::Framing,
        name: "framing",
        text: |values| framing_name(values.fit).to_owned(),
        is_chosen: |direction, _| direction.fit != Fit::default(),
        reset: || Choice::Fit(Fit::default()),
        differs: |take, ours| take.fit != ours.fit,
        adopt: |values, _| Choice::Fit(values.fit),
        sliders: &[],
    },
    Row {
        setting: Setting::Matte,
        name: "border colour",
        text: |values| {
            let [red, green, blue] = values.matte;
            format!("Border #{red:02x}{green:02x}{blue:02x}")
        },
        is_chosen: |direction, _| direction.matte.is_some(),
        reset: || Choice::Matte(None),
        differs: |take, ours| take.fit == Fit::Pad && take.matte != ours.matte,
        adopt: |values, usual| Choice::Matte(unless_usual(values.matte, usual.matte)),
        sliders: &[],
    },
    Row {
        setting: Setting::Steps,
        name: "steps",
        text: |values| match values.settings.steps {
            1 => "1 step".to_owned(),
            steps => format!("{steps} steps"),
        },
        is_chosen: |direction, _| direction.draft.steps.is_some(),
        reset: || Choice::Steps(None),
        differs: |take, ours| take.settings.steps != ours.settings.steps,
        adopt: |values, usual| {
            Choice::Steps(unless_usual(values.settings.steps, usual.defaults.steps))
        },
        sliders: &[Slider {
            title: |_| "Steps",
            help: "How many denoising steps a take has; more steps need more time, and each step changes less",
            decimals: 0,
            range: |_, _| 1.0..=50.0,
            value: |settings| settings.steps as f64,
            default: |_, defaults| defaults.steps as f64,
            choice: |_, _, value| Choice::Steps(count(value)),
        }],
    },
    Row {
        setting: Setting::StopAfter,
        name: "early end",
        text: |values| match values.settings.stop_after {
            Some(done) => format!("Stops after step {done}"),
            None => "All steps".to_owned(),
        },
        is_chosen: |direction, _| direction.draft.stop_after.is_some(),
        reset: || Choice::StopAfter(None),
        differs: |take, ours| take.settings.stop_after != ours.settings.stop_after,
        adopt: |values, _| Choice::StopAfter(values.settings.stop_after),
        sliders: &[],
    },
    Row {
        setting: Setting::Sampler,
        name: "sampler",
        text: |values| sampler_name(values.settings.sampler).to_owned(),
        is_chosen: |direction, _| direction.draft.sampler.is_some(),
        reset: || Choice::Sampler(None),
        differs: |take, ours| take.settings.sampler != ours.settings.sampler,
        adopt: |values, _| {
            Choice::Sampler(unless_usual(values.settings.sampler, Default::default()))
        },
        sliders: &[],
    },
    Row {
        setting: Setting::Sigmas,
        name: "noise levels",
        text: |values| schedule_name(values.settings.sigmas).to_owned(),
        is_chosen: |direction, _| direction.draft.sigmas.is_some(),
        reset: || Choice::Sigmas(None),
        differs: |take, ours| take.settings.sigmas != ours.settings.sigmas,
        adopt: |values, _| Choice::Sigmas(unless_usual(values.settings.sigmas, Default::default())),
        sliders: &[],
    },
    Row {
        setting: Setting::Guidance,
        name: "guidance",
        text: |values| {
            let (first, last) = values.settings.guidance;
            format!("Guidance {first:.1} to {last:.1}")
        },
        is_chosen: |direction, _| direction.draft.guidance.is_some(),
        reset: || Choice::Guidance(None),
        differs: |take, ours| take.settings.guidance != ours.settings.guidance,
        adopt: |values, usual| guidance(usual.defaults, values.settings.guidance),
        sliders: &[FIRST_GUIDANCE, LAST_GUIDANCE],
    },
    Row {
        setting: Setting::GuidanceShape,
        name: "guidance shape",
        text: |values| shape_name(values.settings.guidance_shape).to_owned(),
        is_chosen: |direction, defaults| {
            let shape = direction.draft.guidance_shape;
            shape.is_some_and(|shape| shape != defaults.guidance.shape)
        },
        reset: || Choice::GuidanceShape(None),
        differs: |take, ours| take.settings.guidance_shape != ours.settings.guidance_shape,
        adopt: |values, usual| {
            let shape = values.settings.guidance_shape;
            Choice::GuidanceShape(unless_usual(shape, usual.defaults.guidance.shape))
        },
        sliders: &[],
    },
    Row {
        setting: Setting::DecodeChunk,
        name: "decoding",
        text: |values| {
            let frames = values
                .settings
                .decode_chunk
                .unwrap_or(values.settings.frames);
            format!("Decode {frames} frames at a time")
        },
        is_chosen: |direction, _| direction.draft.decode_chunk.is_some(),
        reset: || Choice::DecodeChunk(None),
        // A recipe contains the number that fitted into the memory of its machine, which is not a choice.
        differs: |_, _| false,
        adopt: |values, _| Choice::DecodeChunk(values.settings.decode_chunk),
        sliders: &[Slider {
            title: |_| "Decode batch",
            help: "How many frames are decoded together; fewer frames need less memory, and more frames reduce flicker",
            decimals: 0,
            range: |settings, _| 1.0..=settings.frames.max(2) as f64,
            value: |settings| settings.decode_chunk.unwrap_or(settings.frames) as f64,
            default: |settings, _| settings.frames as f64,
            choice: |_, _, value| Choice::DecodeChunk(count(value)),
        }],
    },
    Row {
        setting: Setting::Steer,
        name: "steering",
        text: |values| format!("Steering: {}", steer_name(values.steer)),
        is_chosen: |direction, _| direction.steer != Steer::default(),
        reset: || Choice::Steer(Steer::default()),
        differs: |take, ours| take.steer != ours.steer,
        adopt: |values, _| Choice::Steer(values.steer),
        sliders: &[],
    },
    Row {
        setting: Setting::Levels,
        name: "guide",
        text: |values| {
            format!(
                "Guide: {}",
                levels_name(values.levels.unwrap_or_else(|| usual_levels(values.model)))
            )
        },
        is_chosen: |direction, _| direction.levels.is_some(),
        reset: || Choice::Levels(None),
        differs: |take, ours| take.levels != ours.levels,
        adopt: |values, _| Choice::Levels(values.levels),
        sliders: &[],
    },
    Row {
        setting: Setting::Seed,
        name: "seed",
        text: |values| match values.settings.seed {
            Some(seed) => format!("Seed {seed}"),
            None => "New seed".to_owned(),
        },
        is_chosen: |direction, _| direction.draft.seed.is_some(),
        reset: || Choice::Seed(None),
        // Where each take draws its own seed, there is no chosen seed to differ from.
        differs: |take, ours| {
            ours.settings.seed.is_some() && take.settings.seed != ours.settings.seed
        },
        adopt: |values, _| Choice::Seed(values.settings.seed),
        sliders: &[],
    },
];

const GUIDANCE_HELP: &str = "How strongly these frames follow the picture";

const FIRST_GUIDANCE: Slider = Slider {
    title: |settings| match settings.guidance_shape {
        GuidanceShape::Linear => "Guidance, first frame",
        GuidanceShape::Triangle => "Guidance, both ends",
    },
    help: GUIDANCE_HELP,
    decimals: 1,
    range: |_, _| 1.0..=8.0,
    value: |settings| f64::from(settings.guidance.0),
    default: |_, defaults| f64::from(defaults.guidance.min),
    choice: |settings, defaults, value| {
        let first = value.map_or(defaults.guidance.min, |value| value as f32);
        guidance(defaults, (first, settings.guidance.1))
    },
};

const LAST_GUIDANCE: Slider = Slider {
    title: |settings| match settings.guidance_shape {
        GuidanceShape::Linear => "Guidance, last frame",
        GuidanceShape::Triangle => "Guidance, middle frame",
    },
    help: GUIDANCE_HELP,
    decimals: 1,
    range: |_, _| 1.0..=8.0,
    value: |settings| f64::from(settings.guidance.1),
    default: |_, defaults| f64::from(defaults.guidance.max),
    choice: |settings, defaults, value| {
        let last = value.map_or(defaults.guidance.max, |value| value as f32);
        guidance(defaults, (settings.guidance.0, last))
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_one_row() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.setting as usize, index, "{}", row.name);
        }
        assert_eq!(Setting::Seed as usize + 1, TABLE.len());
    }
}
