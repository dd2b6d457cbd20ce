//! How far the norms of motion modules reach.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::RequestError;

/// How far the group norms of a model with motion modules reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormReach {
    /// As the public modules were trained: those of the modules see one frame, and those of the residual blocks see the
    /// clip with version 1 and one frame with all others.
    #[default]
    Frame,
    /// As in diffusers: those of the modules see the clip, all others one frame.
    Clip,
}

impl FromStr for NormReach {
    type Err = RequestError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "frame" => Ok(Self::Frame),
            "clip" => Ok(Self::Clip),
            _ => Err(RequestError::UnknownWord {
                field: "norm-reach",
                choices: "frame or clip",
                word: word.to_owned(),
            }),
        }
    }
}
