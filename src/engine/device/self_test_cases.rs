//! The operations of the self-test and the limit of each: small cases of every operation that the networks use.

use burn::tensor::activation::{gelu, silu, softmax};
use burn::tensor::{DType, Device, FloatDType, Tensor, TensorData};

use crate::kernels::convolution::{Convolution2d, conv2d};
use crate::kernels::group_norm_silu::{GroupNormParameters, NormActivation, group_norm_silu};
use crate::kernels::layer_norm::{LayerNormParameters, layer_norm};
use crate::kernels::{attention, temporal_attention};

/// f32: rounding alone stays under 1e-5 at these sizes; matrix units that round their inputs to tf32 (10 bits) reach
/// 5e-4 and are accepted. The results of wrong kernels differ completely, by a distance of about 1.
pub(in crate::engine) const F32_LIMIT: f64 = 2e-3;
/// f16: inputs are rounded before both sides compute, and the result once more (2⁻¹¹, 3e-4 on average). Sums kept in
/// f16 over the 2 880 products of the large convolution reach 8e-3 and are rejected: the networks sum up to 23 000
/// products.
const F16_LIMIT: f64 = 2e-3;
/// Chains of three f16 roundings: the scores, the weights and the result of an attention.
const F16_CHAIN_LIMIT: f64 = 4e-3;

/// One operation, as a function of a device and a float type.
pub(in crate::engine) struct Case {
    /// The operation's name in a verdict.
    pub(in crate::engine) name: &'static str,
    /// The limit in f16; `None` for a case that runs in f32 only.
    pub(in crate::engine) half: Option<f64>,
    pub(in crate::engine) compute: fn(&Inputs) -> Tensor<1>,
}

/// Makes the inputs of a case: the same numbers on every device, rounded to the type on the CPU.
pub(in crate::engine) struct Inputs<'a> {
    /// The device.
    pub(in crate::engine) device: &'a Device,
    /// The float type of the tensors.
    pub(in crate::engine) float: FloatDType,
    /// The type that inputs are rounded to, so that both devices start with the same numbers.
    pub(in crate::engine) rounded: FloatDType,
}

impl Inputs<'_> {
    /// Uniform numbers in [-1, 1) from `seed`.
    fn tensor<const D: usize>(&self, seed: u64, shape: [usize; D]) -> Tensor<D> {
        let values: Vec<f32> = (0..shape.iter().product::<usize>() as u64)
            .map(|i| uniform(seed, i))
            .collect();
        let exact = Tensor::<D>::from_data(
            TensorData::new(values, shape),
            (&Device::flex(), DType::F32),
        );
        let rounded = exact.cast(self.rounded).cast(FloatDType::F32).into_data();
        Tensor::<D>::from_data(rounded, (self.device, DType::F32)).cast(self.float)
    }

    /// Uniform numbers in [8, 24) from `seed`: whole sixteenths, which f16 and products with them hold exactly.
    fn positive<const D: usize>(&self, seed: u64, shape: [usize; D]) -> Tensor<D> {
        let sixteenths = self.tensor::<D>(seed, shape).mul_scalar(128.0).floor();
        sixteenths.add_scalar(256.0).mul_scalar(0.0625)
    }

    /// A convolution with a bias, as the networks run it. `weight` is the seed of its weight and, one later, its bias;
    /// `kernel` is its outputs, height and width.
    fn convolution(
        &self,
        x: Tensor<4>,
        weight: u64,
        [outputs, height, width]: [usize; 3],
        (stride, padding): (usize, [usize; 2]),
    ) -> Tensor<1> {
        let inputs = x.dims()[1];
        let layer = Convolution2d {
            weight: self.tensor(weight, [outputs, inputs, height, width]),
            bias: Some(self.tensor(weight + 1, [outputs])),
            stride,
            padding,
        };
        flat(conv2d(x, &layer))
    }
}

/// The finaliser of `SplitMix64`: spreads a counter over [-1, 1).
fn uniform(seed: u64, index: u64) -> f32 {
    let mut z = (seed << 32 | index)
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
}

