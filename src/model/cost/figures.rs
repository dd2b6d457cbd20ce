//! What goes into a count, and what comes out of it.

use super::flops::Flops;
use crate::model::weights::{Expected, LARGE};

/// The size of what passes through a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Frames that pass together.
    pub frames: usize,
    /// Height, in pixels of what goes in.
    pub height: usize,
    /// Width, in pixels of what goes in.
    pub width: usize,
}

/// What one pass through a network takes: the memory and the arithmetic that its ledger counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Parameters that stay placed while it runs.
    pub parameters: u64,
    /// Elements of the largest parameter.
    pub largest_parameter: u64,
    /// Elements in parameters that can be read from their file as they are used ([`Keeping::InFile`](crate::model::weights::Keeping::InFile)).
    pub large_parameters: u64,
    /// Bytes of activations alive at once, at most, input and output included.
    pub activations: u64,
    /// Bytes of the largest single activation.
    pub largest_activation: u64,
    /// Arithmetic of the pass.
    pub flops: Flops,
}

/// Elements of parameters.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::model) struct Sizes {
    pub(super) all: u64,
    /// Of those with [`LARGE`] or more.
    pub(super) large: u64,
    pub(super) largest: u64,
}

impl Sizes {
    /// Sizes of those whose name is `kept`.
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
