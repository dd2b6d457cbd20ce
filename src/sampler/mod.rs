//! The mathematics of sampling, on numbers alone.
//!
//! Latents are in f32 on the host, whatever device runs the network: at σ = 700 the spacing of f16 is larger than a
//! step (spec §4.2), and on the host the result does not depend on the device. Must not depend on models: a sampler
//! sees a v-prediction and a schedule, nothing else.

pub mod discrete;
pub mod finite;
mod guidance;
mod kind;
pub mod noise;
mod schedule;
mod step;

pub use guidance::{Guidance, GuidanceShape};
pub use kind::{DISTILLED_LEVELS, SamplerKind};
pub use schedule::{Schedule, ScheduleKind};
pub use step::Sampler;
