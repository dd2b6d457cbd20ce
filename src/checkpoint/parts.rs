//! Parts of a model (UNet, autoencoder, image encoder): a configuration and named tensors.
//!
//! Owns how a tensor of a file becomes a tensor of a network: renamed, transposed, cut.
//! Does not depend on networks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::convert::FloatFormat;
use super::tensors::{Dtype, TensorFile, TensorView};
use crate::error::CheckpointError;

/// How a stored tensor becomes the tensor that a network expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// Taken as it is.
    None,
    /// `[a, b]` becomes `[b, a]`.
    Transpose,
    /// A range of the first dimension.
    Rows {
        /// First row.
        start: usize,
        /// Number of rows.
        len: usize,
    },
    /// Trailing dimensions of length 1 are dropped down to two: `[o, i, 1, 1]` becomes `[o, i]`.
    Squeeze,
}

/// A tensor of a part: where it is stored, and its transform.
#[derive(Debug, Clone)]
pub struct Entry {
    file: Arc<TensorFile>,
    position: usize,
    transform: Transform,
    shape: Vec<usize>,
}

impl Entry {
    /// A stored tensor with a transform; `None` if the transform does not fit its shape.
    #[must_use]
    pub fn new(file: &Arc<TensorFile>, position: usize, transform: Transform) -> Option<Self> {
        let stored = &file.tensors().get(position)?.shape;
        let shape = match (transform, stored.as_slice()) {
            (Transform::None, shape) => shape.to_vec(),
            (Transform::Transpose, &[a, b]) => vec![b, a],
            (Transform::Rows { start, len }, [rows, rest @ ..])
                if start.checked_add(len).is_some_and(|end| end <= *rows) =>
            {
                [&[len], rest].concat()
            }
            (Transform::Squeeze, [a, b, rest @ ..]) if rest.iter().all(|&n| n == 1) => vec![*a, *b],
            _ => return None,
        };
        Some(Self {
            file: Arc::clone(file),
            position,
            transform,
            shape,
        })
    }

    /// The shape after the transform, outermost first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of values.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// How the values are stored.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.file.tensors()[self.position].dtype
    }

    /// The name in the file.
    #[must_use]
    pub fn stored_name(&self) -> &str {
        &self.file.tensors()[self.position].name
    }

    /// The file that contains the tensor.
    #[must_use]
    pub fn file(&self) -> &TensorFile {
        &self.file
    }

    /// The transform of the stored tensor.
    #[must_use]
    pub fn transform(&self) -> Transform {
        self.transform
    }

    /// The values as `W`, row-major in [`Entry::shape`]; the pages read are released again.
    ///
    /// # Errors
    /// If the stored type is not floating-point, or a value is NaN or infinite, or does not fit in `W`.
    pub fn to_vec<W: FloatFormat>(&self) -> Result<Vec<W>, CheckpointError> {
        let stored = self.view(|view| view.to_vec::<W>())?;
        let &[columns, rows] = self.shape.as_slice() else {
            return Ok(stored);
        };
        // The loop below would run once per column even if there are no values, and then there can be 2^63 columns.
        if self.transform != Transform::Transpose || stored.is_empty() {
            return Ok(stored);
        }
        // [rows, columns] as stored to [columns, rows].
        let mut turned = Vec::with_capacity(stored.len());
        for column in 0..columns {
            turned.extend((0..rows).map(|row| stored[row * columns + column]));
        }
        Ok(turned)
    }

    /// The values as `f32`.
    ///
    /// # Errors
    /// Same as [`Entry::to_vec`].
    pub fn to_f32(&self) -> Result<Vec<f32>, CheckpointError> {
        self.to_vec()
    }

    /// Whether every value is finite, without keeping anything in memory.
    ///
    /// # Errors
    /// If the stored type is not floating-point, or a value is NaN or infinite.
    pub fn check_finite(&self) -> Result<(), CheckpointError> {
        self.view(|view| view.check_finite())
    }

    /// Whether [`Entry::rows`] can be read: stored row after row, in a format of four or two bytes.
    #[must_use]
    pub fn is_in_rows(&self) -> bool {
        self.transform != Transform::Transpose
            && matches!(self.dtype(), Dtype::F32 | Dtype::F16 | Dtype::Bf16)
    }

    /// `rows` of the first dimension as they are stored; `None` if there are fewer.
    ///
    /// The view's shape is that of the whole tensor as stored. What was read stays in memory until [`Entry::release`].
    #[must_use]
    pub fn rows(&self, rows: Range<usize>) -> Option<TensorView<'_>> {
        if rows.start > rows.end || rows.end > self.shape.first().copied().unwrap_or(0) {
            return None;
        }
        let mut view = self.file.view(self.position)?;
        let stored = view.shape.first().copied().unwrap_or(0).max(1);
        let row = view.bytes.len() / stored;
        let first = match self.transform {
            Transform::Rows { start, .. } => start,
            _ => 0,
        };
        view.bytes = view
            .bytes
            .get((first + rows.start) * row..(first + rows.end) * row)?;
        Some(view)
    }

    /// [`TensorFile::release`] of the stored tensor.
    pub fn release(&self) {
        self.file.release(self.position);
    }

    /// Passes the stored bytes of these rows to `read`, then releases the pages.
    fn view<T>(
        &self,
        read: impl FnOnce(TensorView<'_>) -> Result<T, CheckpointError>,
    ) -> Result<T, CheckpointError> {
        let Some(mut view) = self.file.view(self.position) else {
            return Err(CheckpointError::Damaged {
                reason: format!("{} is outside the file", self.stored_name()),
                path: self.file.path().to_owned(),
            });
        };
        if let Transform::Rows { start, len } = self.transform
            && let Some(&rows) = view.shape.first().filter(|&&rows| rows > 0)
        {
            let row = view.bytes.len() / rows;
            view.bytes = &view.bytes[start * row..(start + len) * row];
        }
        let result = read(view);
        self.file.release(self.position);
        result
    }
}

/// A network's configuration and its tensors under diffusers' names.
#[derive(Debug, Clone)]
pub struct Part<C> {
    /// The configuration of the network.
    pub config: C,
    /// Its tensors; unknown names are kept as they are in the file.
    pub tensors: BTreeMap<String, Entry>,
}

impl<C> Part<C> {
    /// Whether every tensor is stored in f16. Also true without tensors.
    #[must_use]
    pub fn is_f16(&self) -> bool {
        self.tensors
            .values()
            .all(|entry| entry.dtype() == Dtype::F16)
    }

    /// The same part, with those tensors that `wanted` names as `[o, i]` where they are stored as `[o, i, 1, 1]`.
    pub(super) fn squeezed(mut self, wanted: fn(&str) -> bool) -> Self {
        for (name, entry) in &mut self.tensors {
            if wanted(name)
                && matches!(entry.shape(), [_, _, 1] | [_, _, 1, 1])
                && let Some(squeezed) = Entry::new(&entry.file, entry.position, Transform::Squeeze)
            {
                *entry = squeezed;
            }
        }
        self
    }

    /// Removes a prefix from the names that have it.
    pub(super) fn strip(&mut self, prefix: &str) {
        let tensors = std::mem::take(&mut self.tensors).into_iter();
        let stripped = tensors.map(|(name, entry)| match name.strip_prefix(prefix) {
            Some(rest) => (rest.to_owned(), entry),
            None => (name, entry),
        });
        self.tensors = stripped.collect();
    }

    /// A tensor by diffusers' name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.tensors.get(name)
    }
}
