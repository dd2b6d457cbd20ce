//! The plain layers: linear, convolution, normalisation.
//!
//! Each holds its parameters under diffusers' names. It applies them with burn's functions or, if its weight is packed,
//! with one operation of Kinora's own that includes the norm before and the sum after it ([`crate::kernels::layer`]).
//! Must not depend on which network it is part of.

use burn::tensor::Tensor;
use burn::tensor::module::{interpolate, linear};
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use crate::error::ModelError;
use crate::kernels::convolution::{Convolution2d, conv2d};
use crate::kernels::cpu::{LayerWeights, Layout, Matrix};
use crate::kernels::cpu_tensor::{self, Convolution};
use crate::kernels::group_norm_silu::{GroupNormParameters, NormActivation, NormReach};
use crate::kernels::layer::{Epilogue, Prologue, Weight, packs};
use crate::kernels::layer_norm::LayerNormParameters;
use crate::model::weights::{Loader, transposed};

/// diffusers fixes the number of groups in every norm of these networks.
pub(crate) const NORM_GROUPS: usize = 32;

/// `y = x·W + b` over the last dimension.
pub(crate) struct Linear {
    /// `[in, out]`.
    weight: Weight<2>,
    /// `[out]`.
    bias: Option<Tensor<1>>,
}

impl Linear {
    /// A layer with a bias.
    pub(crate) fn load(at: &Loader<'_>, inputs: usize, outputs: usize) -> Result<Self, ModelError> {
        Ok(Self {
            bias: Some(at.parameter("bias", [outputs])?),
            ..Self::load_unbiased(at, inputs, outputs)?
        })
    }

    /// A layer without a bias.
    pub(crate) fn load_unbiased(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        Self::load_packed_by(at, Layout::linear(inputs, outputs))
    }

    /// A layer with a bias whose second half of outputs gates the first.
    pub(crate) fn load_gated(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            bias: Some(at.parameter("bias", [outputs])?),
            ..Self::load_packed_by(at, Layout::gated(inputs, outputs))?
        })
    }

    /// A layer with this weight.
    pub(super) fn without_bias(weight: Weight<2>) -> Self {
        Self { weight, bias: None }
    }

    fn load_packed_by(at: &Loader<'_>, layout: Layout) -> Result<Self, ModelError> {
        let (inputs, outputs) = (layout.inputs(), layout.outputs());
        let weight = at.weight(&[outputs, inputs], layout, |values| {
            (transposed(&values, outputs, inputs), [inputs, outputs])
        })?;
        Ok(Self { weight, bias: None })
    }

    /// Several layers on the same input with their outputs concatenated; only if weights are packed.
    pub(crate) fn load_joined(
        parts: &[Loader<'_>],
        inputs: usize,
        outputs: usize,
        biased: bool,
    ) -> Result<Option<Self>, ModelError> {
        let Some(stock) = Loader::stock_of(parts, Layout::linear(inputs, outputs))? else {
            return Ok(None);
        };
        let biases = parts.iter().map(|at| at.parameter("bias", [outputs]));
        Ok(Some(Self {
            weight: Weight::Packed(stock),
            bias: match biased {
                true => Some(Tensor::cat(biases.collect::<Result<_, _>>()?, 0)),
                false => None,
            },
        }))
    }

    /// `[.., in]` to `[.., out]`.
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.apply(x, Prologue::Nothing, Epilogue::default())
    }

    /// `[.., in]` to `[.., out]`, with the operations before and after it.
    pub(crate) fn apply<const D: usize>(
        &self,
        x: Tensor<D>,
        before: Prologue<'_>,
        after: Epilogue<D>,
    ) -> Tensor<D> {
        match &self.weight {
            Weight::Packed(stock) => {
                cpu_tensor::linear(x, &stock.packed(), self.bias.as_ref(), before, after)
            }
            Weight::Placed(weight) => {
                let y = linear(before.tokens(x), (**weight).clone(), self.bias.clone());
                after.reference(y)
            }
        }
    }

    /// A layer on normalised pixels: `[f, in, h, w]` to tokens `[f, h·w, out]`.
    pub(crate) fn on_pixels(&self, x: Tensor<4>, before: Prologue<'_>) -> Tensor<3> {
        match &self.weight {
            Weight::Packed(_) => self.apply(tokens_of(x), before, Epilogue::default()),
            Weight::Placed(_) => self.forward(tokens_of(before.pixels(x))),
        }
    }

    /// Tokens `[f, h·w, in]` back to pixels, added to `residual`: `[f, out, h, w]`.
    pub(crate) fn to_pixels(
        &self,
        tokens: Tensor<3>,
        size: [usize; 2],
        residual: Tensor<4>,
    ) -> Tensor<4> {
        match &self.weight {
            Weight::Packed(_) => {
                let after = Epilogue::added_to(tokens_of(residual));
                pixels_of(self.apply(tokens, Prologue::Nothing, after), size)
            }
            Weight::Placed(_) => pixels_of(self.forward(tokens), size) + residual,
        }
    }

    /// The packed weight and the bias, if the weight is packed.
    pub(crate) fn packed(&self) -> Option<(&LayerWeights, Option<&Tensor<1>>)> {
        match &self.weight {
            Weight::Packed(stock) => Some((stock, self.bias.as_ref())),
            Weight::Placed(_) => None,
        }
    }
}

