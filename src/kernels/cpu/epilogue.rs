//! What happens to a product's sums before they are written: bias, activation, gate, and what they are added to.

use std::ops::Range;

use super::isa::{SimdKernel, fma};
use super::maths::{gelu, quick_gelu, silu};
use super::microkernel::PANEL;

/// What is applied to each sum after its bias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    #[default]
    Straight,
    /// `x · sigmoid(x)`.
    Silu,
    /// `x · Φ(x)`.
    Gelu,
    /// `x · sigmoid(1.702·x)`.
    QuickGelu,
    /// GEGLU: value panels times the exact GELU of the gate panels beside them ([`super::Layout::gated`]).
    Gated,
}

/// `weight · curve(sum + bias) + kept · out + Σ factor · addend`.
#[derive(Clone, Copy, Debug)]
pub struct GemmEpilogue<'a> {
    /// One per column, in the order of the weights; if gated, values first, then gates.
    pub bias: Option<&'a [f32]>,
    /// What follows the bias.
    pub curve: Activation,
    /// Factor of the product.
    pub weight: f32,
    /// Factor of the values that are already in the output; `None` if it holds none.
    pub kept: Option<f32>,
    /// Tensors of the output's shape and their factors.
    pub plus: &'a [(f32, &'a [f32])],
}

impl Default for GemmEpilogue<'_> {
    fn default() -> Self {
        Self {
            bias: None,
            curve: Activation::Straight,
            weight: 1.0,
            kept: None,
            plus: &[],
        }
    }
}

impl GemmEpilogue<'_> {
    /// Number of output columns for `outputs` columns of weights.
    pub(super) fn columns(&self, outputs: usize) -> usize {
        if self.curve == Activation::Gated {
            outputs / 2
        } else {
            outputs
        }
    }

    /// Columns of the output that `panels` produce.
    pub(super) fn cut(&self, panels: &Range<usize>, columns: usize) -> Range<usize> {
        let share = if self.curve == Activation::Gated {
            2
        } else {
            1
        };
        let at = |panel: usize| (panel / share * PANEL).min(columns);
        at(panels.start)..at(panels.end)
    }

    /// Rejects sizes that do not match before anything runs.
    pub(super) fn check(&self, out: usize, columns: usize) {
        let biases = if self.curve == Activation::Gated {
            2 * columns
        } else {
            columns
        };
        assert!(
            self.bias.is_none_or(|bias| bias.len() == biases),
            "a product's bias"
        );
        assert!(
            self.plus.iter().all(|(_, addend)| addend.len() == out),
            "what a product is added to"
        );
    }
}

/// Writes one row of a block: its sums, panel by panel, to its segment of the output.
pub(super) struct EpilogueTarget<'a> {
    pub(super) finish: &'a GemmEpilogue<'a>,
    pub(super) sums: &'a [f32],
    /// Columns of the output.
    pub(super) columns: Range<usize>,
    /// Index of the segment's first value in the whole output.
    pub(super) at: usize,
    pub(super) out: &'a mut [f32],
}

impl SimdKernel for EpilogueTarget<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        match self.finish.curve {
            Activation::Straight => self.plain::<FUSED>(|x| x),
            Activation::Silu => self.plain::<FUSED>(silu::<FUSED>),
            Activation::Gelu => self.plain::<FUSED>(gelu::<FUSED>),
            Activation::QuickGelu => self.plain::<FUSED>(quick_gelu::<FUSED>),
            Activation::Gated => self.gated::<FUSED>(),
        }
    }
}

impl EpilogueTarget<'_> {
    #[inline(always)]
    fn plain<const FUSED: bool>(self, curve: impl Fn(f32) -> f32) {
        let GemmEpilogue {
            bias,
            weight,
            kept,
            plus,
            ..
        } = *self.finish;
        let out = self.out;
        let sums = &self.sums[..out.len()];
        let kept = kept.unwrap_or(0.0);
        // With a factor of zero, the old output must not be read: it may hold anything.
        let old = kept != 0.0;
        match bias {
            Some(bias) => {
                let bias = &bias[self.columns.clone()];
                for ((out, &sum), &bias) in out.iter_mut().zip(sums).zip(bias) {
                    let value = weight * curve(sum + bias);
                    *out = if old {
                        fma::<FUSED>(kept, *out, value)
                    } else {
                        value
                    };
                }
            }
            None => {
                for (out, &sum) in out.iter_mut().zip(sums) {
                    let value = weight * curve(sum);
                    *out = if old {
                        fma::<FUSED>(kept, *out, value)
                    } else {
                        value
                    };
                }
            }
        }
        for (factor, addend) in plus {
            let addend = &addend[self.at..self.at + out.len()];
            for (out, &value) in out.iter_mut().zip(addend) {
                *out = fma::<FUSED>(*factor, value, *out);
            }
        }
    }

    #[inline(always)]
    fn gated<const FUSED: bool>(self) {
        let columns = self.columns;
        let halves = self.finish.bias.map(|bias| bias.split_at(bias.len() / 2));
        for (i, out) in self.out.chunks_mut(PANEL).enumerate() {
            let values = &self.sums[2 * i * PANEL..][..out.len()];
            let gates = &self.sums[(2 * i + 1) * PANEL..][..out.len()];
            let at = columns.start + i * PANEL;
            match halves {
                Some((value, gate)) => {
                    let biases = value[at..].iter().zip(&gate[at..]);
                    for (((out, a), b), (c, d)) in out.iter_mut().zip(values).zip(gates).zip(biases)
                    {
                        *out = (a + c) * gelu::<FUSED>(b + d);
                    }
                }
                None => {
                    for ((out, a), b) in out.iter_mut().zip(values).zip(gates) {
                        *out = a * gelu::<FUSED>(*b);
                    }
                }
            }
        }
    }
}
