//! The UNet of Stable Video Diffusion.

use super::lister::{ExpectedTensors, Lister};
use crate::checkpoint::config::UnetConfig;

/// Every tensor of `UNetSpatioTemporalConditionModel`.
#[must_use]
pub fn svd_unet(config: &UnetConfig) -> ExpectedTensors {
    let mut out = Lister::default();
    let widths = &config.block_out_channels;
    let (Some(&first), Some(&last)) = (widths.first(), widths.last()) else {
        return out.list;
    };
    let time = config.time_embed_dim();
    let levels = widths.len();
    out.affine("conv_in", &[first, config.in_channels, 3, 3]);
    out.embedding("time_embedding", first, time, time);
    let added = config.projection_class_embeddings_input_dim;
    out.embedding("add_embedding", added, time, time);
    let mut input = first;
    for (level, &width) in widths.iter().enumerate() {
        let block = format!("down_blocks.{level}");
        for layer in 0..config.layers(level) {
            out.video_resnet(
                &format!("{block}.resnets.{layer}"),
                input,
                width,
                Some(time),
            );
            if config.down_attends(level) {
                let depth = config.depth(level, layer);
                out.transformer(
                    &format!("{block}.attentions.{layer}"),
                    width,
                    config.context(level),
                    depth,
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
        out.video_resnet(&format!("mid_block.resnets.{i}"), last, last, Some(time));
    }
    let depth = config.depth(levels - 1, 0);
    out.transformer(
        "mid_block.attentions.0",
        last,
        config.context(levels - 1),
        depth,
    );
    unet_up(&mut out, config, time);
    out.norm("conv_norm_out", first);
    out.affine("conv_out", &[config.out_channels, first, 3, 3]);
    out.list
}

fn unet_up(out: &mut Lister, config: &UnetConfig, time: usize) {
    let widths = &config.block_out_channels;
    let levels = widths.len();
    for index in 0..levels {
        let level = levels - 1 - index;
        let block = format!("up_blocks.{index}");
        let width = widths[level];
        let below = widths[(level + 1).min(levels - 1)];
        let layers = config.layers(level);
        for layer in 0..=layers {
            let hidden = if layer == 0 { below } else { width };
            let skip = if layer == layers {
                widths[level.saturating_sub(1)]
            } else {
                width
            };
            out.video_resnet(
                &format!("{block}.resnets.{layer}"),
                hidden + skip,
                width,
                Some(time),
            );
            if config.up_attends(level) {
                let depth = config.depth(level, layer);
                out.transformer(
                    &format!("{block}.attentions.{layer}"),
                    width,
                    config.context(level),
                    depth,
                );
            }
        }
        if level > 0 {
            out.affine(&format!("{block}.upsamplers.0.conv"), &[width, width, 3, 3]);
        }
    }
}
