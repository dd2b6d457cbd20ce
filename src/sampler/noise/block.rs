//! Box–Muller in f32 over blocks of 16 values: the transform of large draws.
//!
//! Owns the float32 logarithm, sine and cosine of the reference with their exact roundings; does not depend on seeds.
//!
//! The polynomials are those of the Cephes library in the form of `avx_mathfun.h` (Pommier and Garberoglio, zlib
//! licence). Which products are fused into the following sum is not in that source: the compiler chose, and
//! [`f32::mul_add`] stands here exactly where the published Linux build of PyTorch 2.15 has a fused instruction.
//! Do not "simplify" an expression: each rounding is part of the result.

use std::f32::consts::{FRAC_1_SQRT_2, TAU};

/// Values transformed together: 8 uniforms for the lengths, then 8 for the angles.
pub(super) const BLOCK: usize = 16;
const HALF: usize = BLOCK / 2;

/// Turns uniforms of `[0, 1)` into normals in place.
pub(super) fn to_normal(blocks: &mut [[f32; BLOCK]]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        #[allow(
            unsafe_code,
            reason = "the only way to call a function compiled for a detected feature"
        )]
        // SAFETY: the two features that the function is compiled for were detected on the line above.
        return unsafe { to_normal_fused(blocks) };
    }
    to_normal_anywhere(blocks);
}

/// Like [`to_normal_anywhere`], with the fused operations as instructions.
///
/// x86-64 has no fused multiply-add in its base set; without this, each one would be a slow call with the same result.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn to_normal_fused(blocks: &mut [[f32; BLOCK]]) {
    to_normal_anywhere(blocks);
}

#[inline(always)]
fn to_normal_anywhere(blocks: &mut [[f32; BLOCK]]) {
    for block in blocks {
        let (lengths, angles) = block.split_at_mut(HALF);
        for (length, angle) in lengths.iter_mut().zip(angles) {
            // [0, 1) becomes (0, 1], which has a logarithm.
            let radius = (-2.0 * ln(1.0 - *length)).sqrt();
            let (sin, cos) = sin_cos(TAU * *angle);
            // The reference adds the mean, 0, which turns -0 into +0.
            *length = radius * cos + 0.0;
            *angle = radius * sin + 0.0;
        }
    }
}

/// Natural logarithm of a normal positive float.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const P: [f32; 9] = [
        0.070_376_836,
        -0.115_146_1,
        0.116_769_984,
        -0.124_201_41,
        0.142_493_23,
        -0.166_680_57,
        0.200_007_14,
        -0.249_999_94,
        0.333_333_3,
    ];
    /// ln 2 in two parts, low and high.
    const Q: [f32; 2] = [-2.121_944_4e-4, 0.693_359_4];

    // x = m · 2^e with m in [1/2, 1), then moved to [1/√2, √2).
    let bits = x.to_bits();
    let m = f32::from_bits(bits & 0x807f_ffff | 0x3f00_0000);
    let e = ((bits >> 23) as i32 - 127) as f32 + 1.0;
    let low = m < FRAC_1_SQRT_2;
    let m1 = (m - 1.0) + if low { m } else { 0.0 };
    let e = e - if low { 1.0 } else { 0.0 };

    let square = m1 * m1;
    let mut y = P[0];
    for p in &P[1..] {
        y = y.mul_add(m1, *p);
    }
    let y = (y * m1).mul_add(square, e * Q[0]);
    let y = (-0.5_f32).mul_add(square, y);
    e.mul_add(Q[1], m1 + y)
}

/// Sine and cosine of an angle in `[0, 2π]`.
#[inline(always)]
fn sin_cos(x: f32) -> (f32, f32) {
    const FOUR_OVER_PI: f32 = 1.273_239_5;
    /// -π/4 in three parts, high to low.
    const DP: [f32; 3] = [-0.785_156_25, -2.418_756_5e-4, -3.774_895e-8];
    const S: [f32; 3] = [-1.951_529_6e-4, 0.008_332_161, -0.166_666_55];
    const C: [f32; 3] = [2.443_315_7e-5, -0.001_388_731_6, 0.041_666_646];

    // The octant, made even: 0, 2, 4, 6 or 8 quarters of π are subtracted.
    let octant = ((x * FOUR_OVER_PI) as i32 + 1) & !1;
    let quarters = octant as f32;
    let r = quarters.mul_add(DP[0], x);
    let r = quarters.mul_add(DP[1], r);
    let r = quarters.mul_add(DP[2], r);

    let z = r * r;
    let near_one = C[0].mul_add(z, C[1]).mul_add(z, C[2]) * z;
    let near_one = near_one.mul_add(z, -(z * 0.5)) + 1.0;
    let near_zero = r.mul_add(S[0].mul_add(z, S[1]).mul_add(z, S[2]) * z, r);

    let (sin, cos) = if octant & 2 == 0 {
        (near_zero, near_one)
    } else {
        (near_one, near_zero)
    };
    let (sin_sign, cos_sign) = ((octant as u32 & 4) << 29, (!(octant - 2) as u32 & 4) << 29);
    (
        f32::from_bits(sin.to_bits() ^ sin_sign),
        f32::from_bits(cos.to_bits() ^ cos_sign),
    )
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, to_normal, to_normal_anywhere};

    #[test]
    fn every_processor_gives_the_same_bits() {
        // Uniforms on the 24-bit grid, including both ends, spread by a step that is coprime to the grid's size.
        let mut blocks = vec![[0.0; BLOCK]; 64];
        for (k, value) in blocks.as_flattened_mut().iter_mut().enumerate() {
            let numerator = (k * 9_973_547 % (1 << 24)) as f32;
            *value = numerator / 16_777_216.0;
        }
        blocks[0][1] = 1.0 - f32::EPSILON / 2.0;
        blocks[0][8] = 0.0;
        let mut plain = blocks.clone();
        to_normal(&mut blocks);
        to_normal_anywhere(&mut plain);
        for (fast, slow) in blocks.as_flattened().iter().zip(plain.as_flattened()) {
            assert_eq!(fast.to_bits(), slow.to_bits());
        }
    }
}
