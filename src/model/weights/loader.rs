//! Fills networks with parameters asked for by name.
//!
//! Every layer is built by a [`Loader`] that gives it the tensors it names. The same constructors therefore serve four
//! purposes: loading a checkpoint, listing what an architecture expects (for reports and LoRA matching), filling it
//! with random numbers (for benchmarks), and counting. Must not depend on file layouts: names are diffusers' keys.

use std::cell::RefCell;
use std::collections::BTreeMap;

use burn::tensor::{DType, Device, Tensor, TensorData};
use serde::Serialize;

use super::mapped_weights::MappedWeights;
use crate::checkpoint::Entry;
use crate::checkpoint::lora::{ChangeByFrame, LoraStack};
use crate::error::ModelError;
use crate::kernels::cpu::{LayerWeights, Layout, Matrix, WeightSource as _};
use crate::kernels::layer::{Weight, packs};

/// A parameter that an architecture expects: its diffusers key and its torch shape.
pub type Expected = (String, Vec<usize>);

/// Where a network is placed, and in which number format it computes.
#[derive(Clone, Debug)]
pub struct Target {
    /// The device that computes.
    pub device: Device,
    /// The floating-point format of weights and activations.
    pub dtype: DType,
}

/// Where a [`Loader`] gets parameters from.
pub enum Source<'a> {
    /// No source: records which parameters were requested, and returns placeholders of one element.
    Listing(RefCell<Vec<Expected>>),
    /// A part of a checkpoint, with LoRAs added before the weights are placed.
    Checkpoint {
        /// The part's tensors by diffusers key.
        tensors: &'a BTreeMap<String, Entry>,
        /// LoRAs to add; may be empty.
        loras: &'a LoraStack,
    },
    /// Small random numbers, to measure speed and memory without weights.
    Random(RefCell<Lcg>),
}

impl Source<'_> {
    /// Random numbers that are the same every time.
    #[must_use]
    pub fn random() -> Self {
        Self::Random(RefCell::new(Lcg(0x9e37_79b9_7f4a_7c15)))
    }
}

/// A linear congruential generator of uniform numbers; their quality does not matter here.
pub struct Lcg(u64);

impl Lcg {
    /// `count` numbers, uniform within ±`bound`, all of them exact in f16, like those of a checkpoint published in f16.
    fn uniform(&mut self, count: usize, bound: f32) -> Vec<f32> {
        // Eleven bits, the lowest of which is at least the smallest step of f16.
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

/// Where a network keeps its large weights on the CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightPlacement {
    /// Packed in memory.
    #[default]
    InMemory,
    /// In their file, to be packed for each product that needs them. Weights that a LoRA changes, and those with fewer
    /// than [`LARGE`] elements, are in memory even so.
    InFile,
}

/// Number of elements above which a weight is worth reading from its file: a megabyte in f32.
pub const LARGE: usize = 1 << 18;

/// Provides the parameters below one prefix; see [`Source`].
pub struct Loader<'a> {
    source: &'a Source<'a>,
    target: &'a Target,
    weights: WeightPlacement,
    prefix: String,
}

impl<'a> Loader<'a> {
    /// A loader at the root of a network.
    #[must_use]
    pub fn new(source: &'a Source<'a>, target: &'a Target) -> Self {
        Self {
            source,
            target,
            weights: WeightPlacement::default(),
            prefix: String::new(),
        }
    }

