//! The published models of this architecture, and the settings that their files do not state.

use std::path::Path;

use crate::checkpoint::config::{DiscreteSchedulerConfig, PerLevel, Unet2dConfig};
use crate::checkpoint::defaults::ModelDefaults;
use crate::checkpoint::kind::Kind;

/// A model's tensors do not show whether it predicts ε or v, or how few steps it needs.
impl Kind {
    /// Stable Diffusion 1.5 and its relatives.
    pub const SD_1: Self = Self::new("Stable Diffusion 1");
    /// Stable Diffusion 2, 2.1 and Turbo.
    pub const SD_2: Self = Self::new("Stable Diffusion 2");
    /// The same architecture with other sizes.
    pub const CUSTOM_SD: Self = Self::new("custom Stable Diffusion");
}

/// The kind of a model, from the configuration of its UNet.
pub(super) fn kind_of(unet: &Unet2dConfig) -> Kind {
    match (unet.block_out_channels.as_slice(), unet.context()) {
        ([320, 640, 1280, 1280], 768) => Kind::SD_1,
        ([320, 640, 1280, 1280], 1024) => Kind::SD_2,
        _ => Kind::CUSTOM_SD,
    }
}

/// Whether a model is named like the one that was distilled to a single step without guidance.
fn is_named_turbo(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.to_ascii_lowercase().contains("turbo")
}

/// The defaults of a model at `path` whose latents are `scale` times smaller than its pictures.
pub(super) fn defaults(path: &Path, unet: &Unet2dConfig, scale: usize) -> ModelDefaults {
    let (height, width) = match &unet.sample_size {
        PerLevel::Same(side) => (*side, *side),
        PerLevel::Each(sides) => (
            sides.first().copied().unwrap_or(64),
            sides.last().copied().unwrap_or(64),
        ),
    };
    let (steps, guidance) = match is_named_turbo(path) {
        true => (1, 0.0),
        false => (25, 7.5),
    };
    ModelDefaults {
        width: (width * scale).max(8),
        height: (height * scale).max(8),
        frames: 1,
        steps,
        min_guidance_scale: guidance,
        max_guidance_scale: guidance,
        ..ModelDefaults::default()
    }
}

/// The schedule of a single file, which states none.
pub(super) fn schedule(path: &Path) -> DiscreteSchedulerConfig {
    let own = |word: &str| Some(word.to_owned());
    let turbo = is_named_turbo(path);
    DiscreteSchedulerConfig {
        class: own(if turbo {
            "EulerDiscreteScheduler"
        } else {
            "DDIMScheduler"
        }),
        num_train_timesteps: Some(1000),
        beta_start: Some(0.00085),
        beta_end: Some(0.012),
        beta_schedule: own("scaled_linear"),
        prediction_type: own("epsilon"),
        timestep_spacing: own(if turbo { "trailing" } else { "leading" }),
        steps_offset: Some(1),
        set_alpha_to_one: Some(false),
        clip_sample: Some(false),
        ..DiscreteSchedulerConfig::default()
    }
}
