//! Tensors on the CPU as plain slices, and the fused operations on them.
//!
//! A tensor `[f, c, h, w]` that these operations return has adjacent channels in memory. As a view it looks like any
//! other tensor. Inputs in another order are copied once. Must not depend on which network calls.

use std::marker::PhantomData;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Tensor, TensorData};

use super::cpu::{
    Activation, Attention, GemmEpilogue, GemmPrologue, Grid, Groups, Matrix, Product, Sets,
    SimdLevel, Tokens, Window, add_rows, add_rows_onto, buffer_pool, scale_and_shift,
};
use super::group_norm_silu::{NormActivation, NormReach};
use super::layer::{Epilogue, Prologue};

/// A contiguous tensor of f32 whose memory is borrowed as a slice, and reused for another output after its last use.
struct Host(Option<FlexTensor>);

impl Host {
    fn new<const D: usize>(tensor: Tensor<D>) -> Self {
        // Layers are packed only on the CPU in f32, and their inputs are on the same device and in the same format.
        let tensor = tensor
            .try_into_primitive::<Flex>()
            .unwrap_or_else(|error| unreachable!("the tensor is on the CPU: {error:?}"));
        let contiguous = tensor.as_slice::<f32>().is_some();
        Self(Some(if contiguous {
            tensor
        } else {
            tensor.to_contiguous()
        }))
    }

    fn values(&self) -> &[f32] {
        self.0
            .as_ref()
            .and_then(FlexTensor::as_slice)
            .unwrap_or_default()
    }
}

impl Host {
    /// Takes the memory itself, if nothing else uses it any more.
    fn reclaim(&mut self) -> Option<Vec<f32>> {
        let alone = |tensor: &mut FlexTensor| tensor.is_unique() && tensor.is_contiguous();
        let (bytes, shape, dtype) = self.0.take_if(alone)?.into_data().into_parts();
        match bytes.try_into_vec::<f32>() {
            Ok(values) => Some(values),
            // Memory that was not allocated as floats stays a tensor.
            Err(bytes) => {
                let data = TensorData::from_bytes(bytes, shape, dtype);
                self.0 = Some(FlexTensor::from_data(data));
                None
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(values) = self.reclaim() {
            buffer_pool::give(values);
        }
    }
}

/// Reuses the buffers of one network on this thread: outputs are written to buffers whose contents are no longer
/// needed.
///
/// Dropping it frees those buffers. Guards that exist together on a thread must be dropped in reverse order.
#[derive(Debug)]
pub struct Recycling {
    /// The pool of the guard that was active before, if any.
    previous: Option<buffer_pool::ThreadPool>,
    /// Keeps the guard on the thread whose pool it opened.
    _on_this_thread: PhantomData<*const ()>,
}

impl Recycling {
    /// Starts reusing buffers; call it before a network is loaded.
    #[must_use]
    pub fn begin() -> Self {
        crate::kernels::cpu::allocator::map_large_blocks();
        Self {
            previous: buffer_pool::open(),
            _on_this_thread: PhantomData,
        }
    }

    /// Starts the next of several passes: buffers of the previous one that are still in use will not be returned.
    pub fn begin_pass(&self) {
        buffer_pool::begin_pass();
    }

    /// Bytes of all buffers that are kept for later outputs.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        buffer_pool::kept_bytes()
    }
}

impl Drop for Recycling {
    fn drop(&mut self) {
        buffer_pool::close(self.previous.take());
        super::cpu::release();
        crate::kernels::cpu::allocator::trim();
    }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_primitive::<Flex>(FlexTensor::from_data(TensorData::new(values, shape)))
}

/// `[f, c, h, w]` as rows of pixels.
fn pixels(x: Tensor<4>) -> Host {
    Host::new(x.permute([0, 2, 3, 1]))
}

/// The parameters of a convolution on slices.
#[derive(Clone, Copy, Debug)]
pub struct Convolution<'a> {
    /// `[taps · in, out]`.
    pub weights: &'a Matrix,
    /// `[out]`.
    pub bias: Option<&'a Tensor<1>>,
    /// Taps vertically and horizontally.
    pub kernel: [usize; 2],
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Zeros above and to the left.
    pub padding: [usize; 2],
    /// Zeros on both sides together, vertically and horizontally.
    pub padded: [usize; 2],
    /// Size to which the input is enlarged first; `None` to keep its size.
    pub enlarged: Option<[usize; 2]>,
}

