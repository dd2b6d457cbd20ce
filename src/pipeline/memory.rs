//! How much fits: frames decoded together, within a budget of bytes.

use serde::Serialize;

use crate::checkpoint::{Checkpoint, VaeConfig, census};

/// Memory that a decode may take besides the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryBudget {
    /// Bytes in all.
    pub bytes: u64,
    /// Bytes of the largest single tensor, where a device bounds it.
    pub largest_tensor: Option<u64>,
}

/// Full-size activations alive at once in the decoder's largest residual block: its input, the
/// residual, the norm's intermediate results and the convolution's patches and output. Measured,
/// rounded up; see docs/performance.md.
const LIVE_ACTIVATIONS: u64 = 9;

/// Bytes that one frame of `width × height` takes at the decoder's widest point, in f32.
///
/// The widest point is the last level, whose first block takes the channels of the level before
/// at full size (spec §2.2).
#[must_use]
pub fn decode_bytes_per_frame(config: &VaeConfig, width: usize, height: usize) -> u64 {
    let channels = &config.block_out_channels;
    let widest = channels.iter().take(2).copied().max().unwrap_or(1);
    LIVE_ACTIVATIONS * 4 * (widest * width * height) as u64
}

impl MemoryBudget {
    /// Frames that can be decoded together; at least one, whatever the budget.
    #[must_use]
    pub fn decode_chunk(&self, config: &VaeConfig, width: usize, height: usize) -> usize {
        let frame = decode_bytes_per_frame(config, width, height).max(1);
        let by_memory = self.bytes / frame;
        let by_tensor = self
            .largest_tensor
            .map_or(u64::MAX, |bytes| bytes / (frame / LIVE_ACTIVATIONS).max(1));
        usize::try_from(by_memory.min(by_tensor))
            .unwrap_or(usize::MAX)
            .max(1)
    }
}

/// Bytes that a model takes at its own size; parts are in memory one after the other.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MemoryForecast {
    /// Frame width the forecast is for, in pixels.
    pub width: usize,
    /// Frame height the forecast is for, in pixels.
    pub height: usize,
    /// The CLIP vision tower.
    pub image_encoder_f32: u64,
    /// The UNet in f32.
    pub unet_f32: u64,
    /// The UNet in f16.
    pub unet_f16: u64,
    /// Both halves of the VAE.
    pub vae_f32: u64,
    /// Decoding one frame.
    pub decode_frame: u64,
}

/// What a model will take, from its configuration alone.
#[must_use]
pub fn forecast(checkpoint: &Checkpoint) -> MemoryForecast {
    let count = |census: census::Census| -> u64 {
        census
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>() as u64)
            .sum()
    };
    let unet = count(census::unet(&checkpoint.unet.config));
    let (width, height) = (checkpoint.defaults.width, checkpoint.defaults.height);
    MemoryForecast {
        width,
        height,
        image_encoder_f32: 4 * count(census::image_encoder(&checkpoint.image_encoder.config)),
        unet_f32: 4 * unet,
        unet_f16: 2 * unet,
        vae_f32: 4 * count(census::vae(&checkpoint.vae.config)),
        decode_frame: decode_bytes_per_frame(&checkpoint.vae.config, width, height),
    }
}