/// Pixels as tokens, row by row: `[f, c, h, w]` to `[f, h·w, c]`.
pub(crate) fn tokens_of(x: Tensor<4>) -> Tensor<3> {
    let [f, c, h, w] = x.dims();
    if packs(&x.device(), x.dtype()) {
        // Channels are contiguous already: no data moves.
        x.permute([0, 2, 3, 1]).reshape([f, h * w, c])
    } else {
        x.reshape([f, c, h * w]).swap_dims(1, 2)
    }
}

/// Tokens as pixels: `[f, h·w, c]` to `[f, c, h, w]`.
pub(crate) fn pixels_of(tokens: Tensor<3>, [h, w]: [usize; 2]) -> Tensor<4> {
    let [f, _, c] = tokens.dims();
    if packs(&tokens.device(), tokens.dtype()) {
        tokens.reshape([f, h, w, c]).permute([0, 3, 1, 2])
    } else {
        tokens.swap_dims(1, 2).reshape([f, c, h, w])
    }
}

/// Tokens `[f, s, c]` with one row per frame, `[f, 1, c]`, added to all tokens of the frame.
pub(crate) fn with_rows(tokens: Tensor<3>, rows: Tensor<3>) -> Tensor<3> {
    if packs(&tokens.device(), tokens.dtype()) {
        cpu_tensor::with_rows(tokens, rows)
    } else {
        tokens + rows
    }
}

/// Pixels of all frames as one picture for layers across frames: `[f, c, h, w]` to `[1, c, f, h·w]`.
pub(crate) fn across_frames(x: Tensor<4>) -> Tensor<4> {
    let [f, c, h, w] = x.dims();
    if packs(&x.device(), x.dtype()) {
        let rows = x.permute([0, 2, 3, 1]).reshape([1, f, h * w, c]);
        rows.permute([0, 3, 1, 2])
    } else {
        x.reshape([1, f, c, h * w]).swap_dims(1, 2)
    }
}

/// The inverse of [`across_frames`]: `[1, c, f, h·w]` to `[f, c, h, w]`.
pub(crate) fn within_frames(x: Tensor<4>, [h, w]: [usize; 2]) -> Tensor<4> {
    let [_, c, f, _] = x.dims();
    if packs(&x.device(), x.dtype()) {
        let rows = x.permute([0, 2, 3, 1]).reshape([f, h, w, c]);
        rows.permute([0, 3, 1, 2])
    } else {
        x.swap_dims(1, 2).reshape([f, c, h, w])
    }
}

/// A 2-D convolution with a bias.
pub(crate) struct Conv2d {
    /// `[out, in, kh, kw]`.
    weight: Weight<4>,
    /// `[out]`.
    bias: Option<Tensor<1>>,
    kernel: [usize; 2],
    stride: usize,
    padding: [usize; 2],
}

