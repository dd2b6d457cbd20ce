//! The cost of the UNet with motion modules.

use super::motion_module::MotionModules;
use crate::checkpoint::{MotionConfig, MotionUnetConfig};
use crate::model::cost::{BackendMemory, Cost, Extent, Ledger};
use crate::model::unet2d::{AddedCost, Layer, LayerExtent, unet2d_cost_with};
use crate::model::weights::Expected;

/// The cost of one prediction for a clip of latents of this size, with a prompt of `tokens` tokens.
#[must_use]
pub fn motion_unet_cost(
    config: &MotionUnetConfig,
    extent: Extent,
    tokens: usize,
    memory: &BackendMemory,
) -> Cost {
    unet2d_cost_with(
        &config.unet,
        extent,
        tokens,
        memory,
        &Modules(&config.motion),
    )
}

/// The motion modules of a configuration.
struct Modules<'a>(&'a MotionConfig);

impl AddedCost for Modules<'_> {
    fn count(&self, ledger: &mut Ledger<'_>, layer: Layer, extent: LayerExtent) {
        let config = self.0;
        let levels = config.block_out_channels.len();
        let (level, exists) = match layer {
            Layer::Down { level, index } => (level, index < config.modules_per_level),
            Layer::Middle => (levels.saturating_sub(1), config.middle),
            Layer::Up { level, index } => (
                levels.saturating_sub(level + 1),
                index <= config.modules_per_level,
            ),
        };
        if exists {
            module(ledger, config, level, extent);
        }
    }

    fn parameters(&self) -> Vec<Expected> {
        MotionModules::parameters(self.0).unwrap_or_default()
    }
}

/// `MotionModule::forward`, whose output has the shape of its input.
fn module(ledger: &mut Ledger<'_>, config: &MotionConfig, level: usize, extent: LayerExtent) {
    let LayerExtent {
        frames,
        channels: width,
        pixels,
    } = extent;
    let tokens = frames * pixels;
    let size = tokens * width;
    let head = width / config.heads(level).max(1);
    ledger.norm_beside(size);
    ledger.linear(tokens, width, width);
    ledger.normed_used(size);
    for _ in 0..config.blocks_per_module {
        for _ in 0..2 {
            ledger.self_attention(tokens, frames, width, head);
        }
        ledger.feed_forward(frames, pixels, width);
        ledger.free(size);
    }
    ledger.back_to_pixels(tokens, width);
}
