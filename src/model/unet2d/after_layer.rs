//! What a family adds to the UNet between its layers.

use burn::tensor::Tensor;

/// A layer of the UNet: a residual block and the transformer after it, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// On the way down.
    Down {
        /// Its level, counted from the highest resolution.
        level: usize,
        /// Its index in the level.
        index: usize,
    },
    /// The first one in the middle, before the second residual block.
    Middle,
    /// On the way up.
    Up {
        /// Its level, counted from the lowest resolution, as diffusers does.
        level: usize,
        /// Its index in the level.
        index: usize,
    },
}

/// Layers that are added to the UNet.
pub trait AfterLayer {
    /// Continues with the output of a layer, `[f, c, h, w]` to the same shape. Skips take the result.
    fn after(&self, layer: Layer, x: Tensor<4>) -> Tensor<4>;
}

/// Adds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unchanged;

impl AfterLayer for Unchanged {
    fn after(&self, _layer: Layer, x: Tensor<4>) -> Tensor<4> {
        x
    }
}
