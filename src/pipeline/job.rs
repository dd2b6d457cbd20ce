//! The input of a generation.

use burn::tensor::{DType, Device};

use super::plan::GenerationPlan;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::lora::LoraStack;
use crate::media::fit::Fit;
use crate::media::picture::Picture;
use crate::model::weights::Target;
use crate::motion::MotionPictures;
use crate::request::{GenerateRequest, Prompt};

/// The input of a generation.
pub struct Job<'a> {
    /// The weights.
    pub checkpoint: &'a Checkpoint,
    /// LoRAs to add to the denoising network; may be empty.
    pub loras: &'a LoraStack,
    /// The source picture, at its own size, for families that start from one.
    pub picture: Option<&'a Picture>,
    /// The prompt, for families that use one.
    pub prompt: Option<&'a Prompt>,
    /// How the picture is fitted to the frame.
    pub fit: Fit,
    /// Colour of the border around a padded picture.
    pub matte: [u8; 3],
    /// The pixels of the pictures that the request's guide names.
    pub motion_pictures: &'a MotionPictures,
    /// All other settings.
    pub request: &'a GenerateRequest,
    /// The device to compute on.
    pub device: &'a Device,
    /// Number format of the denoising network. The encoders and the decoder always compute in f32: the VAE overflows
    /// f16 (spec §2.4), and neither takes much of the time.
    pub dtype: DType,
    /// The plan for this request on this device: where each network keeps its weights, and how many frames are decoded
    /// together.
    pub plan: &'a GenerationPlan,
    /// Fills the networks with random numbers instead of the checkpoint's weights, to measure the speed and memory of a
    /// model that is not installed.
    pub random_weights: bool,
}

impl Job<'_> {
    /// Device and format of the encoders and the decoder.
    pub(super) fn full_precision(&self) -> Target {
        self.target(DType::F32)
    }

    /// Device and format of the denoising network.
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
