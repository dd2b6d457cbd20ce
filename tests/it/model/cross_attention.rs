//! Attention to a context of any length, and with a mask, is what plain loops in f64 give:
//! - queries and context with different lengths and widths; one context for all frames or one for each;
//! - masks that hide tokens, that differ by head, and that make self-attention causal;
//! - a context of one token gives the constant that Stable Video Diffusion's networks store for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use kinora::checkpoint::config::HiddenActivation;
use kinora::checkpoint::lora::LoraStack;
use kinora::checkpoint::{ClipVisionConfig, Entry, TensorFile, Transform};
use kinora::error::ModelError;
use kinora::model::blocks::{BasicTransformerBlock, ContextShape, CrossAttention};
use kinora::model::clip::EncoderLayer;
use kinora::model::weights::{Loader, Source, Target, list_parameters};

use crate::checkpoint::{Stored, f32s, write};
use crate::support::values;

/// Sums of at most 333 products of f32 numbers near one, then a softmax: rounding stays below a few 1e-6; 1e-6 was
/// measured. Hiding one token of seven, or taking another frame's context, moves values by more than 0.01.
const SINGLE: f64 = 1e-5;
/// The same in f64, where only the weights were rounded, and both sides use the rounded weights.
const DOUBLE: f64 = 1e-12;

/// Numbers in ±`bound`.
fn numbers(seed: u64, count: usize, bound: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            ((state >> 40) as f32 / 8_388_608.0 - 1.0) * bound
        })
        .collect()
}

/// Random weights for every parameter that `build` requests, as stored in a file.
struct Drawn {
    _folder: tempfile::TempDir,
    entries: BTreeMap<String, Entry>,
}

