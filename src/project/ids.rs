//! Names of what a project holds.

use serde::{Deserialize, Serialize};

/// Names a picture on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PictureId(pub u64);

/// Names a take on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TakeId(pub u64);

/// Numbers below this one belong to the samples.
pub(crate) const FIRST_NUMBER: u64 = 16;

/// Names a clip for as long as its sequence lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClipId(pub u64);
