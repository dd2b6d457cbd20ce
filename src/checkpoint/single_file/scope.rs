//! The tensors of a file under one prefix.

use crate::checkpoint::tensors::TensorFile;

/// Names relative to a prefix.
pub(in crate::checkpoint) struct Scope<'a> {
    file: &'a TensorFile,
    prefix: &'a str,
}

impl<'a> Scope<'a> {
    pub(in crate::checkpoint) fn new(file: &'a TensorFile, prefix: &'a str) -> Self {
        Self { file, prefix }
    }

    /// Whether any name starts with `start`.
    pub(in crate::checkpoint) fn has(&self, start: &str) -> bool {
        self.file.has_prefix(&format!("{}{start}", self.prefix))
    }

    /// Shape of a tensor.
    pub(in crate::checkpoint) fn shape(&self, name: &str) -> Option<&'a [usize]> {
        let info = self.file.info(&format!("{}{name}", self.prefix))?;
        Some(&info.shape)
    }

    /// One dimension of a tensor, or why there is none.
    pub(in crate::checkpoint) fn dim(&self, name: &str, dimension: usize) -> Result<usize, String> {
        self.shape(name)
            .and_then(|shape| shape.get(dimension))
            .copied()
            .ok_or_else(|| format!("{}{name} is missing or has too few dimensions", self.prefix))
    }

    /// The number of consecutive prefixes `start0.`, `start1.`, … that exist.
    pub(in crate::checkpoint) fn count(&self, start: &str) -> usize {
        (0..)
            .take_while(|i| self.has(&format!("{start}{i}.")))
            .count()
    }
}
