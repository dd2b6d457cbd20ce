//! Stable Video Diffusion as a family.

use super::report::report;
use super::shapes::SvdShapes;
use crate::checkpoint::{Checkpoint, SvdParts};
use crate::error::GenerateError;
use crate::media::rate::Rate;
use crate::pipeline::family::Family;
use crate::pipeline::job::Job;
use crate::pipeline::observer::{Observer, Outcome};
use crate::pipeline::parts_report::PartsReport;
use crate::pipeline::plan::ModelShapes;
use crate::pipeline::stages::Hook;
use crate::request::{Defaults, Rules};
use crate::sampler::{Guidance, GuidanceShape, SamplerKind};

/// A model of Stable Video Diffusion's architecture.
pub(in crate::pipeline) struct Svd<'a> {
    pub(in crate::pipeline) checkpoint: &'a Checkpoint,
    pub(in crate::pipeline) parts: &'a SvdParts,
}

impl Family for Svd<'_> {
    fn defaults(&self) -> Defaults {
        let defaults = &self.checkpoint.defaults;
        Defaults {
            width: defaults.width,
            height: defaults.height,
            frames: defaults.frames,
            steps: defaults.steps,
            // A checkpoint may state 1 to 65,536 fps, but players do not support such high rates.
            fps: Rate::new(defaults.fps.min(1000) as u32, 1).unwrap_or(Rate { num: 7, den: 1 }),
            motion_bucket: defaults.motion_bucket_id as f32,
            noise_aug: defaults.noise_aug_strength as f32,
            guidance: Guidance {
                min: defaults.min_guidance_scale as f32,
                max: defaults.max_guidance_scale as f32,
                shape: GuidanceShape::Linear,
            },
            sampler: SamplerKind::default(),
            // The scale of the VAE, but at least 8, as in diffusers. Any number of frames: no weight depends on it.
            rules: Rules::any(self.parts.vae.config.scale().max(8)),
        }
    }

    fn shapes(&self) -> Box<dyn ModelShapes> {
        Box::new(SvdShapes::of(self.parts))
    }

    fn random_shapes(&self) -> Box<dyn ModelShapes> {
        Box::new(SvdShapes::of(self.parts).random())
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
