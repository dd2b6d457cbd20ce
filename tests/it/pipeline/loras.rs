//! LoRAs in the pipeline: added to a copy of the UNet's weights, in proportion to their strengths.

use std::path::Path;
use std::sync::Arc;

use kinora::checkpoint::Checkpoint;
use kinora::checkpoint::lora::{FittedLora, Lora, LoraStack};

use burn::tensor::{Tensor, TensorData};
use kinora::model::blocks::ContextShape;
use kinora::model::svd::TransformerSpatioTemporal;
use kinora::model::weights::{Loader, Source};
use kinora::sampler::noise::Generator;

use super::super::checkpoint::{f32s, write};
use super::{completed, edited, request, tiny_svd};
use crate::support::{assert_near, assert_same, cpu, distance, svd, values};

/// The layer that the LoRA of these tests changes: width 32, in attention across frames.
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
    lora_of(folder, checkpoint, &[LAYER])
}

fn lora_of(folder: &Path, checkpoint: &Checkpoint, layers: &[&str]) -> Arc<FittedLora> {
    let (down, up) = factors();
    let path = folder.join(format!("sway {}.safetensors", layers.len()));
    let tensors = layers.iter().flat_map(|layer| {
        [
            (
                format!("unet.{layer}.lora_A.weight"),
                f32s(&[1, WIDTH], &down),
            ),
            (
                format!("unet.{layer}.lora_B.weight"),
                f32s(&[WIDTH, 1], &up),
            ),
        ]
    });
    write(&path, &tensors.collect(), &[]);
    let targets = checkpoint.lora_targets();
    let fitted = Lora::open(&path).unwrap().fit(&targets).unwrap();
    let count = layers.len();
    assert_eq!((fitted.report.matched, fitted.report.total), (count, count));
    Arc::new(fitted)
}

/// Applies the transformer of [`LAYER`], with a stack, to three frames; nothing after its attention over frames mixes
/// them.
fn transformed(checkpoint: &Checkpoint, stack: &LoraStack) -> Vec<f32> {
    let source = Source::Checkpoint {
        tensors: &svd(checkpoint).unet.tensors,
        loras: stack,
    };
    let target = cpu();
    let at = Loader::new(&source, &target).at("down_blocks.0.attentions.0");
    let network = TransformerSpatioTemporal::load(&at, WIDTH, 2, 1, ContextShape::one(40)).unwrap();
    let drawn = |seed, count| Generator::seeded(seed).normal(count);
    let x = TensorData::new(drawn(1, 3 * WIDTH * 20), [3, WIDTH, 5, 4]);
    let token = TensorData::new(drawn(2, 40), [1, 1, 40]);
    let token: Tensor<3> = Tensor::from_data(token, &target.device);
    let x: Tensor<4> = Tensor::from_data(x, &target.device);
    values(network.forward(x, &network.context(&token, 3, &target)))
}

#[test]
fn a_strength_over_the_frames_is_that_of_each_frame() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = tiny_svd();
    let attention = LAYER.strip_suffix(".to_v").unwrap();
    let layers = ["to_out.0", "to_q", "to_k", "to_v"].map(|name| format!("{attention}.{name}"));
    let layers: Vec<&str> = layers.iter().map(String::as_str).collect();
    let merged = |lora: &Arc<FittedLora>, strength| {
        transformed(
            &checkpoint,
            &LoraStack::new(vec![(Arc::clone(lora), strength)]),
        )
    };
    let curved = |lora: &Arc<FittedLora>, strengths: &[f32]| {
        let stack = LoraStack::new(vec![(Arc::clone(lora), 9.0)]);
        let stack = stack
            .with_curve(0, strengths.to_vec())
            .expect("attention over frames");
        transformed(&checkpoint, &stack)
    };

    // In the last layer of the attention, the result for a frame depends on that frame alone.
    let out = lora_of(folder.path(), &checkpoint, &layers[..1]);
    let strengths = [0.75, -0.5, 0.25];
    let found = curved(&out, &strengths);
    let each = found.len() / 3;
    for (frame, strength) in strengths.into_iter().enumerate() {
        let of = |values: &[f32]| values[frame * each..(frame + 1) * each].to_vec();
        let expected = merged(&out, strength);
        assert_near("a frame", &of(&found), &of(&expected), 2e-6);
        let unchanged = distance(&of(&found), &of(&merged(&out, 0.0)));
        // Several times the tolerance above, so the update has an effect.
        assert!(unchanged > 1e-5, "{unchanged}");
    }

    // In all four projections, with strengths that are almost equal, the updates are not added to the weights.
    let all = lora_of(folder.path(), &checkpoint, &layers);
    let nearly = [0.5, 0.5, 0.5 + f32::EPSILON];
    assert_near(
        "all but constant",
        &curved(&all, &nearly),
        &merged(&all, 0.5),
        2e-6,
    );
    assert_same("constant", &curved(&all, &[0.5; 3]), &merged(&all, 0.5));
    let changed = distance(&curved(&all, &[1.0, 0.0, 0.0]), &merged(&all, 1.0));
    assert!(changed > 1e-5, "{changed}");

    // In other layers, the strength cannot vary.
    let other = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
    let other = lora_of(folder.path(), &checkpoint, &[other, layers[0], layers[1]]);
    let refused = LoraStack::new(vec![(other, 1.0)]).with_curve(0, vec![0.0, 1.0]);
    let refused = refused
        .expect_err("it changes attention within frames")
        .to_string();
    assert!(
        refused.contains(".transformer_blocks.0.attn1.to_q.weight"),
        "{refused}"
    );
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
    // The stored weights are f16 and the updates are multiples of 1/64, so their sums in f32 are exact in any order.
    assert_same("a quarter twice", &of(&[0.25, 0.25]), &half);
    assert_same("opposite strengths", &of(&[0.5, -0.5]), &plain);
}
