//! Default settings of a model: size, frames, steps and conditioning.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::{Flaw, from_fields, object};
use crate::error::CheckpointError;

/// Default settings of a model, from `pocket.json` or those of diffusers' video pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelDefaults {
    /// Width in pixels. Default 1024.
    pub width: usize,
    /// Height in pixels. Default 576.
    pub height: usize,
    /// Frames that the model was made for.
    pub frames: usize,
    /// Denoising steps. Default 25.
    pub steps: usize,
    /// Frames per second; the model is conditioned on one less. Default 7.
    pub fps: usize,
    /// Amount of motion, larger is more. Default 127.
    pub motion_bucket_id: f64,
    /// Noise added to the picture before it is encoded. Default 0.02.
    pub noise_aug_strength: f64,
    /// Guidance at the first frame. Default 1.
    pub min_guidance_scale: f64,
    /// Guidance at the last frame. Default 3.
    pub max_guidance_scale: f64,
    /// Whether the networks compute correctly in 16-bit floats. Default true; false for models that combine large
    /// constants with small signals.
    pub half_precision: bool,
}

impl Default for ModelDefaults {
    fn default() -> Self {
        Self {
            width: 1024,
            height: 576,
            frames: 14,
            steps: 25,
            fps: 7,
            motion_bucket_id: 127.0,
            noise_aug_strength: 0.02,
            min_guidance_scale: 1.0,
            max_guidance_scale: 3.0,
            half_precision: true,
        }
    }
}

impl ModelDefaults {
    /// The defaults of a model that states only its number of frames.
    #[must_use]
    pub fn for_frames(frames: usize) -> Self {
        Self {
            frames,
            ..Self::default()
        }
    }

    /// Reads `pocket.json`; settings it leaves out keep the usual values.
    ///
    /// # Errors
    /// If it is not a JSON object or a setting is impossible.
    pub(super) fn parse(bytes: &[u8], frames: usize, path: &Path) -> Result<Self, CheckpointError> {
        const FIELDS: &[&str] = &[
            "width",
            "height",
            "frames",
            "steps",
            "fps",
            "motion_bucket_id",
            "noise_aug_strength",
            "min_guidance_scale",
            "max_guidance_scale",
            "half_precision",
        ];
        let mut fields = object(bytes, path)?;
        fields.entry("frames").or_insert_with(|| frames.into());
        let defaults: Self = from_fields(fields, FIELDS).map_err(|flaw| flaw.at(path))?;
        defaults.validate().map_err(|flaw| flaw.at(path))?;
        Ok(defaults)
    }

    fn validate(&self) -> Result<(), Flaw> {
        let counts = [
            ("width", self.width),
            ("height", self.height),
            ("frames", self.frames),
            ("steps", self.steps),
            ("fps", self.fps),
        ];
        for (field, count) in counts {
            if count == 0 || count > 1 << 16 {
                return Err(Flaw {
                    field,
                    reason: format!("must be 1 to 65536, not {count}"),
                });
            }
        }
        Ok(())
    }
}
