//! The networks compute the same as diffusers' and transformers', from the smallest block up:
//! - `blocks`: each layer alone, so that a failing test shows where the fault is;
//! - `cross_attention`: a context of several tokens, and masks, compared with plain loops;
//! - `networks`: the whole UNet, both autoencoders and the vision tower;
//! - `text`: the text tower layer by layer;
//! - `mapped_weights`: weights that stay in their file give the same bits;
//! - `listings`: the parameters that each network requests are those that `checkpoint` expects.

mod blocks;
mod cross_attention;
mod listings;
mod mapped_weights;
mod networks;
mod text;

use std::collections::BTreeMap;

use kinora::checkpoint::Entry;
use kinora::checkpoint::lora::LoraStack;
use kinora::error::ModelError;
use kinora::model::weights::{Loader, Source, list_parameters};

use super::support::cpu;

/// Builds a network from `weights`, which must be exactly those that it requests.
fn built<T>(
    weights: &BTreeMap<String, Entry>,
    build: impl Fn(&Loader<'_>) -> Result<T, ModelError>,
) -> T {
    let mut asked = list_parameters(&build).unwrap();
    asked.sort();
    let stored = weights
        .iter()
        .map(|(name, entry)| (name.clone(), entry.shape().to_vec()));
    assert_eq!(asked, stored.collect::<Vec<_>>(), "asked for, and stored");
    part(weights, build)
}

/// Builds a network that needs only some of `weights`.
fn part<T>(
    weights: &BTreeMap<String, Entry>,
    build: impl Fn(&Loader<'_>) -> Result<T, ModelError>,
) -> T {
    let loras = LoraStack::default();
    let source = Source::Checkpoint {
        tensors: weights,
        loras: &loras,
    };
    build(&Loader::new(&source, &cpu())).unwrap()
}
