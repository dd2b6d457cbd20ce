//! Requests: drafts of them, and their validation.

use serde::{Deserialize, Serialize};

use super::defaults::Defaults;
use super::guide::{Guide, Steer};
use super::norm_reach::NormReach;
use super::rules::{Conditioning, MOST_STEPS, Rules, within};
use super::steps::Steps;
use crate::error::RequestError;
use crate::media::rate::Rate;
use crate::sampler::{Guidance, GuidanceShape, SamplerKind, ScheduleKind, finite};

/// Longest side of a frame, in pixels.
const MAX_SIDE: usize = 4096;
/// Largest number of frames in a take. Beyond what models were trained on, but users may try.
const MAX_FRAMES: usize = 256;
/// Largest motion bucket accepted; models were trained up to 255 (spec §4.4).
const MAX_MOTION_BUCKET: f32 = 1023.0;
/// Largest frames-per-second id passed to the model.
const MAX_FPS_ID: f32 = 1000.0;
/// Largest noise augmentation; at 1 the picture is already half noise.
const MAX_NOISE_AUG: f32 = 10.0;
/// Largest guidance scale.
const MAX_GUIDANCE: f32 = 100.0;

/// The settings that were chosen; `None` is the model's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestDraft {
    /// Frame width in pixels.
    pub width: Option<usize>,
    /// Frame height in pixels.
    pub height: Option<usize>,
    /// Number of frames.
    pub frames: Option<usize>,
    /// Denoising steps.
    pub steps: Option<Steps>,
    /// Steps after which denoising ends early; `None` does all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_after: Option<usize>,
    /// Playback rate.
    pub fps: Option<Rate>,
    /// Overrides the frames-per-second id, which is otherwise the playback rate minus one.
    #[serde(deserialize_with = "finite::optional")]
    pub fps_id: Option<f32>,
    /// Motion bucket id.
    #[serde(deserialize_with = "finite::optional")]
    pub motion_bucket: Option<f32>,
    /// Strength of the noise added to the picture.
    #[serde(deserialize_with = "finite::optional")]
    pub noise_aug: Option<f32>,
    /// Guidance at the first and the last frame.
    #[serde(deserialize_with = "finite::optional_pair")]
    pub guidance: Option<(f32, f32)>,
    /// Shape of the guidance curve.
    pub guidance_shape: Option<GuidanceShape>,
    /// Sampler.
    pub sampler: Option<SamplerKind>,
    /// Noise schedule.
    pub sigmas: Option<ScheduleKind>,
    /// Seed of all random numbers.
    pub seed: Option<u64>,
    /// Frames decoded at once; `None` decodes as many as fit in memory.
    pub decode_chunk: Option<usize>,
    /// A motion for the take to follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
    /// How its camera moves reach the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steer: Option<Steer>,
    /// How far the norms of motion modules reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm_reach: Option<NormReach>,
}

impl RequestDraft {
    /// Width and height of the frame, in pixels, with the model's `defaults`.
    #[must_use]
    pub fn frame_size(&self, defaults: &Defaults) -> (u32, u32) {
        let side =
            |chosen: Option<usize>, own| u32::try_from(chosen.unwrap_or(own)).unwrap_or(u32::MAX);
        (
            side(self.width, defaults.width).max(1),
            side(self.height, defaults.height).max(1),
        )
    }
}

