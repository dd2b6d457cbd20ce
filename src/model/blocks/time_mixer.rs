//! The learnt blend of a spatial and a temporal result.

use crate::error::ModelError;
use crate::model::weights::Loader;

/// Which side of an alpha blender has the weight `sigmoid(mix_factor)` (spec §9, trap 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mixing {
    /// The UNet: the sigmoid is the share of the spatial side.
    SpatialShare,
    /// The VAE (`switch_spatial_to_temporal_mix`): the sigmoid is the share of the temporal side.
    TemporalShare,
}

impl Mixing {
    /// The share of the temporal side, 0…1, from the number stored below `at`.
    pub(crate) fn temporal_share(self, at: &Loader<'_>) -> Result<f32, ModelError> {
        let share = sigmoid(at.scalar("time_mixer.mix_factor")?);
        Ok(match self {
            Self::SpatialShare => 1.0 - share,
            Self::TemporalShare => share,
        })
    }
}

/// The logistic function, in f32 as torch computes a mix factor.
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
