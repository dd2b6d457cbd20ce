//! Missing parts, impossible configurations and unsupported models give an error of one sentence that names them.

use std::collections::BTreeMap;

use kinora::checkpoint::{Identity, Kind, LoadReport, expected_tensors, identify};
use safetensors::Dtype;
use serde_json::{Value, json};

use super::{Stored, f32s, marked, open, parse, single, small, write};
use crate::support::svd;

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
            .contains("this folder contains no model")
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
            .contains("this configuration is for the class UNet2DConditionModel")
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
            .contains("its UNet has no temporal layers")
    );
    let mut blind = single(&golden);
    blind.retain(|name, _| !name.contains(".visual."));
    write(&path, &blind, &[]);
    assert!(open(&path).unwrap_err().contains("lacks its image encoder"));
    assert_eq!(identify(&path).unwrap(), Identity::Checkpoint);
}
