//! A setting that is one value for all levels or a list with one value each.

use serde::{Deserialize, Serialize};

/// `int | list` as diffusers writes it.
// `Each` comes first: for `PerLevel<PerLevel<usize>>` a list must mean one entry per level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerLevel<T> {
    /// One value per level.
    Each(Vec<T>),
    /// The same value at every level.
    Same(T),
}

impl<T> PerLevel<T> {
    /// The value of a level.
    ///
    /// A list that is too short gives its last value; validation has rejected such a list by then. `None` only for an
    /// empty list.
    #[must_use]
    pub fn at(&self, level: usize) -> Option<&T> {
        match self {
            Self::Same(value) => Some(value),
            Self::Each(values) => values.get(level).or_else(|| values.last()),
        }
    }

    /// Length of the list, if there is one.
    #[must_use]
    pub fn listed(&self) -> Option<usize> {
        match self {
            Self::Same(_) => None,
            Self::Each(values) => Some(values.len()),
        }
    }
}

impl<T: PartialEq + Clone> PerLevel<T> {
    /// `Same` when all values are equal, `Each` otherwise.
    #[must_use]
    pub fn from_levels(values: Vec<T>) -> Self {
        match values.first() {
            Some(first) if values.iter().all(|value| value == first) => Self::Same(first.clone()),
            _ => Self::Each(values),
        }
    }
}
