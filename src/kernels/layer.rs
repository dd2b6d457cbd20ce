//! A linear layer or a convolution with the norm before it and what it is added to after it: one operation on the CPU,
//! a chain of tensor operations elsewhere.
//!
//! Owns the two forms of weights ([`Weight`]), what may come before and after a product ([`Prologue`], [`Epilogue`])
//! and the same maths in tensor operations. Must not depend on which network a layer is part of.

use burn::tensor::activation::{gelu, sigmoid, silu};
use burn::tensor::{DType, Device, Tensor};

use super::alpha_blend::{Part, alpha_blend};
use super::cpu::{Activation, LayerWeights};
use super::group_norm_silu::{GroupNormParameters, NormActivation, NormReach, group_norm_reaching};
use super::layer_norm::{LayerNormParameters, layer_norm};

/// A weight in the form that its device needs for products.
#[derive(Debug)]
pub enum Weight<const D: usize> {
    /// A tensor, for burn's own operations.
    Placed(Box<Tensor<D>>),
    /// Packed in the CPU's order, in memory or whenever a product needs it; there is no tensor as well.
    Packed(LayerWeights),
}

/// True if weights on this device and in this format are [packed](Weight::Packed): on the CPU in f32, unless
/// `KINORA_REFERENCE=1` asks for plain tensor operations.
#[must_use]
pub fn packs(device: &Device, dtype: DType) -> bool {
    dtype == DType::F32 && *device == Device::flex() && !super::reference_only()
}

/// What is applied to a value before it is multiplied.
#[derive(Clone, Copy, Debug)]
pub enum Prologue<'a> {
    /// Nothing.
    Nothing,
    /// A group normalisation with its activation and the reach of its statistics, on tensors `[n, c, a, b]`.
    Group(&'a GroupNormParameters, NormActivation, NormReach),
    /// A layer normalisation over the last dimension.
    Layer(&'a LayerNormParameters),
}

impl Prologue<'_> {
    /// The same in tensor operations, with channels in the second of four dimensions.
    #[must_use]
    pub fn pixels(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Group(parameters, activation, reach) => {
                group_norm_reaching(x, parameters, *activation, *reach)
            }
            Self::Nothing | Self::Layer(_) => x,
        }
    }

    /// The same in tensor operations, with channels in the last dimension.
    #[must_use]
    pub fn tokens<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Layer(norm) => layer_norm(x, norm),
            Self::Nothing | Self::Group(..) => x,
        }
    }
}

/// What is applied to a product: `share · curve(product + bias + shift) + Σ weight · part`.
#[derive(Clone, Debug)]
pub struct Epilogue<const D: usize> {
    /// One number per channel in addition to the layer's bias, `[c]`.
    pub shift: Option<Tensor<1>>,
    /// The activation.
    pub curve: Activation,
    /// Factor of the product.
    pub share: f32,
    /// What the product is added to; at most two tensors.
    pub plus: Vec<Part<D>>,
}

impl<const D: usize> Default for Epilogue<D> {
    fn default() -> Self {
        Self {
            shift: None,
            curve: Activation::Straight,
            share: 1.0,
            plus: Vec::new(),
        }
    }
}

impl<const D: usize> Epilogue<D> {
    /// Applies an activation.
    #[must_use]
    pub fn curved(curve: Activation) -> Self {
        Self {
            curve,
            ..Self::default()
        }
    }

    /// Adds the product to a residual.
    #[must_use]
    pub fn added_to(residual: Tensor<D>) -> Self {
        Self {
            plus: vec![Part::new(residual, 1.0)],
            ..Self::default()
        }
    }

    /// Adds `shift` to every pixel or token, `[1, c]` (or `[1, 1, c]`).
    #[must_use]
    pub fn shifted<const S: usize>(self, shift: Option<Tensor<S>>) -> Self {
        let shift = shift.map(|shift| {
            let count = shift.dims().iter().product::<usize>();
            shift.reshape([count])
        });
        Self { shift, ..self }
    }

    /// The same in tensor operations; channels are in the second of four dimensions, or in the last of fewer.
    #[must_use]
    pub fn reference(self, product: Tensor<D>) -> Tensor<D> {
        let mut y = product;
        if let Some(shift) = self.shift {
            let mut shape = [1; D];
            shape[if D == 4 { 1 } else { D - 1 }] = shift.dims()[0];
            y = y + shift.reshape(shape);
        }
        y = match self.curve {
            Activation::Straight | Activation::Gated => y,
            Activation::Silu => silu(y),
            Activation::Gelu => gelu(y),
            Activation::QuickGelu => y.clone() * sigmoid(y.mul_scalar(1.702)),
        };
        let mut parts = self.plus.into_iter();
        match (parts.next(), parts.next()) {
            (Some(part), None) if part.weight == 1.0 && self.share == 1.0 => y + part.tensor,
            (Some(part), other) => alpha_blend(part, Part::new(y, self.share), other),
            (None, _) if self.share == 1.0 => y,
            (None, _) => y.mul_scalar(self.share),
        }
    }
}
