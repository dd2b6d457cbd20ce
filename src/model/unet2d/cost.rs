//! The cost of the UNet, following `Unet2d::forward` level by level.

use super::after_layer::Layer;
use super::unet::Unet2d;
use super::unet_blocks::{LevelShape, down_shapes, mid_shape, up_shapes};
use crate::checkpoint::Unet2dConfig;
use crate::model::cost::blocks::{enlarge, resnet};
use crate::model::cost::{BackendMemory, Cost, Extent, Ledger, Sizes};
use crate::model::weights::Expected;

/// The cost of one prediction at latent size `extent` with a prompt of `tokens` tokens: `[f, in, h, w]` to
/// `[f, out, h, w]`.
#[must_use]
pub fn unet2d_cost(
    config: &Unet2dConfig,
    extent: Extent,
    tokens: usize,
    memory: &BackendMemory,
) -> Cost {
    unet2d_cost_with(config, extent, tokens, memory, &NoCost)
}

/// [`unet2d_cost`] with `added` after each layer.
#[must_use]
pub(in crate::model) fn unet2d_cost_with(
    config: &Unet2dConfig,
    extent: Extent,
    tokens: usize,
    memory: &BackendMemory,
    added: &dyn AddedCost,
) -> Cost {
    let mut ledger = Ledger::new(memory);
    ledger.repeat(|ledger| pass(ledger, config, extent, tokens, added));
    let mut parameters = Unet2d::parameters(config).unwrap_or_default();
    parameters.extend(added.parameters());
    ledger.close(Sizes::of(&parameters, |_| true))
}

/// The output of a layer: a tensor `[f, c, h, w]`.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct LayerExtent {
    pub(in crate::model) frames: usize,
    pub(in crate::model) channels: usize,
    /// Pixels of one frame.
    pub(in crate::model) pixels: usize,
}

/// The cost of what an [`super::AfterLayer`] adds.
pub(in crate::model) trait AddedCost {
    /// Records what is added after a layer; the tensor of `extent` is alive before and after it.
    fn count(&self, ledger: &mut Ledger<'_>, layer: Layer, extent: LayerExtent);

    /// Its parameters, by name and shape.
    fn parameters(&self) -> Vec<Expected>;
}

/// The cost of [`super::Unchanged`].
struct NoCost;

impl AddedCost for NoCost {
    fn count(&self, _ledger: &mut Ledger<'_>, _layer: Layer, _extent: LayerExtent) {}

    fn parameters(&self) -> Vec<Expected> {
        Vec::new()
    }
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

    fn extent(&self) -> LayerExtent {
        LayerExtent {
            frames: self.frames,
            channels: self.channels,
            pixels: self.h * self.w,
        }
    }
}

fn pass(
    ledger: &mut Ledger<'_>,
    config: &Unet2dConfig,
    extent: Extent,
    tokens: usize,
    added: &dyn AddedCost,
) {
    let first = config.block_out_channels[0];
    let time = config.time_embed_dim();
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
    let down = down_shapes(config);
    for (level, shape) in down.iter().enumerate() {
        for i in 0..shape.resnets.len() {
            x = layer(ledger, shape, i, x, None, tokens);
            added.count(ledger, Layer::Down { level, index: i }, x.extent());
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
    let mid = mid_shape(config);
    for i in 0..mid.resnets.len() {
        x = layer(ledger, &mid, i, x, None, tokens);
        if i == 0 {
            added.count(ledger, Layer::Middle, x.extent());
        }
    }
    let up = up_shapes(config);
    for (index, shape) in up.iter().enumerate() {
        for i in 0..shape.resnets.len() {
            let skip = skips.pop().map(|skip| skip.channels);
            x = layer(ledger, shape, i, x, skip, tokens);
            let place = Layer::Up {
                level: index,
                index: i,
            };
            added.count(ledger, place, x.extent());
        }
        if index + 1 < up.len() {
            let (h, w) = skips.last().map_or((x.h, x.w), |skip| (skip.h, skip.w));
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
            x = large;
        }
    }
    ledger.norm(x.size());
    ledger.conv(first, config.out_channels, frames * h * w, 9);
}

/// The `i`-th residual block of a level and its transformer. On the up path, `skip` is the number of channels of the
/// skip.
fn layer(
    ledger: &mut Ledger<'_>,
    shape: &LevelShape,
    i: usize,
    x: Flow,
    skip: Option<usize>,
    tokens: usize,
) -> Flow {
    let (_, outputs) = shape.resnets[i];
    ledger.linear(1, shape.time, outputs);
    ledger.free(outputs);
    let parts: Vec<(usize, bool)> = [(x.channels, !x.shared)]
        .into_iter()
        .chain(skip.map(|channels| (channels, true)))
        .collect();
    resnet(ledger, &parts, outputs, x.pixels());
    let x = Flow {
        channels: outputs,
        shared: false,
        ..x
    };
    if i < shape.attended {
        transformer(ledger, shape, x, tokens);
    }
    x
}

/// `Transformer2d::forward`, whose output has the shape of its input.
fn transformer(ledger: &mut Ledger<'_>, shape: &LevelShape, x: Flow, context: usize) {
    let (tokens, width, size) = (x.pixels(), x.channels, x.size());
    let head = width / shape.attention.heads.max(1);
    let pixels = x.h * x.w;
    ledger.norm_beside(size);
    ledger.linear(tokens, width, width);
    ledger.normed_used(size);
    for _ in 0..shape.attention.depth {
        ledger.self_attention(tokens, pixels, width, head);
        ledger.cross_attention(tokens, context, width);
        ledger.feed_forward(x.frames, pixels, width);
        ledger.free(size);
    }
    ledger.back_to_pixels(tokens, width);
}
