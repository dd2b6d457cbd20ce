//! Tensors of a file under diffusers' names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checkpoint::expected_tensors::ExpectedTensors;
use crate::checkpoint::parts::{Entry, Transform};
use crate::checkpoint::tensors::TensorFile;

/// Entries for the names found in the file; missing ones show up in the report.
///
/// `original` gives the name in the file for diffusers' name, and the transform.
pub(in crate::checkpoint) fn collect(
    file: &Arc<TensorFile>,
    taken: &mut BTreeSet<usize>,
    names: ExpectedTensors,
    original: impl Fn(&str) -> Option<(String, Transform)>,
) -> BTreeMap<String, Entry> {
    let mut tensors = BTreeMap::new();
    for (name, _) in names {
        let found = original(&name)
            .and_then(|(original, transform)| Some((file.position(&original)?, transform)));
        let Some((position, transform)) = found else {
            continue;
        };
        taken.insert(position);
        let transform = match (transform, file.tensors()[position].shape.as_slice()) {
            // The autoencoder's attention was written with 1×1 convolutions.
            (Transform::None, [_, _, 1, 1]) if name.contains(".attentions.") => Transform::Squeeze,
            (transform, _) => transform,
        };
        // If the transform does not fit the shape, the tensor is kept unchanged for the report.
        let entry = Entry::new(file, position, transform)
            .or_else(|| Entry::new(file, position, Transform::None));
        if let Some(entry) = entry {
            tensors.insert(name, entry);
        }
    }
    tensors
}
