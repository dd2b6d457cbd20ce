//! Weight files are read correctly: configurations and names agree with those of diffusers and transformers, including
//! the full-size ones.
//!
//! `layouts` and `refusals` prove the rest for whole models, `files` for single tensors and broken files.

mod files;
mod layouts;
mod refusals;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora::checkpoint::config::Config;
use kinora::checkpoint::expected_tensors::ExpectedTensors;
use kinora::checkpoint::{
    Checkpoint, ClipVisionConfig, Prefer, UnetConfig, VaeConfig, expected_tensors,
};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A tensor to be written: type, shape, bytes.
pub(crate) type Stored = (Dtype, Vec<usize>, Vec<u8>);

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    small: BTreeMap<String, Value>,
    /// Original name → shape and the diffusers names (`part/name`) it holds.
    original: BTreeMap<String, (Vec<usize>, Vec<String>)>,
}

#[derive(Deserialize)]
struct Case {
    part: String,
    config: Value,
    tensors: usize,
    parameters: usize,
    digest: String,
}

fn golden() -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/expected_tensors.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// FNV-1a over sorted lines `name [d, d]`, as `make_expected_tensors.py` computes it.
fn digest(expected: &ExpectedTensors) -> String {
    let mut lines: Vec<String> = expected
        .iter()
        .map(|(name, shape)| format!("{name} {shape:?}\n"))
        .collect();
    lines.sort();
    let bytes = lines.iter().flat_map(|line| line.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn parse<C: Config>(config: &Value) -> C {
    C::parse(config.to_string().as_bytes(), Path::new("config.json")).unwrap()
}

pub(crate) fn write(path: &Path, tensors: &BTreeMap<String, Stored>, metadata: &[(&str, String)]) {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (
            name.as_str(),
            TensorView::new(*dtype, shape.clone(), bytes).unwrap(),
        )
    });
    let metadata = metadata
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

pub(crate) fn f32s(shape: &[usize], values: &[f32]) -> Stored {
    let bytes = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    (Dtype::F32, shape.to_vec(), bytes)
}

/// Values that differ for every tensor and every position in it, exact in f16.
fn marked(name: &str, shape: &[usize]) -> Vec<f32> {
    let seed = name.bytes().fold(7u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let count: usize = shape.iter().product();
    (0..count as u32)
        .map(|i| (seed.wrapping_add(i.wrapping_mul(2_654_435_761)) >> 22) as f32 / 512.0 - 1.0)
        .collect()
}

/// The small model as a diffusers folder.
fn folder(root: &Path, golden: &Golden) {
    let parts: [(&str, &str, ExpectedTensors); 3] = [
        (
            "unet",
            "diffusion_pytorch_model",
            expected_tensors::svd_unet(&parse::<UnetConfig>(&golden.small["unet"])),
        ),
        (
            "vae",
            "diffusion_pytorch_model",
            expected_tensors::vae(&parse::<VaeConfig>(&golden.small["vae"])),
        ),
        (
            "image_encoder",
            "model",
            expected_tensors::image_encoder(&parse::<ClipVisionConfig>(
                &golden.small["image_encoder"],
            )),
        ),
    ];
    for (part, stem, expected) in parts {
        let tensors = expected
            .iter()
            .map(|(name, shape)| {
                (
                    name.clone(),
                    f32s(shape, &marked(&format!("{part}/{name}"), shape)),
                )
            })
            .collect();
        write(
            &root.join(part).join(format!("{stem}.safetensors")),
            &tensors,
            &[],
        );
        std::fs::write(
            root.join(part).join("config.json"),
            golden.small[part].to_string(),
        )
        .unwrap();
    }
    std::fs::create_dir_all(root.join("scheduler")).unwrap();
    let scheduler = json!({"use_karras_sigmas": true, "sigma_min": 0.002, "sigma_max": 700.0,
        "prediction_type": "v_prediction", "timestep_type": "continuous"});
    std::fs::write(
        root.join("scheduler/scheduler_config.json"),
        scheduler.to_string(),
    )
    .unwrap();
    std::fs::create_dir_all(root.join("feature_extractor")).unwrap();
    std::fs::write(
        root.join("feature_extractor/preprocessor_config.json"),
        "{}",
    )
    .unwrap();
}

/// The small model in the original layout, with the same values.
fn single(golden: &Golden) -> BTreeMap<String, Stored> {
    let mut shapes = BTreeMap::new();
    for (part, expected) in [
        (
            "unet",
            expected_tensors::svd_unet(&parse(&golden.small["unet"])),
        ),
        ("vae", expected_tensors::vae(&parse(&golden.small["vae"]))),
        (
            "image_encoder",
            expected_tensors::image_encoder(&parse(&golden.small["image_encoder"])),
        ),
    ] {
        shapes.extend(
            expected
                .into_iter()
                .map(|(name, shape)| (format!("{part}/{name}"), shape)),
        );
    }
    let values = |shape: &Vec<usize>, holds: &Vec<String>| -> Vec<f32> {
        if holds.is_empty() {
            return vec![0.0; shape.iter().product()];
        }
        let all: Vec<f32> = holds
            .iter()
            .flat_map(|name| marked(name, &shapes[name]))
            .collect();
        if !holds[0].ends_with("visual_projection.weight") {
            return all;
        }
        // [rows, columns] is stored as [columns, rows].
        let columns = shape[0];
        (0..columns)
            .flat_map(|c| all.iter().skip(c).step_by(columns).copied())
            .collect()
    };
    let tensors = golden.original.iter();
    tensors
        .map(|(name, (shape, holds))| (name.clone(), f32s(shape, &values(shape, holds))))
        .collect()
}

fn small() -> (TempDir, PathBuf, Golden) {
    let golden = golden();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("it's a \"modèle\"");
    folder(&root, &golden);
    (dir, root, golden)
}

fn open(path: &Path) -> Result<Checkpoint, String> {
    Checkpoint::open(path, Prefer::Full).map_err(|error| error.to_string())
}

#[test]
fn expected_tensors_are_what_diffusers_and_transformers_build() {
    for case in golden().cases {
        let expected = match case.part.as_str() {
            "unet" => expected_tensors::svd_unet(&parse(&case.config)),
            "vae" => expected_tensors::vae(&parse(&case.config)),
            _ => expected_tensors::image_encoder(&parse(&case.config)),
        };
        let parameters: usize = expected
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        assert_eq!(
            (expected.len(), parameters),
            (case.tensors, case.parameters),
            "{} {}",
            case.part,
            case.config
        );
        assert_eq!(
            digest(&expected),
            case.digest,
            "{} {}",
            case.part,
            case.config
        );
    }
}
