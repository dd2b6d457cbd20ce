//! Stored values to `f32`, `f16` or `bf16`, in parallel, with a check for NaN and infinities.
//!
//! Reads bytes in place and writes the target once: no copy in between.

use half::slice::HalfFloatSliceExt as _;
use half::{bf16, f16};
use rayon::prelude::*;

use super::tensors::{Dtype, TensorView};
use crate::error::CheckpointError;

/// Number of values that a thread converts at a time: large enough to outweigh the cost of handing them over.
const SPAN: usize = 1 << 16;
/// Number of values converted through a buffer on the stack, where the half-precision intrinsics need one.
const BUFFER: usize = 512;

/// A type that weights can be placed in.
pub trait FloatFormat: Copy + Send + Sync + Default + 'static {
    /// The name used in messages.
    const NAME: &'static str;

    /// Nearest value, ties to even.
    fn from_f32(value: f32) -> Self;
    /// Nearest value, ties to even, rounded once.
    fn from_f64(value: f64) -> Self;
    /// Whether it is neither NaN nor infinite.
    fn finite(self) -> bool;

    /// Converts a span of f16 values given as little-endian bytes.
    fn take_f16(bytes: &[u8], out: &mut [Self]) {
        let mut half = [f16::ZERO; BUFFER];
        let mut single = [0.0f32; BUFFER];
        for (bytes, out) in bytes.chunks(2 * BUFFER).zip(out.chunks_mut(BUFFER)) {
            let n = out.len();
            for (value, pair) in half.iter_mut().zip(bytes.as_chunks().0) {
                *value = f16::from_le_bytes(*pair);
            }
            half[..n].convert_to_f32_slice(&mut single[..n]);
            for (out, value) in out.iter_mut().zip(&single) {
                *out = Self::from_f32(*value);
            }
        }
    }

    /// Converts a span of bf16 values given as little-endian bytes.
    fn take_bf16(bytes: &[u8], out: &mut [Self]) {
        for (out, pair) in out.iter_mut().zip(bytes.as_chunks().0) {
            *out = Self::from_f32(bf16::from_le_bytes(*pair).to_f32());
        }
    }

    /// Converts a span of f32 values given as little-endian bytes.
    fn take_f32(bytes: &[u8], out: &mut [Self]) {
        for (out, four) in out.iter_mut().zip(bytes.as_chunks().0) {
            *out = Self::from_f32(f32::from_le_bytes(*four));
        }
    }
}

impl FloatFormat for f32 {
    const NAME: &'static str = "f32";

    fn from_f32(value: f32) -> Self {
        value
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding is the point")]
    fn from_f64(value: f64) -> Self {
        value as Self
    }

    fn finite(self) -> bool {
        self.is_finite()
    }
}

impl FloatFormat for f16 {
    const NAME: &'static str = "f16";

    fn from_f32(value: f32) -> Self {
        Self::from_f32(value)
    }

    fn from_f64(value: f64) -> Self {
        Self::from_f64(value)
    }

    fn finite(self) -> bool {
        self.is_finite()
    }

    fn take_f16(bytes: &[u8], out: &mut [Self]) {
        for (out, pair) in out.iter_mut().zip(bytes.as_chunks().0) {
            *out = Self::from_le_bytes(*pair);
        }
    }

    fn take_f32(bytes: &[u8], out: &mut [Self]) {
        let mut single = [0.0f32; BUFFER];
        for (bytes, out) in bytes.chunks(4 * BUFFER).zip(out.chunks_mut(BUFFER)) {
            let n = out.len();
            f32::take_f32(bytes, &mut single[..n]);
            out.convert_from_f32_slice(&single[..n]);
        }
    }
}

impl FloatFormat for bf16 {
    const NAME: &'static str = "bf16";

    fn from_f32(value: f32) -> Self {
        Self::from_f32(value)
    }

    fn from_f64(value: f64) -> Self {
        Self::from_f64(value)
    }

    fn finite(self) -> bool {
        self.is_finite()
    }

    fn take_bf16(bytes: &[u8], out: &mut [Self]) {
        for (out, pair) in out.iter_mut().zip(bytes.as_chunks().0) {
            *out = Self::from_le_bytes(*pair);
        }
    }
}

impl TensorView<'_> {
    /// The values, row-major, converted to `W`.
    ///
    /// If the stored type is not floating-point, a value is NaN or infinite, or a value does not fit in `W`.
    pub fn to_vec<W: FloatFormat>(&self) -> Result<Vec<W>, CheckpointError> {
        self.require_float()?;
        let size = self.dtype.size();
        let mut values = vec![W::default(); self.bytes.len() / size];
        let sound = values
            .par_chunks_mut(SPAN)
            .zip(self.bytes.par_chunks(SPAN * size))
            .map(|(out, bytes)| {
                match self.dtype {
                    Dtype::F16 => W::take_f16(bytes, out),
                    Dtype::Bf16 => W::take_bf16(bytes, out),
                    Dtype::F32 => W::take_f32(bytes, out),
                    Dtype::F64 | Dtype::Other(_) => take_f64(bytes, out),
                }
                // `&` instead of `&&` so that the loop has no branch and vectorises.
                out.iter().fold(true, |sound, value| sound & value.finite())
            })
            .reduce(|| true, |a, b| a & b);
        if sound {
            Ok(values)
        } else {
            Err(self.unsound::<W>())
        }
    }

    /// Whether every stored value is finite.
    ///
    /// # Errors
    /// Same as [`TensorView::to_vec`]; nothing is kept in memory.
    pub fn check_finite(&self) -> Result<(), CheckpointError> {
        self.require_float()?;
        if self.holds_only_finite() {
            Ok(())
        } else {
            Err(self.not_finite())
        }
    }

    fn require_float(&self) -> Result<(), CheckpointError> {
        if self.dtype.is_float() {
            return Ok(());
        }
        Err(CheckpointError::WrongDtype {
            name: self.name.to_owned(),
            dtype: self.dtype.to_string(),
            path: self.path.to_owned(),
        })
    }

    fn holds_only_finite(&self) -> bool {
        let size = self.dtype.size();
        // A float is NaN or infinite exactly when all its exponent bits are set, and in each of
        // the four types they lie in the last two bytes.
        let mask: u16 = match self.dtype {
            Dtype::F64 => 0x7ff0,
            Dtype::F16 => 0x7c00,
            Dtype::F32 | Dtype::Bf16 | Dtype::Other(_) => 0x7f80,
        };
        self.bytes.par_chunks(SPAN * size).all(|span| {
            span.chunks_exact(size).fold(true, |sound, value| {
                let top = u16::from_le_bytes([value[size - 2], value[size - 1]]);
                sound & (top & mask != mask)
            })
        })
    }

    fn unsound<W: FloatFormat>(&self) -> CheckpointError {
        if self.holds_only_finite() {
            CheckpointError::OutOfRange {
                name: self.name.to_owned(),
                target: W::NAME,
                path: self.path.to_owned(),
            }
        } else {
            self.not_finite()
        }
    }

    fn not_finite(&self) -> CheckpointError {
        CheckpointError::NotFinite {
            name: self.name.to_owned(),
            path: self.path.to_owned(),
        }
    }
}

fn take_f64<W: FloatFormat>(bytes: &[u8], out: &mut [W]) {
    for (out, eight) in out.iter_mut().zip(bytes.as_chunks().0) {
        *out = W::from_f64(f64::from_le_bytes(*eight));
    }
}
