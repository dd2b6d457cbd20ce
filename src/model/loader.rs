//! Fills networks with parameters asked for by name.
//!
//! Every layer is built by a [`Loader`] that hands it the tensors it names. The same constructors
//! therefore serve four ends: loading a checkpoint, listing what an architecture expects (for
//! reports and LoRA matching), filling it with random numbers (for measurement), and counting.
//! Must not know file layouts: names here are diffusers' keys.

use std::cell::RefCell;
use std::collections::BTreeMap;

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::checkpoint::Entry;
use crate::checkpoint::lora::LoraStack;
use crate::error::ModelError;
use crate::kernels::cpu::Matrix;
use crate::kernels::layer::{Weight, packs};

/// A parameter that an architecture expects: diffusers key and torch shape.
pub type Expected = (String, Vec<usize>);

/// Where parameters are placed and in what number format they compute.
#[derive(Clone, Debug)]
pub struct Target {
    /// The device that computes.
    pub device: Device,
    /// The floating-point format of weights and activations.
    pub dtype: DType,
}

/// Where a [`Loader`] takes parameters from.
pub enum Source<'a> {
    /// Nowhere: remembers what was asked for and hands out placeholders of one element.
    Listing(RefCell<Vec<Expected>>),
    /// A checkpoint part, with LoRA updates added before the weights are placed.
    Checkpoint {
        /// The part's tensors by diffusers key.
        tensors: &'a BTreeMap<String, Entry>,
        /// Updates to add; may be empty.
        loras: &'a LoraStack,
    },
    /// Small random numbers, for measuring speed and memory without weights.
    Random(RefCell<Lcg>),
}

impl Source<'_> {
    /// A source of random numbers that gives the same network every time.
    #[must_use]
    pub fn random() -> Self {
        Self::Random(RefCell::new(Lcg(0x9e37_79b9_7f4a_7c15)))
    }
}

/// A linear congruential stream of uniform numbers; quality does not matter for measurement.
pub struct Lcg(u64);

impl Lcg {
    /// `count` numbers, uniform within ±`bound`, all of them exact in f16: as in a checkpoint published in f16,
    /// whatever format they are kept in.
    fn uniform(&mut self, count: usize, bound: f32) -> Vec<f32> {
        // Eleven bits of which the lowest is at least f16's smallest step.
        let step = bound.log2().floor().exp2().max(2.0_f32.powi(-14)) / 1024.0;
        (0..count)
            .map(|_| {
                self.0 = self
                    .0
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                ((self.0 >> 53) as f32 - 1024.0) * step
            })
            .collect()
    }
}

/// Hands out parameters below one prefix; see [`Source`].
pub struct Loader<'a> {
    source: &'a Source<'a>,
    target: &'a Target,
    prefix: String,
}

impl<'a> Loader<'a> {
    /// A loader at the root of a network.
    #[must_use]
    pub fn new(source: &'a Source<'a>, target: &'a Target) -> Self {
        Self {
            source,
            target,
            prefix: String::new(),
        }
    }

