//! Operations that run in chunks give the same in chunks of any size, on the CPU.

use burn::tensor::module::{attention as burn_attention, conv2d as burn_conv2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, FloatDType, Tensor};
use kinora::kernels::attention::in_chunks;
use kinora::kernels::convolution::{Convolution2d, by_patches};

use super::{numbers, tensor_of};
use crate::support::{assert_near, values};

/// Two orders of the same f32 products: the longest sum has 144 of them.
const BOUND: f64 = 1e-6;

fn random<const D: usize>(seed: u32, shape: [usize; D]) -> Tensor<D> {
    let count = shape.iter().product();
    tensor_of(
        &numbers(seed, count),
        shape,
        &Device::flex(),
        FloatDType::F32,
    )
}

#[test]
fn a_product_of_patches_is_a_convolution() {
    for (kernel, stride, padding) in [
        ([3, 3], 1, [1, 1]),
        ([3, 3], 2, [1, 1]),
        ([3, 3], 2, [0, 0]),
        ([1, 1], 1, [0, 0]),
        ([3, 1], 1, [1, 0]),
        ([2, 2], 2, [0, 0]),
    ] {
        let x = random(1, [3, 16, 9, 7]);
        let layer = Convolution2d {
            weight: random(2, [5, 16, kernel[0], kernel[1]]),
            bias: Some(random(3, [5])),
            stride,
            padding,
        };
        let options = ConvOptions::new([stride; 2], padding, [1, 1], 1);
        let bias = layer.bias.clone();
        let expected = burn_conv2d(x.clone(), layer.weight.clone(), bias, options);
        // All together, some rows, a row at a time, a pixel at a time.
        for bound in [u64::MAX, 20_000, 5_000, 1] {
            let found = by_patches(x.clone(), &layer, bound);
            assert_eq!(found.dims(), expected.dims());
            let what = format!("{kernel:?} by {stride} in {bound} bytes");
            assert_near(&what, &values(found), &values(expected.clone()), BOUND);
        }
    }
}

#[test]
fn attention_in_chunks_of_queries_is_the_same() {
    let [q, k, v] = [
        random(4, [3, 2, 11, 8]),
        random(5, [3, 2, 7, 8]),
        random(6, [3, 2, 7, 8]),
    ];
    for mask in [None, Some(random(7, [3, 2, 11, 7]))] {
        let options = Default::default();
        let whole = burn_attention(q.clone(), k.clone(), v.clone(), None, mask.clone(), options);
        // All together, two frames, some queries, a query at a time.
        for bound in [u64::MAX, 1_300, 200, 1] {
            let [q, k, v] = [&q, &k, &v].map(Clone::clone);
            let found = in_chunks(q, k, v, mask.clone(), false, bound);
            let what = format!("{bound} bytes, {} mask", mask.iter().len());
            assert_near(&what, &values(found), &values(whole.clone()), BOUND);
        }
    }
}
