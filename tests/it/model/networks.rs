//! Whole networks compared with those of diffusers and transformers, with weights of a few hundred kilobytes.

use std::path::Path;

use burn::tensor::Tensor;
use kinora::checkpoint::config::Config;
use kinora::checkpoint::{Checkpoint, ClipVisionConfig, NormEps, Prefer, VaeConfig};
use kinora::model::autoencoder::{VaeDecoder, VaeEncoder};
use kinora::model::clip::ClipVision;
use kinora::model::svd::Unet;

use super::{built, part};
use crate::support::{
    Fixture, NETWORK_BOUND, UNET_BOUND, assert_near, distance, golden, svd, values,
};

/// A network's configuration in a folder of `tests/golden/tiny`.
fn config<C: Config>(folder: &str) -> C {
    let bytes = std::fs::read(golden(&format!("tiny/{folder}/config.json"))).unwrap();
    C::parse(&bytes, Path::new("config.json")).unwrap()
}

struct Tiny {
    weights: Fixture,
    io: Fixture,
}

impl Tiny {
    fn open(folder: &str, weights: &str) -> Self {
        Self {
            weights: Fixture::open(&format!("tiny/{folder}/{weights}.safetensors")),
            io: Fixture::open(&format!("tiny/{folder}/io.safetensors")),
        }
    }
}

#[test]
fn the_vision_tower() {
    let tiny = Tiny::open("image_encoder", "model");
    let config: ClipVisionConfig = config("image_encoder");
    let tower = built(&tiny.weights.weights(""), |at| {
        ClipVision::load(at, &config)
    });
    let pixels: Tensor<4> = tiny.io.tensor("input.pixels");
    let found: Vec<f32> = (0..pixels.dims()[0])
        .flat_map(|i| values(tower.forward(pixels.clone().narrow(0, i, 1))))
        .collect();
    let expected = tiny.io.values("expected.image_embeds");
    assert_near("image_embeds", &found, &expected, NETWORK_BOUND);
}

#[test]
fn encoders_of_both_autoencoders() {
    for folder in ["vae_temporal", "vae_image"] {
        let tiny = Tiny::open(folder, "diffusion_pytorch_model");
        let config: VaeConfig = config(folder);
        let encoder = part(&tiny.weights.weights(""), |at| {
            VaeEncoder::load(at, &config)
        });
        let mean = encoder.forward(tiny.io.tensor("input.picture"));
        assert_eq!(mean.dims().to_vec(), tiny.io.shape("expected.mean"));
        let expected = tiny.io.values("expected.mean");
        assert_near(
            &format!("{folder} mean"),
            &values(mean),
            &expected,
            NETWORK_BOUND,
        );
    }
}

/// Decodes the fixture's latents, `chunk` frames at a time.
fn decoded(tiny: &Tiny, config: &VaeConfig, chunk: usize) -> Vec<f32> {
    let decoder = part(&tiny.weights.weights(""), |at| VaeDecoder::load(at, config));
    // The fixture's latents have already been divided by the scaling factor.
    let latents: Tensor<4> = tiny.io.tensor("input.latents") * config.scaling_factor;
    let pieces = latents.split(chunk, 0);
    pieces
        .into_iter()
        .flat_map(|piece| values(decoder.forward(piece)))
        .collect()
}

#[test]
fn the_temporal_decoder_in_every_chunking() {
    let tiny = Tiny::open("vae_temporal", "diffusion_pytorch_model");
    let config: VaeConfig = config("vae_temporal");
    let expected = [1, 2, 5].map(|n| tiny.io.values(&format!("expected.frames_chunk_{n}")));
    for (chunk, expected) in [1, 2, 5].into_iter().zip(&expected) {
        let found = decoded(&tiny, &config, chunk);
        assert_near(
            &format!("chunks of {chunk}"),
            &found,
            expected,
            NETWORK_BOUND,
        );
    }
    // If chunking changed nothing, the fixture would not detect a decoder that looks only at single frames.
    assert!(distance(&expected[0], &expected[2]) > 0.01);
}

#[test]
fn the_image_decoder() {
    let tiny = Tiny::open("vae_image", "diffusion_pytorch_model");
    let config: VaeConfig = config("vae_image");
    let expected = tiny.io.values("expected.frames");
    for chunk in [1, 5] {
        let found = decoded(&tiny, &config, chunk);
        assert_near(
            &format!("image decoder, {chunk}"),
            &found,
            &expected,
            NETWORK_BOUND,
        );
    }
}

#[test]
fn the_unet() {
    let checkpoint = Checkpoint::open(&golden("tiny_svd"), Prefer::Full).unwrap();
    let config = &svd(&checkpoint).unet.config;
    let load = |eps| {
        built(&svd(&checkpoint).unet.tensors, |at| {
            Unet::load(at, config, eps)
        })
    };
    let io = Fixture::open("tiny_svd/unet_io.safetensors");
    let samples: Tensor<5> = io.tensor("input.sample"); // [b, f, c, h, w]
    let pictures: Tensor<3> = io.tensor("input.context"); // [b, 1, d]
    let ids = io.values("input.added_time_ids"); // [b, 3]
    let timestep = io.values("input.timestep")[0];
    let expected = io.values("expected");
    let frames = samples.dims()[1];

    let predict = |unet: &Unet, video: usize| {
        let picture = pictures.clone().narrow(0, video, 1);
        let context = unet.context(&picture, &ids[video * 3..video * 3 + 3], frames);
        let sample = samples.clone().narrow(0, video, 1).squeeze_dim(0);
        values(unet.forward(sample, timestep, &context, || true).unwrap())
    };
    let unet = load(NormEps::Diffusers);
    let found: Vec<f32> = (0..2).flat_map(|video| predict(&unet, video)).collect();
    assert_near("UNet", &found, &expected, UNET_BOUND);

    // Signals are so small here that the other reference's eps changes the result (see `NormEps`).
    let original = predict(&load(NormEps::Original), 0);
    assert!(distance(&original, &expected[..original.len()]) > 1e-3);
}

#[test]
fn a_pass_of_the_unet_ends_when_it_is_told_to() {
    let checkpoint = Checkpoint::open(&golden("tiny_svd"), Prefer::Full).unwrap();
    let config = &svd(&checkpoint).unet.config;
    let unet = built(&svd(&checkpoint).unet.tensors, |at| {
        Unet::load(at, config, NormEps::Diffusers)
    });
    let io = Fixture::open("tiny_svd/unet_io.safetensors");
    let sample: Tensor<4> = io
        .tensor::<5>("input.sample")
        .narrow(0, 0, 1)
        .squeeze_dim(0);
    let picture: Tensor<3> = io.tensor("input.context").narrow(0, 1, 1);
    let context = unet.context(&picture, &[6.0, 127.0, 0.02], sample.dims()[0]);
    let levels = 2 * config.levels();
    for last in 1..=levels {
        let mut asked = 0;
        let out = unet.forward(sample.clone(), 0.5, &context, || {
            asked += 1;
            asked < last
        });
        assert!(out.is_none());
        assert_eq!(asked, last, "nothing is computed after the answer");
    }
}
