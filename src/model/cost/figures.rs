//! Input and output of a cost function.

use super::flops::Flops;
use crate::model::weights::{Expected, LARGE};

/// The size of a network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Frames in one pass.
    pub frames: usize,
    /// Height in pixels, or latent pixels, of the input.
    pub height: usize,
    /// Width in the same unit.
    pub width: usize,
}

/// Memory and arithmetic of one pass through a network, as its ledger counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Number of parameters in memory while it runs.
    pub parameters: u64,
    /// Elements of the largest parameter.
    pub largest_parameter: u64,
    /// Number of elements in parameters large enough to be read from their file as they are used ([`LARGE`]).
    pub large_parameters: u64,
    /// Peak bytes of activations, input and output included.
    pub activations: u64,
    /// Bytes of the largest single activation.
    pub largest_activation: u64,
    /// Arithmetic of the pass.
    pub flops: Flops,
}

/// Sizes of a network's parameters, in elements.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::model) struct Sizes {
    pub(super) all: u64,
    /// Total of the parameters with at least [`LARGE`] elements.
    pub(super) large: u64,
    pub(super) largest: u64,
}

impl Sizes {
    /// Sizes of the parameters whose names satisfy `kept`.
    pub(in crate::model) fn of(parameters: &[Expected], kept: impl Fn(&str) -> bool) -> Self {
        let counts = parameters
            .iter()
            .filter(|(name, _)| kept(name))
            .map(|(_, shape)| shape.iter().product::<usize>());
        counts.fold(Self::default(), |sizes, count| {
            let elements = count as u64;
            Self {
                all: sizes.all + elements,
                large: sizes.large + if count >= LARGE { elements } else { 0 },
                largest: sizes.largest.max(elements),
            }
        })
    }
}
