//! The cost of the encoder and the decoder.

use super::vae::{VaeDecoder, VaeEncoder};
use crate::checkpoint::VaeConfig;
use crate::model::cost::blocks::{enlarge, resnet, spatio_temporal};
use crate::model::cost::{BackendMemory, Cost, Extent, Ledger, Sizes};

/// The cost of encoding pictures of pixel size `extent`: `[f, 3, h, w]` to moments.
#[must_use]
pub fn encoder_cost(config: &VaeConfig, extent: Extent, memory: &BackendMemory) -> Cost {
    let mut ledger = Ledger::new(memory);
    encode(&mut ledger, config, extent);
    let parameters = VaeEncoder::parameters(config).unwrap_or_default();
    ledger.close(Sizes::of(&parameters, |_| true))
}

/// The cost of decoding a chunk of latents of latent size `extent`: `[f, c, h, w]` to frames.
#[must_use]
pub fn decoder_cost(config: &VaeConfig, extent: Extent, memory: &BackendMemory) -> Cost {
    let mut ledger = Ledger::new(memory);
    ledger.repeat(|ledger| decode(ledger, config, extent));
    let parameters = VaeDecoder::parameters(config).unwrap_or_default();
    ledger.close(Sizes::of(&parameters, |_| true))
}

/// `VaeAttention::forward`, whose output has the shape of its input.
fn attention(ledger: &mut Ledger<'_>, frames: usize, pixels: usize, width: usize) {
    let tokens = frames * pixels;
    let size = tokens * width;
    ledger.self_attention(tokens, pixels, width, width);
    if !ledger.fused() {
        // Tokens back to planes.
        ledger.make(size);
        ledger.free(size);
    }
}

/// `VaeEncoder::forward`.
fn encode(ledger: &mut Ledger<'_>, config: &VaeConfig, extent: Extent) {
    let widths = &config.block_out_channels;
    let frames = extent.frames;
    let (mut h, mut w) = (extent.height, extent.width);
    let picture = config.in_channels * frames * h * w;
    ledger.input(picture);
    ledger.conv(config.in_channels, widths[0], frames * h * w, 9);
    ledger.free(picture);
    let mut channels = widths[0];
    for (level, &width) in widths.iter().enumerate() {
        for _ in 0..config.layers_per_block {
            resnet(ledger, &[(channels, true)], width, frames * h * w);
            channels = width;
        }
        if level + 1 < widths.len() {
            let before = channels * frames * h * w;
            let padded = channels * frames * (h + 1) * (w + 1);
            let read = if ledger.fused() { before } else { padded };
            if !ledger.fused() {
                ledger.make(padded);
                ledger.free(before);
            }
            (h, w) = (h / 2, w / 2);
            ledger.conv(channels, channels, frames * h * w, 9);
            ledger.free(read);
        }
    }
    middle(ledger, config, channels, [frames, h, w]);
    let size = channels * frames * h * w;
    let moments = 2 * config.latent_channels;
    ledger.norm(size);
    ledger.conv(channels, moments, frames * h * w, 9);
    ledger.free(size);
    if config.use_quant_conv {
        ledger.conv(moments, moments, frames * h * w, 1);
    }
}

/// `VaeMidBlock::forward`.
fn middle(ledger: &mut Ledger<'_>, config: &VaeConfig, width: usize, [frames, h, w]: [usize; 3]) {
    let pixels = frames * h * w;
    resnet(ledger, &[(width, true)], width, pixels);
    if config.mid_attends() {
        attention(ledger, frames, h * w, width);
    }
    resnet(ledger, &[(width, true)], width, pixels);
}

/// `TemporalDecoder::forward` or `ImageDecoder::forward`.
fn decode(ledger: &mut Ledger<'_>, config: &VaeConfig, extent: Extent) {
    let widths = &config.block_out_channels;
    let last = widths[widths.len() - 1];
    let frames = extent.frames;
    let (mut h, mut w) = (extent.height, extent.width);
    let latent = config.latent_channels;
    ledger.input(latent * frames * h * w);
    if config.has_post_quant_conv() {
        ledger.conv(latent, latent, frames * h * w, 1);
        ledger.free(latent * frames * h * w);
    }
    ledger.conv(latent, last, frames * h * w, 9);
    let block = |ledger: &mut Ledger<'_>, inputs, outputs, pixels| {
        if config.is_temporal() {
            spatio_temporal(ledger, &[(inputs, true)], outputs, pixels);
        } else {
            resnet(ledger, &[(inputs, true)], outputs, pixels);
        }
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
            enlarge(ledger, before, large);
            ledger.conv(channels, channels, frames * h * w, 9);
            ledger.free(if ledger.fused() { before } else { large });
        }
    }
    let pixels = frames * h * w;
    ledger.norm(channels * pixels);
    ledger.conv(channels, config.out_channels, pixels, 9);
    ledger.free(channels * pixels);
    if config.is_temporal() {
        ledger.conv(config.out_channels, config.out_channels, pixels, 3);
    }
}
