//! Weight files are read correctly:
//! - configurations and names agree with those of diffusers and transformers, including the full-size ones;
//! - a folder and an original single file give the same tensors under the same names;
//! - missing parts, impossible configurations and unsupported models give an error of one sentence that names them.
//!
//! `files` proves the same for single tensors and broken files.

mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora::checkpoint::config::Config;
use kinora::checkpoint::expected_tensors::ExpectedTensors;
use kinora::checkpoint::{
    Checkpoint, ClipVisionConfig, Identity, Kind, LoadReport, NormEps, Part, Prefer, TensorFile,
    UnetConfig, VaeConfig, expected_tensors, identify,
};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::svd;

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

fn same_tensors<C>(a: &Part<C>, b: &Part<C>, expected: &ExpectedTensors) {
    for (name, shape) in expected {
        let (a, b) = (a.get(name).expect(name), b.get(name).expect(name));
        assert_eq!(
            (a.shape(), b.shape()),
            (shape.as_slice(), shape.as_slice()),
            "{name}"
        );
        assert!(
            a.to_f32().unwrap() == b.to_f32().unwrap(),
            "values of {name}"
        );
    }
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

#[test]
fn single_file_and_folder_give_the_same_tensors() {
    let (dir, root, golden) = small();
    let path = dir.path().join("anything.safetensors");
    write(&path, &single(&golden), &[]);
    let (a, b) = (open(&root).unwrap(), open(&path).unwrap());
    // Everything except heads is derived from the tensors; 32 channels have one head in either case.
    assert_eq!(
        svd(&a).unet.config.block_out_channels,
        svd(&b).unet.config.block_out_channels
    );
    for level in 0..2 {
        assert_eq!(
            svd(&a).unet.config.layers(level),
            svd(&b).unet.config.layers(level)
        );
        assert_eq!(
            svd(&a).unet.config.heads(level),
            svd(&b).unet.config.heads(level)
        );
    }
    assert_eq!(
        svd(&a).unet.config.up_block_types,
        svd(&b).unet.config.up_block_types
    );
    assert_eq!(
        svd(&a).unet.config.addition_time_embed_dim,
        svd(&b).unet.config.addition_time_embed_dim
    );
    assert_eq!(svd(&a).image_encoder.config, svd(&b).image_encoder.config);
    assert_eq!(
        (svd(&a).norm_eps, svd(&b).norm_eps),
        (NormEps::Diffusers, NormEps::Diffusers)
    );
    same_tensors(
        &svd(&a).unet,
        &svd(&b).unet,
        &expected_tensors::svd_unet(&svd(&a).unet.config),
    );
    same_tensors(
        &svd(&a).vae,
        &svd(&b).vae,
        &expected_tensors::vae(&svd(&a).vae.config),
    );
    same_tensors(
        &svd(&a).image_encoder,
        &svd(&b).image_encoder,
        &expected_tensors::image_encoder(&svd(&a).image_encoder.config),
    );
    let described = b.describe();
    assert!(described.problem.is_none(), "{:?}", described.problem);
    assert!(
        described
            .parts
            .iter()
            .all(|part| part.report.unexpected.is_empty())
    );
}

#[test]
fn single_file_falls_back_to_the_training_encoder() {
    let (dir, _, golden) = small();
    let mut tensors = single(&golden);
    tensors.retain(|name, _| !name.starts_with("conditioner.embedders.3."));
    let path = dir.path().join("svd.safetensors");
    write(&path, &tensors, &[]);
    let model = open(&path).unwrap();
    assert!(!svd(&model).vae.config.use_quant_conv);
    assert_eq!(model.describe().problem, None);
}

#[test]
fn single_file_may_carry_its_configuration() {
    let (dir, _, golden) = small();
    let mut config = golden.small["unet"].clone();
    config["num_attention_heads"] = json!([2, 4]);
    config["num_frames"] = json!(9);
    let path = dir.path().join("m.safetensors");
    write(
        &path,
        &single(&golden),
        &[("kinora.unet_config", config.to_string())],
    );
    let model = open(&path).unwrap();
    assert_eq!(
        (
            svd(&model).unet.config.heads(0),
            svd(&model).unet.config.heads(1)
        ),
        (2, 4)
    );
    assert_eq!((model.defaults.frames, model.kind), (9, Kind::CUSTOM_SVD));
}

#[test]
fn orbital_models_are_recognised_and_refused() {
    let (dir, _, golden) = small();
    let mut tensors: BTreeMap<String, Stored> = single(&golden)
        .into_iter()
        .map(|(name, tensor)| (name.replace("embedders.3.", "embedders.1."), tensor))
        .collect();
    let width = tensors["model.diffusion_model.label_emb.0.0.weight"].1[0];
    let added = f32s(&[width, 256], &vec![0.0; width * 256]);
    tensors.insert(
        "model.diffusion_model.label_emb.0.0.weight".to_owned(),
        added,
    );
    let path = dir.path().join("svd_xt.safetensors");
    write(&path, &tensors, &[]);
    let model = open(&path).unwrap();
    assert_eq!(model.kind, Kind::SV3D_U);
    let refusal = model.require_supported().unwrap_err().to_string();
    assert!(
        refusal.starts_with("SV3D_u is recognised, but generating"),
        "{refusal}"
    );
}

#[test]
fn fp16_variants_and_shards_are_found() {
    let (_dir, root, golden) = small();
    let unet = root.join("unet");
    let plain = unet.join("diffusion_pytorch_model.safetensors");
    let whole = TensorFile::open(&plain).unwrap();
    // Two shards with an index.
    let mut shards = [BTreeMap::new(), BTreeMap::new()];
    let mut map = serde_json::Map::new();
    for (i, info) in whole.tensors().iter().enumerate() {
        let values = whole.view(i).unwrap().to_vec::<f32>().unwrap();
        shards[i % 2].insert(info.name.clone(), f32s(&info.shape, &values));
        map.insert(info.name.clone(), json!(format!("s{}.safetensors", i % 2)));
    }
    for (i, shard) in shards.iter().enumerate() {
        write(&unet.join(format!("s{i}.safetensors")), shard, &[]);
    }
    let index = unet.join("diffusion_pytorch_model.safetensors.index.json");
    std::fs::write(&index, json!({ "weight_map": map }).to_string()).unwrap();
    let half = shards[0].keys().next().unwrap().clone();
    let variant = BTreeMap::from([(half, (Dtype::F16, vec![1], vec![0, 0]))]);
    write(
        &unet.join("diffusion_pytorch_model.fp16.safetensors"),
        &variant,
        &[],
    );

    let expected = expected_tensors::svd_unet(&parse(&golden.small["unet"]));
    let matched = |prefer| {
        let model = Checkpoint::open(&root, prefer).unwrap();
        LoadReport::new(&svd(&model).unet, &expected).matched
    };
    assert_eq!(
        matched(Prefer::Half),
        0,
        "the fp16 file holds one tensor of another shape"
    );
    std::fs::remove_file(&plain).unwrap();
    assert_eq!(matched(Prefer::Full), expected.len());
    std::fs::remove_file(unet.join("s1.safetensors")).unwrap();
    let error = open(&root).unwrap_err();
    assert!(error.contains("the shard unet/s1.safetensors"), "{error}");
    std::fs::write(
        &index,
        json!({"weight_map": {"a": "../../s0.safetensors"}}).to_string(),
    )
    .unwrap();
    let error = open(&root).unwrap_err();
    assert!(
        error.contains("is not a .safetensors file in its folder"),
        "{error}"
    );
}

#[test]
fn old_attention_names_of_the_autoencoder_are_understood() {
    let (_dir, root, golden) = small();
    let path = root.join("vae/diffusion_pytorch_model.safetensors");
    let file = TensorFile::open(&path).unwrap();
    let mut tensors = BTreeMap::new();
    for (i, info) in file.tensors().iter().enumerate() {
        let values = file.view(i).unwrap().to_vec::<f32>().unwrap();
        let mut name = info.name.clone();
        let mut shape = info.shape.clone();
        for (new, old) in [
            ("to_q", "query"),
            ("to_k", "key"),
            ("to_v", "value"),
            ("to_out.0", "proj_attn"),
        ] {
            if name.contains(&format!(".attentions.0.{new}.")) {
                name = name.replace(new, old);
                if shape.len() == 2 {
                    shape.extend([1, 1]);
                }
            }
        }
        tensors.insert(name, f32s(&shape, &values));
    }
    let before = open(&root).unwrap();
    let expected = expected_tensors::vae(&parse(&golden.small["vae"]));
    let values = svd(&before)
        .vae
        .get("encoder.mid_block.attentions.0.to_k.weight")
        .unwrap()
        .to_f32()
        .unwrap();
    drop((before, file));
    write(&path, &tensors, &[]);
    let after = open(&root).unwrap();
    assert_eq!(
        LoadReport::new(&svd(&after).vae, &expected).matched,
        expected.len()
    );
    let key = svd(&after)
        .vae
        .get("encoder.mid_block.attentions.0.to_k.weight")
        .unwrap();
    assert_eq!(key.to_f32().unwrap(), values);
}

#[test]
fn missing_parts_are_named() {
    let (_dir, root, _) = small();
    let missing = [
        ("feature_extractor", "its feature extractor"),
        ("scheduler", "its scheduler"),
        (
            "image_encoder",
            "its image encoder (image_encoder/config.json)",
        ),
        (
            "vae/diffusion_pytorch_model.safetensors",
            "the weights of its VAE",
        ),
        ("unet/config.json", "its UNet (unet/config.json)"),
    ];
    for (path, name) in missing {
        let path = root.join(path);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        let error = open(&root).unwrap_err();
        assert!(
            error.contains(&format!("the model lacks {name}")),
            "{error}"
        );
    }
    std::fs::remove_dir_all(&root).unwrap();
    assert!(open(&root).unwrap_err().contains("check the path"));
    std::fs::create_dir(&root).unwrap();
    assert!(
        open(&root)
            .unwrap_err()
            .contains("this folder holds no model")
    );
}

#[test]
fn a_network_of_too_many_blocks_is_refused() {
    let (_dir, root, golden) = small();
    let open_with = |changes: &[(&str, Value)]| {
        let mut config = golden.small["unet"].clone();
        for (field, value) in changes {
            config[*field] = value.clone();
        }
        std::fs::write(root.join("unet/config.json"), config.to_string()).unwrap();
        open(&root)
    };
    let layers = ("layers_per_block", json!([256, 256]));
    let depth = ("transformer_layers_per_block", json!(256));
    // Each is allowed by itself, with a few hundred blocks.
    open_with(std::slice::from_ref(&layers)).unwrap();
    open_with(std::slice::from_ref(&depth)).unwrap();
    // Down and up have 257 layers on each level, and those of the second level have 256 transformers each.
    let blocks = 2 * (257 + 257 * (1 + 256));
    let error = open_with(&[layers, depth]).unwrap_err();
    assert!(
        error.contains("`layers_per_block`") && error.contains(&format!("not {blocks}")),
        "{error}"
    );
}

#[test]
fn impossible_configurations_name_the_field() {
    let (_dir, root, golden) = small();
    let cases = [
        ("unet", "block_out_channels", json!([32, 48])),
        ("unet", "block_out_channels", json!([32])),
        ("unet", "block_out_channels", json!([])),
        (
            "unet",
            "down_block_types",
            json!(["DownBlock2D", "DownBlock2D"]),
        ),
        ("unet", "num_attention_heads", json!([1, 3])),
        ("unet", "num_attention_heads", json!("five")),
        ("unet", "layers_per_block", json!([1, 2, 3])),
        ("unet", "layers_per_block", json!(0)),
        ("unet", "layers_per_block", json!(99_999_999)),
        ("unet", "in_channels", json!(-4)),
        ("unet", "transformer_layers_per_block", json!([1, [1]])),
        ("vae", "latent_channels", json!(0)),
        ("vae", "scaling_factor", json!(0.0)),
        ("vae", "down_block_types", json!(["DownEncoderBlock2D"])),
        ("image_encoder", "hidden_act", json!("relu")),
        ("image_encoder", "num_attention_heads", json!(5)),
        ("image_encoder", "image_size", json!([32, 64])),
        ("image_encoder", "patch_size", json!(64)),
    ];
    for (part, field, value) in cases {
        let mut config = golden.small[part].clone();
        config[field] = value.clone();
        let path = root.join(part).join("config.json");
        std::fs::write(&path, config.to_string()).unwrap();
        let error = open(&root).unwrap_err();
        // Lists of the wrong length are detected elsewhere.
        let named = error.contains(&format!("`{field}`")) || error.contains(field);
        assert!(
            named && error.ends_with("config.json"),
            "{field} {value}: {error}"
        );
        std::fs::write(&path, golden.small[part].to_string()).unwrap();
    }
    let mut config = golden.small["unet"].clone();
    config["_class_name"] = json!("UNet2DConditionModel");
    std::fs::write(root.join("unet/config.json"), config.to_string()).unwrap();
    assert!(
        open(&root)
            .unwrap_err()
            .contains("this part is a UNet2DConditionModel")
    );
}

#[test]
fn parts_of_different_models_are_refused() {
    let (_dir, root, golden) = small();
    for (part, field, value, reason) in [
        ("vae", "latent_channels", json!(4), "4 latent channels"),
        (
            "image_encoder",
            "projection_dim",
            json!(24),
            "the image encoder returns 24 values",
        ),
        ("unet", "addition_time_embed_dim", json!(16), "not 3 × 16"),
    ] {
        let mut config = golden.small[part].clone();
        config[field] = value;
        let path = root.join(part).join("config.json");
        std::fs::write(&path, config.to_string()).unwrap();
        let error = open(&root).unwrap_err();
        assert!(error.contains(reason), "{error}");
        std::fs::write(&path, golden.small[part].to_string()).unwrap();
    }
}

#[test]
fn reports_name_what_does_not_fit() {
    let (_dir, root, golden) = small();
    let path = root.join("unet/diffusion_pytorch_model.safetensors");
    let expected = expected_tensors::svd_unet(&parse(&golden.small["unet"]));
    let mut tensors: BTreeMap<String, Stored> = expected
        .iter()
        .map(|(name, shape)| (name.clone(), f32s(shape, &marked(name, shape))))
        .collect();
    tensors.remove("conv_in.bias");
    tensors.insert("conv_out.bias".to_owned(), f32s(&[3], &[0.0; 3]));
    tensors.insert(
        "conv_norm_out.bias".to_owned(),
        (Dtype::I32, vec![32], vec![0; 128]),
    );
    tensors.insert("extra.weight".to_owned(), f32s(&[1], &[0.0]));
    tensors.insert(
        "embeddings.position_ids".to_owned(),
        (Dtype::I64, vec![1], vec![0; 8]),
    );
    write(&path, &tensors, &[]);
    let model = open(&root).unwrap();
    let report = LoadReport::new(&svd(&model).unet, &expected);
    assert_eq!(report.matched, expected.len() - 3);
    assert_eq!(report.missing, ["conv_in.bias"]);
    assert_eq!(report.unexpected, ["extra.weight"]);
    assert_eq!(report.wrong_shape[0].found, [3]);
    assert_eq!(report.wrong_dtype[0].name, "conv_norm_out.bias");
    assert_eq!(report.ignored, 1);
    let error = report
        .require_complete("unet", &root)
        .unwrap_err()
        .to_string();
    assert!(error.contains("1 missing: conv_in.bias"), "{error}");
    assert!(
        error.contains("conv_out.bias is [3] instead of [2]"),
        "{error}"
    );
    assert!(model.describe().problem.is_some());
}

#[test]
fn other_models_and_single_parts_are_named() {
    let (dir, root, golden) = small();
    let error = open(&root.join("unet/diffusion_pytorch_model.safetensors")).unwrap_err();
    assert!(error.contains("it is the UNet alone"), "{error}");
    let mut still = single(&golden);
    still.retain(|name, _| !name.contains("time_"));
    let path = dir.path().join("sd.safetensors");
    write(&path, &still, &[]);
    assert!(
        open(&path)
            .unwrap_err()
            .contains("it makes pictures, not video")
    );
    let mut blind = single(&golden);
    blind.retain(|name, _| !name.contains(".visual."));
    write(&path, &blind, &[]);
    assert!(open(&path).unwrap_err().contains("lacks its image encoder"));
    assert_eq!(identify(&path).unwrap(), Identity::Checkpoint);
}

#[test]
fn a_model_inside_the_program_is_the_same_model() {
    let (_dir, root, golden) = small();
    std::fs::write(
        root.join("pocket.json"),
        r#"{"width": 64, "steps": 3, "motion_bucket_id": 40}"#,
    )
    .unwrap();
    std::fs::write(root.join("LICENSE.md"), "Do as you like.").unwrap();
    let mut files: Vec<(&'static str, &'static [u8])> = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let name = entry
                .path()
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            // Leaked on purpose: embedded files live as long as the program.
            files.push((name.leak(), std::fs::read(entry.path()).unwrap().leak()));
        }
    }
    let a = open(&root).unwrap();
    let b = Checkpoint::embedded(Path::new("pocket"), files.leak()).unwrap();
    same_tensors(
        &svd(&a).unet,
        &svd(&b).unet,
        &expected_tensors::svd_unet(&parse(&golden.small["unet"])),
    );
    assert_eq!(
        (a.defaults.width, a.defaults.height, a.defaults.frames),
        (64, 576, 14)
    );
    assert_eq!(
        (&a.defaults, &svd(&a).scheduler),
        (&b.defaults, &svd(&b).scheduler)
    );
    assert_eq!(b.licence.as_deref(), Some("Do as you like."));
    assert_eq!(b.describe().problem, None);
}
