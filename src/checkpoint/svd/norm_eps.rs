//! The epsilon of the UNet's group norms, on which the references disagree.

use serde::Serialize;

/// The epsilon of the UNet's group norms, on which the references disagree.
///
/// diffusers uses 1e-6 in the residual blocks of down levels with attention and of all up levels; Stability's code uses
/// 1e-5 there (everything else is the same in both). The weights do not show which is right. Both layouts default to
/// diffusers' values: Kinora's results are defined by diffusers, which uses them for single files too, and the same
/// weights must give the same frames in either layout. To compare with Stability's code, set [`NormEps::Original`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum NormEps {
    /// diffusers: 1e-6 in down levels with attention and in all up levels, 1e-5 elsewhere.
    #[default]
    Diffusers,
    /// Stability's generative-models: 1e-5 in every residual block.
    Original,
}

impl NormEps {
    /// The epsilon of the residual blocks of a down level.
    #[must_use]
    pub fn down(self, attends: bool) -> f64 {
        match self {
            Self::Diffusers if attends => 1e-6,
            Self::Diffusers | Self::Original => 1e-5,
        }
    }

    /// The epsilon of the residual blocks of all up levels.
    #[must_use]
    pub fn up(self) -> f64 {
        match self {
            Self::Diffusers => 1e-6,
            Self::Original => 1e-5,
        }
    }
}