/// A complete, valid request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerateRequest {
    /// Frame width in pixels.
    pub width: usize,
    /// Frame height in pixels.
    pub height: usize,
    /// Number of frames.
    pub frames: usize,
    /// Denoising steps in the schedule.
    pub steps: usize,
    /// Steps after which denoising ends early, with the estimate of the last of them; `None` does all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_after: Option<usize>,
    /// Playback rate.
    pub fps: Rate,
    /// The frames-per-second id: the playback rate minus one, as the model was trained.
    #[serde(deserialize_with = "finite::number")]
    pub fps_id: f32,
    /// Motion bucket id.
    #[serde(deserialize_with = "finite::number")]
    pub motion_bucket: f32,
    /// Strength of the noise added to the picture.
    #[serde(deserialize_with = "finite::number")]
    pub noise_aug: f32,
    /// Guidance curve.
    pub guidance: Guidance,
    /// Sampler.
    pub sampler: SamplerKind,
    /// Noise schedule.
    pub sigmas: ScheduleKind,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Frames decoded at once; `None` decodes as many as fit in memory.
    pub decode_chunk: Option<usize>,
    /// The motion that the take follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
    /// How its camera moves reached the model; `None` without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steer: Option<Steer>,
    /// How far the norms of motion modules reach; `None` without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm_reach: Option<NormReach>,
}

impl GenerateRequest {
    /// Completes a draft with the model's defaults; `fresh_seed` is used if no seed was chosen.
    ///
    /// # Errors
    /// [`RequestError`] naming the first field that is invalid, or that was set although the model does not read it.
    pub fn complete(
        draft: &RequestDraft,
        defaults: &Defaults,
        fresh_seed: u64,
    ) -> Result<Self, RequestError> {
        let defaults = &defaults.with_sampler(draft.sampler);
        let fps = draft.fps.unwrap_or(defaults.fps);
        let (min, max) = draft
            .guidance
            .unwrap_or((defaults.guidance.min, defaults.guidance.max));
        let shape = draft.guidance_shape.unwrap_or(defaults.guidance.shape);
        let steps = draft
            .steps
            .map_or(defaults.steps, |steps| steps.of(defaults.steps));
        let request = Self {
            width: draft.width.unwrap_or(defaults.width),
            height: draft.height.unwrap_or(defaults.height),
            frames: draft.frames.unwrap_or(defaults.frames),
            steps,
            // Ending after the last step is not ending early.
            stop_after: draft.stop_after.filter(|&done| done < steps),
            fps,
            fps_id: draft.fps_id.unwrap_or((fps.as_f64() - 1.0) as f32),
            motion_bucket: draft.motion_bucket.unwrap_or(defaults.motion_bucket),
            noise_aug: draft.noise_aug.unwrap_or(defaults.noise_aug),
            guidance: Guidance { min, max, shape },
            sampler: draft.sampler.unwrap_or(defaults.sampler),
            sigmas: draft.sigmas.unwrap_or_default(),
            seed: draft.seed.unwrap_or(fresh_seed),
            decode_chunk: draft.decode_chunk,
            // A guide with nothing to follow is the same as none: the take is identical to the bit.
            guide: draft.guide.clone().filter(|guide| !guide.motion.is_empty()),
            steer: draft.steer,
            norm_reach: match defaults.rules.reads.contains(&Conditioning::NormReach) {
                true => Some(draft.norm_reach.unwrap_or_default()),
                false => draft.norm_reach,
            },
        };
        request.check(&defaults.rules)?;
        request.check_read(draft, defaults)?;
        Ok(request)
    }

    /// A draft with every field set: completing it gives this request again, whatever the model's defaults.
    #[must_use]
    pub fn draft(&self) -> RequestDraft {
        RequestDraft {
            width: Some(self.width),
            height: Some(self.height),
            frames: Some(self.frames),
            steps: Some(Steps::Count(self.steps)),
            stop_after: self.stop_after,
            fps: Some(self.fps),
            fps_id: Some(self.fps_id),
            motion_bucket: Some(self.motion_bucket),
            noise_aug: Some(self.noise_aug),
            guidance: Some((self.guidance.min, self.guidance.max)),
            guidance_shape: Some(self.guidance.shape),
            sampler: Some(self.sampler),
            sigmas: Some(self.sigmas),
            seed: Some(self.seed),
            decode_chunk: self.decode_chunk,
            guide: self.guide.clone(),
            steer: self.steer,
            norm_reach: self.norm_reach,
        }
    }

