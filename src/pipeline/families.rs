//! The families that can be generated with: one row each.

use super::family::Family;
use super::svd::family::Svd;
use crate::checkpoint::{Checkpoint, Parts};

/// The family of a model, which its tensors have told ([`Checkpoint::kind`]).
///
/// A kind that is only recognised is answered by the family whose networks it has; generating is refused
/// ([`Checkpoint::require_supported`]).
#[must_use]
pub fn family_of(checkpoint: &Checkpoint) -> Box<dyn Family + '_> {
    match &checkpoint.parts {
        Parts::Svd(parts) => Box::new(Svd { checkpoint, parts }),
    }
}
