//! Models: the JSON files of a diffusers folder, and the tensors of a single file.
//!
//! An input for the folder is one byte that says which of its files it replaces, and that file. An input for the single
//! file is its names, shapes and metadata as JSON; the values are all zero and take no space.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use kinora::checkpoint::config::Config;
use kinora::checkpoint::{Checkpoint, Parts, Prefer};
use kinora::pipeline::{GenerationPlan, MemoryBudget, Placement, family_of};
use kinora::request::{GenerateRequest, RequestDraft};
use kinora::sampler::{Schedule, ScheduleKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Dice, Target, assert_sentence, file, json, refused, repository};

pub(super) const FOLDER: Target = Target {
    name: "model-folder",
    seeds: folder_seeds,
    change: change_folder,
    check: check_folder,
};
pub(super) const SINGLE_FILE: Target = Target {
    name: "model-file",
    seeds: single_file_seeds,
    change: change_single_file,
    check: check_single_file,
};

/// The model that the golden numbers were made with.
const TINY: &str = "tests/golden/tiny_svd";
/// The index is looked up if half precision is preferred, and otherwise not read.
const INDEX: &str = "unet/diffusion_pytorch_model.safetensors.index.fp16.json";
/// The files of a folder that are read as JSON.
const FILES: [&str; 7] = [
    "unet/config.json",
    "vae/config.json",
    "image_encoder/config.json",
    "scheduler/scheduler_config.json",
    "feature_extractor/preprocessor_config.json",
    "pocket.json",
    INDEX,
];

fn folder_seeds() -> Vec<Vec<u8>> {
    let map = |names: &[&str]| -> Map<String, Value> {
        let weights = json!("diffusion_pytorch_model.safetensors");
        names
            .iter()
            .map(|name| ((*name).to_owned(), weights.clone()))
            .collect()
    };
    let index = json!({
        "metadata": { "total_size": 2_438_926 },
        "weight_map": map(&["conv_in.weight", "conv_in.bias", "conv_out.weight"]),
    });
    FILES
        .iter()
        .zip(0..)
        .map(|(name, which)| {
            let content = match *name {
                INDEX => index.to_string().into_bytes(),
                "pocket.json" => file("assets/models/pocket/pocket.json"),
                name => file(&format!("{TINY}/{name}")),
            };
            [&[which], content.as_slice()].concat()
        })
        .collect()
}

fn change_folder(data: &mut Vec<u8>, dice: &mut Dice) {
    let Some((which, rest)) = data.split_first() else {
        return;
    };
    let (which, mut content) = (*which, rest.to_vec());
    json::change(&mut content, dice);
    *data = [&[which], content.as_slice()].concat();
}

fn check_folder(data: &[u8], folder: &Path) -> bool {
    let Some((which, content)) = data.split_first() else {
        return false;
    };
    let name = FILES[usize::from(*which) % FILES.len()];
    let model = folder.join("model");
    if !model.exists() {
        copy(&repository(TINY), &model);
    }
    let path = model.join(name);
    let before = fs::read(&path).ok();
    fs::write(&path, content).expect("the folder is the check's own");
    let prefer = if name == INDEX {
        Prefer::Half
    } else {
        Prefer::Full
    };
    let accepted = match Checkpoint::open(&model, prefer) {
        Ok(checkpoint) => {
            assert_usable(&checkpoint);
            true
        }
        Err(error) => refused(&error),
    };
    match before {
        Some(before) => fs::write(&path, before).expect("the folder is the check's own"),
        None => fs::remove_file(&path).expect("the folder is the check's own"),
    }
    accepted
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is the check's own");
    for entry in fs::read_dir(from).expect("the golden model").flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("the folder is the check's own");
        }
    }
}