    /// Number of steps that are done: all of them, unless denoising ends early.
    #[must_use]
    pub fn steps_done(&self) -> usize {
        self.stop_after.unwrap_or(self.steps)
    }

    fn check(&self, rules: &Rules) -> Result<(), RequestError> {
        let multiple = rules.size_multiple;
        for (field, value) in [("width", self.width), ("height", self.height)] {
            if value == 0 || value > MAX_SIDE || !value.is_multiple_of(multiple) {
                return Err(RequestError::OutOfRange {
                    field,
                    rule: format!("a multiple of {multiple} from {multiple} to {MAX_SIDE} pixels"),
                    value: value.to_string(),
                });
            }
        }
        whole("frames", self.frames, MAX_FRAMES)?;
        rules.frames.check(self.frames)?;
        whole("steps", self.steps, MOST_STEPS)?;
        self.check_sampler(rules)?;
        if let Some(done) = self.stop_after {
            whole("stop-after", done, self.steps)?;
        }
        if let Some(chunk) = self.decode_chunk {
            whole("decode-chunk", chunk, usize::MAX)?;
        }
        within("fps-id", self.fps_id, -1.0, MAX_FPS_ID)?;
        within("motion-bucket", self.motion_bucket, 0.0, MAX_MOTION_BUCKET)?;
        within("noise-aug", self.noise_aug, 0.0, MAX_NOISE_AUG)?;
        within("guidance", self.guidance.min, 0.0, MAX_GUIDANCE)?;
        within("guidance", self.guidance.max, 0.0, MAX_GUIDANCE)?;
        self.guide
            .as_ref()
            .map_or(Ok(()), |guide| guide.levels.check())
    }

