//! How the picture of a take was made from words.

use serde::{Deserialize, Serialize};

use super::generate::GenerateRequest;
use super::named::{Named, last_part};
use super::named_lora::{NamedLora, WrittenLora};
use super::prompt::Prompt;

/// A picture from words, as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct FirstFrame {
    /// The model that made it.
    pub model: Named,
    /// What it shows.
    pub prompt: Prompt,
    /// LoRAs and their strengths.
    pub loras: Vec<NamedLora>,
    /// All other settings, as they were used.
    pub request: GenerateRequest,
    /// The device and number format that computed it.
    pub device: String,
}

/// The same as stored in a recipe.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model_fingerprint: Option<String>,
    prompt: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    negative: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    loras: Vec<WrittenLora>,
    request: GenerateRequest,
    device: String,
}

impl From<Written> for FirstFrame {
    fn from(written: Written) -> Self {
        Self {
            model: Named::of(&written.model).known_by(written.model_fingerprint),
            prompt: Prompt {
                text: written.prompt,
                negative: written.negative,
            },
            loras: written.loras.into_iter().map(Into::into).collect(),
            request: written.request,
            device: written.device,
        }
    }
}

impl From<FirstFrame> for Written {
    fn from(made: FirstFrame) -> Self {
        Self {
            // No folder leaves this machine.
            model: last_part(&made.model.name).to_owned(),
            model_fingerprint: made.model.fingerprint,
            prompt: made.prompt.text,
            negative: made.prompt.negative,
            loras: made.loras.into_iter().map(Into::into).collect(),
            request: made.request,
            device: made.device,
        }
    }
}
