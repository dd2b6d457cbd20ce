//! Downsampling and upsampling.
//!
//! diffusers' models/upsampling.py and downsampling.py; spec §1.3, §2.1.

use burn::tensor::Tensor;

use super::layers::Conv2d;
use crate::error::ModelError;
use crate::model::weights::Loader;

/// Halves the size, rounding up, with a strided 3×3 convolution.
pub struct Downsample2d {
    conv: Conv2d,
    padding: DownPadding,
}

/// Padding of the strided convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownPadding {
    /// One pixel on every side: the UNet.
    Symmetric,
    /// One pixel right and below only: the VAE's encoder (spec §2.1).
    RightBelow,
}

impl Downsample2d {
    /// Reads `conv`.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        channels: usize,
        padding: DownPadding,
    ) -> Result<Self, ModelError> {
        let symmetric = usize::from(padding == DownPadding::Symmetric);
        Ok(Self {
            conv: Conv2d::load_strided(&at.at("conv"), channels, channels, 3, 2, symmetric)?,
            padding,
        })
    }

    /// `[f, c, h, w]` to `[f, c, ⌈h/2⌉, ⌈w/2⌉]` (rounded down with [`DownPadding::RightBelow`]).
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self.padding {
            DownPadding::Symmetric => self.conv.forward(x),
            DownPadding::RightBelow => self.conv.forward_padded_right_below(x),
        }
    }
}

/// Nearest-neighbour upsampling, then a 3×3 convolution.
pub struct Upsample2d {
    conv: Conv2d,
}

impl Upsample2d {
    /// Reads `conv`.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, channels: usize) -> Result<Self, ModelError> {
        Ok(Self {
            conv: Conv2d::load(&at.at("conv"), channels, channels, 3)?,
        })
    }

    /// `[f, c, h, w]` to `[f, c, size[0], size[1]]`, or to twice the size.
    ///
    /// On the up path of a UNet, `size` is that of the next skip, which at odd sizes is not twice the input's
    /// (spec §1.3).
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, size: Option<[usize; 2]>) -> Tensor<4> {
        let [_, _, h, w] = x.dims();
        let size = size.unwrap_or([h * 2, w * 2]);
        self.conv.forward_enlarged(x, size)
    }
}
