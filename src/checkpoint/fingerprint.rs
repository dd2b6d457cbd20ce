//! A fingerprint of a set of weights. It does not depend on the names or the layout of the files.
//!
//! Only samples of each tensor are hashed: a checkpoint has gigabytes, and training changes every tensor almost
//! everywhere.

use sha2::{Digest as _, Sha256};

use super::expected_tensors::ExpectedTensors;
use super::parts::{Entry, Part, Transform};
use super::tensors::TensorFile;

/// Number of bytes that are hashed at the beginning, in the middle and at the end of a tensor.
const PIECE: usize = 1 << 10;

/// The fingerprint of the tensors of a file and of the configuration `beside` it, which states their scales: 16
/// hexadecimal digits.
pub(super) fn of_file(file: &TensorFile, beside: Option<&[u8]>) -> String {
    let mut print = Print::default();
    let mut positions: Vec<usize> = (0..file.tensors().len()).collect();
    positions.sort_by_key(|&position| &file.tensors()[position].name);
    for view in positions.into_iter().filter_map(|at| file.view(at)) {
        print.form(view.name, &view.dtype.to_string(), view.shape);
        print.bytes(view.bytes);
    }
    print.bytes(beside.unwrap_or_default());
    print.digits()
}

/// A fingerprint while it is computed.
#[derive(Default)]
pub(super) struct Print(Sha256);

impl Print {
    /// Adds the tensors of a network. Tensors that it does not read are left out, since layouts carry different ones.
    pub(super) fn part<C>(&mut self, part: &Part<C>, mut expected: ExpectedTensors) {
        expected.sort();
        for (name, _) in expected {
            if let Some(entry) = part.get(&name) {
                self.entry(&name, entry);
            }
        }
    }

    fn entry(&mut self, name: &str, entry: &Entry) {
        self.form(name, &entry.dtype().to_string(), entry.shape());
        // A transposed tensor has the same values in another order, so only its name, type and shape count.
        if entry.transform() == Transform::Transpose {
            return;
        }
        let rows = entry.shape().first().copied().unwrap_or(1);
        if let Some(view) = entry.rows(0..rows) {
            self.bytes(view.bytes);
        }
        entry.release();
    }

    fn form(&mut self, name: &str, dtype: &str, shape: &[usize]) {
        self.0.update(name);
        self.0.update(dtype);
        for &length in shape {
            self.0.update((length as u64).to_le_bytes());
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if bytes.len() <= 3 * PIECE {
            self.0.update(bytes);
            return;
        }
        let middle = bytes.len() / 2;
        self.0.update(&bytes[..PIECE]);
        self.0.update(&bytes[middle..middle + PIECE]);
        self.0.update(&bytes[bytes.len() - PIECE..]);
    }

    /// The fingerprint: 16 hexadecimal digits.
    pub(super) fn digits(self) -> String {
        // 64 bits make a collision between two models of one user practically impossible.
        let hash = self.0.finalize();
        hash.iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
