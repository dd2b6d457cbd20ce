//! What a generation is made of.

use burn::tensor::{DType, Device};

use super::plan::GenerationPlan;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::lora::LoraStack;
use crate::media::fit::Fit;
use crate::media::picture::Picture;
use crate::model::weights::Target;
use crate::request::GenerateRequest;

/// What a generation is made of.
pub struct Job<'a> {
    /// The weights.
    pub checkpoint: &'a Checkpoint,
    /// Updates to add to the UNet; may be empty.
    pub loras: &'a LoraStack,
    /// The picture as it was opened.
    pub picture: &'a Picture,
    /// How the picture meets the frame.
    pub fit: Fit,
    /// Colour around a padded picture.
    pub matte: [u8; 3],
    /// Everything else the artist chose.
    pub request: &'a GenerateRequest,
    /// Where to compute.
    pub device: &'a Device,
    /// Number format of the UNet. The picture's encoders and the decoder always compute in f32:
    /// the VAE overflows f16 (spec §2.4), and neither takes much of the time.
    pub dtype: DType,
    /// What it will take, for this request on this device: where each network's weights are while it works, and how many
    /// frames are decoded together.
    pub plan: &'a GenerationPlan,
    /// Fill the networks with random numbers instead of the checkpoint's weights, to measure
    /// speed and memory of a model that is not there.
    pub random_weights: bool,
}

impl Job<'_> {
    /// Where the encoders and the decoder are placed.
    pub(super) fn full_precision(&self) -> Target {
        self.target(DType::F32)
    }

    /// Where the denoising network is placed.
    pub(super) fn denoiser_target(&self) -> Target {
        self.target(self.dtype)
    }

    fn target(&self, dtype: DType) -> Target {
        Target {
            device: self.device.clone(),
            dtype,
        }
    }
}
