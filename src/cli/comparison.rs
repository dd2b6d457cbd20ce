//! How much two clips or pictures differ.

use crate::media::frame::Frame;

/// Difference of two clips.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Frames compared.
    pub(super) frames: usize,
    /// Values compared: three for each pixel.
    values: u64,
    /// Sum of the squared differences.
    pub(super) squares: u64,
}

impl Comparison {
    /// Adds two frames; their sizes were checked to be equal.
    pub(super) fn add(&mut self, one: &Frame, other: &Frame) {
        self.frames += 1;
        self.values += one.rgb.len() as u64;
        let pairs = one.rgb.iter().zip(other.rgb.iter());
        let squares = pairs.map(|(one, other)| u64::from(one.abs_diff(*other)).pow(2));
        self.squares += squares.sum::<u64>();
    }

    /// Peak signal-to-noise ratio over all values, in dB; infinite where all are equal.
    pub(super) fn psnr(&self) -> f64 {
        10.0 * (255.0 * 255.0 * self.values as f64 / self.squares as f64).log10()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psnr_is_that_of_the_definition() {
        let flat = |value| Frame {
            width: 2,
            height: 2,
            rgb: vec![value; 12].into(),
        };
        let mut comparison = Comparison::default();
        comparison.add(&flat(7), &flat(7));
        assert_eq!(comparison.psnr(), f64::INFINITY);
        comparison.add(&flat(100), &flat(110));
        // Mean square (0 + 100) / 2: 10 · log10(65 025 / 50).
        assert!((comparison.psnr() - 31.1411).abs() < 1e-4);
    }
}
