//! Descriptions of models and LoRAs, as printed by `inspect`.
//!
//! Files are compared with the expected tensors, without building a network.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::defaults::ModelDefaults;
use super::kind::{FileLayout, Kind};
use super::lora::{Lora, LoraFormat, LoraMatch, looks_like_lora};
use super::open::Checkpoint;
use super::part_description::PartDescription;
use super::tensors::TensorFile;
use crate::error::CheckpointError;

/// What the name of a distilled model suggests.
const FEW_STEP_NOTE: &str =
    "Its name suggests AnimateLCM-SVD, which is made for 4 steps with the sampler lcm.";

/// The kind of weights at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Identity {
    /// A model, to be opened with [`Checkpoint::open`].
    Checkpoint,
    /// A LoRA, to be opened with [`Lora::open`].
    Lora,
}

/// Finds out from the tensors whether a path holds a model or a LoRA.
///
/// # Errors
/// If a file is not a safetensors file; a folder is checked when it is opened.
pub fn identify(path: &Path) -> Result<Identity, CheckpointError> {
    if path.is_dir() {
        let lora = [
            "pytorch_lora_weights.safetensors",
            "adapter_model.safetensors",
        ];
        let found =
            !path.join("unet").is_dir() && lora.iter().any(|name| path.join(name).is_file());
        return Ok(if found {
            Identity::Lora
        } else {
            Identity::Checkpoint
        });
    }
    if path.extension().is_some_and(|ending| ending == "json") {
        return Ok(Identity::Checkpoint);
    }
    let file = TensorFile::open(path)?;
    let model = file.has_prefix("model.diffusion_model.input_blocks.0.0.weight");
    Ok(if looks_like_lora(&file) && !model {
        Identity::Lora
    } else {
        Identity::Checkpoint
    })
}

/// A model, described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Which model it is.
    pub kind: Kind,
    /// The layout of its files.
    pub layout: FileLayout,
    /// Its path.
    pub path: PathBuf,
    /// Number of parameters of all parts.
    pub parameters: usize,
    /// Its networks.
    pub parts: Vec<PartDescription>,
    /// Its default settings.
    pub defaults: ModelDefaults,
    /// The text of its licence file.
    pub licence: Option<String>,
    /// Assumptions that had to be made.
    pub warnings: Vec<String>,
    /// Why it cannot be used; `None` if it can.
    pub problem: Option<String>,
}

impl Checkpoint {
    /// Describes the model; every tensor is compared by name, shape and type.
    #[must_use]
    pub fn describe(&self) -> Description {
        let parts = self.parts.networks().describe();
        let complete = |part: &PartDescription| part.report.require_complete(part.name, &self.path);
        let problem = self.require_supported().err();
        let problem = problem.or_else(|| parts.iter().find_map(|part| complete(part).err()));
        let mut warnings = self.warnings.clone();
        warnings.extend(self.is_named_few_step().then(|| FEW_STEP_NOTE.to_owned()));
        Description {
            kind: self.kind,
            layout: self.layout,
            path: self.path.clone(),
            parameters: parts.iter().map(|part| part.parameters).sum(),
            parts,
            defaults: self.defaults.clone(),
            licence: self.licence.clone(),
            warnings,
            problem: problem.map(|problem| problem.to_string()),
        }
    }
}

/// A LoRA, described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoraDescription {
    /// The file's name without its ending.
    pub name: String,
    /// The naming scheme of its tensors.
    pub format: LoraFormat,
    /// Its path.
    pub path: PathBuf,
    /// Ranks of its updates, ascending.
    pub ranks: Vec<usize>,
    /// Number of values in all updates.
    pub parameters: usize,
    /// How it matches the model it was compared with.
    pub report: Option<LoraMatch>,
}

impl Lora {
    /// Describes the LoRA, with the result of matching it, if any.
    #[must_use]
    pub fn describe(&self, report: Option<LoraMatch>) -> LoraDescription {
        LoraDescription {
            name: self.name.clone(),
            format: self.format,
            path: self.path.clone(),
            ranks: self.ranks(),
            parameters: self.parameters(),
            report,
        }
    }
}
