//! The names of values that are chosen from a list.

use crate::media::fit::Fit;
use crate::request::{GuideLevels, Steer};
use crate::sampler::{GuidanceShape, SamplerKind, ScheduleKind};

/// The name of a way to fit a picture to its frame.
#[must_use]
pub fn framing_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Crop => "Filled",
        Fit::Pad => "Whole picture",
        Fit::Stretch => "Stretched",
        Fit::Window(_) => "Custom crop",
    }
}

/// The name of a sampler.
#[must_use]
pub fn sampler_name(sampler: SamplerKind) -> &'static str {
    match sampler {
        SamplerKind::Euler => "Euler",
        SamplerKind::EulerAncestral => "Ancestral",
        SamplerKind::DpmPlusPlus2M => "DPM++ 2M",
        SamplerKind::Lcm => "LCM",
        SamplerKind::Ddim => "DDIM",
    }
}

/// The samplers of clips with their names, in display order.
#[must_use]
pub fn samplers() -> [(SamplerKind, &'static str); 4] {
    [
        SamplerKind::Euler,
        SamplerKind::EulerAncestral,
        SamplerKind::DpmPlusPlus2M,
        SamplerKind::Lcm,
    ]
    .map(|sampler| (sampler, sampler_name(sampler)))
}

/// The name of a noise schedule.
#[must_use]
pub fn schedule_name(schedule: ScheduleKind) -> &'static str {
    match schedule {
        ScheduleKind::Karras => "Karras",
        ScheduleKind::Ays => "Align Your Steps",
    }
}

/// The noise schedules with their names, in display order.
#[must_use]
pub fn schedules() -> [(ScheduleKind, &'static str); 2] {
    [ScheduleKind::Karras, ScheduleKind::Ays].map(|schedule| (schedule, schedule_name(schedule)))
}

/// The name of a shape of the guidance curve.
#[must_use]
pub fn shape_name(shape: GuidanceShape) -> &'static str {
    match shape {
        GuidanceShape::Linear => "Steady rise",
        GuidanceShape::Triangle => "Rise and fall",
    }
}

/// The shapes of the guidance curve with their names, in display order.
#[must_use]
pub fn shapes() -> [(GuidanceShape, &'static str); 2] {
    [GuidanceShape::Linear, GuidanceShape::Triangle].map(|shape| (shape, shape_name(shape)))
}

/// The name of a way in which camera moves reach the model.
#[must_use]
pub fn steer_name(steer: Steer) -> &'static str {
    match steer {
        Steer::Auto => "Auto",
        Steer::Lora => "LoRA",
        Steer::Guide => "Guide",
        Steer::Both => "Both",
    }
}

/// The ways in which camera moves reach the model with their names, in display order.
#[must_use]
pub fn steers() -> [(Steer, &'static str); 4] {
    [Steer::Auto, Steer::Lora, Steer::Guide, Steer::Both].map(|steer| (steer, steer_name(steer)))
}

/// How closely a guide is followed, in a word, or as noise levels.
#[must_use]
pub fn levels_name(levels: GuideLevels) -> String {
    let named = all_levels().into_iter().find(|(known, _)| *known == levels);
    named.map_or_else(
        || format!("σ {} to {}", levels.weak, levels.camera),
        |(_, name)| name.to_owned(),
    )
}

/// The ways to follow a guide with their names, in display order.
#[must_use]
pub fn all_levels() -> [(GuideLevels, &'static str); 4] {
    [
        (GuideLevels::loose(), "Loose"),
        (GuideLevels::default(), "Balanced"),
        (GuideLevels::firm(), "Firm"),
        (GuideLevels::exact(), "Exact"),
    ]
}
