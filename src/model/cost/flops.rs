//! Arithmetic by kind.

use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

/// Arithmetic by kind, in floating-point operations; a multiply-add counts as two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flops {
    /// Convolutions, within and across frames.
    pub convolution: f64,
    /// Matrix products with weights.
    pub linear: f64,
    /// Scores and weighted sums of attention.
    pub attention: f64,
}

impl Flops {
    /// The sum of all kinds.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.convolution + self.linear + self.attention
    }
}

impl Add for Flops {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            convolution: self.convolution + other.convolution,
            linear: self.linear + other.linear,
            attention: self.attention + other.attention,
        }
    }
}

impl Mul<f64> for Flops {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            convolution: self.convolution * times,
            linear: self.linear * times,
            attention: self.attention * times,
        }
    }
}
