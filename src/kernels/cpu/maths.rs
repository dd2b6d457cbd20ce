//! The exponential and error functions, and the activations made of them, without branches, so that they can be
//! vectorised.
//!
//! Results are accurate to a few units in the last place of f32, as in the libraries that frameworks call.

use super::isa::fma;

/// `eˣ`, with `x` clamped so that the result is a normal number.
#[inline(always)]
pub(super) fn exp<const FUSED: bool>(x: f32) -> f32 {
    // Cephes' expf: 2ⁿ·eʳ with |r| ≤ ln 2 / 2.
    const P: [f32; 6] = [
        1.987_569_1e-4,
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ];
    /// Adding this number and subtracting it again rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.3, 88.3);
    let n = fma::<FUSED>(x, std::f32::consts::LOG2_E, ROUND) - ROUND;
    // ln 2 in two parts, high and low.
    let r = fma::<FUSED>(n, -0.693_359_4, x);
    let r = fma::<FUSED>(n, 2.121_944_4e-4, r);
    let mut p = P[0];
    p = fma::<FUSED>(p, r, P[1]);
    p = fma::<FUSED>(p, r, P[2]);
    p = fma::<FUSED>(p, r, P[3]);
    p = fma::<FUSED>(p, r, P[4]);
    p = fma::<FUSED>(p, r, P[5]);
    let p = fma::<FUSED>(p, r * r, r + 1.0);
    // n is an integer from −126 to 127: its bits are the low bits of n + ROUND.
    let exponent = (n + ROUND).to_bits() << 23;
    f32::from_bits(p.to_bits().wrapping_add(exponent))
}

/// `x / (1 + e⁻ˣ)`.
#[inline(always)]
pub(super) fn silu<const FUSED: bool>(x: f32) -> f32 {
    x / (1.0 + exp::<FUSED>(-x))
}

/// The error function.
#[inline(always)]
fn erf<const FUSED: bool>(x: f32) -> f32 {
    // The rational approximation that XLA and Eigen use; beyond ±4 the result is ±1 in f32.
    const A: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_6e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const B: [f32; 5] = [
        -1.456_607_2e-5,
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329e-3,
        -1.426_473_9e-2,
    ];
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let mut a = A[0];
    a = fma::<FUSED>(a, square, A[1]);
    a = fma::<FUSED>(a, square, A[2]);
    a = fma::<FUSED>(a, square, A[3]);
    a = fma::<FUSED>(a, square, A[4]);
    a = fma::<FUSED>(a, square, A[5]);
    a = fma::<FUSED>(a, square, A[6]);
    let mut b = B[0];
    b = fma::<FUSED>(b, square, B[1]);
    b = fma::<FUSED>(b, square, B[2]);
    b = fma::<FUSED>(b, square, B[3]);
    b = fma::<FUSED>(b, square, B[4]);
    x * a / b
}

/// `x·Φ(x)`, the exact GELU.
#[inline(always)]
pub(super) fn gelu<const FUSED: bool>(x: f32) -> f32 {
    let half = 0.5 * x;
    fma::<FUSED>(
        half,
        erf::<FUSED>(x * std::f32::consts::FRAC_1_SQRT_2),
        half,
    )
}

/// `x·sigmoid(1.702·x)`.
#[inline(always)]
pub(super) fn quick_gelu<const FUSED: bool>(x: f32) -> f32 {
    x / (1.0 + exp::<FUSED>(-1.702 * x))
}
