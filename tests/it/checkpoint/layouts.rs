//! The layouts in which a model is stored:
//! - a folder, an original single file and a model inside the program give the same tensors under the same names;
//! - a single file may contain its configuration; without the conditioner's VAE encoder, the training-time one is read;
//! - fp16 variants, shards and old names are found.

use std::collections::BTreeMap;
use std::path::Path;

use kinora::checkpoint::expected_tensors::ExpectedTensors;
use kinora::checkpoint::{
    Checkpoint, Kind, LoadReport, NormEps, Part, Prefer, TensorFile, expected_tensors,
};
use safetensors::Dtype;
use serde_json::json;

use super::{f32s, open, parse, single, small, write};
use crate::support::svd;

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