    /// Rejects steps and noise levels that the sampler does not have.
    fn check_sampler(&self, rules: &Rules) -> Result<(), RequestError> {
        let name = self.sampler.name();
        let known = rules.samplers.iter();
        let Some((_, most)) = known.clone().find(|(kind, _)| *kind == self.sampler) else {
            let names: Vec<&str> = known.map(|(kind, _)| kind.name()).collect();
            return Err(RequestError::OutOfRange {
                field: "sampler",
                rule: format!("one of {} with this model", names.join(", ")),
                value: name.to_owned(),
            });
        };
        if self.steps > *most {
            return Err(RequestError::OutOfRange {
                field: "steps",
                rule: format!("from 1 to {most} with the sampler {name}"),
                value: self.steps.to_string(),
            });
        }
        match (self.sampler, self.sigmas) {
            (SamplerKind::Lcm, ScheduleKind::Ays) => Err(RequestError::OutOfRange {
                field: "sigmas",
                rule: format!("karras with the sampler {name}"),
                value: "ays".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Rejects a setting that the model would silently ignore.
    fn check_read(&self, draft: &RequestDraft, defaults: &Defaults) -> Result<(), RequestError> {
        let usual_id = (self.fps.as_f64() - 1.0) as f32;
        let chosen = [
            (Conditioning::FpsId, draft.fps_id, usual_id),
            (
                Conditioning::MotionBucket,
                draft.motion_bucket,
                defaults.motion_bucket,
            ),
            (Conditioning::NoiseAug, draft.noise_aug, defaults.noise_aug),
        ];
        let unread = chosen.into_iter().find(|(field, value, usual)| {
            !defaults.rules.reads.contains(field) && value.is_some_and(|value| value != *usual)
        });
        let unread = unread.map(|(field, ..)| field);
        let reads = |field| defaults.rules.reads.contains(&field);
        let guide = self.guide.is_some() && !reads(Conditioning::Guide);
        let reach = self.norm_reach.is_some() && !reads(Conditioning::NormReach);
        let unread = unread.or(guide.then_some(Conditioning::Guide));
        match unread.or(reach.then_some(Conditioning::NormReach)) {
            None => Ok(()),
            Some(field) => Err(RequestError::NotRead {
                field: field.name(),
            }),
        }
    }
}

fn whole(field: &'static str, value: usize, most: usize) -> Result<(), RequestError> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    let rule = if most == usize::MAX {
        "1 or more".to_owned()
    } else {
        format!("from 1 to {most}")
    };
    Err(RequestError::OutOfRange {
        field,
        rule,
        value: value.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{CONTINUOUS_SAMPLERS, FrameCounts, Source};

    /// Defaults of a family that reads only the noise on the picture, and makes every fourth number of frames.
    fn defaults() -> Defaults {
        Defaults {
            width: 64,
            height: 40,
            frames: 9,
            steps: 4,
            fps: Rate { num: 8, den: 1 },
            motion_bucket: 127.0,
            noise_aug: 0.02,
            guidance: Guidance {
                min: 1.0,
                max: 1.0,
                shape: GuidanceShape::Linear,
            },
            sampler: SamplerKind::Euler,
            rules: Rules {
                size_multiple: 8,
                frames: FrameCounts {
                    first: 1,
                    step: 4,
                    most: None,
                },
                reads: &[Conditioning::NoiseAug],
                samplers: CONTINUOUS_SAMPLERS,
                source: Source::Picture,
            },
        }
    }

    fn refusal(draft: &RequestDraft) -> String {
        let refused = GenerateRequest::complete(draft, &defaults(), 0);
        refused.expect_err("it is rejected").to_string()
    }

    #[test]
    fn a_setting_that_the_model_does_not_use_is_rejected_by_name() {
        let motion = RequestDraft {
            motion_bucket: Some(40.0),
            ..RequestDraft::default()
        };
        let rate = RequestDraft {
            fps_id: Some(3.0),
            ..RequestDraft::default()
        };
        assert!(refusal(&motion).starts_with("the model does not use motion-bucket;"));
        assert!(refusal(&rate).starts_with("the model does not use fps-id;"));
        let noise = RequestDraft {
            noise_aug: Some(0.5),
            ..RequestDraft::default()
        };
        let request = GenerateRequest::complete(&noise, &defaults(), 0).expect("noise is read");
        // A recipe contains every value, including those that the model does not read; it must still be reproducible.
        let again = GenerateRequest::complete(&request.draft(), &defaults(), 1);
        assert_eq!(again, Ok(request));
    }

    #[test]
    fn the_few_step_sampler_has_its_own_defaults_and_limits() {
        let lcm = RequestDraft {
            sampler: Some(SamplerKind::Lcm),
            ..RequestDraft::default()
        };
        let many = Defaults {
            steps: 25,
            ..defaults()
        };
        let request = GenerateRequest::complete(&lcm, &many, 0).expect("it is complete");
        assert_eq!(request.steps, 4);
        assert_eq!((request.guidance.min, request.guidance.max), (1.0, 1.2));
        let again = GenerateRequest::complete(&request.draft(), &many, 1);
        assert_eq!(again, Ok(request));
        let usual = GenerateRequest::complete(&RequestDraft::default(), &many, 0);
        assert_eq!(usual.map(|request| request.steps), Ok(25));

        let steps = |count| RequestDraft {
            steps: Some(Steps::Count(count)),
            ..lcm.clone()
        };
        assert!(GenerateRequest::complete(&steps(40), &many, 0).is_ok());
        assert_eq!(
            refusal(&steps(41)),
            "steps must be from 1 to 40 with the sampler lcm, not 41"
        );
        let ays = RequestDraft {
            sigmas: Some(ScheduleKind::Ays),
            ..lcm
        };
        assert_eq!(
            refusal(&ays),
            "sigmas must be karras with the sampler lcm, not ays"
        );
    }

    #[test]
    fn numbers_of_frames_are_those_that_the_family_makes() {
        let frames = |count| RequestDraft {
            frames: Some(count),
            ..RequestDraft::default()
        };
        assert!(GenerateRequest::complete(&frames(13), &defaults(), 0).is_ok());
        assert!(refusal(&frames(14)).starts_with("frames must be 1, or 1 plus a multiple of 4"));
    }
}
