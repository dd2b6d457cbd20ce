//! What to generate, validated once.
//!
//! Input from the command line or the window becomes a [`RequestDraft`]. Only a [`GenerateRequest`] reaches the engine:
//! a draft completed with the model's [`Defaults`] and validated against the [`Rules`] of its family.

mod camera_report;
mod compute;
mod defaults;
mod first_frame;
mod generate;
mod guide;
mod named;
mod named_lora;
mod norm_reach;
mod prompt;
mod recipe;
mod rules;
mod steps;
mod still_recipe;
mod take;

pub use camera_report::CameraReport;
pub use compute::{DevicePreference, Precision};
pub use defaults::Defaults;
pub use first_frame::FirstFrame;
pub use generate::{GenerateRequest, RequestDraft};
pub use guide::{Guide, GuideLevels, Steer};
pub use named::{Named, last_part};
pub use named_lora::NamedLora;
pub use norm_reach::NormReach;
pub use prompt::{Prompt, check_prompt};
pub use recipe::{Excerpt, NamedPicture, Recipe};
pub use rules::{CONTINUOUS_SAMPLERS, Conditioning, FrameCounts, MOST_STEPS, Rules, Source};
pub use steps::{Share, Steps};
pub use still_recipe::StillRecipe;
pub use take::{LoraChoice, Take};
