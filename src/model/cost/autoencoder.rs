//! The autoencoder's walks, and the residual blocks that it shares with the UNet.

use super::Extent;
use super::ledger::Ledger;
use crate::checkpoint::VaeConfig;

/// `ResnetBlock2d::forward` beside its input: an output comes to life.
fn resnet(ledger: &mut Ledger<'_>, inputs: usize, outputs: usize, pixels: usize) {
    let (input, output) = (inputs * pixels, outputs * pixels);
    ledger.norm(input);
    ledger.conv(inputs, outputs, pixels, 9);
    ledger.free(input);
    ledger.norm(output);
    ledger.free(output);
    ledger.conv(outputs, outputs, pixels, 9);
    ledger.free(output);
    if inputs != outputs {
        ledger.conv(inputs, outputs, pixels, 1);
        ledger.free(output);
    }
}

/// `SpatioTemporalResBlock::forward` beside its input: an output comes to life.
pub(super) fn spatio_temporal(
    ledger: &mut Ledger<'_>,
    inputs: usize,
    outputs: usize,
    pixels: usize,
) {
    let output = outputs * pixels;
    resnet(ledger, inputs, outputs, pixels);
    ledger.norm(output);
    ledger.conv(outputs, outputs, pixels, 3);
    ledger.free(output);
    ledger.norm(output);
    ledger.free(output);
    ledger.conv(outputs, outputs, pixels, 3);
    ledger.free(output);
    // The blend of what was within frames and what is across them.
    ledger.make(output);
    ledger.free(2 * output);
}

/// `VaeAttention::forward`: the same size comes out.
fn attention(ledger: &mut Ledger<'_>, frames: usize, pixels: usize, width: usize) {
    let tokens = frames * pixels;
    let size = tokens * width;
    ledger.norm(size);
    // Tokens from planes.
    ledger.make(size);
    ledger.free(size);
    ledger.self_attention(tokens, pixels, width, width);
    ledger.make(size);
    ledger.free(2 * size);
}

/// `VaeEncoder::forward`.
pub(super) fn encode(ledger: &mut Ledger<'_>, config: &VaeConfig, extent: Extent) {
    let widths = &config.block_out_channels;
    let frames = extent.frames;
    let (mut h, mut w) = (extent.height, extent.width);
    let picture = config.in_channels * frames * h * w;
    ledger.make(picture);
    ledger.conv(config.in_channels, widths[0], frames * h * w, 9);
    ledger.free(picture);
    let mut channels = widths[0];
    for (level, &width) in widths.iter().enumerate() {
        for _ in 0..config.layers_per_block {
            resnet(ledger, channels, width, frames * h * w);
            ledger.free(channels * frames * h * w);
            channels = width;
        }
        if level + 1 < widths.len() {
            let before = channels * frames * h * w;
            let padded = channels * frames * (h + 1) * (w + 1);
            ledger.make(padded);
            ledger.free(before);
            (h, w) = (h / 2, w / 2);
            ledger.conv(channels, channels, frames * h * w, 9);
            ledger.free(padded);
        }
    }
    middle(ledger, config, channels, [frames, h, w]);
    let size = channels * frames * h * w;
    let moments = 2 * config.latent_channels;
    ledger.norm(size);
    ledger.free(size);
    ledger.conv(channels, moments, frames * h * w, 9);
    ledger.free(size);
    if config.use_quant_conv {
        ledger.conv(moments, moments, frames * h * w, 1);
    }
}

/// `VaeMidBlock::forward`.
fn middle(ledger: &mut Ledger<'_>, config: &VaeConfig, width: usize, [frames, h, w]: [usize; 3]) {
    let pixels = frames * h * w;
    resnet(ledger, width, width, pixels);
    ledger.free(width * pixels);
    if config.mid_attends() {
        attention(ledger, frames, h * w, width);
    }
    resnet(ledger, width, width, pixels);
    ledger.free(width * pixels);
}

/// `TemporalDecoder::forward` or `ImageDecoder::forward`.
pub(super) fn decode(ledger: &mut Ledger<'_>, config: &VaeConfig, extent: Extent) {
    let widths = &config.block_out_channels;
    let last = widths[widths.len() - 1];
    let frames = extent.frames;
    let (mut h, mut w) = (extent.height, extent.width);
    let latent = config.latent_channels;
    ledger.make(latent * frames * h * w);
    if config.has_post_quant_conv() {
        ledger.conv(latent, latent, frames * h * w, 1);
        ledger.free(latent * frames * h * w);
    }
    ledger.conv(latent, last, frames * h * w, 9);
    let block = |ledger: &mut Ledger<'_>, inputs, outputs, pixels| {
        if config.is_temporal() {
            spatio_temporal(ledger, inputs, outputs, pixels);
        } else {
            resnet(ledger, inputs, outputs, pixels);
        }
        ledger.free(inputs * pixels);
    };
    if config.is_temporal() {
        block(ledger, last, last, frames * h * w);
        if config.layers_per_block > 1 {
            attention(ledger, frames, h * w, last);
            block(ledger, last, last, frames * h * w);
        }
    } else {
        middle(ledger, config, last, [frames, h, w]);
    }
    let mut channels = last;
    for (index, &width) in widths.iter().rev().enumerate() {
        for _ in 0..=config.layers_per_block {
            block(ledger, channels, width, frames * h * w);
            channels = width;
        }
        if index + 1 < widths.len() {
            let before = channels * frames * h * w;
            (h, w) = (h * 2, w * 2);
            let large = channels * frames * h * w;
            ledger.make(large);
            ledger.free(before);
            ledger.conv(channels, channels, frames * h * w, 9);
            ledger.free(large);
        }
    }
    let pixels = frames * h * w;
    ledger.norm(channels * pixels);
    ledger.free(channels * pixels);
    ledger.conv(channels, config.out_channels, pixels, 9);
    ledger.free(channels * pixels);
    if config.is_temporal() {
        ledger.conv(config.out_channels, config.out_channels, pixels, 3);
    }
}
