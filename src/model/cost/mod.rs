//! What a pass through each network costs: arithmetic, and bytes that are alive at once.
//!
//! A ledger walks the same shapes that the networks are built from and follows their `forward`s tensor by tensor,
//! so that a forecast and the network cannot drift apart unnoticed: `tests/it/plan.rs` compares parameters, arithmetic
//! and measured memory. Must not know requests or devices: how a backend computes comes in as [`Habits`].

mod autoencoder;
mod ledger;
mod unet;
mod vision;

pub use ledger::{Flops, Habits};

use crate::checkpoint::{ClipVisionConfig, UnetConfig, VaeConfig};
use ledger::Ledger;

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

/// One pass through a network.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Parameters that stay placed while it runs.
    pub parameters: u64,
    /// Elements of the largest parameter.
    pub largest_parameter: u64,
    /// Elements in parameters that can be read from their file as they are used ([`super::Keeping::InFile`]).
    pub large_parameters: u64,
    /// Bytes of activations alive at once, at most, input and output included.
    pub activations: u64,
    /// Bytes of the largest single activation.
    pub largest_activation: u64,
    /// Arithmetic of the pass.
    pub flops: Flops,
}

/// One prediction of the UNet at latent size `extent`: `[f, in, h, w]` to `[f, out, h, w]`.
#[must_use]
pub fn unet(config: &UnetConfig, extent: Extent, habits: &Habits) -> Cost {
    let mut ledger = Ledger::new(habits);
    unet::pass(&mut ledger, config, extent);
    ledger.close(kept_of_unet(config))
}

/// Encoding pictures of pixel size `extent`: `[f, 3, h, w]` to moments.
#[must_use]
pub fn vae_encoder(config: &VaeConfig, extent: Extent, habits: &Habits) -> Cost {
    let mut ledger = Ledger::new(habits);
    autoencoder::encode(&mut ledger, config, extent);
    ledger.close(sizes(
        &super::VaeEncoder::parameters(config).unwrap_or_default(),
        |_| true,
    ))
}

/// Decoding a chunk of latents of latent size `extent`: `[f, c, h, w]` to frames.
#[must_use]
pub fn vae_decoder(config: &VaeConfig, extent: Extent, habits: &Habits) -> Cost {
    let mut ledger = Ledger::new(habits);
    autoencoder::decode(&mut ledger, config, extent);
    ledger.close(sizes(
        &super::VaeDecoder::parameters(config).unwrap_or_default(),
        |_| true,
    ))
}

/// Embedding one picture.
#[must_use]
pub fn image_encoder(config: &ClipVisionConfig, habits: &Habits) -> Cost {
    let mut ledger = Ledger::new(habits);
    vision::embed(&mut ledger, config);
    ledger.close(sizes(
        &super::ClipVision::parameters(config).unwrap_or_default(),
        |_| true,
    ))
}

/// The UNet's parameters without those that the format carries and the arithmetic does not need (spec §1.6).
fn kept_of_unet(config: &UnetConfig) -> Sizes {
    let unused = |name: &str| {
        name.ends_with("attn2.to_q.weight")
            || name.ends_with("attn2.to_k.weight")
            || name.contains(".norm2.") && name.contains("transformer_blocks")
    };
    sizes(
        &super::Unet::parameters(config).unwrap_or_default(),
        |name| !unused(name),
    )
}

/// Elements of parameters.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    all: u64,
    large: u64,
    largest: u64,
}

/// Sizes of those whose name is `kept`.
fn sizes(parameters: &[super::Expected], kept: impl Fn(&str) -> bool) -> Sizes {
    let counts = parameters
        .iter()
        .filter(|(name, _)| kept(name))
        .map(|(_, shape)| shape.iter().product::<usize>());
    counts.fold(Sizes::default(), |sizes, count| {
        let elements = count as u64;
        Sizes {
            all: sizes.all + elements,
            large: sizes.large + if count >= super::LARGE { elements } else { 0 },
            largest: sizes.largest.max(elements),
        }
    })
}
