//! The autoencoder, with or without temporal layers.

use super::lister::{ExpectedTensors, Lister};
use crate::checkpoint::config::VaeConfig;

/// Every tensor of the autoencoder, temporal or plain.
#[must_use]
pub fn vae(config: &VaeConfig) -> ExpectedTensors {
    let mut out = Lister::default();
    let widths = &config.block_out_channels;
    let (Some(&first), Some(&last)) = (widths.first(), widths.last()) else {
        return out.list;
    };
    let latent = config.latent_channels;
    out.affine("encoder.conv_in", &[first, config.in_channels, 3, 3]);
    let mut input = first;
    for (level, &width) in widths.iter().enumerate() {
        let block = format!("encoder.down_blocks.{level}");
        for layer in 0..config.layers_per_block {
            out.resnet(&format!("{block}.resnets.{layer}"), input, width, None);
            input = width;
        }
        if level + 1 < widths.len() {
            out.affine(
                &format!("{block}.downsamplers.0.conv"),
                &[width, width, 3, 3],
            );
        }
    }
    out.plain_mid("encoder.mid_block", last, config.mid_attends());
    out.norm("encoder.conv_norm_out", last);
    out.affine("encoder.conv_out", &[2 * latent, last, 3, 3]);
    if config.use_quant_conv {
        out.affine("quant_conv", &[2 * latent, 2 * latent, 1, 1]);
    }
    if config.has_post_quant_conv() {
        out.affine("post_quant_conv", &[latent, latent, 1, 1]);
    }
    decoder(&mut out, config);
    out.list
}

fn decoder(out: &mut Lister, config: &VaeConfig) {
    let widths = &config.block_out_channels;
    let (first, last) = (widths[0], widths[widths.len() - 1]);
    out.affine("decoder.conv_in", &[last, config.latent_channels, 3, 3]);
    if config.is_temporal() {
        for i in 0..config.layers_per_block {
            out.video_resnet(&format!("decoder.mid_block.resnets.{i}"), last, last, None);
        }
        out.mid_attention("decoder.mid_block.attentions.0", last);
    } else {
        out.plain_mid("decoder.mid_block", last, config.mid_attends());
    }
    let mut input = last;
    for (index, &width) in widths.iter().rev().enumerate() {
        let block = format!("decoder.up_blocks.{index}");
        for layer in 0..=config.layers_per_block {
            let module = format!("{block}.resnets.{layer}");
            if config.is_temporal() {
                out.video_resnet(&module, input, width, None);
            } else {
                out.resnet(&module, input, width, None);
            }
            input = width;
        }
        if index + 1 < widths.len() {
            out.affine(&format!("{block}.upsamplers.0.conv"), &[width, width, 3, 3]);
        }
    }
    out.norm("decoder.conv_norm_out", first);
    out.affine("decoder.conv_out", &[config.out_channels, first, 3, 3]);
    if config.is_temporal() {
        let channels = config.out_channels;
        out.affine("decoder.time_conv_out", &[channels, channels, 3, 1, 1]);
    }
}
