//! NaN, infinities and unusable weights are rejected, with the place where they occurred.

use kinora::checkpoint::lora::LoraStack;
use kinora::error::GenerateError;
use kinora::pipeline::Stage;

use super::{PLENTY, Recorder, Told, edited, request, run};

const UNET: &str = "unet/diffusion_pytorch_model.safetensors";
const VAE: &str = "vae/diffusion_pytorch_model.safetensors";
const ENCODER: &str = "image_encoder/model.safetensors";

/// Runs `tiny_svd` with every tensor of `names` in `weights` multiplied by its factor; returns the error.
fn failure(weights: &str, names: &[(&str, f32)]) -> (GenerateError, Recorder) {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = edited(folder.path(), weights, |name, values| {
        for (_, factor) in names.iter().filter(|(changed, _)| *changed == name) {
            values.iter_mut().for_each(|value| *value *= factor);
        }
    });
    let mut recorder = Recorder::default();
    let none = LoraStack::default();
    match run(&checkpoint, &none, &request(), PLENTY, &mut recorder) {
        Err(error) => (error, recorder),
        Ok(outcome) => panic!("it went well: {outcome:?}"),
    }
}

#[test]
fn an_overflow_is_reported_with_its_place() {
    // f32 can represent each of these two factors, but not their product. A first step whose prediction is still finite
    // but huge overflows in the second, where the first convolution meets it.
    let cases: [(&str, [(&str, f32); 2], &str); 5] = [
        (
            ENCODER,
            [
                ("vision_model.post_layernorm.weight", 1e20),
                ("visual_projection.weight", 1e30),
            ],
            "the picture's embedding",
        ),
        (
            VAE,
            [
                ("encoder.conv_norm_out.weight", 1e20),
                ("encoder.conv_out.weight", 1e30),
            ],
            "the picture's latent",
        ),
        (
            UNET,
            [("conv_norm_out.weight", 1e20), ("conv_out.weight", 1e30)],
            "step 1 of 2",
        ),
        (
            UNET,
            [("conv_in.weight", 1e8), ("conv_out.weight", 1e36)],
            "step 2 of 2",
        ),
        (
            VAE,
            [
                ("decoder.conv_norm_out.weight", 1e20),
                ("decoder.conv_out.weight", 1e30),
            ],
            "decoding the frames",
        ),
    ];
    for (weights, names, expected) in cases {
        match failure(weights, &names) {
            (GenerateError::NotFinite { place }, recorder) => {
                assert_eq!(place, expected);
                let first = recorder.told.contains(&Told::Step(1, 2));
                assert_eq!(
                    first,
                    ["step 2 of 2", "decoding the frames"].contains(&expected)
                );
            }
            (other, _) => panic!("{expected}: {other}"),
        }
    }
}

#[test]
fn nan_weights_are_named() {
    let (error, recorder) = failure(UNET, &[("conv_in.bias", f32::NAN)]);
    let text = error.to_string();
    assert!(text.contains("conv_in.bias holds NaN"), "{text}");
    assert!(
        !recorder.told.contains(&Told::Stage(Stage::Denoise)),
        "before any step"
    );
}