impl Convolution<'_> {
    /// `[f, c, h, w]`, or two of these to be concatenated over channels, to `[f, out, h', w']`.
    #[must_use]
    pub fn run(
        &self,
        inputs: Vec<Tensor<4>>,
        before: Prologue<'_>,
        after: Epilogue<4>,
    ) -> Tensor<4> {
        let dims: Vec<[usize; 4]> = inputs.iter().map(Tensor::dims).collect();
        let hosts: Vec<Host> = inputs.into_iter().map(pixels).collect();
        let grids: Vec<Grid<'_>> = hosts
            .iter()
            .zip(&dims)
            .map(|(host, &[frames, channels, height, width])| Grid {
                values: host.values(),
                frames,
                height,
                width,
                channels,
            })
            .collect();
        let [frames, _, height, width] = dims[0];
        let enlarged = self.enlarged.unwrap_or([height, width]);
        let out = [0, 1].map(|axis| {
            (enlarged[axis] + self.padded[axis]).saturating_sub(self.kernel[axis]) / self.stride + 1
        });
        let window = Window {
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            enlarged,
            out,
        };
        let columns = self.weights.outputs();
        let plus: Vec<(f32, Host)> = after
            .plus
            .into_iter()
            .map(|part| (part.weight, pixels(part.tensor)))
            .collect();
        let size = frames * out[0] * out[1] * columns;
        let values = finished(
            size,
            self.bias,
            after.shift,
            after.curve,
            after.share,
            plus,
            |finish, values| {
                multiply(&grids, before, &window, self.weights, finish, values);
            },
        );
        tensor(values, [frames, out[0], out[1], columns]).permute([0, 3, 1, 2])
    }
}

/// A linear layer on tokens: `[.., in]` to `[.., out]`. With [`Prologue::Group`] the tokens are pixels of frames,
/// `[f, s, in]`.
#[must_use]
pub fn linear<const D: usize>(
    x: Tensor<D>,
    weights: &Matrix,
    bias: Option<&Tensor<1>>,
    before: Prologue<'_>,
    after: Epilogue<D>,
) -> Tensor<D> {
    let mut shape = x.dims();
    let host = Host::new(x);
    let grid = token_grid(&host, &shape);
    let window = Window::single(1, grid.width);
    shape[D - 1] = weights.outputs();
    let plus = hosts(after.plus);
    let values = finished(
        shape.iter().product(),
        bias,
        after.shift,
        after.curve,
        after.share,
        plus,
        |finish, values| multiply(&[grid], before, &window, weights, finish, values),
    );
    tensor(values, shape)
}

/// The gated feed-forward: `[f, s, c]` to `[f, s, c]`, some tokens at a time, so that its wide inner activation stays
/// small.
#[must_use]
pub fn feed_forward(
    x: Tensor<3>,
    (gate, gate_bias): (&Matrix, Option<&Tensor<1>>),
    (weights, bias): (&Matrix, Option<&Tensor<1>>),
    before: Prologue<'_>,
    after: Epilogue<3>,
) -> Tensor<3> {
    /// Number of floats of the inner activation: 16 MiB, about as much as the last-level cache of a small CPU holds.
    const MIDDLE: usize = 4 << 20;
    let shape = x.dims();
    let width = shape[2];
    let inner = weights.inputs();
    let tokens = shape[0] * shape[1];
    let host = Host::new(x);
    let plus = hosts(after.plus);
    let gate_bias = gate_bias.cloned().map(Host::new);
    // Whole tiles of rows, and enough of them that the weights are read only a few times.
    let step = (MIDDLE / inner).clamp(896, 8960) / 224 * 224;
    let mut middle = buffer_pool::take(step.min(tokens) * inner);
    let values = finished(
        tokens * width,
        bias,
        after.shift,
        after.curve,
        after.share,
        plus,
        |finish, values| {
            for first in (0..tokens).step_by(step) {
                let count = step.min(tokens - first);
                let of = |values: &[f32], width: usize| {
                    first * width..values.len().min((first + count) * width)
                };
                let grid = |values, channels| Grid {
                    values,
                    frames: 1,
                    height: 1,
                    width: count,
                    channels,
                };
                let window = Window::single(1, count);
                let middle = &mut middle[..count * inner];
                let gated = GemmEpilogue {
                    bias: gate_bias.as_ref().map(Host::values),
                    curve: Activation::Gated,
                    ..GemmEpilogue::default()
                };
                let all = host.values();
                multiply(
                    &[grid(&all[of(all, width)], width)],
                    before,
                    &window,
                    gate,
                    gated,
                    middle,
                );
                let plus: Vec<(f32, &[f32])> = finish
                    .plus
                    .iter()
                    .map(|(factor, addend)| (*factor, &addend[of(addend, width)]))
                    .collect();
                let finish = GemmEpilogue {
                    plus: &plus,
                    ..finish
                };
                let range = of(values, width);
                multiply(
                    &[grid(middle, inner)],
                    Prologue::Nothing,
                    &window,
                    weights,
                    finish,
                    &mut values[range],
                );
            }
        },
    );
    buffer_pool::give(middle);
    tensor(values, shape)
}

