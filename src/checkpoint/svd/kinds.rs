//! The published models of this architecture.

use super::super::config::UnetConfig;
use super::super::kind::Kind;

/// SVD, SVD-XT and SVD-XT 1.1 have the same tensors with different values; no weight depends on the number of frames. A
/// folder states that number. A single file does not: its name is a hint for the default number of frames, and nothing
/// else depends on it.
impl Kind {
    /// Stable Video Diffusion, 14 frames.
    pub const SVD: Self = Self::new("SVD");
    /// Stable Video Diffusion XT (also 1.1), 25 frames.
    pub const SVD_XT: Self = Self::new("SVD-XT");
    /// The same architecture with other sizes.
    pub const CUSTOM_SVD: Self = Self::new("custom SVD");
    /// Stable Video 3D, orbits at a fixed elevation.
    pub const SV3D_U: Self = Self::recognised("SV3D_u");
    /// Stable Video 3D, orbits along a given path.
    pub const SV3D_P: Self = Self::recognised("SV3D_p");
}

/// The kind of a model, from the configuration of its UNet.
pub(in crate::checkpoint) fn kind_of(unet: &UnetConfig) -> Kind {
    let ids = unet.projection_class_embeddings_input_dim;
    match (is_released(unet), ids, unet.num_frames) {
        (true, 256, _) => Kind::SV3D_U,
        (true, 1280, _) => Kind::SV3D_P,
        (true, 768, 14) => Kind::SVD,
        (true, 768, 25) => Kind::SVD_XT,
        _ => Kind::CUSTOM_SVD,
    }
}

/// [`kind_of`] for a single file, whose conditioners may be those of SV3D.
pub(super) fn kind_of_file(unet: &UnetConfig, is_orbital: bool) -> Kind {
    match (kind_of(unet), is_orbital) {
        (Kind::CUSTOM_SVD, true) if unet.projection_class_embeddings_input_dim > 256 => {
            Kind::SV3D_P
        }
        (Kind::CUSTOM_SVD, true) => Kind::SV3D_U,
        (kind, _) => kind,
    }
}

/// Whether it is SV3D, which orbits an object and is conditioned on other added values.
pub(super) fn is_orbital(kind: Kind) -> bool {
    [Kind::SV3D_U, Kind::SV3D_P].contains(&kind)
}

/// Whether everything except the added ids and the number of frames is as in the released models.
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