/// Checks that a model that opens can be described, that its configurations can be written and read again, and that a
/// generation with it can be planned.
fn assert_usable(checkpoint: &Checkpoint) {
    let description = checkpoint.describe();
    assert_eq!(description.parts.len(), 3);
    let Parts::Svd(parts) = &checkpoint.parts else {
        return;
    };
    assert_written_again(&parts.unet.config);
    assert_written_again(&parts.vae.config);
    assert_written_again(&parts.image_encoder.config);
    assert_written_again(&parts.scheduler);
    assert_written_again(&parts.feature_extractor);
    if let Err(error) = checkpoint.require_supported() {
        return assert_sentence(&error);
    }
    let (low, high) = parts
        .sigma_range(&checkpoint.path)
        .expect("it is supported");
    for kind in [ScheduleKind::Karras, ScheduleKind::Ays] {
        let schedule = Schedule::new(kind, 25, low, high);
        let sigmas: Vec<f32> = (0..25).map(|index| schedule.sigma(index)).collect();
        assert!(
            sigmas.iter().all(|sigma| sigma.is_finite() && *sigma > 0.0),
            "noise levels from {low:e} to {high:e}: {sigmas:?}"
        );
    }
    let family = family_of(checkpoint);
    let request = match GenerateRequest::complete(&RequestDraft::default(), &family.defaults(), 7) {
        Ok(request) => request,
        Err(error) => return assert_sentence(&error),
    };
    let placement = Placement {
        gpu: false,
        unet_element: 4,
    };
    let budget = MemoryBudget {
        bytes: 8 << 30,
        largest_tensor: None,
    };
    let plan = GenerationPlan::new(&*family.shapes(), &request, placement, budget);
    assert!((1..=request.frames).contains(&plan.decode_chunk));
    for stage in &plan.stages {
        // A larger number means that a sum has overflowed.
        assert!(
            stage.bytes() < 1 << 62 && stage.bytes() >= stage.weights,
            "{stage:?}"
        );
        assert!(stage.flops.total().is_finite(), "{stage:?}");
    }
}

fn assert_written_again<C: Config + std::fmt::Debug>(config: &C) {
    let value = |config: &C| serde_json::to_value(config).expect("a plain struct");
    let written = value(config);
    let again = C::parse(written.to_string().as_bytes(), Path::new("config.json"));
    let again = again.unwrap_or_else(|error| panic!("{written}: {error}"));
    assert!(
        json::is_same(&written, &value(&again)),
        "{config:?} becomes {again:?}"
    );
}

/// The description in `expected_tensors.json` of a small model in Stability's own naming.
#[derive(Deserialize)]
struct Golden {
    small: Map<String, Value>,
    original: Map<String, Value>,
}

/// A single file without its values.
#[derive(Deserialize)]
struct Outlined {
    metadata: std::collections::BTreeMap<String, String>,
    tensors: std::collections::BTreeMap<String, Vec<u64>>,
}

fn single_file_seeds() -> Vec<Vec<u8>> {
    let golden: Golden =
        serde_json::from_slice(&file("tests/golden/expected_tensors.json")).expect("a golden file");
    let tensors: Map<String, Value> = golden
        .original
        .iter()
        .map(|(name, value)| (name.clone(), value[0].clone()))
        .collect();
    let mut configured = Map::new();
    for part in ["unet", "vae", "image_encoder"] {
        let config = golden.small[part].to_string();
        configured.insert(format!("kinora.{part}_config"), json!(config));
    }
    let scheduler =
        String::from_utf8(file(&format!("{TINY}/scheduler/scheduler_config.json"))).expect("text");
    configured.insert("kinora.scheduler_config".to_owned(), json!(scheduler));
    configured.insert(
        "kinora.defaults".to_owned(),
        json!("{\"frames\": 14, \"width\": 64}"),
    );
    [configured, Map::new()]
        .map(|metadata| {
            json!({ "metadata": metadata, "tensors": tensors })
                .to_string()
                .into_bytes()
        })
        .into()
}

