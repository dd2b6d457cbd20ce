//! The tensors of a file under one prefix.

use super::super::tensors::TensorFile;

/// Names relative to a prefix.
pub(super) struct Scope<'a> {
    file: &'a TensorFile,
    prefix: &'a str,
}

impl<'a> Scope<'a> {
    pub(super) fn new(file: &'a TensorFile, prefix: &'a str) -> Self {
        Self { file, prefix }
    }

    /// Whether any name begins so.
    pub(super) fn has(&self, start: &str) -> bool {
        self.file.has_prefix(&format!("{}{start}", self.prefix))
    }

    /// Shape of a tensor.
    pub(super) fn shape(&self, name: &str) -> Option<&'a [usize]> {
        let info = self.file.info(&format!("{}{name}", self.prefix))?;
        Some(&info.shape)
    }

    /// One dimension of a tensor, or the reason why it cannot be had.
    pub(super) fn dim(&self, name: &str, dimension: usize) -> Result<usize, String> {
        self.shape(name)
            .and_then(|shape| shape.get(dimension))
            .copied()
            .ok_or_else(|| format!("{}{name} is missing or has too few dimensions", self.prefix))
    }

    /// How many of `start0.`, `start1.`, … exist, counted up to the first that does not.
    pub(super) fn count(&self, start: &str) -> usize {
        (0..)
            .take_while(|i| self.has(&format!("{start}{i}.")))
            .count()
    }

    /// Whether any block mixes space and time: the mark of this family.
    pub(super) fn is_spatio_temporal(&self) -> bool {
        self.has("middle_block.0.time_stack.") || self.has("middle_block.0.time_mixer.")
    }
}
