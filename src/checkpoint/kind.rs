//! Which model it is, and how its files are laid out.

use std::fmt;

use serde::{Serialize, Serializer};

/// A published model, as far as its tensors tell. Each family names its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    title: &'static str,
    runs: bool,
}

impl Kind {
    /// One that a pipeline runs.
    pub(super) const fn new(title: &'static str) -> Self {
        Self { title, runs: true }
    }

    /// One that is only told from others, so that it can be refused by its name.
    pub(super) const fn recognised(title: &'static str) -> Self {
        Self { title, runs: false }
    }

    /// The name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.title
    }

    /// Whether a pipeline runs it.
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

/// How the files are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Layout {
    /// A diffusers folder with one folder per part.
    #[serde(rename = "diffusers folder")]
    Folder,
    /// One file in Stability's original naming.
    #[serde(rename = "single file")]
    SingleFile,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "diffusers folder",
            Self::SingleFile => "single file",
        })
    }
}

/// Which files to take when a folder has both precisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prefer {
    /// Full precision.
    #[default]
    Full,
    /// The `.fp16` variant.
    Half,
}