impl Conv2d {
    /// A square kernel that keeps the picture's size.
    pub(crate) fn load(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
    ) -> Result<Self, ModelError> {
        Self::load_strided(at, inputs, outputs, kernel, 1, kernel / 2)
    }

    /// A square kernel with its stride and symmetric padding.
    pub(crate) fn load_strided(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            weight: kernels_of(at, &[outputs, inputs, kernel, kernel], [kernel, kernel])?,
            bias: Some(at.parameter("bias", [outputs])?),
            kernel: [kernel, kernel],
            stride,
            padding: [padding, padding],
        })
    }

    /// Non-overlapping patches without a bias, as in a vision tower.
    pub(crate) fn load_patches(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
        patch: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            weight: kernels_of(at, &[outputs, inputs, patch, patch], [patch, patch])?,
            bias: None,
            kernel: [patch, patch],
            stride: patch,
            padding: [0, 0],
        })
    }

    /// A convolution over frames, torch's `Conv3d` with kernel `(3, 1, 1)` and zero padding in time.
    ///
    /// Pixels do not mix, so it runs as a 2-D convolution with a `3×1` kernel over `[1, c, f, s]`
    /// ([`across_frames`]).
    pub(crate) fn load_temporal(
        at: &Loader<'_>,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            weight: kernels_of(at, &[outputs, inputs, 3, 1, 1], [3, 1])?,
            bias: Some(at.parameter("bias", [outputs])?),
            kernel: [3, 1],
            stride: 1,
            padding: [1, 0],
        })
    }

    /// `[n, in, h, w]` to `[n, out, h', w']`.
    pub(crate) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.apply(vec![x], Prologue::Nothing, Epilogue::default())
    }

    /// [`Conv2d::forward`] of one or two inputs, concatenated over channels, with the operations before and after it.
    pub(crate) fn apply(
        &self,
        inputs: Vec<Tensor<4>>,
        before: Prologue<'_>,
        after: Epilogue<4>,
    ) -> Tensor<4> {
        match &self.weight {
            Weight::Packed(stock) => self.packed(&stock.packed()).run(inputs, before, after),
            Weight::Placed(weight) => {
                let y = self.placed(before.pixels(joined(inputs)), weight, self.padding);
                after.reference(y)
            }
        }
    }

    /// Upsamples to `size` (nearest neighbour), then convolves.
    pub(crate) fn forward_enlarged(&self, x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        match &self.weight {
            Weight::Packed(stock) => Convolution {
                enlarged: Some(size),
                ..self.packed(&stock.packed())
            }
            .run(vec![x], Prologue::Nothing, Epilogue::default()),
            Weight::Placed(weight) => {
                let options =
                    InterpolateOptions::new(InterpolateMode::Nearest).with_output_size(size);
                self.placed(interpolate(x, options), weight, self.padding)
            }
        }
    }

    /// Convolves with one zero row below and one zero column to the right instead of its own padding.
    pub(crate) fn forward_padded_right_below(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.weight {
            Weight::Packed(stock) => Convolution {
                padding: [0, 0],
                padded: [1, 1],
                ..self.packed(&stock.packed())
            }
            .run(vec![x], Prologue::Nothing, Epilogue::default()),
            Weight::Placed(weight) => self.placed(padded_right_below(x), weight, [0, 0]),
        }
    }

    fn packed<'a>(&'a self, weights: &'a Matrix) -> Convolution<'a> {
        Convolution {
            weights,
            bias: self.bias.as_ref(),
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            padded: self.padding.map(|side| 2 * side),
            enlarged: None,
        }
    }

    fn placed(&self, x: Tensor<4>, weight: &Tensor<4>, padding: [usize; 2]) -> Tensor<4> {
        let layer = Convolution2d {
            weight: weight.clone(),
            bias: self.bias.clone(),
            stride: self.stride,
            padding,
        };
        conv2d(x, &layer)
    }

    /// Whether it runs as one of Kinora's own operations, which include the operations before and after it.
    pub(crate) fn is_packed(&self) -> bool {
        matches!(self.weight, Weight::Packed(_))
    }
}

