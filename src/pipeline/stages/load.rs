//! Placing a network for as long as its stage takes.

use std::ops::Deref;

use crate::checkpoint::Part;
use crate::checkpoint::lora::LoraStack;
use crate::error::{GenerateError, ModelError};
use crate::kernels::cpu_tensor::Recycling;
use crate::model::weights::{Loader, Source, Target};
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::{Observer, Stage};

/// A placed network. When it goes, so does all memory that its passes have kept for each other.
pub(in crate::pipeline) struct Loaded<N> {
    // Goes before the memory that its passes shared.
    network: N,
    _recycling: Recycling,
}

impl<N> Deref for Loaded<N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.network
    }
}

/// Places what `build` builds from `part`, with `loras` added to its weights; large weights are where the plan says.
///
/// # Errors
/// When the checkpoint lacks a tensor, has another shape, or holds a value that is not finite.
pub(in crate::pipeline) fn network<C, N>(
    job: &Job<'_>,
    (network, target): (Network, &Target),
    part: &Part<C>,
    loras: &LoraStack,
    observer: &mut dyn Observer,
    build: impl FnOnce(&Loader<'_>) -> Result<N, ModelError>,
) -> Result<Loaded<N>, GenerateError> {
    let recycling = Recycling::begin();
    observer.stage(Stage::Load);
    let source = if job.random_weights {
        Source::random()
    } else {
        Source::Checkpoint {
            tensors: &part.tensors,
            loras,
        }
    };
    let loader = Loader::new(&source, target).keeping(job.plan.keeping(network));
    Ok(Loaded {
        network: build(&loader)?,
        _recycling: recycling,
    })
}
