//! Whether a checkpoint holds what its configuration needs, before anything is loaded.

use std::path::Path;

use crate::checkpoint::LoadReport;
use crate::error::GenerateError;

/// How each part of a checkpoint matches the architecture its configuration describes.
#[derive(Clone, Debug)]
pub struct ModelReport {
    parts: Vec<(&'static str, LoadReport)>,
}

impl ModelReport {
    /// Of parts with their names.
    pub(super) fn new(parts: Vec<(&'static str, LoadReport)>) -> Self {
        Self { parts }
    }

    /// The parts with their names.
    #[must_use]
    pub fn parts(&self) -> &[(&'static str, LoadReport)] {
        &self.parts
    }

    /// Refuses a checkpoint that lacks anything, naming what.
    ///
    /// # Errors
    /// [`crate::error::CheckpointError::Incomplete`] for the first part that does not match.
    pub fn require_complete(&self, path: &Path) -> Result<(), GenerateError> {
        for (name, part) in &self.parts {
            part.require_complete(name, path)?;
        }
        Ok(())
    }

    /// One sentence on tensors that nothing uses, if there are any.
    #[must_use]
    pub fn unexpected_note(&self) -> Option<String> {
        let unused: Vec<String> = self
            .parts
            .iter()
            .filter(|(_, report)| !report.unexpected.is_empty())
            .map(|(name, report)| {
                let first = report.unexpected.first().map_or("", String::as_str);
                format!("{} in {name} (such as {first})", report.unexpected.len())
            })
            .collect();
        (!unused.is_empty()).then(|| format!("tensors that nothing uses: {}", unused.join(", ")))
    }
}
