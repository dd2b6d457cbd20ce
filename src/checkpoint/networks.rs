//! The parts of a model, independent of its family.

use std::path::Path;

use super::config::Unet2dConfig;
use super::fingerprint::Print;
use super::kind::Kind;
use super::lora::Targets;
use super::part_description::PartDescription;
use crate::error::CheckpointError;

/// Operations on the parts of a model, whatever its family.
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

    /// The UNet that motion modules can be added to, if there is one.
    fn picture_unet(&self) -> Option<&Unet2dConfig> {
        None
    }

    /// Whether `path`, the path of the model, or the name of a weight file of the denoising network or of its folder is
    /// that of a model that was distilled to few steps. The tensors do not show that.
    fn is_named_few_step(&self, path: &Path) -> bool;

    /// Adds the weights of each network to a fingerprint, in a fixed order.
    fn fingerprint(&self, print: &mut Print);

    /// The tensors that a LoRA can change, under every name that a file may use.
    fn lora_targets(&self) -> Targets;
}