impl Drawn {
    fn of<T>(build: impl Fn(&Loader<'_>) -> Result<T, ModelError>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        let asked = list_parameters(build).unwrap();
        let tensors: BTreeMap<String, Stored> = (asked.into_iter().zip(1..))
            .map(|((name, shape), seed)| {
                let count: usize = shape.iter().product();
                let inputs = (count / shape[0]).max(1);
                let stored = f32s(
                    &shape,
                    &numbers(seed, count, (inputs as f32).sqrt().recip()),
                );
                (name, stored)
            })
            .collect();
        Self {
            entries: entries(&path, &tensors),
            _folder: folder,
        }
    }

    fn values(&self, name: &str) -> Vec<f64> {
        let values = self.entries[name].to_f32().unwrap();
        values.into_iter().map(f64::from).collect()
    }

    /// Weights are packed for the CPU in f32 and are tensors in f64, which tests both code paths of every block.
    fn built<T>(&self, dtype: DType, build: impl Fn(&Loader<'_>) -> Result<T, ModelError>) -> T {
        let loras = LoraStack::default();
        let source = Source::Checkpoint {
            tensors: &self.entries,
            loras: &loras,
        };
        build(&Loader::new(&source, &target(dtype))).unwrap()
    }
}

fn entries(path: &Path, tensors: &BTreeMap<String, Stored>) -> BTreeMap<String, Entry> {
    write(path, tensors, &[]);
    let file = Arc::new(TensorFile::open(path).unwrap());
    let stored = file.tensors().iter().enumerate();
    stored
        .map(|(i, info)| {
            let entry = Entry::new(&file, i, Transform::None).unwrap();
            (info.name.clone(), entry)
        })
        .collect()
}

fn target(dtype: DType) -> Target {
    Target {
        device: Device::flex(),
        dtype,
    }
}

fn tensor<const D: usize>(numbers: &[f32], shape: [usize; D], dtype: DType) -> Tensor<D> {
    let data = TensorData::new(numbers.to_vec(), shape).convert_dtype(dtype);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

fn doubles<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.cast(DType::F64).try_into_vec_as::<f64>().unwrap()
}

fn assert_close(what: &str, found: &[f64], expected: &[f64], bound: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let apart = found
        .iter()
        .zip(expected)
        .map(|(a, b)| {
            if a.is_finite() {
                (a - b).abs()
            } else {
                f64::INFINITY
            }
        })
        .fold(0.0, f64::max);
    println!("{what}: {apart:.1e} of {bound:.1e}");
    assert!(apart <= bound, "{what} is off by {apart:e}");
}

/// `[rows, inputs]` times torch's `[outputs, inputs]`, and a bias.
fn linear(x: &[f64], weight: &[f64], bias: Option<&[f64]>, inputs: usize) -> Vec<f64> {
    x.chunks_exact(inputs)
        .flat_map(|row| {
            weight.chunks_exact(inputs).enumerate().map(move |(o, w)| {
                let sum: f64 = row.iter().zip(w).map(|(a, b)| a * b).sum();
                sum + bias.map_or(0.0, |bias| bias[o])
            })
        })
        .collect()
}

/// The number added to the score of a head, query and key.
type Mask<'a> = &'a dyn Fn(usize, usize, usize) -> f64;

/// `softmax(q·kᵀ/√d + mask)·v` of one frame: `[s, heads·d]` from `[s, heads·d]` and twice `[n, heads·d]`.
fn attention(
    q: &[f64],
    k: &[f64],
    v: &[f64],
    [heads, dim]: [usize; 2],
    mask: Mask<'_>,
) -> Vec<f64> {
    let width = heads * dim;
    let (queries, keys) = (q.len() / width, k.len() / width);
    let mut out = vec![0.0; q.len()];
    for query in 0..queries {
        for head in 0..heads {
            let at = |row: usize, c: usize| row * width + head * dim + c;
            let scores: Vec<f64> = (0..keys)
                .map(|key| {
                    let product: f64 = (0..dim).map(|c| q[at(query, c)] * k[at(key, c)]).sum();
                    product / (dim as f64).sqrt() + mask(head, query, key)
                })
                .collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
            let total: f64 = weights.iter().sum();
            for c in 0..dim {
                let sum: f64 = weights
                    .iter()
                    .enumerate()
                    .map(|(key, w)| w * v[at(key, c)])
                    .sum();
                out[at(query, c)] = sum / total;
            }
        }
    }
    out
}

/// The sizes of one case.
#[derive(Clone, Copy, Debug)]
struct Case {
    frames: usize,
    queries: usize,
    heads: usize,
    dim: usize,
    tokens: usize,
    context_width: usize,
    /// Whether every frame has its own context.
    each: bool,
}

impl Case {
    fn width(self) -> usize {
        self.heads * self.dim
    }

    fn contexts(self) -> usize {
        if self.each { self.frames } else { 1 }
    }
}

/// How scores are masked.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Masking {
    Open,
    /// The last third of the tokens is padding, for every query.
    Padding,
    /// A separate number for each head, query and token.
    Bias,
}

/// The mask as numbers with its dimensions, frames and heads first.
fn mask(case: Case, masking: Masking) -> Option<([usize; 4], Vec<f32>)> {
    let Case {
        queries,
        heads,
        tokens,
        ..
    } = case;
    match masking {
        Masking::Open => None,
        Masking::Padding => {
            let kept = tokens - tokens / 3;
            let hidden = |token| if token < kept { 0.0 } else { f32::NEG_INFINITY };
            Some(([1, 1, 1, tokens], (0..tokens).map(hidden).collect()))
        }
        Masking::Bias => {
            let shape = [1, heads, queries, tokens];
            Some((shape, numbers(5, shape.iter().product(), 3.0)))
        }
    }
}

fn check(case: Case, masking: Masking) {
    let width = case.width();
    let load = |at: &Loader<'_>| CrossAttention::load(at, width, case.context_width, case.heads);
    let drawn = Drawn::of(load);
    let x = numbers(91, case.frames * case.queries * width, 1.0);
    let context = numbers(92, case.contexts() * case.tokens * case.context_width, 2.0);
    let mask = mask(case, masking);

    let (wq, wk, wv) = (
        drawn.values("to_q.weight"),
        drawn.values("to_k.weight"),
        drawn.values("to_v.weight"),
    );
    let (wo, bo) = (
        drawn.values("to_out.0.weight"),
        drawn.values("to_out.0.bias"),
    );
    let wide = |numbers: &[f32]| -> Vec<f64> { numbers.iter().map(|&v| f64::from(v)).collect() };
    let added = |head: usize, query: usize, key: usize| match &mask {
        None => 0.0,
        Some(([_, heads, queries, tokens], values)) => {
            let row = (head % heads) * queries + query % queries;
            f64::from(values[row * tokens + key])
        }
    };
    let expected: Vec<f64> = (0..case.frames)
        .flat_map(|frame| {
            let rows = case.queries * width;
            let length = case.tokens * case.context_width;
            let from = if case.each { frame * length } else { 0 };
            let context = wide(&context[from..from + length]);
            let q = linear(
                &wide(&x[frame * rows..(frame + 1) * rows]),
                &wq,
                None,
                width,
            );
            let k = linear(&context, &wk, None, case.context_width);
            let v = linear(&context, &wv, None, case.context_width);
            let seen = attention(&q, &k, &v, [case.heads, case.dim], &added);
            linear(&seen, &wo, Some(&bo), width)
        })
        .collect();

    for (dtype, bound) in [(DType::F32, SINGLE), (DType::F64, DOUBLE)] {
        let network = drawn.built(dtype, load);
        let shape = [case.contexts(), case.tokens, case.context_width];
        let mask = mask
            .as_ref()
            .map(|(shape, values)| tensor(values, *shape, dtype));
        let known = network.keys_values(&tensor(&context, shape, dtype), mask.as_ref());
        let x = tensor(&x, [case.frames, case.queries, width], dtype);
        let found = doubles(network.attend(x, &known));
        assert_close(
            &format!("{case:?}, {masking:?}, {dtype:?}"),
            &found,
            &expected,
            bound,
        );
    }
}

#[test]
fn a_context_of_several_tokens_is_what_plain_loops_give() {
    let small = Case {
        frames: 3,
        queries: 5,
        heads: 3,
        dim: 4,
        tokens: 7,
        context_width: 10,
        each: false,
    };
    let cases = [
        small,
        Case {
            each: true,
            ..small
        },
        Case { tokens: 1, ..small },
        // A prompt, at the head width of SD 1.5.
        Case {
            frames: 2,
            queries: 60,
            heads: 2,
            dim: 40,
            tokens: 77,
            context_width: 48,
            each: false,
        },
        // So many scores that they are computed in pieces.
        Case {
            frames: 1,
            queries: 900,
            heads: 1,
            dim: 8,
            tokens: 333,
            context_width: 16,
            each: false,
        },
    ];
    for case in cases {
        for masking in [Masking::Open, Masking::Padding, Masking::Bias] {
            check(case, masking);
        }
    }
}

/// A layer of a text tower: the result for a token depends only on that token and those before it.
#[test]
fn a_causal_mask_hides_what_comes_later() {
    const TOKENS: usize = 9;
    const WIDTH: usize = 24;
    let config = ClipVisionConfig {
        hidden_size: WIDTH,
        intermediate_size: 40,
        ..ClipVisionConfig::default()
    };
    let load = |at: &Loader<'_>| EncoderLayer::load(at, (&config).into());
    let drawn = Drawn::of(load);
    let x = numbers(7, 2 * TOKENS * WIDTH, 1.0);
    let causal = |tokens: usize, dtype| {
        let rows = (0..tokens).flat_map(|query| {
            (0..tokens).map(move |key| if key > query { f32::NEG_INFINITY } else { 0.0 })
        });
        tensor(&rows.collect::<Vec<f32>>(), [1, 1, tokens, tokens], dtype)
    };
    for dtype in [DType::F32, DType::F64] {
        let layer = drawn.built(dtype, load);
        let through = |x: Tensor<3>, mask: Option<Tensor<4>>| {
            doubles(layer.forward(x, 3, HiddenActivation::QuickGelu, mask.as_ref()))
        };
        let all = tensor(&x, [2, TOKENS, WIDTH], dtype);
        let whole = through(all.clone(), Some(causal(TOKENS, dtype)));
        for tokens in 1..=TOKENS {
            let prefix = all.clone().narrow(1, 0, tokens);
            let alone = through(prefix, Some(causal(tokens, dtype)));
            for picture in 0..2 {
                let rows = tokens * WIDTH;
                let from = picture * TOKENS * WIDTH;
                assert_close(
                    &format!("the first {tokens} tokens in {dtype:?}"),
                    &alone[picture * rows..(picture + 1) * rows],
                    &whole[from..from + rows],
                    if dtype == DType::F32 { SINGLE } else { DOUBLE },
                );
            }
        }
        // Without the mask the first token sees the last one, or this would prove nothing.
        let open = through(all, None);
        assert!((open[0] - whole[0]).abs() > 1e-3);
    }
    let [single, double] = [DType::F32, DType::F64].map(|dtype| {
        let x = tensor(&x, [2, TOKENS, WIDTH], dtype);
        let mask = causal(TOKENS, dtype);
        doubles(
            drawn
                .built(dtype, load)
                .forward(x, 3, HiddenActivation::QuickGelu, Some(&mask)),
        )
    });
    assert_close("packed beside placed", &single, &double, SINGLE);
}

#[test]
fn one_token_is_the_constant_that_is_kept_of_it() {
    const WIDTH: usize = 64;
    const CONTEXT: usize = 20;
    let load = |shape: ContextShape| {
        move |at: &Loader<'_>| BasicTransformerBlock::load(at, WIDTH, 4, shape)
    };
    let [one, several] = [ContextShape::one(CONTEXT), ContextShape::several(CONTEXT)];
    let asked = [one, several].map(|shape| {
        let mut asked = list_parameters(load(shape)).unwrap();
        asked.sort();
        asked
    });
    assert_eq!(asked[0], asked[1], "the format is the same");
    let drawn = Drawn::of(load(several));
    let token = tensor(&numbers(3, CONTEXT, 1.0), [1, 1, CONTEXT], DType::F32);
    let x = tensor(&numbers(4, 3 * 6 * WIDTH, 1.0), [3, 6, WIDTH], DType::F32);
    let through = |shape: ContextShape, token: &Tensor<3>| {
        let block = drawn.built(DType::F32, load(shape));
        let context = block.context(token, None);
        values(block.forward(x.clone(), &context))
    };
    let wide = |values: Vec<f32>| -> Vec<f64> { values.into_iter().map(f64::from).collect() };
    let constant = wide(through(one, &token));
    // The constant is added before or after rounding, hence the tolerance.
    assert_close(
        "one token",
        &wide(through(several, &token)),
        &constant,
        1e-6,
    );
    let other = wide(through(several, &(token.clone() * 2.0)));
    assert!((other[0] - constant[0]).abs() > 1e-3, "it does something");
    // The same token twice has the same effect as once.
    let twice = Tensor::cat(vec![token.clone(), token], 1);
    assert_close(
        "a token twice",
        &wide(through(several, &twice)),
        &constant,
        1e-6,
    );
}
