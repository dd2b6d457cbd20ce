//! The table of families, one row each.

use super::animatediff::family::AnimateDiff;
use super::family::Family;
use super::sd::family::Sd;
use super::svd::family::Svd;
use crate::checkpoint::{Checkpoint, Parts};

/// The family of a model, as identified by its tensors.
///
/// A kind that Kinora recognises but cannot run (SV3D) gets the family whose networks it has; generating with it is
/// refused earlier, by [`Checkpoint::require_supported`].
#[must_use]
pub fn family_of(checkpoint: &Checkpoint) -> Box<dyn Family + '_> {
    match &checkpoint.parts {
        Parts::Svd(parts) => Box::new(Svd { checkpoint, parts }),
        Parts::Sd(parts) => Box::new(Sd { checkpoint, parts }),
        Parts::AnimateDiff(parts) => Box::new(AnimateDiff { checkpoint, parts }),
    }
}
