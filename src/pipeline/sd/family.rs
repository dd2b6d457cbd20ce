//! Stable Diffusion 1 and 2 as a family.

use super::report::report;
use super::shapes::SdShapes;
use crate::checkpoint::{Checkpoint, SdParts};
use crate::error::GenerateError;
use crate::media::rate::Rate;
use crate::pipeline::discrete_schedule::own_sampler;
use crate::pipeline::family::Family;
use crate::pipeline::job::Job;
use crate::pipeline::observer::{Observer, Outcome};
use crate::pipeline::parts_report::PartsReport;
use crate::pipeline::plan::ModelShapes;
use crate::pipeline::stages::Hook;
use crate::request::{Defaults, FrameCounts, MOST_STEPS, Rules, Source};
use crate::sampler::{Guidance, GuidanceShape, SamplerKind};

/// The samplers with their largest numbers of steps; LCM was distilled on fifty.
const SAMPLERS: &[(SamplerKind, usize)] = &[
    (SamplerKind::Ddim, MOST_STEPS),
    (SamplerKind::Euler, MOST_STEPS),
    (SamplerKind::DpmPlusPlus2M, MOST_STEPS - 1),
    (SamplerKind::Lcm, 50),
];

/// A model of Stable Diffusion's architecture.
pub(in crate::pipeline) struct Sd<'a> {
    pub(in crate::pipeline) checkpoint: &'a Checkpoint,
    pub(in crate::pipeline) parts: &'a SdParts,
}

impl Family for Sd<'_> {
    fn defaults(&self) -> Defaults {
        let defaults = &self.checkpoint.defaults;
        Defaults {
            width: defaults.width,
            height: defaults.height,
            frames: 1,
            steps: defaults.steps,
            fps: Rate { num: 1, den: 1 },
            motion_bucket: 0.0,
            noise_aug: 0.0,
            guidance: Guidance {
                min: defaults.min_guidance_scale as f32,
                max: defaults.max_guidance_scale as f32,
                shape: GuidanceShape::Linear,
            },
            sampler: own_sampler(&self.parts.scheduler),
            rules: Rules {
                size_multiple: self.parts.vae.config.scale().max(8),
                frames: FrameCounts {
                    first: 1,
                    step: 0,
                    most: None,
                },
                reads: &[],
                samplers: SAMPLERS,
                source: Source::Words,
            },
        }
    }

    fn shapes(&self) -> Box<dyn ModelShapes> {
        Box::new(SdShapes::of(self.parts))
    }

    fn random_shapes(&self) -> Box<dyn ModelShapes> {
        Box::new(SdShapes::of(self.parts).random())
    }

    fn report(&self) -> Result<PartsReport, GenerateError> {
        report(self.parts)
    }

    fn generate(
        &self,
        job: &Job<'_>,
        hooks: &mut [&mut dyn Hook],
        observer: &mut dyn Observer,
    ) -> Result<Outcome, GenerateError> {
        super::generate(job, self.parts, hooks, observer)
    }
}
