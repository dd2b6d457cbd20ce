//! The inverse cosine transform of libjpeg's "slow integer" method (`jidctint.c`).
//!
//! After Loeffler, Ligtenberg and Moschytz: 12 multiplications per row, 13-bit constants, two extra bits between the
//! passes. The rounding matters: other accurate transforms differ by one level in places.

const CONST_BITS: u32 = 13;
const PASS1_BITS: u32 = 2;

/// Writes the 8 × 8 samples of a block (row-major `coefficients`, undone by
/// `quantization`) to the start of `samples`, whose rows are `stride` apart.
pub(super) fn inverse_transform(
    coefficients: &[i16; 64],
    quantization: &[u16; 64],
    samples: &mut [u8],
    stride: usize,
) {
    let mut work = [0_i32; 64];
    for (value, (coefficient, step)) in work.iter_mut().zip(coefficients.iter().zip(quantization)) {
        *value = i32::from(*coefficient).wrapping_mul(i32::from(*step));
    }
    if work[1..].iter().all(|&value| value == 0) {
        // For a flat block, the most common one, both passes reduce to this.
        let level = sample((work[0].wrapping_shl(PASS1_BITS)).wrapping_add(16) >> 5);
        for row in samples.chunks_mut(stride).take(8) {
            row[..8].fill(level);
        }
        return;
    }
    for column in 0..8 {
        let line = std::array::from_fn(|row| work[row * 8 + column]);
        for (row, value) in transform(line, CONST_BITS - PASS1_BITS)
            .into_iter()
            .enumerate()
        {
            work[row * 8 + column] = value;
        }
    }
    for (row, line) in samples.chunks_mut(stride).zip(work.as_chunks::<8>().0) {
        let values = transform(*line, CONST_BITS + PASS1_BITS + 3);
        row[..8].copy_from_slice(&values.map(sample));
    }
}

fn sample(value: i32) -> u8 {
    value.wrapping_add(128).clamp(0, 255) as u8
}

/// Transforms one row or column; wrapping, because damaged files may contain any coefficients.
fn transform(line: [i32; 8], shift: u32) -> [i32; 8] {
    let times = |value: i32, constant: i32| value.wrapping_mul(constant);
    let add = |a: i32, b: i32| a.wrapping_add(b);
    let sub = |a: i32, b: i32| a.wrapping_sub(b);

    let z = times(add(line[2], line[6]), 4433);
    let even2 = sub(z, times(line[6], 15137));
    let even3 = add(z, times(line[2], 6270));
    let even0 = add(line[0], line[4]).wrapping_shl(CONST_BITS);
    let even1 = sub(line[0], line[4]).wrapping_shl(CONST_BITS);
    let even = [
        add(even0, even3),
        add(even1, even2),
        sub(even1, even2),
        sub(even0, even3),
    ];

    let [a, b, c, d] = [line[7], line[5], line[3], line[1]];
    let z5 = times(add(add(a, c), add(b, d)), 9633);
    let z1 = times(add(a, d), -7373);
    let z2 = times(add(b, c), -20995);
    let z3 = add(times(add(a, c), -16069), z5);
    let z4 = add(times(add(b, d), -3196), z5);
    let odd = [
        add(times(d, 12299), add(z1, z4)),
        add(times(c, 25172), add(z2, z3)),
        add(times(b, 16819), add(z2, z4)),
        add(times(a, 2446), add(z1, z3)),
    ];

    let half = 1 << (shift - 1);
    std::array::from_fn(|position| {
        let sum = if position < 4 {
            add(even[position], odd[position])
        } else {
            sub(even[7 - position], odd[7 - position])
        };
        add(sum, half) >> shift
    })
}