fn change_single_file(data: &mut Vec<u8>, dice: &mut Dice) {
    let Ok(mut value) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let metadata = value["metadata"]
        .as_object_mut()
        .filter(|metadata| !metadata.is_empty());
    match metadata {
        Some(metadata) if !dice.one_in(4) => {
            let names: Vec<String> = metadata.keys().cloned().collect();
            let text = &mut metadata[dice.of(&names)];
            let mut inner = text.as_str().unwrap_or_default().as_bytes().to_vec();
            json::change(&mut inner, dice);
            *text = json!(String::from_utf8_lossy(&inner));
        }
        _ => {
            let tensors = value["tensors"].as_object_mut();
            let Some(tensors) = tensors.filter(|tensors| !tensors.is_empty()) else {
                return;
            };
            for _ in 0..dice.few() {
                change_tensor(tensors, dice);
            }
        }
    }
    *data = value.to_string().into_bytes();
}

fn change_tensor(tensors: &mut Map<String, Value>, dice: &mut Dice) {
    // Few of the many tensors determine the configuration, so half of the changes are made to those.
    const TELLING: [&str; 8] = [
        "input_blocks.0.0.weight",
        "label_emb",
        "time_embed",
        "conv1.weight",
        "positional_embedding",
        "conv_in.weight",
        "time_stack",
        "proj",
    ];
    let telling = dice.of(&TELLING);
    let mut names: Vec<String> = tensors.keys().cloned().collect();
    if dice.one_in(2) && names.iter().any(|name| name.contains(telling)) {
        names.retain(|name| name.contains(telling));
    }
    let Some(name) = names.get(dice.below(names.len())) else {
        return;
    };
    match dice.below(5) {
        0 => drop(tensors.remove(name)),
        1 => {
            let shape = tensors.remove(name).unwrap_or_default();
            let digits = name.replace(['0', '1', '2', '3'], &dice.below(300).to_string());
            tensors.insert(digits, shape);
        }
        2 => {
            // Removes a whole part, as in files that were stripped.
            let prefix: String = name.chars().take(name.len() / 2).collect();
            tensors.retain(|other, _| !other.starts_with(&prefix));
        }
        _ => {
            let shape = &mut tensors[name];
            if let Some(sides) = shape
                .as_array_mut()
                .filter(|sides| !sides.is_empty() && !dice.one_in(4))
            {
                let side = dice.below(sides.len());
                sides[side] = json!(dice.of(&[0, 1, 2, 31, 33, 64, 320, 1 << 16, 1 << 17]));
            } else {
                let sides = dice.below(6);
                *shape = json!(
                    (0..sides)
                        .map(|_| *dice.of(&[0, 1, 3, 32]))
                        .collect::<Vec<u64>>()
                );
            }
        }
    }
}

fn check_single_file(data: &[u8], folder: &Path) -> bool {
    /// The largest size that a sparse file pretends to have, in bytes.
    const LARGEST: u64 = 1 << 32;
    let Ok(outlined) = serde_json::from_slice::<Outlined>(data) else {
        return false;
    };
    let mut header: Map<String, Value> = Map::new();
    header.insert("__metadata__".to_owned(), json!(outlined.metadata));
    let mut end = 0;
    for (name, shape) in outlined.tensors {
        let values = shape
            .iter()
            .try_fold(1_u64, |values, &side| values.checked_mul(side));
        let bytes = values
            .and_then(|values| values.checked_mul(2))
            .unwrap_or(LARGEST);
        let offsets = [end, end + bytes];
        end += bytes;
        if end >= LARGEST {
            return false;
        }
        header.insert(
            name,
            json!({ "dtype": "F16", "shape": shape, "data_offsets": offsets }),
        );
    }
    let header = Value::Object(header).to_string();
    let path = folder.join("svd.safetensors");
    let length = header.len() as u64;
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&length.to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        // The rest of the sparse file is a hole.
        file.set_len(8 + length + end)
    });
    written.expect("the folder is the check's own");
    match Checkpoint::open(&path, Prefer::Full) {
        Ok(checkpoint) => {
            assert_usable(&checkpoint);
            true
        }
        Err(error) => refused(&error),
    }
}
