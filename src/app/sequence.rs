//! The takes of a project as one film: which, in what order, how much of each.
//!
//! Part of the document, so every change to it can be undone. Must not know pixels or playback.

use serde::{Deserialize, Serialize};

/// The film; empty at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sequence {}