/// Every operation of the networks, at sizes for which burn chooses different kernels: square and odd matrices,
/// batches, long sums.
pub(in crate::engine) const CASES: &[Case] = &[
    Case {
        name: "element-wise sums",
        half: Some(F16_CHAIN_LIMIT),
        compute: |inputs| {
            let (a, b) = (inputs.tensor(1, [7, 333]), inputs.tensor(2, [7, 333]));
            flat(a.clone() * b + a.mul_scalar(0.5).add_scalar(0.25))
        },
    },
    Case {
        name: "a transpose",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            flat(
                inputs
                    .tensor(3, [3, 5, 17, 8])
                    .permute([0, 2, 1, 3])
                    .reshape([3 * 17, 5 * 8]),
            )
        },
    },
    Case {
        name: "a cast between f32 and f16",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            flat(
                inputs
                    .tensor(4, [5, 129])
                    .cast(FloatDType::F32)
                    .mul_scalar(3.0)
                    .cast(inputs.float),
            )
        },
    },
    Case {
        name: "a 64×64 matrix product",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            flat(
                inputs
                    .tensor(5, [64, 64])
                    .matmul(inputs.tensor(6, [64, 64])),
            )
        },
    },
    Case {
        name: "a matrix product of odd sizes",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            flat(
                inputs
                    .tensor(7, [33, 47])
                    .matmul(inputs.tensor(8, [47, 21])),
            )
        },
    },
    Case {
        name: "a batched matrix product",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            flat(
                inputs
                    .tensor(9, [3, 40, 72])
                    .matmul(inputs.tensor(10, [3, 72, 56])),
            )
        },
    },
    Case {
        name: "a large matrix product",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            flat(
                inputs
                    .tensor(11, [256, 320])
                    .matmul(inputs.tensor(12, [320, 128])),
            )
        },
    },
    Case {
        name: "a matrix times a vector",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            flat(
                inputs
                    .tensor(13, [1, 320])
                    .matmul(inputs.tensor(14, [320, 96])),
            )
        },
    },
    Case {
        name: "a 3×3 convolution",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            inputs.convolution(
                inputs.tensor(15, [2, 32, 16, 16]),
                16,
                [48, 3, 3],
                (1, [1, 1]),
            )
        },
    },
    Case {
        name: "a 3×3 convolution with stride 2",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            inputs.convolution(
                inputs.tensor(18, [1, 16, 17, 13]),
                19,
                [24, 3, 3],
                (2, [1, 1]),
            )
        },
    },
    Case {
        name: "a 3×3 convolution over 320 channels",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            inputs.convolution(
                inputs.tensor(33, [1, 320, 16, 16]),
                34,
                [160, 3, 3],
                (1, [1, 1]),
            )
        },
    },
    Case {
        name: "a convolution over time",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            inputs.convolution(
                inputs.tensor(21, [1, 16, 5, 42]),
                22,
                [16, 3, 1],
                (1, [1, 0]),
            )
        },
    },
    // The sums exceed the largest f16 half-way, and their results do not.
    Case {
        name: "a matrix product with large sums",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            let (x, small) = (inputs.positive(41, [48, 640]), inputs.tensor(42, [48, 64]));
            let (large, weight) = (inputs.positive(43, [640, 32]), inputs.tensor(44, [64, 32]));
            let x = Tensor::cat(vec![x.clone(), small.mul_scalar(16.0), x], 1);
            let weight = vec![large.clone(), weight.mul_scalar(16.0), large.neg()];
            flat(x.matmul(Tensor::cat(weight, 0)))
        },
    },
    Case {
        name: "a convolution with large sums",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            let (x, small) = (
                inputs.positive(45, [1, 80, 9, 11]),
                inputs.tensor(46, [1, 16, 9, 11]),
            );
            let (large, weight) = (
                inputs.positive(47, [24, 80, 3, 3]),
                inputs.tensor(48, [24, 16, 3, 3]),
            );
            let x = Tensor::cat(vec![x.clone(), small.mul_scalar(16.0), x], 1);
            let weight = vec![large.clone(), weight.mul_scalar(16.0), large.neg()];
            let layer = Convolution2d {
                weight: Tensor::cat(weight, 1),
                bias: None,
                stride: 1,
                padding: [1, 1],
            };
            flat(conv2d(x, &layer))
        },
    },
    Case {
        name: "softmax",
        half: Some(F16_CHAIN_LIMIT),
        compute: |inputs| flat(softmax(inputs.tensor(23, [37, 77]).mul_scalar(6.0), 1)),
    },
    Case {
        name: "GELU",
        half: Some(F16_CHAIN_LIMIT),
        compute: |inputs| flat(gelu(inputs.tensor(24, [9, 321]).mul_scalar(4.0))),
    },
    Case {
        name: "SiLU",
        half: Some(F16_CHAIN_LIMIT),
        compute: |inputs| flat(silu(inputs.tensor(25, [9, 321]).mul_scalar(4.0))),
    },
    // f16 networks normalise in f32, so this case runs in f32 only.
    Case {
        name: "a normalisation over 2304 numbers",
        half: None,
        compute: |inputs| {
            let x = inputs.tensor(26, [6, 2304]).mul_scalar(3.0).add_scalar(1.5);
            let centred = x.clone() - x.mean_dim(1);
            let variance = centred.clone().powi_scalar(2).mean_dim(1);
            flat(centred / variance.add_scalar(1e-6).sqrt())
        },
    },
    // At the scale of the residual stream of a real model, where squares exceed the largest f16.
    Case {
        name: "a layer norm of large values",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            let parameters = LayerNormParameters {
                weight: inputs.tensor(35, [320]),
                bias: inputs.tensor(36, [320]),
                eps: 1e-5,
            };
            let x = inputs.tensor(37, [2, 9, 320]).mul_scalar(512.0);
            flat(layer_norm(x, &parameters))
        },
    },
    Case {
        name: "a group norm of large values with SiLU",
        half: Some(F16_LIMIT),
        compute: |inputs| {
            let parameters = GroupNormParameters {
                weight: inputs.tensor(38, [64]),
                bias: inputs.tensor(39, [64]),
                groups: 32,
                eps: 1e-5,
            };
            let x = inputs.tensor(40, [2, 64, 12, 20]).mul_scalar(512.0);
            flat(group_norm_silu(x, &parameters, NormActivation::Silu))
        },
    },
    Case {
        name: "attention",
        half: Some(F16_CHAIN_LIMIT),
        compute: |inputs| {
            let part = |seed| inputs.tensor(seed, [2, 3, 48, 64]).mul_scalar(2.0);
            flat(attention(part(27), part(28), part(29), None))
        },
    },
    Case {
        name: "temporal attention",
        half: Some(F16_CHAIN_LIMIT),
        compute: |inputs| {
            let part = |seed| inputs.tensor(seed, [2 * 5, 13, 3 * 64]).mul_scalar(2.0);
            flat(temporal_attention(part(30), part(31), part(32), 5, 3))
        },
    },
];

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let length: usize = tensor.dims().iter().product();
    tensor.reshape([length])
}
