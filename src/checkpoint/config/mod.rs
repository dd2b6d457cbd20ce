//! The `config.json` files of a model, with diffusers' field names, defaults and rules.
//!
//! One file per class; `rules` holds what they share. Must not depend on tensors, or on how a network computes.
//!
//! Sources: diffusers 0.42 `models/unets/unet_spatio_temporal_condition.py`,
//! `models/autoencoders/autoencoder_kl{,_temporal_decoder}.py`,
//! `schedulers/scheduling_euler_discrete.py`; transformers `models/clip/configuration_clip.py`.

mod clip_text;
mod clip_vision;
mod discrete_scheduler;
mod feature_extractor;
mod motion;
mod per_level;
mod rules;
mod scheduler;
mod unet;
mod unet2d;
mod vae;

pub use clip_text::ClipTextConfig;
pub use clip_vision::{ClipVisionConfig, HiddenActivation};
pub use discrete_scheduler::DiscreteSchedulerConfig;
pub use feature_extractor::FeatureExtractor;
pub use motion::{MotionAdapterConfig, MotionConfig, MotionUnetConfig, MotionVersion};
pub use per_level::PerLevel;
pub use rules::{Config, Flaw, NORM_GROUPS};
pub(super) use rules::{from_fields, object};
pub use scheduler::SchedulerConfig;
pub use unet::UnetConfig;
pub use unet2d::Unet2dConfig;
pub use vae::{VaeClass, VaeConfig};
