//! A LoRA that a recipe names, and its format in files.

use serde::{Deserialize, Serialize};

use super::named::{Named, last_part};
use crate::media::curve::StrengthCurve;
use crate::sampler::finite;

/// A LoRA that a recipe names.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedLora {
    /// Name and fingerprint of a camera move or file.
    pub named: Named,
    /// Its strength.
    pub strength: f32,
    /// A strength that changes over the frames, instead.
    pub curve: Option<StrengthCurve>,
}

/// The same as stored in a recipe.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct WrittenLora {
    name: String,
    #[serde(deserialize_with = "finite::number")]
    strength: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    curve: Option<StrengthCurve>,
}

impl From<WrittenLora> for NamedLora {
    fn from(written: WrittenLora) -> Self {
        Self {
            named: Named::of(&written.name).known_by(written.fingerprint),
            strength: written.strength,
            curve: written.curve,
        }
    }
}

impl From<NamedLora> for WrittenLora {
    fn from(lora: NamedLora) -> Self {
        Self {
            // No folder leaves this machine.
            name: last_part(&lora.named.name).to_owned(),
            strength: lora.strength,
            fingerprint: lora.named.fingerprint,
            curve: lora.curve,
        }
    }
}
