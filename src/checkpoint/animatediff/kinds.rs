//! The published versions of motion modules, their defaults and their noise schedule.

use crate::checkpoint::config::{DiscreteSchedulerConfig, MotionConfig, MotionVersion};
use crate::checkpoint::defaults::ModelDefaults;
use crate::checkpoint::kind::Kind;

impl Kind {
    /// Version 1 of AnimateDiff.
    pub const ANIMATEDIFF_1: Self = Self::new("AnimateDiff v1");
    /// Version 2 of AnimateDiff, and AnimateDiff-Lightning and AnimateLCM, which have the same tensors.
    pub const ANIMATEDIFF_2: Self = Self::new("AnimateDiff v2");
    /// Version 3 of AnimateDiff.
    pub const ANIMATEDIFF_3: Self = Self::new("AnimateDiff v3");
}

/// The kind of a model with these modules.
pub(super) fn kind_of(config: &MotionConfig) -> Kind {
    match config.version() {
        MotionVersion::One => Kind::ANIMATEDIFF_1,
        MotionVersion::Two => Kind::ANIMATEDIFF_2,
        MotionVersion::Three => Kind::ANIMATEDIFF_3,
    }
}

/// The defaults of the base with these modules: 16 frames at 8 fps, as they were trained, or fewer if there are
/// positions for fewer only. `lightning` is the number of steps that they were distilled to.
pub(super) fn defaults(
    base: &ModelDefaults,
    config: &MotionConfig,
    lightning: Option<usize>,
) -> ModelDefaults {
    let (steps, guidance) = match lightning {
        Some(steps) => (steps, 1.0),
        None => (25, 7.5),
    };
    ModelDefaults {
        frames: config.positions.min(16),
        fps: 8,
        steps,
        min_guidance_scale: guidance,
        max_guidance_scale: guidance,
        ..base.clone()
    }
}

/// The schedule that motion modules were trained on, whatever their base's is (guoyww/AnimateDiff,
/// `configs/inference`); AnimateDiff-Lightning's is the same with other steps.
pub(super) fn schedule(lightning: Option<usize>) -> DiscreteSchedulerConfig {
    let own = |word: &str| Some(word.to_owned());
    let (class, spacing) = match lightning {
        Some(_) => ("EulerDiscreteScheduler", "trailing"),
        None => ("DDIMScheduler", "leading"),
    };
    DiscreteSchedulerConfig {
        class: own(class),
        num_train_timesteps: Some(1000),
        beta_start: Some(0.000_85),
        beta_end: Some(0.012),
        beta_schedule: own("linear"),
        prediction_type: own("epsilon"),
        timestep_spacing: own(spacing),
        steps_offset: Some(1),
        set_alpha_to_one: Some(true),
        clip_sample: Some(false),
        original_inference_steps: Some(100),
        ..DiscreteSchedulerConfig::default()
    }
}