/// A convolution's weight of torch shape `shape`, `[out, in, kh, kw]` when it is placed.
fn kernels_of(
    at: &Loader<'_>,
    shape: &[usize],
    [kh, kw]: [usize; 2],
) -> Result<Weight<4>, ModelError> {
    let (outputs, inputs) = (shape[0], shape[1]);
    at.weight(
        shape,
        Layout::convolution(inputs, outputs, kh * kw),
        |values| (values, [outputs, inputs, kh, kw]),
    )
}

/// One input, or `[f, c, h, w] ++ [f, c', h, w]` over channels.
pub(crate) fn joined(mut inputs: Vec<Tensor<4>>) -> Tensor<4> {
    if inputs.len() == 1 {
        return inputs.swap_remove(0);
    }
    Tensor::cat(inputs, 1)
}

/// A zero column and a zero row after the last ones.
fn padded_right_below(x: Tensor<4>) -> Tensor<4> {
    let [f, c, h, w] = x.dims();
    let options = (&x.device(), x.dtype());
    let column = Tensor::zeros([f, c, h, 1], options);
    let row = Tensor::zeros([f, c, 1, w + 1], options);
    Tensor::cat(vec![Tensor::cat(vec![x, column], 3), row], 2)
}

/// Group normalisation with 32 groups; statistics span all dimensions after the channels.
///
/// On `[f, c, h, w]` that is per frame, on `[1, c, f, s]` across frames (spec §9, trap 2). With [`NormReach::Clip`] they
/// span the frames of `[f, c, h, w]` too.
/// Statistics are always in f32, even if the activations are not: sums in f16 overflow.
pub(crate) struct GroupNorm {
    parameters: GroupNormParameters,
    reach: NormReach,
}

impl GroupNorm {
    pub(crate) fn load(at: &Loader<'_>, channels: usize, eps: f64) -> Result<Self, ModelError> {
        Self::load_grouped(at, channels, NORM_GROUPS, eps)
    }

    /// Like [`GroupNorm::load`], with another number of groups (plain AutoencoderKL allows it).
    pub(crate) fn load_grouped(
        at: &Loader<'_>,
        channels: usize,
        groups: usize,
        eps: f64,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            parameters: GroupNormParameters {
                weight: at.parameter("weight", [channels])?,
                bias: at.parameter("bias", [channels])?,
                groups,
                eps,
            },
            reach: NormReach::Frame,
        })
    }

    /// The same norm with another reach.
    pub(crate) fn reaching(self, reach: NormReach) -> Self {
        Self { reach, ..self }
    }

    /// The norm before a layer.
    pub(crate) fn before(&self) -> Prologue<'_> {
        Prologue::Group(&self.parameters, NormActivation::None, self.reach)
    }

    /// The norm and SiLU before a layer.
    pub(crate) fn silu_before(&self) -> Prologue<'_> {
        Prologue::Group(&self.parameters, NormActivation::Silu, self.reach)
    }
}

/// Layer normalisation over the last dimension.
pub(crate) struct LayerNorm {
    parameters: LayerNormParameters,
}

impl LayerNorm {
    pub(crate) fn load(at: &Loader<'_>, width: usize, eps: f64) -> Result<Self, ModelError> {
        Ok(Self {
            parameters: LayerNormParameters {
                weight: at.parameter("weight", [width])?,
                bias: at.parameter("bias", [width])?,
                eps,
            },
        })
    }

    /// `[.., width]` to the same shape.
    pub(crate) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.before().tokens(x)
    }

    /// The norm before a layer.
    pub(crate) fn before(&self) -> Prologue<'_> {
        Prologue::Layer(&self.parameters)
    }
}

/// Records the parameters of a layer norm that the arithmetic does not need.
pub(crate) fn declare_layer_norm(at: &Loader<'_>, width: usize) {
    at.declare("weight", &[width]);
    at.declare("bias", &[width]);
}