    /// The loader of the child module `name`, which may itself be dotted (`"resnets.0"`).
    #[must_use]
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        let prefix = if self.prefix.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.prefix)
        };
        Self {
            source: self.source,
            target: self.target,
            prefix,
        }
    }

    /// Where the network is being placed.
    #[must_use]
    pub fn target(&self) -> &Target {
        self.target
    }

    /// The parameter `name` of torch shape `shape`, as it stands in the file.
    ///
    /// # Errors
    /// When the checkpoint lacks it, has another shape, or holds a value that is not finite.
    pub fn parameter<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Tensor<D>, ModelError> {
        match self.values(name, &shape)? {
            Some(values) => Ok(self.place(values, shape)),
            None => Ok(self.placeholder()),
        }
    }

    /// A weight of torch shape `shape`: packed from its values where products are our own, otherwise placed in the
    /// shape that `arrange` gives them.
    ///
    /// # Errors
    /// As [`Loader::parameter`].
    pub(crate) fn weight<const D: usize>(
        &self,
        shape: &[usize],
        pack: impl FnOnce(&[f32]) -> Matrix,
        arrange: impl FnOnce(Vec<f32>) -> (Vec<f32>, [usize; D]),
    ) -> Result<Weight<D>, ModelError> {
        Ok(match self.values("weight", shape)? {
            None => Weight::Placed(Box::new(self.placeholder())),
            Some(values) if self.packs() => Weight::Packed(pack(&values)),
            Some(values) => {
                let (values, shape) = arrange(values);
                Weight::Placed(Box::new(self.place(values, shape)))
            }
        })
    }

    /// True when weights are packed for the processor rather than placed as tensors. Listing packs nothing.
    pub(crate) fn packs(&self) -> bool {
        !matches!(self.source, Source::Listing(_)) && packs(&self.target.device, self.target.dtype)
    }

    /// A parameter of one element, as a number.
    ///
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn scalar(&self, name: &str) -> Result<f32, ModelError> {
        Ok(self
            .values(name, &[1])?
            .and_then(|values| values.first().copied())
            .unwrap_or_default())
    }

    /// Says that the format carries `name` although the arithmetic does not need it: with one
    /// context token, attention is a constant (spec §1.6) and its query and key do nothing.
    pub fn declare(&self, name: &str, shape: &[usize]) {
        if let Source::Listing(asked) = self.source {
            asked.borrow_mut().push((self.key(name), shape.to_vec()));
        }
    }

    fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.prefix)
        }
    }

    /// The values in f32 with every LoRA added, or `None` when only listing.
    pub(crate) fn values(
        &self,
        name: &str,
        shape: &[usize],
    ) -> Result<Option<Vec<f32>>, ModelError> {
        let key = self.key(name);
        match self.source {
            Source::Listing(asked) => {
                asked.borrow_mut().push((key, shape.to_vec()));
                Ok(None)
            }
            Source::Random(stream) => {
                let count: usize = shape.iter().product();
                let inputs = (count / shape.first().copied().unwrap_or(1).max(1)).max(1);
                let values = stream
                    .borrow_mut()
                    .uniform(count, (inputs as f32).sqrt().recip());
                // Norm weights sit around one, or activations would die out.
                let is_norm = key.contains("norm") && name == "weight";
                Ok(Some(if is_norm {
                    values.iter().map(|v| 1.0 + 0.1 * v).collect()
                } else {
                    values
                }))
            }
            Source::Checkpoint { tensors, loras } => {
                let entry = tensors
                    .get(&key)
                    .ok_or_else(|| ModelError::Missing { name: key.clone() })?;
                if entry.shape() != shape {
                    return Err(ModelError::WrongShape {
                        name: key,
                        expected: shape.to_vec(),
                        found: entry.shape().to_vec(),
                    });
                }
                let mut values = entry.to_f32()?;
                loras.apply(&key, &mut values)?;
                Ok(Some(values))
            }
        }
    }

    fn place<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        let data = TensorData::new(values, shape);
        Tensor::from_data(
            data.convert_dtype(self.target.dtype),
            (&self.target.device, self.target.dtype),
        )
    }

    fn placeholder<const D: usize>(&self) -> Tensor<D> {
        Tensor::zeros([1; D], (&self.target.device, DType::F32))
    }
}

/// Every parameter that `build` asks for, in the order of asking.
///
/// # Errors
/// Whatever `build` returns; listing itself cannot fail.
pub fn list_parameters<T>(
    build: impl FnOnce(&Loader<'_>) -> Result<T, ModelError>,
) -> Result<Vec<Expected>, ModelError> {
    let source = Source::Listing(RefCell::default());
    let target = Target {
        device: Device::flex(),
        dtype: DType::F32,
    };
    build(&Loader::new(&source, &target))?;
    match source {
        Source::Listing(asked) => Ok(asked.into_inner()),
        Source::Checkpoint { .. } | Source::Random(_) => Ok(Vec::new()),
    }
}

/// `[rows, columns]` to `[columns, rows]`, in square tiles so that both sides stay in cache.
pub(crate) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const TILE: usize = 32;
    let mut out = vec![0.0; values.len()];
    for row in (0..rows).step_by(TILE) {
        for column in (0..columns).step_by(TILE) {
            for r in row..(row + TILE).min(rows) {
                for c in column..(column + TILE).min(columns) {
                    out[c * rows + r] = values[r * columns + c];
                }
            }
        }
    }
    out
}
