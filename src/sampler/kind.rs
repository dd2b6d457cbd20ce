//! The sampling methods by name.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::RequestError;

/// Number of noise levels that few-step models are distilled on (`num_train_timesteps` of AnimateLCM-SVD's scheduler).
pub const DISTILLED_LEVELS: usize = 40;

/// The sampling method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SamplerKind {
    /// Euler, in diffusers' arithmetic.
    #[default]
    Euler,
    /// Euler with new noise after every step.
    EulerAncestral,
    /// DPM-Solver++ (2M): second order, using the previous step.
    #[serde(rename = "dpmpp-2m")]
    DpmPlusPlus2M,
    /// Latent consistency: every step goes to the estimate itself and adds new noise. For models that were distilled to
    /// a few steps, such as AnimateLCM-SVD.
    Lcm,
    /// DDIM without new noise, for models with a discrete schedule. On continuous levels it is the same as Euler.
    Ddim,
}

impl SamplerKind {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Euler => "euler",
            Self::EulerAncestral => "euler-ancestral",
            Self::DpmPlusPlus2M => "dpmpp-2m",
            Self::Lcm => "lcm",
            Self::Ddim => "ddim",
        }
    }
}

impl FromStr for SamplerKind {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "euler" => Ok(Self::Euler),
            "euler-ancestral" => Ok(Self::EulerAncestral),
            "dpmpp-2m" => Ok(Self::DpmPlusPlus2M),
            "lcm" => Ok(Self::Lcm),
            "ddim" => Ok(Self::Ddim),
            _ => Err(RequestError::UnknownWord {
                field: "sampler",
                choices: "euler, euler-ancestral, dpmpp-2m, lcm or ddim",
                word: text.to_owned(),
            }),
        }
    }
}
