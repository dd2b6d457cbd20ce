//! Everything that is saved and can be undone.
//!
//! A small value: pictures and takes are referred to by their names on the shelf, so that the
//! history can keep many copies and two of them can be compared. Must not know pixels, files or
//! when it was saved.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::direction::Direction;
use super::ids::{PictureId, TakeId};
use super::sequence::Sequence;

/// What an artist decided, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// The picture that the next take is made of; the project's file names it beside the document.
    #[serde(skip)]
    pub picture: Option<PictureId>,
    /// How the next take is made.
    pub direction: Direction,
    /// The takes that play one after the other.
    pub sequence: Sequence,
    /// Takes that the artist likes.
    pub stars: BTreeSet<TakeId>,
    /// Takes that were removed from the shelf; they stay in the project.
    pub hidden_takes: BTreeSet<TakeId>,
    /// Pictures that were removed from the shelf; they stay in the project.
    pub hidden_pictures: BTreeSet<PictureId>,
}
