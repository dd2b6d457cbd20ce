//! Motion modules in every form.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kinora::checkpoint::config::PerLevel;
use kinora::checkpoint::{
    Checkpoint, Kind, MotionConfig, MotionModule, MotionUnetConfig, MotionVersion, Prefer,
    Unet2dConfig, expected_tensors,
};
use kinora::model::animatediff::{MotionModules, MotionUnet, motion_unet_cost};
use kinora::model::cost::{BackendMemory, Extent};
use serde_json::Value;
use tempfile::TempDir;

use super::{base, generate, module, names, stored, succeeded};
use crate::checkpoint::{Stored, f32s, write};
use crate::cli::copy_folder;
use crate::support::golden;

/// diffusers' name of a tensor of `module.safetensors`; the second copy of the positions has none.
fn current(name: &str) -> Option<String> {
    if name.ends_with("attention_blocks.1.pos_encoder.pe") {
        return None;
    }
    let name = name
        .replace("temporal_transformer.", "")
        .replace("attention_blocks.0.pos_encoder.pe", "pos_embed.pe")
        .replace("attention_blocks.0", "attn1")
        .replace("attention_blocks.1", "attn2")
        .replace("norms.0", "norm1")
        .replace("norms.1", "norm2")
        .replace("ff_norm", "norm3");
    Some(name)
}

/// The modules with diffusers' names.
fn current_tensors() -> BTreeMap<String, Stored> {
    let tensors = stored(&module()).into_iter();
    tensors
        .filter_map(|(name, tensor)| Some((current(&name)?, tensor)))
        .collect()
}

fn open(path: &Path) -> MotionModule {
    MotionModule::open(path, Prefer::Full).unwrap()
}

/// A folder of a whole pipeline: the base's, whose UNet has the modules.
fn pipeline(folder: &Path, module: &BTreeMap<String, Stored>) {
    copy_folder(&base(), folder);
    let path = folder.join("unet/diffusion_pytorch_model.safetensors");
    let mut unet = stored(&path);
    unet.extend(module.clone());
    write(&path, &unet, &[]);
    let path = folder.join("unet/config.json");
    let text = fs::read_to_string(&path).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["_class_name"] = "UNetMotionModel".into();
    config["motion_num_attention_heads"] = 8.into();
    config["down_block_types"] = ["CrossAttnDownBlockMotion", "DownBlockMotion"]
        .to_vec()
        .into();
    config["up_block_types"] = ["UpBlockMotion", "CrossAttnUpBlockMotion"].to_vec().into();
    config.as_object_mut().unwrap().remove("mid_block_type");
    fs::write(path, config.to_string()).unwrap();
}

#[test]
fn every_form_of_the_same_modules_makes_the_same_clip() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let original = stored(&module());
    let current = current_tensors();
    let wrapped = original.iter();
    let wrapped = wrapped.map(|(name, tensor)| (format!("module.{name}"), tensor.clone()));
    write(&at("wrapped.safetensors"), &wrapped.collect(), &[]);
    write(&at("current.safetensors"), &current, &[]);
    let adapter = at("adapter/diffusion_pytorch_model.safetensors");
    write(&adapter, &current, &[]);
    let config = r#"{"_class_name": "MotionAdapter", "motion_num_attention_heads": 8,
        "use_motion_mid_block": false, "motion_max_seq_length": 32}"#;
    fs::write(at("adapter/config.json"), config).unwrap();

    let forms = [
        module(),
        at("wrapped.safetensors"),
        at("current.safetensors"),
        at("adapter"),
    ];
    let request = "--width 16 --height 16 --frames 3 --steps 1 --seed 4";
    let made = |model: &Path, paths: &[(&str, &Path)]| {
        let out = at("clip.apng");
        succeeded(&generate(
            model,
            &out,
            paths,
            &format!("{request} --no-recipe"),
        ));
        fs::read(out).unwrap()
    };
    let first = made(&base(), &[("--motion-module", &forms[0])]);
    let print = open(&forms[0]).fingerprint();
    for form in &forms {
        let opened = open(form);
        let report = opened.report();
        assert!(
            report.is_complete() && report.unexpected.is_empty(),
            "{report}"
        );
        assert_eq!(opened.part.config.version(), MotionVersion::Two);
        assert_eq!(opened.fingerprint(), print, "{}", form.display());
        assert!(
            made(&base(), &[("--motion-module", form)]) == first,
            "{}",
            form.display()
        );
    }

    // A whole pipeline has the scheduler of its folder; with AnimateDiff's in it, the clip is the same.
    let whole = at("whole");
    pipeline(&whole, &current);
    let schedule = r#"{"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
        "beta_schedule": "linear", "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": true,
        "timestep_spacing": "leading"}"#;
    fs::write(whole.join("scheduler/scheduler_config.json"), schedule).unwrap();
    assert!(made(&whole, &[]) == first, "UNetMotionModel");
    let beside = at("beside");
    copy_folder(&base(), &beside);
    copy_folder(&at("adapter"), &beside.join("motion_adapter"));
    fs::write(beside.join("scheduler/scheduler_config.json"), schedule).unwrap();
    assert!(made(&beside, &[]) == first, "an adapter beside the UNet");
    for model in [&whole, &beside] {
        let checkpoint = Checkpoint::open(model, Prefer::Full).unwrap();
        assert_eq!(checkpoint.kind, Kind::ANIMATEDIFF_2);
        let description = checkpoint.describe();
        assert_eq!(description.problem, None);
        assert_eq!(description.parts.len(), 4);
        for part in &description.parts {
            let report = &part.report;
            assert!(
                report.is_complete() && report.unexpected.is_empty(),
                "{report}"
            );
        }
    }
    // Without that scheduler file, the folder's own schedule gives another clip.
    let plain = base().join("scheduler/scheduler_config.json");
    fs::copy(plain, beside.join("scheduler/scheduler_config.json")).unwrap();
    assert!(made(&beside, &[]) != first, "another schedule");
}

