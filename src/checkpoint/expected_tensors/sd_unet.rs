//! The UNet of Stable Diffusion 1 and 2.

use super::lister::{ExpectedTensors, Lister};
use crate::checkpoint::config::Unet2dConfig;

/// Every tensor of `UNet2DConditionModel`. Projections of transformers are listed as linear layers, even if a file has
/// them as 1×1 convolutions.
#[must_use]
pub fn sd_unet(config: &Unet2dConfig) -> ExpectedTensors {
    let mut out = Lister::default();
    let widths = &config.block_out_channels;
    let (Some(&first), Some(&last)) = (widths.first(), widths.last()) else {
        return out.list;
    };
    let time = config.time_embed_dim();
    let levels = widths.len();
    out.affine("conv_in", &[first, config.in_channels, 3, 3]);
    out.embedding("time_embedding", first, time, time);
    let mut input = first;
    for (level, &width) in widths.iter().enumerate() {
        let block = format!("down_blocks.{level}");
        for layer in 0..config.layers(level) {
            out.resnet(
                &format!("{block}.resnets.{layer}"),
                input,
                width,
                Some(time),
            );
            if config.down_attends(level) {
                transformer(
                    &mut out,
                    config,
                    level,
                    &format!("{block}.attentions.{layer}"),
                );
            }
            input = width;
        }
        if level + 1 < levels {
            out.affine(
                &format!("{block}.downsamplers.0.conv"),
                &[width, width, 3, 3],
            );
        }
    }
    for i in 0..2 {
        out.resnet(&format!("mid_block.resnets.{i}"), last, last, Some(time));
    }
    transformer(&mut out, config, levels - 1, "mid_block.attentions.0");
    for index in 0..levels {
        let level = levels - 1 - index;
        let block = format!("up_blocks.{index}");
        let width = widths[level];
        let layers = config.layers(level);
        for layer in 0..=layers {
            let hidden = match layer {
                0 => widths[(level + 1).min(levels - 1)],
                _ => width,
            };
            let skip = match layer == layers {
                true => widths[level.saturating_sub(1)],
                false => width,
            };
            let module = format!("{block}.resnets.{layer}");
            out.resnet(&module, hidden + skip, width, Some(time));
            if config.up_attends(level) {
                transformer(
                    &mut out,
                    config,
                    level,
                    &format!("{block}.attentions.{layer}"),
                );
            }
        }
        if level > 0 {
            out.affine(&format!("{block}.upsamplers.0.conv"), &[width, width, 3, 3]);
        }
    }
    out.norm("conv_norm_out", first);
    out.affine("conv_out", &[config.out_channels, first, 3, 3]);
    out.list
}

/// `Transformer2DModel`.
fn transformer(out: &mut Lister, config: &Unet2dConfig, level: usize, module: &str) {
    let width = config.block_out_channels[level];
    out.norm(&format!("{module}.norm"), width);
    out.affine(&format!("{module}.proj_in"), &[width, width]);
    out.affine(&format!("{module}.proj_out"), &[width, width]);
    for i in 0..config.depth(level) {
        let block = format!("{module}.transformer_blocks.{i}");
        out.attention(&format!("{block}.attn1"), width, width);
        out.attention(&format!("{block}.attn2"), width, config.context());
        out.feed_forward(&format!("{block}.ff"), width);
        for norm in 1..=3 {
            out.norm(&format!("{block}.norm{norm}"), width);
        }
    }
}
