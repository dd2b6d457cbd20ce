//! The network alone.

use std::collections::BTreeMap;

use burn::tensor::{DType, Device, Tensor, TensorData};
use kinora::checkpoint::lora::LoraStack;
use kinora::checkpoint::{Checkpoint, Entry, MotionModule, MotionUnetConfig, Parts, Prefer};
use kinora::kernels::group_norm_silu::NormReach;
use kinora::model::animatediff::{MotionUnet, Reaches};
use kinora::model::unet2d::Unet2d;
use kinora::model::weights::{Loader, Source};
use tempfile::TempDir;

use super::{base, module, stored};
use crate::checkpoint::write;
use crate::support::{assert_same, cpu, distance, values};

const REACHES: [NormReach; 2] = [NormReach::Frame, NormReach::Clip];

/// The base with these modules: its configuration and its tensors.
fn animated(module: MotionModule) -> (MotionUnetConfig, BTreeMap<String, Entry>) {
    let checkpoint = Checkpoint::open(&base(), Prefer::Full).unwrap();
    let checkpoint = checkpoint.with_motion_module(module).unwrap();
    let Parts::AnimateDiff(parts) = &checkpoint.parts else {
        panic!("another family");
    };
    let part = parts.unet_with(&parts.base.unet);
    (part.config, part.tensors)
}

/// The prediction for a clip of three frames, `[3, 4, 8, 8]`.
fn predicted(module: MotionModule, reaches: Reaches, sample: Tensor<4>) -> Vec<f32> {
    let (config, tensors) = animated(module);
    let loras = LoraStack::default();
    let source = Source::Checkpoint {
        tensors: &tensors,
        loras: &loras,
    };
    let target = cpu();
    let unet = MotionUnet::load(&Loader::new(&source, &target), &config, reaches).unwrap();
    let frames = sample.dims()[0];
    let context = unet.context(&prompt(), frames);
    values(unet.forward(sample, 500.0, &context, || true).unwrap())
}

fn numbers<const D: usize>(shape: [usize; D], seed: usize) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let numbers = (0..count).map(|i| ((i * 37 + seed * 101) % 113) as f32 / 56.0 - 1.0);
    let data = TensorData::new(numbers.collect::<Vec<f32>>(), shape);
    Tensor::from_data(data, (&Device::flex(), DType::F32))
}

fn prompt() -> Tensor<3> {
    numbers([1, 7, 32], 3)
}

/// The modules with all last layers zero, as before their training.
fn untrained(folder: &TempDir) -> MotionModule {
    let mut tensors = stored(&module());
    for (name, tensor) in &mut tensors {
        if name.contains(".proj_out.") {
            tensor.2.fill(0);
        }
    }
    let path = folder.path().join("untrained.safetensors");
    write(&path, &tensors, &[]);
    MotionModule::open(&path, Prefer::Full).unwrap()
}

#[test]
fn modules_that_add_nothing_leave_every_bit() {
    let folder = TempDir::new().unwrap();
    let module = untrained(&folder);
    let (config, tensors) = animated(module.clone());
    let loras = LoraStack::default();
    let source = Source::Checkpoint {
        tensors: &tensors,
        loras: &loras,
    };
    let target = cpu();
    let plain = Unet2d::load(&Loader::new(&source, &target), &config.unet).unwrap();
    let context = plain.context(&prompt());
    let sample = numbers([3, 4, 8, 8], 1);
    let expected = plain.forward(sample.clone(), 500.0, &context, || true);
    let expected = values(expected.unwrap());
    for modules in REACHES {
        let reaches = Reaches {
            modules,
            layers: NormReach::Frame,
        };
        let found = predicted(module.clone(), reaches, sample.clone());
        assert_same("the prediction", &found, &expected);
    }
}

/// Reaches differ in a clip, and agree in a single frame, up to the order of sums.
#[test]
fn reaches_differ_only_where_there_are_several_frames() {
    let open = || MotionModule::open(&module(), Prefer::Full).unwrap();
    let usual = Reaches {
        modules: NormReach::Frame,
        layers: NormReach::Frame,
    };
    let others = [
        Reaches {
            modules: NormReach::Clip,
            ..usual
        },
        Reaches {
            layers: NormReach::Clip,
            ..usual
        },
    ];
    for frames in [1, 3] {
        let sample = numbers([frames, 4, 8, 8], 1);
        let expected = predicted(open(), usual, sample.clone());
        for reaches in others {
            let apart = distance(&predicted(open(), reaches, sample.clone()), &expected);
            // Statistics in f64 are rounded once; wrong ones change the prediction by more than a hundredth.
            let fits = if frames == 1 {
                apart < 1e-6
            } else {
                apart > 1e-2
            };
            assert!(fits, "{frames} frames, {reaches:?}: {apart:.1e}");
        }
    }
}

/// Equal frames become different ones: each has its own position.
#[test]
fn every_frame_has_its_own_position() {
    let open = || MotionModule::open(&module(), Prefer::Full).unwrap();
    let reaches = Reaches {
        modules: NormReach::Frame,
        layers: NormReach::Frame,
    };
    let one: Tensor<4> = numbers([1, 4, 8, 8], 1);
    let found = predicted(open(), reaches, one.repeat_dim(0, 3));
    let frame = |index: usize| &found[index * 256..(index + 1) * 256];
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        assert!(distance(frame(a), frame(b)) > 1e-3, "frames {a} and {b}");
    }
}
