//! A model that was opened, before it is known where it lies.

use super::defaults::Defaults;
use super::kind::Kind;

/// What a family's reader makes of files.
pub(super) struct Opened<P> {
    pub(super) kind: Kind,
    /// The family's networks and settings.
    pub(super) parts: P,
    pub(super) defaults: Defaults,
    /// What had to be assumed, in sentences for the user.
    pub(super) warnings: Vec<String>,
}

impl<P> Opened<P> {
    /// The same as parts of any family.
    pub(super) fn map<Q>(self, parts: impl FnOnce(P) -> Q) -> Opened<Q> {
        Opened {
            kind: self.kind,
            parts: parts(self.parts),
            defaults: self.defaults,
            warnings: self.warnings,
        }
    }
}
