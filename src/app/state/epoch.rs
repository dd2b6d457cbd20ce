//! Telling apart the projects opened in one window.

/// Identifies one opening of a project in this window; never saved.
///
/// Each project numbers its pictures and takes from the start, so an ID identifies something only together
/// with its epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Epoch(u64);

impl Epoch {
    /// The epoch of the project opened next.
    pub(in crate::app) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
