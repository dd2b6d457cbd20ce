//! Box–Muller in f64 for one pair: the transform of small draws.
//!
//! Owns a float64 logarithm, sine and cosine made of basic operations alone, so that a seed gives the same bits
//! whatever C library the program is built with; must not depend on seeds.
//!
//! The reduced polynomials are those of fdlibm (`e_log.c`, `k_sin.c`, `k_cos.c`; Sun Microsystems, freely usable),
//! each accurate to less than one unit in the last place.

use std::f64::consts::{FRAC_2_PI, TAU};

/// Two normals from two uniforms of `[0, 1)` on the 53-bit grid.
pub(super) fn normal(angle: f64, length: f64) -> (f64, f64) {
    // The reference takes log1p(-length); 1 - length is exact on the grid, so the plain logarithm is the same number.
    let radius = (-2.0 * ln(1.0 - length)).sqrt();
    let (sin, cos) = sin_cos(TAU * angle);
    (radius * cos, radius * sin)
}

/// Natural logarithm of a normal float in `(0, 1]`.
fn ln(x: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const EVEN: [f64; 3] = [
        1.531_383_769_920_937_3e-1,
        2.222_219_843_214_978_4e-1,
        3.999_999_999_940_942e-1,
    ];
    const ODD: [f64; 4] = [
        1.479_819_860_511_658_6e-1,
        1.818_357_216_161_805e-1,
        2.857_142_874_366_239e-1,
        6.666_666_666_666_735e-1,
    ];
    /// Bits of √2/2: mantissas below it are doubled, so that `1 + f` lies in `[√2/2, √2)`.
    const SPLIT: u64 = 0x3fe6_a09e_0000_0000;
    const ONE: u64 = 0x3ff0_0000_0000_0000;

    // x = 2^k · (1 + f)
    let shifted = x.to_bits().wrapping_add(ONE - SPLIT);
    let k = ((shifted >> 52) as i64 - 1023) as f64;
    let f = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff) + SPLIT) - 1.0;

    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (EVEN[2] + w * (EVEN[1] + w * EVEN[0]));
    let odd = z * (ODD[3] + w * (ODD[2] + w * (ODD[1] + w * ODD[0])));
    let half_square = 0.5 * f * f;
    let correction = s * (half_square + (odd + even)) + k * LN2_LOW;
    k * LN2_HIGH - ((half_square - correction) - f)
}

/// Sine and cosine of an angle in `[0, 2π]`.
fn sin_cos(x: f64) -> (f64, f64) {
    /// π/2 in three parts, high to low: the first two have 33 bits, so that their multiples below are exact.
    const PARTS: [f64; 3] = [
        1.570_796_326_734_125_6,
        6.077_100_506_303_966e-11,
        2.022_266_248_795_950_6e-21,
    ];

    let quarter = (x * FRAC_2_PI + 0.5).floor();
    let high = x - quarter * PARTS[0];
    let middle = quarter * PARTS[1];
    // `sum` and `error` are exactly `high - middle`, whichever of the two is larger.
    let sum = high - middle;
    let back = sum - high;
    let error = (high - (sum - back)) - (middle + back);
    let low = error - quarter * PARTS[2];
    let r = sum + low;
    let tail = (sum - r) + low;

    let (sin, cos) = (near_sin(r, tail), near_cos(r, tail));
    match quarter as u32 & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// Sine of `r + tail` for `|r|` up to π/4.
fn near_sin(r: f64, tail: f64) -> f64 {
    const S: [f64; 6] = [
        -1.666_666_666_666_663_2e-1,
        8.333_333_333_322_49e-3,
        -1.984_126_982_985_795e-4,
        2.755_731_370_707_006_8e-6,
        -2.505_076_025_340_686_3e-8,
        1.589_690_995_211_55e-10,
    ];
    let z = r * r;
    let cube = z * r;
    let p = S[1] + z * (S[2] + z * (S[3] + z * (S[4] + z * S[5])));
    r - ((z * (0.5 * tail - cube * p) - tail) - cube * S[0])
}

/// Cosine of `r + tail` for `|r|` up to π/4.
fn near_cos(r: f64, tail: f64) -> f64 {
    const C: [f64; 6] = [
        4.166_666_666_666_66e-2,
        -1.388_888_888_887_411e-3,
        2.480_158_728_947_673e-5,
        -2.755_731_435_139_066_3e-7,
        2.087_572_321_298_175e-9,
        -1.135_964_755_778_819_5e-11,
    ];
    let z = r * r;
    let p = z * (C[0] + z * (C[1] + z * (C[2] + z * (C[3] + z * (C[4] + z * C[5])))));
    let half = 0.5 * z;
    let w = 1.0 - half;
    w + (((1.0 - w) - half) + (z * p - r * tail))
}
