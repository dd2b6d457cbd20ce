//! The parameters that the networks request are those that `checkpoint` lists: a file that passes one check passes the
//! other.

use std::path::Path;

use kinora::checkpoint::config::Config;
use kinora::checkpoint::expected_tensors::ExpectedTensors;
use kinora::checkpoint::{Checkpoint, Prefer, expected_tensors};
use kinora::model::autoencoder::{VaeDecoder, VaeEncoder};
use kinora::model::clip::ClipVision;
use kinora::model::svd::Unet;
use kinora::model::weights::Expected;
use serde_json::Value;

use crate::support::{golden, svd, svd_mut};

/// Asserts that both have the same names and shapes, each once; returns the number of tensors and of all values.
fn compared(mut asked: Vec<Expected>, mut listed: ExpectedTensors) -> (usize, usize) {
    asked.sort();
    listed.sort();
    assert_eq!(asked, listed);
    let count = asked.len();
    asked.dedup_by(|a, b| a.0 == b.0);
    assert_eq!(asked.len(), count, "no name is asked for twice");
    let values = asked
        .iter()
        .map(|(_, shape)| shape.iter().product::<usize>())
        .sum();
    (count, values)
}

/// The UNet, the autoencoder and the image encoder.
fn counts(checkpoint: &Checkpoint) -> [(usize, usize); 3] {
    let unet = &svd(checkpoint).unet.config;
    let vae = &svd(checkpoint).vae.config;
    let encoder = &svd(checkpoint).image_encoder.config;
    let mut halves = VaeEncoder::parameters(vae).unwrap();
    halves.extend(VaeDecoder::parameters(vae).unwrap());
    [
        compared(
            Unet::parameters(unet).unwrap(),
            expected_tensors::svd_unet(unet),
        ),
        compared(halves, expected_tensors::vae(vae)),
        compared(
            ClipVision::parameters(encoder).unwrap(),
            expected_tensors::image_encoder(encoder),
        ),
    ]
}

#[test]
fn the_released_models_have_their_published_sizes() {
    for frames in [14, 25] {
        let found = counts(&Checkpoint::released(frames));
        assert_eq!(
            found,
            [(1428, 1_524_623_082), (374, 97_742_847), (520, 632_076_800)]
        );
    }
}

#[test]
fn a_folder_holds_what_its_networks_ask_for() {
    let checkpoint = Checkpoint::open(&golden("tiny_svd"), Prefer::Full).unwrap();
    let stored = [
        svd(&checkpoint).unet.tensors.len(),
        svd(&checkpoint).vae.tensors.len(),
        svd(&checkpoint).image_encoder.tensors.len(),
    ];
    assert_eq!(counts(&checkpoint).map(|(tensors, _)| tensors), stored);
}

/// Tests every configuration for which diffusers and transformers supplied the names (`expected_tensors.json`).
#[test]
fn every_configuration_is_built_alike() {
    let bytes = std::fs::read(golden("expected_tensors.json")).unwrap();
    let golden: Value = serde_json::from_slice(&bytes).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let mut checkpoint = Checkpoint::released(25);
        let which = match case["part"].as_str().unwrap() {
            "unet" => {
                svd_mut(&mut checkpoint).unet.config = parse(&case["config"]);
                0
            }
            "vae" => {
                svd_mut(&mut checkpoint).vae.config = parse(&case["config"]);
                1
            }
            _ => {
                svd_mut(&mut checkpoint).image_encoder.config = parse(&case["config"]);
                2
            }
        };
        let (tensors, parameters) = counts(&checkpoint)[which];
        assert_eq!(case["tensors"], tensors, "{}", case["config"]);
        assert_eq!(case["parameters"], parameters, "{}", case["config"]);
    }
}

fn parse<C: Config>(config: &Value) -> C {
    C::parse(config.to_string().as_bytes(), Path::new("config.json")).unwrap()
}
