//! One sentence for each input that cannot be used.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kinora::checkpoint::{Checkpoint, MotionModule, Prefer};
use tempfile::TempDir;

use super::files::{third, without_modules};
use super::{base, generate, module, stored};
use crate::checkpoint::{f32s, write};
use crate::cli::copy_folder;
use crate::support::golden;

fn refused(output: &Output, code: i32, words: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().filter(|line| line.starts_with("error: "));
    assert_eq!(lines.count(), 1, "{text}");
    assert!(text.contains(words), "{text:?} should say {words:?}");
    assert_eq!(output.status.code(), Some(code), "{text}");
}

#[test]
fn modules_that_do_not_fit_are_refused() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("clip.apng");
    let with = |model: &Path, module: &Path| {
        generate(model, &out, &[("--motion-module", module)], "--steps 1")
    };
    let none = without_modules(folder.path());
    refused(&with(&base(), &none), 1, "it has no motion modules");
    refused(
        &with(&golden("tiny_svd"), &module()),
        1,
        "the model does not make pictures from words",
    );
    let pickle = folder.path().join("mm_sd_v15_v2.ckpt");
    fs::write(&pickle, b"PK\x03\x04 a zip archive").unwrap();
    refused(&with(&base(), &pickle), 1, "not a safetensors file");
    refused(
        &with(&base(), Path::new("no such module")),
        1,
        "there is no motion module named no such module",
    );
    // A module for other widths.
    let narrow = folder.path().join("narrow.safetensors");
    let mut tensors = stored(&module());
    tensors.retain(|name, _| name.starts_with("down_blocks.0."));
    write(&narrow, &tensors, &[]);
    let widths = "they are for a UNet of the widths [32], but the model's are [32, 64]";
    refused(&with(&base(), &narrow), 1, widths);
    // Modules that lack a tensor.
    let damaged = folder.path().join("damaged.safetensors");
    let mut tensors = stored(&module());
    tensors.retain(|name, _| {
        !name.ends_with("up_blocks.0.motion_modules.0.temporal_transformer.proj_in.bias")
    });
    write(&damaged, &tensors, &[]);
    refused(
        &with(&base(), &damaged),
        1,
        "the weights of the motion modules do not fit its configuration",
    );
    assert!(!out.exists());
}

/// The widths of both versions of Stable Diffusion are the same: their contexts tell them apart.
#[test]
fn modules_are_refused_on_stable_diffusion_2() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("sd 2");
    copy_folder(&base(), &model);
    let change = |file: &str, pairs: &[(&str, &str)]| {
        let path = model.join(file);
        let mut text = fs::read_to_string(&path).unwrap();
        for (from, to) in pairs {
            assert!(text.contains(from), "{file} has no {from}");
            text = text.replace(from, to);
        }
        fs::write(path, text).unwrap();
    };
    let widths = [
        (
            "\"block_out_channels\": [\n    32,\n    64\n  ]",
            "\"block_out_channels\": [320, 640]",
        ),
        (
            "\"cross_attention_dim\": 32",
            "\"cross_attention_dim\": 1024",
        ),
    ];
    change("unet/config.json", &widths);
    let hidden = [("\"hidden_size\": 32", "\"hidden_size\": 1024")];
    change("text_encoder/config.json", &hidden);
    let checkpoint = Checkpoint::open(&model, Prefer::Full).unwrap();
    // A few tensors of modules of these widths.
    let path = folder.path().join("module.safetensors");
    let tensors = [320, 640]
        .into_iter()
        .enumerate()
        .flat_map(|(level, width)| {
            let module = format!("down_blocks.{level}.motion_modules.0");
            let ones = |shape: &[usize]| f32s(shape, &vec![1.0; shape.iter().product()]);
            [
                (format!("{module}.norm.weight"), ones(&[width])),
                (
                    format!("{module}.transformer_blocks.0.pos_embed.pe"),
                    ones(&[1, 32, width]),
                ),
            ]
        });
    write(&path, &tensors.collect(), &[]);
    let module = MotionModule::open(&path, Prefer::Full).unwrap();
    let refused = checkpoint.with_motion_module(module).unwrap_err();
    let words = refused.to_string();
    assert!(
        words.contains("(the model is a Stable Diffusion 2)"),
        "{words}"
    );
}

#[test]
fn requests_that_the_model_cannot_honour_are_refused() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("clip.apng");
    let module = module();
    let with = |words: &str| {
        let size = "--width 16 --height 16 --steps 1 --frames 2";
        generate(
            &base(),
            &out,
            &[("--motion-module", &module)],
            &format!("{size} {words}"),
        )
    };
    let no_positions =
        "frames must be at most 16 with this model, which has no positions for more, not 17";
    let frames = generate(
        &base(),
        &out,
        &[("--motion-module", &module)],
        "--steps 1 --frames 17",
    );
    refused(&frames, 2, no_positions);
    refused(
        &with("--motion-bucket 40"),
        2,
        "the model does not use motion-bucket",
    );
    refused(
        &with("--camera-path pan-left --steer guide"),
        2,
        "the model does not use a guide",
    );
    refused(
        &with("--norm-reach wide"),
        2,
        "norm-reach must be frame or clip",
    );
    refused(
        &with("--sampler euler-ancestral"),
        2,
        "sampler must be one of ddim, euler",
    );
    let many = generate(
        &base(),
        &out,
        &[("--motion-module", &module)],
        "--sampler lcm --steps 101",
    );
    refused(&many, 2, "steps must be from 1 to 100 with the sampler lcm");

    let run = |arguments: &[&Path]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
            .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
            .args(arguments)
            .output();
        output.unwrap()
    };
    let (sd, picture) = (base(), golden("tiny_svd/picture.png"));
    let [generate, model, flag, to] =
        ["generate", "--model", "--motion-module", "-o"].map(Path::new);
    let given: [&Path; 8] = [generate, &picture, model, &sd, flag, &module, to, &out];
    refused(
        &run(&given),
        2,
        "makes clips from words and does not use a picture; leave the picture out",
    );
    let svd = golden("tiny_svd");
    let reach: [&Path; 8] = [
        generate,
        &picture,
        model,
        &svd,
        Path::new("--norm-reach"),
        Path::new("clip"),
        to,
        &out,
    ];
    refused(&run(&reach), 2, "the model does not use norm-reach");
    let words: [&Path; 7] = [
        generate,
        model,
        &svd,
        Path::new("--prompt"),
        Path::new("the sea"),
        to,
        &out,
    ];
    refused(&run(&words), 2, "does not use a prompt");
    assert!(!out.exists());
}

#[test]
fn a_motion_lora_fits_version_2_only() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("clip.apng");
    let lora = golden("animatediff/v2_lora_PanLeft.safetensors");
    let third = third(folder.path());
    let size = "--width 16 --height 16 --steps 1 --frames 2";
    let paths: [(&str, &Path); 2] = [("--motion-module", &third), ("--lora", &lora)];
    refused(
        &generate(&base(), &out, &paths, size),
        1,
        "this MotionLoRA was made for AnimateDiff v2, but the motion module is v3",
    );
    let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .args([
            Path::new("inspect"),
            &lora,
            Path::new("--model"),
            &golden("tiny_svd"),
        ])
        .output()
        .unwrap();
    refused(&output, 1, "but the model has no motion module");
}
