//! The cost of the UNet, following `Unet::forward` level by level.

use super::unet::{Unet, down_shapes, mid_shape, up_shapes};
use super::unet_blocks::{AttentionShape, LevelShape};
use crate::checkpoint::{NormEps, UnetConfig};
use crate::model::cost::blocks::{enlarge, spatio_temporal};
use crate::model::cost::{BackendMemory, Cost, Extent, Ledger, Sizes};

/// The cost of one prediction at latent size `extent`: `[f, in, h, w]` to `[f, out, h, w]`.
#[must_use]
pub fn unet_cost(config: &UnetConfig, extent: Extent, memory: &BackendMemory) -> Cost {
    let mut ledger = Ledger::new(memory);
    ledger.repeat(|ledger| pass(ledger, config, extent));
    ledger.close(kept(config))
}

/// Sizes of the parameters without those that are stored but not needed (spec §1.6).
fn kept(config: &UnetConfig) -> Sizes {
    let unused = |name: &str| {
        name.ends_with("attn2.to_q.weight")
            || name.ends_with("attn2.to_k.weight")
            || name.contains(".norm2.") && name.contains("transformer_blocks")
    };
    let parameters = Unet::parameters(config).unwrap_or_default();
    Sizes::of(&parameters, |name| !unused(name))
}

/// A tensor `[f, c, h, w]` between layers.
#[derive(Clone, Copy)]
struct Flow {
    frames: usize,
    channels: usize,
    h: usize,
    w: usize,
    /// Whether a skip connection holds it too, so that its last use here frees nothing.
    shared: bool,
}

impl Flow {
    fn pixels(&self) -> usize {
        self.frames * self.h * self.w
    }

    fn size(&self) -> usize {
        self.channels * self.pixels()
    }
}

fn pass(ledger: &mut Ledger<'_>, config: &UnetConfig, extent: Extent) {
    let first = config.block_out_channels[0];
    let time = config.time_embed_dim();
    // The time embedding and that of the added ids are one token each.
    for (inputs, outputs) in [(first, time), (time, time)] {
        ledger.linear(1, inputs, outputs);
    }
    let Extent {
        frames,
        height: h,
        width: w,
    } = extent;
    let sample = config.in_channels * frames * h * w;
    ledger.input(sample);
    ledger.conv(config.in_channels, first, frames * h * w, 9);
    ledger.free(sample);
    let mut x = Flow {
        frames,
        channels: first,
        h,
        w,
        shared: true,
    };
    let mut skips = vec![x];

    let down = down_shapes(config, NormEps::Diffusers, time);
    for (level, shape) in down.iter().enumerate() {
        for i in 0..shape.resnets.len() {
            x = layer(ledger, shape, i, x, None);
            x.shared = true;
            skips.push(x);
        }
        if level + 1 < down.len() {
            let (h, w) = (x.h.div_ceil(2), x.w.div_ceil(2));
            ledger.conv(x.channels, x.channels, frames * h * w, 9);
            x = Flow { h, w, ..x };
            skips.push(x);
        }
    }

    let mid = mid_shape(config, time);
    for i in 0..mid.resnets.len() {
        x = layer(ledger, &mid, i, x, None);
    }

    let up = up_shapes(config, NormEps::Diffusers, time);
    for (index, shape) in up.iter().enumerate() {
        for i in 0..shape.resnets.len() {
            // This is the last use of the skip. At the start of the up path it is the same tensor as x.
            let skip = skips.pop().map(|skip| skip.channels);
            x = layer(ledger, shape, i, x, skip);
        }
        if index + 1 < up.len() {
            let (h, w) = skips.last().map_or((x.h, x.w), |skip| (skip.h, skip.w));
            x = enlarged(ledger, x, h, w);
        }
    }
    ledger.norm(x.size());
    ledger.conv(first, config.out_channels, frames * h * w, 9);
}

fn enlarged(ledger: &mut Ledger<'_>, x: Flow, h: usize, w: usize) -> Flow {
    let large = Flow {
        h,
        w,
        shared: false,
        ..x
    };
    enlarge(ledger, x.size(), large.size());
    ledger.conv(x.channels, x.channels, large.pixels(), 9);
    ledger.free(if ledger.fused() {
        x.size()
    } else {
        large.size()
    });
    large
}

/// The `i`-th residual block of a level and its transformer. On the up path, `skip` is the number of channels of the
/// skip.
fn layer(
    ledger: &mut Ledger<'_>,
    shape: &LevelShape,
    i: usize,
    x: Flow,
    skip: Option<usize>,
) -> Flow {
    let (_, outputs) = shape.resnets[i];
    for _ in 0..2 {
        ledger.linear(1, shape.time, outputs);
        ledger.free(outputs);
    }
    let parts: Vec<(usize, bool)> = [(x.channels, !x.shared)]
        .into_iter()
        .chain(skip.map(|channels| (channels, true)))
        .collect();
    spatio_temporal(ledger, &parts, outputs, x.pixels());
    let x = Flow {
        channels: outputs,
        shared: false,
        ..x
    };
    if let Some(attention) = &shape.attention
        && let Some(&depth) = attention.depths.get(i)
    {
        transformer(ledger, attention, depth, x);
    }
    x
}

/// `TransformerSpatioTemporal::forward`, whose output has the shape of its input.
fn transformer(ledger: &mut Ledger<'_>, shape: &AttentionShape, depth: usize, x: Flow) {
    let (tokens, width, size) = (x.pixels(), x.channels, x.size());
    let head = width / shape.heads.max(1);
    let pixels = x.h * x.w;
    ledger.norm_beside(size);
    ledger.linear(tokens, width, width);
    ledger.normed_used(size);
    for _ in 0..depth {
        // Within frames: attention, then a feed-forward, both added in place.
        ledger.self_attention(tokens, pixels, width, head);
        ledger.feed_forward(x.frames, pixels, width);
        ledger.free(size);
        // Across frames; the spatial result stays alive for the blend.
        ledger.make(size);
        ledger.feed_forward(x.frames, pixels, width);
        ledger.free(size);
        ledger.self_attention(tokens, x.frames, width, head);
        ledger.feed_forward(x.frames, pixels, width);
        if !ledger.fused() {
            ledger.make(size);
            ledger.free(size);
        }
        ledger.free(size);
        ledger.free(size);
    }
    ledger.back_to_pixels(tokens, width);
}
