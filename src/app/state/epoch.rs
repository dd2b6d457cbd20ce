//! Which opening of a project something belongs to.

/// Tells one opening of a project from every other one in this window; never saved.
///
/// Each project numbers its pictures and takes anew, so outside the open project such a number means nothing without
/// this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Epoch(u64);

impl Epoch {
    /// The epoch of the project that is opened next.
    pub(in crate::app) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
