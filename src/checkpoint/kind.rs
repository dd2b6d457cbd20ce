//! Kinds of models and layouts of their files.

use std::fmt;

use serde::{Serialize, Serializer};

/// A published model, as far as its tensors identify it. Each family defines its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    title: &'static str,
    runs: bool,
}

impl Kind {
    /// A kind that Kinora can run.
    pub(super) const fn new(title: &'static str) -> Self {
        Self { title, runs: true }
    }

    /// A kind that Kinora only recognises, so that it can be refused by name.
    pub(super) const fn recognised(title: &'static str) -> Self {
        Self { title, runs: false }
    }

    /// The display name.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.title
    }

    /// Whether Kinora can run it.
    #[must_use]
    pub fn runs(self) -> bool {
        self.runs
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.title)
    }
}

/// The layout of a model's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum FileLayout {
    /// A diffusers folder with one folder per part.
    #[serde(rename = "diffusers folder")]
    Folder,
    /// One file in Stability's original naming.
    #[serde(rename = "single file")]
    SingleFile,
}

impl fmt::Display for FileLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "diffusers folder",
            Self::SingleFile => "single file",
        })
    }
}

/// Which files to use if a folder has both precisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prefer {
    /// Full precision.
    #[default]
    Full,
    /// The `.fp16` variant.
    Half,
}
