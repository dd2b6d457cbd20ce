//! What every family's parts can be asked.

use std::path::Path;

use super::kind::Kind;
use super::lora::Targets;
use super::part_description::PartDescription;
use crate::error::CheckpointError;

/// The networks of a model, as far as it does not matter which they are.
pub(super) trait Networks {
    /// Each network in figures, compared with what its configuration calls for.
    fn describe(&self) -> Vec<PartDescription>;

    /// Checks the figures that two parts must share.
    ///
    /// # Errors
    /// When parts do not fit each other; `path` is the model's.
    fn check(&self, kind: Kind, path: &Path) -> Result<(), CheckpointError>;

    /// Checks that the noise schedule is one that the family is sampled with.
    ///
    /// # Errors
    /// When it is not; `path` is the model's.
    fn check_schedule(&self, path: &Path) -> Result<(), CheckpointError>;

    /// What a LoRA may change, under every name that a file may use.
    fn lora_targets(&self) -> Targets;
}
