//! IDs of pictures, takes and clips.

use serde::{Deserialize, Serialize};

/// ID of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PictureId(pub u64);

/// ID of a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TakeId(pub u64);

/// Lower IDs belong to the samples.
pub(crate) const FIRST_NUMBER: u64 = 16;

/// ID of a clip in its sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClipId(pub u64);
