//! The parts of a model, independent of its family.

use std::path::Path;

use super::fingerprint::Print;
use super::kind::Kind;
use super::lora::Targets;
use super::part_description::PartDescription;
use crate::error::CheckpointError;

/// What can be asked of the parts of a model, whatever its family.
pub(super) trait Networks {
    /// Describes each network and compares it with its configuration.
    fn describe(&self) -> Vec<PartDescription>;

    /// Checks that the parts fit each other.
    ///
    /// # Errors
    /// If they do not; `path` is the path of the model.
    fn check(&self, kind: Kind, path: &Path) -> Result<(), CheckpointError>;

    /// Checks that the noise schedule is one that the family can be sampled with.
    ///
    /// # Errors
    /// If it is not; `path` is the path of the model.
    fn check_schedule(&self, path: &Path) -> Result<(), CheckpointError>;

    /// The weight files of the denoising network and their folders may say what the tensors do not. Whether `path`, the
    /// path of the model, or one of these files is named like a model that was distilled to few steps.
    fn is_named_few_step(&self, path: &Path) -> bool;

    /// Adds the weights of each network to a fingerprint, in a fixed order.
    fn fingerprint(&self, print: &mut Print);

    /// The tensors that a LoRA can change, under every name that a file may use.
    fn lora_targets(&self) -> Targets;
}
