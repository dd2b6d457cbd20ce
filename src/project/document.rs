//! Everything that is saved and can be undone.
//!
//! A small value: pictures and takes are referred to by their IDs, so the history can hold many copies, and
//! two of them can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::direction::Direction;
use super::ids::{PictureId, TakeId};
use super::sequence::Sequence;

/// The user's decisions at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// The picture that the next take is made from; the project file stores it outside the document.
    #[serde(skip)]
    pub picture: Option<PictureId>,
    /// The settings of the next take.
    pub direction: Direction,
    /// The sequence.
    pub sequence: Sequence,
    /// Starred takes.
    pub stars: BTreeSet<TakeId>,
    /// Names that the user gave to takes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub take_names: BTreeMap<TakeId, String>,
    /// Takes removed from the shelf; they stay in the project.
    pub hidden_takes: BTreeSet<TakeId>,
    /// Pictures removed from the shelf; they stay in the project.
    pub hidden_pictures: BTreeSet<PictureId>,
}
