//! AnimateDiff as a family.

use super::report::report;
use super::schedule;
use super::shapes::AnimateDiffShapes;
use crate::checkpoint::{Animated, Checkpoint, SdParts};
use crate::error::GenerateError;
use crate::media::rate::Rate;
use crate::pipeline::discrete_schedule::own_sampler;
use crate::pipeline::family::Family;
use crate::pipeline::job::Job;
use crate::pipeline::observer::{Observer, Outcome};
use crate::pipeline::parts_report::PartsReport;
use crate::pipeline::plan::ModelShapes;
use crate::pipeline::stages::Hook;
use crate::request::{Conditioning, Defaults, FrameCounts, MOST_STEPS, Rules, Source};
use crate::sampler::{Guidance, GuidanceShape, SamplerKind};

/// The samplers with their largest numbers of steps. LCM for pictures was distilled on 50 steps, AnimateLCM on 100.
const SAMPLERS: &[(SamplerKind, usize)] = &samplers(50);
const SAMPLERS_OF_MODULES: &[(SamplerKind, usize)] = &samplers(100);

const fn samplers(distilled: usize) -> [(SamplerKind, usize); 4] {
    [
        (SamplerKind::Ddim, MOST_STEPS),
        (SamplerKind::Euler, MOST_STEPS),
        (SamplerKind::DpmPlusPlus2M, MOST_STEPS - 1),
        (SamplerKind::Lcm, distilled),
    ]
}

/// A model of Stable Diffusion's architecture with motion modules.
pub(in crate::pipeline) struct AnimateDiff<'a> {
    pub(in crate::pipeline) checkpoint: &'a Checkpoint,
    pub(in crate::pipeline) parts: &'a Animated<SdParts>,
}

impl Family for AnimateDiff<'_> {
    fn defaults(&self) -> Defaults {
        let defaults = &self.checkpoint.defaults;
        let scheduler = schedule(self.parts);
        let distilled = scheduler.original_inference_steps.unwrap_or(50);
        Defaults {
            width: defaults.width,
            height: defaults.height,
            frames: defaults.frames,
            steps: defaults.steps,
            fps: Rate::new(defaults.fps as u32, 1).unwrap_or(Rate { num: 8, den: 1 }),
            motion_bucket: 0.0,
            noise_aug: 0.0,
            guidance: Guidance {
                min: defaults.min_guidance_scale as f32,
                max: defaults.max_guidance_scale as f32,
                shape: GuidanceShape::Linear,
            },
            sampler: own_sampler(scheduler),
            rules: Rules {
                size_multiple: self.parts.base.vae.config.scale().max(8),
                frames: FrameCounts {
                    most: Some(self.parts.motion.part.config.positions),
                    ..FrameCounts::ANY
                },
                reads: &[Conditioning::NormReach],
                samplers: if distilled >= 100 {
                    SAMPLERS_OF_MODULES
                } else {
                    SAMPLERS
                },
                source: Source::WordsForClip,
            },
        }
    }

    fn shapes(&self) -> Box<dyn ModelShapes> {
        Box::new(AnimateDiffShapes::of(self.parts))
    }

    fn random_shapes(&self) -> Box<dyn ModelShapes> {
        Box::new(AnimateDiffShapes::of(self.parts).random())
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
