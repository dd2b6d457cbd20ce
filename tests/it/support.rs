//! Code shared by the golden tests: reading fixtures, distances, and the bounds with their reasons.
//!
//! Every comparison prints what it found, so that `cargo test -- --nocapture` shows how close to its bound each is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use kinora::checkpoint::{Checkpoint, Entry, Parts, SvdParts, TensorFile, Transform};
use kinora::model::weights::Target;
use serde_json::Value;

/// Maximum relative L2 distance of a block, in f32 on the CPU.
///
/// torch and burn add the same products in different orders, which depend on the CPU's vector width. The
/// largest measured distance is 5.3e-7. In fixtures called small, a wrong eps causes 1e-3 or more; in the least
/// sensitive case, the attention of the autoencoder on signals of ordinary size, it causes 5.8e-6.
pub(crate) const BLOCK_BOUND: f64 = 2e-6;

/// The same for a whole autoencoder or vision tower: torch's own f32 results differ by up to 6e-7 from those of the
/// same network in f64; the largest measured distance is 1.1e-6.
pub(crate) const NETWORK_BOUND: f64 = 5e-6;

/// The same for the UNet, whose levels accumulate errors: 4.5e-6 was measured, and torch's own f32 result is 1.2e-6
/// from f64.
pub(crate) const UNET_BOUND: f64 = 2e-5;

/// A fixture's path, below `tests/golden`.
pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// The device of these tests: the CPU, in f32.
pub(crate) fn cpu() -> Target {
    Target {
        device: Device::flex(),
        dtype: DType::F32,
    }
}

/// One safetensors file of the golden folder.
pub(crate) struct Fixture {
    file: Arc<TensorFile>,
}

impl Fixture {
    pub(crate) fn open(name: &str) -> Self {
        Self::open_at(&golden(name))
    }

    /// Opens a file anywhere, such as one of a dump.
    pub(crate) fn open_at(path: &Path) -> Self {
        let file = TensorFile::open(path);
        Self {
            file: Arc::new(file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))),
        }
    }

    fn entry(&self, name: &str) -> Entry {
        let position = self.file.position(name).expect(name);
        Entry::new(&self.file, position, Transform::None).expect(name)
    }

    pub(crate) fn values(&self, name: &str) -> Vec<f32> {
        self.entry(name).to_f32().expect(name)
    }

    pub(crate) fn shape(&self, name: &str) -> Vec<usize> {
        self.entry(name).shape().to_vec()
    }

    pub(crate) fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        let data = TensorData::new(self.values(name), self.shape(name));
        Tensor::from_data(data, (&Device::flex(), DType::F32))
    }

    /// All tensors below a prefix, by the rest of their names: the weights of a block, or, with `""`, of the whole
    /// file.
    pub(crate) fn weights(&self, prefix: &str) -> BTreeMap<String, Entry> {
        let names = self.file.tensors().iter().map(|info| info.name.as_str());
        names
            .filter_map(|name| Some((name.strip_prefix(prefix)?.to_owned(), self.entry(name))))
            .collect()
    }

    /// A JSON entry of the file's metadata.
    pub(crate) fn note(&self, name: &str) -> Value {
        serde_json::from_str(&self.file.metadata()[name]).expect(name)
    }
}

/// A tensor's values, row-major.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// `‖found − expected‖ / ‖expected‖`, in f64.
pub(crate) fn distance(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len(), "as many values");
    let (mut apart, mut length) = (0.0, 0.0);
    for (&found, &expected) in found.iter().zip(expected) {
        apart += (f64::from(found) - f64::from(expected)).powi(2);
        length += f64::from(expected).powi(2);
    }
    (apart / length).sqrt()
}

/// Asserts a relative L2 distance of at most `bound`; any NaN fails.
pub(crate) fn assert_near(what: &str, found: &[f32], expected: &[f32], bound: f64) {
    let distance = distance(found, expected);
    println!("{what}: {distance:.2e} of {bound:.0e}");
    assert!(
        distance <= bound,
        "{what}: {distance:.2e} apart, more than {bound:.0e}"
    );
}

/// Asserts that every value has the same bits.
pub(crate) fn assert_same(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}: as many values");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            found.to_bits() == expected.to_bits(),
            "{what}: value {i} is {found:e} and not {expected:e}"
        );
    }
}

/// Peak signal-to-noise ratio in dB of values in 0..1; infinite for equal ones.
pub(crate) fn psnr(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len(), "as many values");
    let pairs = found.iter().zip(expected);
    let squares: f64 = pairs
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum();
    -10.0 * (squares / found.len() as f64).log10()
}

/// The networks of a model of SVD's architecture.
pub(crate) fn svd(checkpoint: &Checkpoint) -> &SvdParts {
    let Parts::Svd(parts) = &checkpoint.parts else {
        panic!("a model of another family");
    };
    parts
}

/// Like [`svd`], but mutable.
pub(crate) fn svd_mut(checkpoint: &mut Checkpoint) -> &mut SvdParts {
    let Parts::Svd(parts) = &mut checkpoint.parts else {
        panic!("a model of another family");
    };
    parts
}
