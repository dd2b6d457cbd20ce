//! The result of a family's reader.

use super::defaults::ModelDefaults;
use super::kind::Kind;

/// A model as read by its family, without its path and licence.
pub(super) struct Opened<P> {
    pub(super) kind: Kind,
    /// The family's networks and settings.
    pub(super) parts: P,
    pub(super) defaults: ModelDefaults,
    /// Assumptions that had to be made, as sentences for the user.
    pub(super) warnings: Vec<String>,
}

impl<P> Opened<P> {
    /// The same model with other parts.
    pub(super) fn map<Q>(self, parts: impl FnOnce(P) -> Q) -> Opened<Q> {
        Opened {
            kind: self.kind,
            parts: parts(self.parts),
            defaults: self.defaults,
            warnings: self.warnings,
        }
    }
}
