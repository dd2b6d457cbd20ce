//! The mathematics of sampling, on numbers alone.
//!
//! Latents are f32 on the host whatever computes the network: at σ = 700 the spacing of f16 is
//! larger than the step itself (spec §4.2), and on the host every device takes the same path.
//! Must not know models: a sampler sees a v-prediction and a schedule, nothing else.

mod guidance;
pub mod noise;
mod schedule;
mod step;

pub use guidance::{Guidance, GuidanceShape};
pub use schedule::{Schedule, ScheduleKind};
pub use step::{Sampler, SamplerKind};
