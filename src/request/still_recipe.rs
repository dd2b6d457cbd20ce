//! The recipe in the PNG of a picture from words.
//!
//! Not the recipe of a take: readers of takes find none in it, and open the file as a picture.

use serde::{Deserialize, Serialize};

use super::first_frame::FirstFrame;

/// How a picture from words was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StillRecipe {
    /// Version of Kinora that made it.
    pub kinora_still: String,
    /// Hash of its pixels. Other programs keep the recipe when they change the pixels, which it then no longer
    /// describes.
    pub fingerprint: String,
    /// How it was made.
    pub made: FirstFrame,
}

impl StillRecipe {
    /// The recipe of a picture with this fingerprint.
    #[must_use]
    pub fn new(made: FirstFrame, fingerprint: String) -> Self {
        Self {
            kinora_still: env!("CARGO_PKG_VERSION").to_owned(),
            fingerprint,
            made,
        }
    }

    /// Reads the recipe from the comment in a picture's file; `None` if it has none that this version knows.
    #[must_use]
    pub fn read(comment: &str) -> Option<Self> {
        serde_json::from_str(comment).ok()
    }

    /// How the picture with this fingerprint was made; `None` if its pixels were changed since.
    #[must_use]
    pub fn of_pixels(self, fingerprint: &str) -> Option<FirstFrame> {
        (self.fingerprint == fingerprint).then_some(self.made)
    }
}