/// A copy of the modules without the middle, and with this many positions.
fn variant(path: &Path, positions: Option<usize>) {
    let mut tensors = stored(&module());
    tensors.retain(|name, _| !name.starts_with("mid_block."));
    for (name, tensor) in &mut tensors {
        if let (true, Some(rows)) = (name.ends_with("pos_encoder.pe"), positions) {
            let width = tensor.1[2];
            *tensor = f32s(&[1, rows, width], &vec![0.5; rows * width]);
        }
    }
    if positions.is_none() {
        tensors.retain(|name, _| !name.ends_with("pos_encoder.pe"));
    }
    write(path, &tensors, &[]);
}

#[test]
fn the_version_is_that_of_the_tensors_whatever_a_configuration_states() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    variant(&at("first.safetensors"), Some(24));
    variant(&at("third.safetensors"), Some(32));
    variant(&at("computed.safetensors"), None);
    let cases = [
        ("first.safetensors", MotionVersion::One, 24, true),
        ("third.safetensors", MotionVersion::Three, 32, true),
        ("computed.safetensors", MotionVersion::Three, 64, false),
    ];
    for (name, version, positions, is_stored) in cases {
        let module = open(&at(name));
        let config = &module.part.config;
        assert_eq!(config.version(), version, "{name}");
        assert_eq!(
            (config.positions, config.positions_stored),
            (positions, is_stored)
        );
        assert!(module.report().is_complete() && module.report().unexpected.is_empty());
    }
    // Copies of version 3 claim a module in the middle.
    let claims = at("claims/diffusion_pytorch_model.safetensors");
    variant(&claims, Some(32));
    let config = r#"{"_class_name": "MotionAdapter", "use_motion_mid_block": true}"#;
    fs::write(at("claims/config.json"), config).unwrap();
    assert_eq!(
        open(&at("claims")).part.config.version(),
        MotionVersion::Three
    );
    let checkpoint = Checkpoint::open(&base(), Prefer::Full).unwrap();
    let print = checkpoint.fingerprint();
    let animated = checkpoint.with_motion_module(open(&at("claims"))).unwrap();
    assert_eq!(animated.kind, Kind::ANIMATEDIFF_3);
    assert_eq!(animated.fingerprint(), print, "that of the model itself");
    assert_eq!((animated.defaults.frames, animated.defaults.fps), (16, 8));

    // Lightning's tensors are those of version 2; only its name shows that it needs few steps.
    let lightning = at("AnimateDiff_Lightning_8step_comfyui.safetensors");
    fs::copy(module(), &lightning).unwrap();
    let checkpoint = Checkpoint::open(&base(), Prefer::Full).unwrap();
    let animated = checkpoint.with_motion_module(open(&lightning)).unwrap();
    assert_eq!(
        (animated.kind, animated.defaults.steps),
        (Kind::ANIMATEDIFF_2, 8)
    );
    assert_eq!(animated.defaults.max_guidance_scale, 1.0);
}

