//! Whether a checkpoint holds every tensor its networks need, checked before anything is loaded.

use std::path::Path;

use crate::checkpoint::LoadReport;
use crate::error::GenerateError;

/// How the tensors of each part match the architecture that its configuration describes.
#[derive(Clone, Debug)]
pub struct PartsReport {
    parts: Vec<(&'static str, LoadReport)>,
}

impl PartsReport {
    /// A report on named parts.
    pub(super) fn new(parts: Vec<(&'static str, LoadReport)>) -> Self {
        Self { parts }
    }

    /// The parts by name.
    #[must_use]
    pub fn parts(&self) -> &[(&'static str, LoadReport)] {
        &self.parts
    }

    /// Rejects an incomplete checkpoint and names what is missing.
    ///
    /// # Errors
    /// [`crate::error::CheckpointError::Incomplete`] for the first part that does not match.
    pub fn require_complete(&self, path: &Path) -> Result<(), GenerateError> {
        for (name, part) in &self.parts {
            part.require_complete(name, path)?;
        }
        Ok(())
    }

    /// A sentence about unused tensors, if there are any.
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
        (!unused.is_empty()).then(|| format!("unused tensors: {}", unused.join(", ")))
    }
}