    /// The same loader, with large weights kept as `weights` says.
    #[must_use]
    pub fn with_weights(self, weights: WeightPlacement) -> Self {
        Self { weights, ..self }
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
            weights: self.weights,
            prefix,
        }
    }

    /// Where the network is placed.
    #[must_use]
    pub fn target(&self) -> &Target {
        self.target
    }

    /// The parameter `name` of torch shape `shape`, in the layout of the file.
    ///
    /// # Errors
    /// If the checkpoint lacks it, has another shape, or holds a value that is not finite.
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

    /// A weight of torch shape `shape`: packed by `layout` if Kinora's own products use it, otherwise placed in the
    /// shape that `arrange` returns.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub(crate) fn weight<const D: usize>(
        &self,
        shape: &[usize],
        layout: Layout,
        arrange: impl FnOnce(Vec<f32>) -> (Vec<f32>, [usize; D]),
    ) -> Result<Weight<D>, ModelError> {
        if self.packs()
            && let Some(entry) = self.stored("weight", shape)?
        {
            return Ok(Weight::Packed(self.stock(vec![entry], layout)?));
        }
        Ok(match self.values("weight", shape)? {
            None => Weight::Placed(Box::new(self.placeholder())),
            Some(values) if self.packs() => {
                Weight::Packed(LayerWeights::Packed(Matrix::of(&values, layout)))
            }
            Some(values) => {
                let (values, shape) = arrange(values);
                Weight::Placed(Box::new(self.place(values, shape)))
            }
        })
    }

    /// The weights of several linear layers of the same `layout` with their outputs concatenated; `None` if weights are
    /// not packed.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub(crate) fn stock_of(
        parts: &[Loader<'_>],
        layout: Layout,
    ) -> Result<Option<LayerWeights>, ModelError> {
        let Some(first) = parts.first().filter(|first| first.packs()) else {
            return Ok(None);
        };
        let (inputs, outputs) = (layout.inputs(), layout.outputs());
        let joined = Layout::linear(inputs, parts.len() * outputs);
        let entries = parts
            .iter()
            .map(|at| at.stored("weight", &[outputs, inputs]))
            .collect::<Result<Option<Vec<_>>, _>>()?;
        if let Some(entries) = entries {
            return Ok(Some(first.stock(entries, joined)?));
        }
        let mut weights = Vec::with_capacity(inputs * joined.outputs());
        for at in parts {
            weights.extend(at.values("weight", &[outputs, inputs])?.unwrap_or_default());
        }
        Ok(Some(LayerWeights::Packed(Matrix::of(&weights, joined))))
    }

    /// The changes of `weight`, of torch shape `shape`, whose strengths change over the frames.
    ///
    /// # Errors
    /// If a LoRA file can no longer be read.
    pub(crate) fn by_frame(&self, shape: &[usize]) -> Result<Vec<ChangeByFrame>, ModelError> {
        let Source::Checkpoint { loras, .. } = self.source else {
            return Ok(Vec::new());
        };
        let key = self.key("weight");
        let changes = loras.by_frame(&key)?;
        let count = shape.iter().product::<usize>();
        match changes.iter().find(|change| change.delta.len() != count) {
            None => Ok(changes),
            Some(change) => Err(ModelError::WrongShape {
                name: key,
                expected: shape.to_vec(),
                found: vec![change.delta.len()],
            }),
        }
    }

    /// A weight made of `values`, row-major in torch's shape, in the form that [`Loader::weight`] returns.
    pub(crate) fn weight_of(&self, values: Vec<f32>, layout: Layout) -> Weight<2> {
        let (inputs, outputs) = (layout.inputs(), layout.outputs());
        if self.packs() {
            return Weight::Packed(LayerWeights::Packed(Matrix::of(&values, layout)));
        }
        let values = transposed(&values, outputs, inputs);
        Weight::Placed(Box::new(self.place(values, [inputs, outputs])))
    }

    /// The stored tensor of a parameter that can be packed without conversion; `None` for others.
    fn stored(&self, name: &str, shape: &[usize]) -> Result<Option<Entry>, ModelError> {
        let Source::Checkpoint { tensors, loras } = self.source else {
            return Ok(None);
        };
        let key = self.key(name);
        if loras.changes(&key) {
            return Ok(None);
        }
        let entry = entry(tensors, key, shape)?;
        Ok(entry.is_in_rows().then(|| entry.clone()))
    }

    fn stock(&self, entries: Vec<Entry>, layout: Layout) -> Result<LayerWeights, ModelError> {
        let large = entries.iter().all(|entry| entry.elements() >= LARGE);
        let mapped = MappedWeights::new(entries);
        if large && self.weights == WeightPlacement::InFile {
            mapped.check_finite()?;
            return Ok(LayerWeights::Mapped(layout, Box::new(mapped)));
        }
        let matrix = Matrix::pack(layout, |outputs, read| mapped.checked_rows(outputs, read));
        mapped.put_back();
        Ok(LayerWeights::Packed(matrix?))
    }

    /// Whether weights are packed for the CPU instead of being placed as tensors. Listing packs nothing.
    pub(crate) fn packs(&self) -> bool {
        !matches!(self.source, Source::Listing(_)) && packs(&self.target.device, self.target.dtype)
    }

    /// The value of a parameter with one element.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn scalar(&self, name: &str) -> Result<f32, ModelError> {
        Ok(self
            .values(name, &[1])?
            .and_then(|values| values.first().copied())
            .unwrap_or_default())
    }

    /// Declares a parameter that is part of the format but not needed: with one context token, attention is a constant
    /// (spec §1.6), and its query and key have no effect.
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

    /// The values in f32 with all LoRAs added; `None` if listing.
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
                // Weights of norms are close to one; otherwise activations would vanish.
                let is_norm = key.contains("norm") && name == "weight";
                Ok(Some(if is_norm {
                    values.iter().map(|v| 1.0 + 0.1 * v).collect()
                } else {
                    values
                }))
            }
            Source::Checkpoint { tensors, loras } => {
                let entry = entry(tensors, key.clone(), shape)?;
                let mut values = entry.to_f32()?;
                loras.apply(&key, &mut values)?;
                Ok(Some(values))
            }
        }
    }

    /// `values` on the network's device, in its format.
    pub(crate) fn place<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
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

/// The stored tensor of a parameter, checked for its shape.
fn entry<'a>(
    tensors: &'a BTreeMap<String, Entry>,
    key: String,
    shape: &[usize],
) -> Result<&'a Entry, ModelError> {
    match tensors.get(&key) {
        None => Err(ModelError::Missing { name: key }),
        Some(entry) if entry.shape() != shape => Err(ModelError::WrongShape {
            name: key,
            expected: shape.to_vec(),
            found: entry.shape().to_vec(),
        }),
        Some(entry) => Ok(entry),
    }
}

/// Every parameter that `build` asks for, in that order.
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

/// Transposes `[rows, columns]` in square tiles, so that both sides stay in cache.
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
