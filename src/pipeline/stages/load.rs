//! Loading a network for the duration of its stage.

use std::ops::Deref;

use crate::checkpoint::Part;
use crate::checkpoint::lora::LoraStack;
use crate::error::{GenerateError, ModelError};
use crate::kernels::cpu_tensor::Recycling;
use crate::model::weights::{Loader, Source, Target};
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::{Observer, Stage};

/// A loaded network. Dropping it also releases the buffers that its passes reused.
pub(in crate::pipeline) struct Loaded<N> {
    // Dropped before the buffers that its passes shared.
    network: N,
    recycling: Recycling,
}

impl<N> Loaded<N> {
    /// Starts the next pass; call it before each one if there are several ([`Recycling::begin_pass`]).
    pub(in crate::pipeline) fn begin_pass(&self) {
        self.recycling.begin_pass();
    }
}

impl<N> Deref for Loaded<N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.network
    }
}

/// Loads the network that `build` makes of `part`, with `loras` added; the plan decides where large weights are kept.
///
/// # Errors
/// If the checkpoint lacks a tensor, has another shape, or holds a value that is not finite.
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
    let loader = Loader::new(&source, target).with_weights(job.plan.weight_placement(network));
    Ok(Loaded {
        network: build(&loader)?,
        recycling,
    })
}