#[test]
fn modules_are_described_without_a_model() {
    let inspect = |path: &Path, more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
            .arg("inspect")
            .arg(path)
            .args(more)
            .output();
        output.unwrap()
    };
    let text = succeeded(&inspect(&module(), &[]));
    assert!(text.contains("motion modules, AnimateDiff v2"), "{text}");
    assert!(text.contains("up to 16 frames"), "{text}");
    assert!(
        text.contains("can be used with a Stable Diffusion 1 model"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&succeeded(&inspect(&module(), &["--json"]))).unwrap();
    assert_eq!(json["kind"], "motion-module");
    assert_eq!(json["frames"], 16);
    assert!(
        json["part"]["report"]["unexpected"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let folder = TempDir::new().unwrap();
    let damaged = folder.path().join("damaged.safetensors");
    let mut tensors = stored(&module());
    tensors.retain(|name, _| !name.ends_with("proj_in.bias"));
    write(&damaged, &tensors, &[]);
    let output = inspect(&damaged, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the weights of the motion modules"));
}

/// FNV-1a over sorted lines `name [d, d]`, as in `make_expected_tensors.py`.
fn digest(mut tensors: Vec<(String, Vec<usize>)>) -> String {
    tensors.sort();
    let lines = tensors
        .iter()
        .map(|(name, shape)| format!("{name} {shape:?}\n"));
    let bytes: Vec<u8> = lines.flat_map(String::into_bytes).collect();
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn published(positions: usize, middle: bool) -> MotionConfig {
    MotionConfig {
        block_out_channels: vec![320, 640, 1280, 1280],
        modules_per_level: 2,
        blocks_per_module: 1,
        num_attention_heads: PerLevel::Same(8),
        positions,
        positions_stored: true,
        middle,
    }
}

/// Names and shapes that diffusers gives the tensors of the published versions (`census.json`).
#[test]
fn the_published_versions_have_the_tensors_that_diffusers_names() {
    let text = fs::read_to_string(golden("animatediff/census.json")).unwrap();
    let census: Value = serde_json::from_str(&text).unwrap();
    for (version, positions, middle) in [("1", 24, false), ("2", 32, true), ("3", 32, false)] {
        let config = published(positions, middle);
        let unet = MotionUnetConfig {
            unet: Unet2dConfig {
                cross_attention_dim: PerLevel::Same(768),
                ..Unet2dConfig::default()
            },
            motion: config.clone(),
        };
        let listed = expected_tensors::motion_modules(&config);
        let asked = MotionModules::parameters(&config).unwrap();
        let whole = MotionUnet::parameters(&unet).unwrap();
        for (what, tensors) in [("adapter", listed), ("adapter", asked), ("unet", whole)] {
            let expected = &census[version][what];
            let values: usize = tensors
                .iter()
                .map(|(_, s)| s.iter().product::<usize>())
                .sum();
            assert_eq!(expected["tensors"], tensors.len(), "v{version} {what}");
            assert_eq!(expected["values"], values, "v{version} {what}");
            assert_eq!(expected["digest"], digest(tensors), "v{version} {what}");
        }
    }
    // AnimateDiff's own names of the same tensors.
    let found = names(&module());
    let current: Vec<String> = found.iter().filter_map(|name| current(name)).collect();
    assert_eq!(
        current.len() + 7,
        found.len(),
        "seven second copies of positions"
    );
}

/// Arithmetic of one pass at 16 × 512², counted by building diffusers' class: 17.7 TFLOP.
#[test]
fn a_pass_at_full_size_costs_what_was_counted() {
    let config = MotionUnetConfig {
        unet: Unet2dConfig {
            cross_attention_dim: PerLevel::Same(768),
            ..Unet2dConfig::default()
        },
        motion: published(32, true),
    };
    let memory = BackendMemory {
        element: 4,
        fused: true,
        conv_input_copies: 0.0,
        conv_output_copies: 0.0,
        attention_copies: 0.0,
        score: 0,
        patches: false,
        intermediate: 256 << 20,
    };
    let extent = Extent {
        frames: 16,
        height: 64,
        width: 64,
    };
    let cost = motion_unet_cost(&config, extent, 77, &memory);
    let tera = cost.flops.total() / 1e12;
    assert!((tera / 17.7 - 1.0).abs() < 0.01, "{tera} TFLOP");
    assert_eq!(cost.parameters, 1_313_334_404);
}

/// The path of a file that is not a module, for the refusals.
pub(super) fn without_modules(folder: &Path) -> PathBuf {
    let path = folder.join("none.safetensors");
    let one = f32s(&[2], &[0.0, 1.0]);
    write(
        &path,
        &BTreeMap::from([("conv.weight".to_owned(), one)]),
        &[],
    );
    path
}

/// Modules of version 3.
pub(super) fn third(folder: &Path) -> PathBuf {
    let path = folder.join("third.safetensors");
    variant(&path, Some(16));
    path
}
