//! Weights that stay in their file give the same results as packed ones, bit for bit, in every format, and they really
//! stay in the file.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;

use burn::tensor::Tensor;
use half::{bf16, f16};
use kinora::checkpoint::config::HiddenActivation;
use kinora::checkpoint::lora::LoraStack;
use kinora::checkpoint::{ClipVisionConfig, Entry, TensorFile, Transform};
use kinora::error::ModelError;
use kinora::model::blocks::{ContextShape, ResnetBlock2d, ResnetShape};
use kinora::model::clip::EncoderLayer;
use kinora::model::svd::TransformerSpatioTemporal;
use kinora::model::weights::{LARGE, Loader, Source, WeightPlacement, list_parameters};
use safetensors::Dtype;

use crate::checkpoint::{Stored, write};
use crate::support::{assert_same, cpu, values};

/// Numbers in ±`bound` with 24 random bits each, few of which are exact in f16.
fn numbers(seed: u64, count: usize, bound: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            ((state >> 40) as f32 / 8_388_608.0 - 1.0) * bound
        })
        .collect()
}

fn bytes(values: &[f32], dtype: Dtype) -> Vec<u8> {
    let each = values.iter();
    match dtype {
        Dtype::F16 => each.flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        Dtype::BF16 => each
            .flat_map(|v| bf16::from_f32(*v).to_le_bytes())
            .collect(),
        _ => each.flat_map(|v| v.to_le_bytes()).collect(),
    }
}

/// The parameters that `build` requests, in `dtype`.
fn drawn<T>(
    dtype: Dtype,
    build: impl Fn(&Loader<'_>) -> Result<T, ModelError>,
) -> BTreeMap<String, Stored> {
    let asked = list_parameters(build).unwrap();
    let sizes = asked.iter().map(|(_, shape)| shape.iter().product());
    let large = sizes.filter(|size: &usize| *size >= LARGE);
    assert!(
        large.count() > 1,
        "some weights are worth leaving in a file"
    );
    (asked.into_iter().zip(1..))
        .map(|((name, shape), seed)| {
            let count: usize = shape.iter().product();
            let inputs = count / shape[0];
            let values = numbers(seed, count, (inputs as f32).sqrt().recip());
            (name, (dtype, shape, bytes(&values, dtype)))
        })
        .collect()
}

/// The tensors of a file by name, once written.
fn written(path: &Path, tensors: &BTreeMap<String, Stored>) -> BTreeMap<String, Entry> {
    write(path, tensors, &[]);
    let file = Arc::new(TensorFile::open(path).unwrap());
    let entries = file.tensors().iter().enumerate();
    entries
        .map(|(i, info)| {
            let entry = Entry::new(&file, i, Transform::None).unwrap();
            (info.name.clone(), entry)
        })
        .collect()
}

fn network<T>(
    tensors: &BTreeMap<String, Entry>,
    placement: WeightPlacement,
    build: impl Fn(&Loader<'_>) -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    let loras = LoraStack::default();
    let source = Source::Checkpoint {
        tensors,
        loras: &loras,
    };
    build(&Loader::new(&source, &cpu()).with_weights(placement))
}

/// Overwrites everything after the header with zeros.
fn wipe(path: &Path) {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let header = std::fs::read(path).unwrap();
    let length = u64::from_le_bytes(header[..8].try_into().unwrap());
    file.seek(SeekFrom::Start(8 + length)).unwrap();
    file.write_all(&vec![0; header.len() - 8 - length as usize])
        .unwrap();
}

fn check<T>(
    what: &str,
    build: impl Fn(&Loader<'_>) -> Result<T, ModelError>,
    run: impl Fn(&T) -> Vec<f32>,
) {
    let folder = tempfile::tempdir().unwrap();
    for dtype in [Dtype::F32, Dtype::F16, Dtype::BF16] {
        let what = format!("{what} in {dtype}");
        let path = folder.path().join(format!("{dtype}.safetensors"));
        let tensors = written(&path, &drawn(dtype, &build));
        let kept = network(&tensors, WeightPlacement::InMemory, &build).unwrap();
        let mapped = network(&tensors, WeightPlacement::InFile, &build).unwrap();
        let expected = run(&kept);
        assert!(expected.iter().all(|value| value.is_finite()), "{what}");
        assert_same(&what, &run(&mapped), &expected);
        // A second pass, in buffers that held other layers.
        assert_same(&what, &run(&mapped), &expected);
        wipe(&path);
        assert_same(&format!("{what}, kept"), &run(&kept), &expected);
        assert_ne!(run(&mapped), expected, "{what} is read from the file");
    }
}

fn input<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let data = burn::tensor::TensorData::new(numbers(77, shape.iter().product(), 1.0), shape);
    Tensor::from_data(data, &cpu().device)
}

#[test]
fn convolutions_from_the_file_are_those_from_memory() {
    // Outputs that do not fill their last panel.
    let shape = ResnetShape {
        groups: 8,
        ..ResnetShape::untimed(176, 200)
    };
    check(
        "a residual block",
        |at| ResnetBlock2d::load(at, shape, 1e-5),
        |block| values(block.forward(input([2, 176, 5, 6]), None)),
    );
}

#[test]
fn joined_projections_from_the_file_are_those_from_memory() {
    let config = ClipVisionConfig {
        hidden_size: 520,
        intermediate_size: 530,
        ..ClipVisionConfig::default()
    };
    check(
        "an encoder layer",
        |at| EncoderLayer::load(at, (&config).into()),
        |layer| values(layer.forward(input([1, 9, 520]), 8, HiddenActivation::Gelu, None)),
    );
}

#[test]
fn gated_layers_from_the_file_are_those_from_memory() {
    check(
        "a transformer",
        |at| TransformerSpatioTemporal::load(at, 256, 4, 1, ContextShape::one(96)),
        |transformer| {
            let context = transformer.context(&input([1, 1, 96]), 3, &cpu());
            values(transformer.forward(input([3, 256, 4, 5]), &context))
        },
    );
}

#[test]
fn a_value_that_is_no_number_is_named_wherever_weights_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let build = |at: &Loader<'_>| ResnetBlock2d::load(at, ResnetShape::untimed(192, 192), 1e-5);
    let mut tensors = drawn(Dtype::F32, build);
    let (_, _, bytes) = tensors.get_mut("conv2.weight").unwrap();
    bytes[400_000..400_004].copy_from_slice(&f32::NAN.to_le_bytes());
    let tensors = written(&folder.path().join("broken.safetensors"), &tensors);
    for placement in [WeightPlacement::InMemory, WeightPlacement::InFile] {
        let error = network(&tensors, placement, build)
            .err()
            .expect("it is refused");
        assert!(
            error.to_string().contains("conv2.weight"),
            "{placement:?}: {error}"
        );
    }
}