/// Adds one row to every token of each frame: `[f, s, c]` and `[f, 1, c]` to `[f, s, c]`.
#[must_use]
pub fn with_rows(tokens: Tensor<3>, rows: Tensor<3>) -> Tensor<3> {
    let shape = tokens.dims();
    let (mut tokens, rows) = (Host::new(tokens), Host::new(rows));
    // Tokens that nothing else needs become the output.
    if let Some(mut values) = tokens.reclaim() {
        add_rows_onto(&mut values, rows.values(), shape[2]);
        return tensor(values, shape);
    }
    let mut values = buffer_pool::take(shape.iter().product());
    add_rows(tokens.values(), rows.values(), shape[2], &mut values);
    tensor(values, shape)
}

/// Which tokens of `[f, s, c]` attend to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttentionAxis {
    /// The pixels of each frame.
    Pixels,
    /// The frames of each pixel; the value is the number of frames in a clip.
    Frames(usize),
}

/// Attention on tokens in which queries, keys and values are concatenated: `[f, s, 3·c]` to `[f, s, c]`.
#[must_use]
pub fn attention_of_joined(joined: Tensor<3>, sight: AttentionAxis, heads: usize) -> Tensor<3> {
    let [frames, pixels, width] = joined.dims();
    let host = Host::new(joined);
    let width = width / 3;
    let part = |i: usize| Tokens {
        values: host.values(),
        stride: 3 * width,
        offset: i * width,
    };
    attend(
        [part(0), part(1), part(2)],
        [frames, pixels, width],
        sight,
        heads,
    )
}

/// Attention to the tokens of a context: queries `[f, s, c]` to the same shape, keys and values `[1 or f, n, c]`.
#[must_use]
pub fn attention_to_context([q, k, v]: [Tensor<3>; 3], heads: usize) -> Tensor<3> {
    let [frames, pixels, width] = q.dims();
    let [contexts, length, _] = k.dims();
    let hosts = [q, k, v].map(Host::new);
    let tokens = [0, 1, 2].map(|i: usize| Tokens {
        values: hosts[i].values(),
        stride: width,
        offset: 0,
    });
    let queries = pixels_of_each([frames, pixels]);
    // Frames share one context, or each has its own.
    let keys = Sets {
        apart: [if contexts == 1 { 0 } else { length }, 0],
        ..pixels_of_each([frames, length])
    };
    let values = attended(tokens, [queries, keys], [heads, width / heads]);
    tensor(values, [frames, pixels, width])
}

/// Attention on tokens: three tensors `[f, s, c]` to `[f, s, c]`.
#[must_use]
pub fn attention([q, k, v]: [Tensor<3>; 3], sight: AttentionAxis, heads: usize) -> Tensor<3> {
    let shape = q.dims();
    let hosts = [q, k, v].map(Host::new);
    let tokens = [0, 1, 2].map(|i: usize| Tokens {
        values: hosts[i].values(),
        stride: shape[2],
        offset: 0,
    });
    attend(tokens, shape, sight, heads)
}

