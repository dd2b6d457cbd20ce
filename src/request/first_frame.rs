//! How the picture of a take was made from words.

use serde::{Deserialize, Serialize};

use super::generate::GenerateRequest;
use super::named::{Named, last_part};
use super::prompt::Prompt;

/// A picture from words, as it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstFrame {
    /// The model that made it.
    pub model: Named,
    /// What it shows.
    pub prompt: Prompt,
    /// All other settings, as they were used.
    pub request: GenerateRequest,
    /// The device and number format that computed it.
    pub device: String,
}

/// The same as stored in a recipe.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct WrittenFirstFrame {
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model_fingerprint: Option<String>,
    prompt: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    negative: String,
    request: GenerateRequest,
    device: String,
}

impl From<WrittenFirstFrame> for FirstFrame {
    fn from(written: WrittenFirstFrame) -> Self {
        let model = Named::of(&written.model);
        Self {
            model: match written.model_fingerprint {
                Some(fingerprint) => model.with_fingerprint(fingerprint),
                None => model,
            },
            prompt: Prompt {
                text: written.prompt,
                negative: written.negative,
            },
            request: written.request,
            device: written.device,
        }
    }
}

impl From<FirstFrame> for WrittenFirstFrame {
    fn from(made: FirstFrame) -> Self {
        Self {
            // No folder leaves this machine.
            model: last_part(&made.model.name).to_owned(),
            model_fingerprint: made.model.fingerprint,
            prompt: made.prompt.text,
            negative: made.prompt.negative,
            request: made.request,
            device: made.device,
        }
    }
}
