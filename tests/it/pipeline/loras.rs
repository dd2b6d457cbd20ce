//! LoRAs in the pipeline: added to a copy of the UNet's weights, by their strengths.

use std::path::Path;
use std::sync::Arc;

use kinora::checkpoint::Checkpoint;
use kinora::checkpoint::lora::{FittedLora, Lora, LoraStack};

use super::super::checkpoint::{f32s, write};
use super::{completed, edited, request, tiny_svd};
use crate::support::{assert_same, distance};

/// The layer that the LoRA of these tests changes: width 32, across frames.
const LAYER: &str = "down_blocks.0.attentions.0.temporal_transformer_blocks.0.attn1.to_v";
const WIDTH: usize = 32;
const UNET: &str = "unet/diffusion_pytorch_model.safetensors";

/// Its factors, rank one: eighths, so that every product is exact.
fn factors() -> (Vec<f32>, Vec<f32>) {
    let down = (0..WIDTH).map(|i| (i % 5) as f32 / 8.0 - 0.25).collect();
    let up = (0..WIDTH).map(|i| (i % 7) as f32 / 8.0 - 0.375).collect();
    (down, up)
}

fn lora(folder: &Path, checkpoint: &Checkpoint) -> Arc<FittedLora> {
    let (down, up) = factors();
    let path = folder.join("sway.safetensors");
    let tensors = [
        (
            format!("unet.{LAYER}.lora_A.weight"),
            f32s(&[1, WIDTH], &down),
        ),
        (
            format!("unet.{LAYER}.lora_B.weight"),
            f32s(&[WIDTH, 1], &up),
        ),
    ];
    write(&path, &tensors.into_iter().collect(), &[]);
    let targets = checkpoint.lora_targets();
    let fitted = Lora::open(&path).unwrap().fit(&targets).unwrap();
    assert_eq!((fitted.report.matched, fitted.report.total), (1, 1));
    Arc::new(fitted)
}

#[test]
fn a_lora_is_the_model_with_its_update_added_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = tiny_svd();
    let lora = lora(folder.path(), &checkpoint);
    let latents = |checkpoint: &Checkpoint, stack: &LoraStack| {
        completed(checkpoint, stack, &request())
            .0
            .values("latents_001")
            .to_vec()
    };
    let of = |strengths: &[f32]| {
        let loras = strengths
            .iter()
            .map(|&strength| (Arc::clone(&lora), strength));
        latents(&checkpoint, &LoraStack::new(loras.collect()))
    };

    let plain = latents(&checkpoint, &LoraStack::default());
    let half = of(&[0.5]);
    assert!(distance(&half, &plain) > 1e-3, "it does something");
    assert_same(
        "the model after a LoRA",
        &latents(&checkpoint, &LoraStack::default()),
        &plain,
    );
    assert_same("strength 0", &of(&[0.0]), &plain);
    assert_same("strength 0 beside another", &of(&[0.0, 0.5]), &half);

    let (down, up) = factors();
    let by_hand = edited(&folder.path().join("by hand"), UNET, |name, values| {
        if name == format!("{LAYER}.weight") {
            for (i, value) in values.iter_mut().enumerate() {
                *value += 0.5 * (up[i / WIDTH] * down[i % WIDTH]);
            }
        }
    });
    assert_same(
        "added by hand",
        &latents(&by_hand, &LoraStack::default()),
        &half,
    );
    // The stored weights are f16 and the update's are of 64ths: in f32 their sums are exact in any order.
    assert_same("a quarter twice", &of(&[0.25, 0.25]), &half);
    assert_same("opposite strengths", &of(&[0.5, -0.5]), &plain);
}