fn attend(
    tokens: [Tokens<'_>; 3],
    [frames, pixels, width]: [usize; 3],
    sight: AttentionAxis,
    heads: usize,
) -> Tensor<3> {
    let sets = match sight {
        AttentionAxis::Pixels => pixels_of_each([frames, pixels]),
        AttentionAxis::Frames(clip) => Sets {
            count: [frames / clip, pixels],
            apart: [clip * pixels, 1],
            rows: clip,
            step: pixels,
        },
    };
    let values = attended(tokens, [sets, sets], [heads, width / heads]);
    tensor(values, [frames, pixels, width])
}

/// One set of rows for each frame: its pixels.
fn pixels_of_each([frames, pixels]: [usize; 2]) -> Sets {
    Sets {
        count: [frames, 1],
        apart: [pixels, 0],
        rows: pixels,
        step: 1,
    }
}

fn attended(
    [q, k, v]: [Tokens<'_>; 3],
    [queries, keys]: [Sets; 2],
    [heads, dim]: [usize; 2],
) -> Vec<f32> {
    let [a, b] = queries.count;
    let mut out = buffer_pool::take(a * b * queries.rows * heads * dim);
    let attention = Attention {
        q,
        k,
        v,
        queries,
        keys,
        heads,
        dim,
    };
    attention.run(SimdLevel::best(), &mut out);
    out
}

fn hosts<const D: usize>(parts: Vec<super::alpha_blend::Part<D>>) -> Vec<(f32, Host)> {
    parts
        .into_iter()
        .map(|part| (part.weight, Host::new(part.tensor)))
        .collect()
}

/// `[f, s, c]` as one row of pixels per frame; with fewer dimensions, as a single frame.
fn token_grid<'a>(host: &'a Host, shape: &[usize]) -> Grid<'a> {
    let channels = shape.last().copied().unwrap_or(1);
    let frames = if shape.len() == 3 { shape[0] } else { 1 };
    Grid {
        values: host.values(),
        frames,
        height: 1,
        width: host.values().len() / (channels * frames).max(1),
        channels,
    }
}

/// Lets `run` fill an output, with the epilogue to apply.
fn finished(
    size: usize,
    bias: Option<&Tensor<1>>,
    shift: Option<Tensor<1>>,
    curve: Activation,
    share: f32,
    mut plus: Vec<(f32, Host)>,
    run: impl FnOnce(GemmEpilogue<'_>, &mut [f32]),
) -> Vec<f32> {
    let bias = match (bias.cloned(), shift) {
        (Some(bias), Some(shift)) => Some(bias + shift),
        (bias, shift) => bias.or(shift),
    };
    let bias = bias.map(Host::new);
    // A summand that nothing else needs becomes the output.
    let reused = plus
        .iter_mut()
        .enumerate()
        .find_map(|(i, (factor, host))| Some((i, *factor, host.reclaim()?)));
    let (kept, mut values) = match reused {
        Some((i, factor, values)) => {
            plus.remove(i);
            (Some(factor), values)
        }
        None => (None, buffer_pool::take(size)),
    };
    let plus: Vec<(f32, &[f32])> = plus
        .iter()
        .map(|(factor, host)| (*factor, host.values()))
        .collect();
    let finish = GemmEpilogue {
        bias: bias.as_ref().map(Host::values),
        curve,
        weight: share,
        kept,
        plus: &plus,
    };
    run(finish, &mut values);
    values
}

fn multiply(
    inputs: &[Grid<'_>],
    before: Prologue<'_>,
    window: &Window,
    weights: &Matrix,
    finish: GemmEpilogue<'_>,
    out: &mut [f32],
) {
    let isa = SimdLevel::best();
    let run = |prepare: GemmPrologue<'_>, out: &mut [f32]| {
        Product {
            inputs,
            prepare,
            window,
            weights,
            finish,
        }
        .run(isa, out);
    };
    match before {
        Prologue::Nothing => run(GemmPrologue::Nothing, out),
        Prologue::Group(norm, activation, reach) => {
            let [weight, bias] = [&norm.weight, &norm.bias].map(|t| Host::new(t.clone()));
            let groups = Groups {
                weight: weight.values(),
                bias: bias.values(),
                groups: norm.groups,
                eps: norm.eps,
                across: reach == NormReach::Clip,
            };
            let [scale, shift] = scale_and_shift(isa, inputs, &groups);
            let prepare = GemmPrologue::Channels {
                scale: &scale,
                shift: &shift,
                silu: activation == NormActivation::Silu,
            };
            run(prepare, out);
        }
        Prologue::Layer(norm) => {
            let [weight, bias] = [&norm.weight, &norm.bias].map(|t| Host::new(t.clone()));
            let prepare = GemmPrologue::Pixels {
                weight: weight.values(),
                bias: bias.values(),
                eps: norm.eps as f32,
            };
            run(prepare, out);
        }
    }
}
