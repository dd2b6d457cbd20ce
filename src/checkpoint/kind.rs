//! Which model it is, how its files are laid out, and which constants go with it.

use std::fmt;

use serde::Serialize;

use super::config::UnetConfig;

/// A published model, as far as its tensors tell.
///
/// SVD, SVD-XT and SVD-XT 1.1 have the same tensors with other values; no weight depends on the
/// number of frames. A folder states the number, a single file does not: there the name is a hint
/// for the default number of frames only, and nothing else depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// Stable Video Diffusion, 14 frames.
    #[serde(rename = "SVD")]
    Svd,
    /// Stable Video Diffusion XT (also 1.1), 25 frames.
    #[serde(rename = "SVD-XT")]
    SvdXt,
    /// Stable Video 3D, orbits at a fixed elevation.
    #[serde(rename = "SV3D_u")]
    Sv3dU,
    /// Stable Video 3D, orbits along a given path.
    #[serde(rename = "SV3D_p")]
    Sv3dP,
    /// The same architecture with other sizes.
    #[serde(rename = "custom SVD")]
    Custom,
}

impl Kind {
    /// Decides from the UNet's configuration.
    #[must_use]
    pub fn of(unet: &UnetConfig) -> Self {
        let ids = unet.projection_class_embeddings_input_dim;
        match (is_released(unet), ids, unet.num_frames) {
            (true, 256, _) => Self::Sv3dU,
            (true, 1280, _) => Self::Sv3dP,
            (true, 768, 14) => Self::Svd,
            (true, 768, 25) => Self::SvdXt,
            _ => Self::Custom,
        }
    }

    /// The name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Svd => "SVD",
            Self::SvdXt => "SVD-XT",
            Self::Sv3dU => "SV3D_u",
            Self::Sv3dP => "SV3D_p",
            Self::Custom => "custom SVD",
        }
    }

    /// Whether it orbits around an object (SV3D) and so takes other added values.
    #[must_use]
    pub fn is_orbital(self) -> bool {
        matches!(self, Self::Sv3dU | Self::Sv3dP)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// How the files are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Layout {
    /// A diffusers folder with one folder per part.
    #[serde(rename = "diffusers folder")]
    Folder,
    /// One file in Stability's original naming.
    #[serde(rename = "single file")]
    SingleFile,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "diffusers folder",
            Self::SingleFile => "single file",
        })
    }
}

/// Which files to take when a folder has both precisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prefer {
    /// Full precision.
    #[default]
    Full,
    /// The `.fp16` variant.
    Half,
}

/// The constant added to the variance in the UNet's GroupNorms, where the references disagree.
///
/// diffusers uses 1e-6 in the residual blocks of down levels with attention and of all up levels;
/// Stability's code uses 1e-5 there (everything else is the same in both). The weights cannot tell.
/// Both layouts default to diffusers' values: Kinora's results are defined by diffusers, which uses
/// them for single files too, and the same weights must give the same frames in either layout.
/// A caller who compares with Stability's code sets [`NormEps::Original`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum NormEps {
    /// diffusers: 1e-6 in attending down levels and all up levels, 1e-5 elsewhere.
    #[default]
    Diffusers,
    /// Stability's generative-models: 1e-5 in every residual block.
    Original,
}

impl NormEps {
    /// The constant of the residual blocks of a down level.
    #[must_use]
    pub fn down(self, attends: bool) -> f64 {
        match self {
            Self::Diffusers if attends => 1e-6,
            Self::Diffusers | Self::Original => 1e-5,
        }
    }

    /// The constant of the residual blocks of all up levels.
    #[must_use]
    pub fn up(self) -> f64 {
        match self {
            Self::Diffusers => 1e-6,
            Self::Original => 1e-5,
        }
    }
}

/// Whether everything but the added ids and the number of frames is as in the released models.
fn is_released(unet: &UnetConfig) -> bool {
    let released = UnetConfig::default();
    unet.in_channels == released.in_channels
        && unet.out_channels == released.out_channels
        && unet.block_out_channels == released.block_out_channels
        && unet.down_block_types == released.down_block_types
        && unet.up_block_types == released.up_block_types
        && (0..released.levels()).all(|level| {
            unet.heads(level) == released.heads(level)
                && unet.layers(level) == released.layers(level)
                && unet.context(level) == released.context(level)
                && (0..=released.layers(level)).all(|layer| unet.depth(level, layer) == 1)
        })
}
