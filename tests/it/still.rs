//! Pictures from words, through the program:
//! - every stage of a tiny Stable Diffusion agrees with diffusers, from token ids to the picture;
//! - the same folder is described, its parts match, and parts that do not fit together are refused in one sentence;
//! - a LoRA of the text tower acts, and the recipe in the PNG makes the picture again;
//! - models that make pictures make no clips, and models that make clips read no words.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kinora::checkpoint::config::PerLevel;
use kinora::checkpoint::tokenizer::CONTEXT;
use kinora::checkpoint::{
    Checkpoint, ClipTextConfig, Kind, Parts, Prefer, TensorFile, Unet2dConfig, expected_tensors,
};
use kinora::export;
use kinora::media::picture::Picture;
use kinora::model::clip::ClipText;
use kinora::model::cost::{BackendMemory, Extent};
use kinora::model::unet2d::{Unet2d, unet2d_cost};
use kinora::request::StillRecipe;
use tempfile::TempDir;

use super::checkpoint::{f32s, write};
use super::support::{Fixture, assert_near, assert_same, distance, golden, psnr};
use crate::cli::copy_folder;

/// Bound for the relative distance of latents after all steps in f32.
const LATENT_BOUND: f64 = 2e-5;

fn tiny() -> PathBuf {
    golden("sd/tiny")
}

fn still(model: &Path, out: &Path, more: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .args([
            Path::new("still"),
            Path::new("--model"),
            model,
            Path::new("-o"),
            out,
        ])
        .args(["--prompt", "a photo of the sea!", "--device", "cpu"])
        .args(more)
        .output();
    output.expect("the program starts")
}

fn refused(output: &Output, words: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{text}");
    let lines = text.lines().filter(|line| line.starts_with("error: "));
    assert_eq!(lines.count(), 1, "{text}");
    assert!(text.contains(words), "{text:?} should say {words:?}");
}

#[test]
fn every_stage_is_that_of_diffusers() {
    let folder = TempDir::new().unwrap();
    let (out, dump) = (folder.path().join("sea.png"), folder.path().join("dump"));
    let size = "--width 24 --height 16 --steps 3 --guidance 4.5 --seed 11 --negative blurry";
    let mut more: Vec<&str> = size.split(' ').collect();
    more.extend(["--dump", dump.to_str().unwrap()]);
    let output = still(&tiny(), &out, &more);
    assert!(output.status.success(), "{output:?}");
    let expected = Fixture::open("sd/tiny/expected.safetensors");
    let found = |name: &str| Fixture::open_at(&dump.join(format!("{name}.safetensors")));
    let values = |name: &str| found(name).values(name);
    assert_same("noise", &values("noise"), &expected.values("noise"));
    assert_eq!(found("noise").shape("noise"), [1, 4, 8, 12]);
    for name in ["text_embeds", "negative_embeds"] {
        assert_eq!(found(name).shape(name), [1, 77, 32]);
        assert_near(name, &values(name), &expected.values(name), 1e-5);
    }
    for name in ["latents_000", "latents_001", "latents_002"] {
        assert_eq!(found(name).shape(name), [1, 4, 8, 12]);
        assert_near(name, &values(name), &expected.values(name), LATENT_BOUND);
    }
    assert_eq!(found("picture").shape("picture"), [1, 3, 16, 24]);
    assert!(psnr(&values("picture"), &expected.values("picture")) > 100.0);
    let picture = image::open(&out).unwrap();
    assert_eq!((picture.width(), picture.height()), (24, 16));

    // The same request gives the same file; another seed gives another picture, whose name contains the seed.
    let again = folder.path().join("again.png");
    let plain = &more[..more.len() - 2];
    assert!(still(&tiny(), &again, plain).status.success());
    assert_eq!(fs::read(&out).unwrap(), fs::read(&again).unwrap());
    let two = [plain, &["--count", "2"]].concat();
    assert!(still(&tiny(), &again, &two).status.success());
    let second = folder.path().join("again-2.png");
    assert_ne!(fs::read(&again).unwrap(), fs::read(second).unwrap());
}

#[test]
fn every_sampler_makes_a_picture_and_others_are_refused() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("sea.png");
    for sampler in ["ddim", "euler", "dpmpp-2m", "lcm"] {
        let more = [
            "--width",
            "16",
            "--height",
            "16",
            "--steps",
            "2",
            "--sampler",
            sampler,
        ];
        assert!(still(&tiny(), &out, &more).status.success(), "{sampler}");
    }
    let output = still(&tiny(), &out, &["--sampler", "euler-ancestral"]);
    refused(
        &output,
        "sampler must be one of ddim, euler, dpmpp-2m, lcm with this model",
    );
    assert_eq!(output.status.code(), Some(2));
    let output = still(&tiny(), &out, &["--sampler", "lcm", "--steps", "51"]);
    refused(&output, "steps must be from 1 to 50 with the sampler lcm");
}

#[test]
fn models_of_pictures_and_of_clips_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("sea.png");
    refused(
        &still(&golden("tiny_svd"), &out, &[]),
        "does not use a prompt",
    );
    let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .arg("generate")
        .args([
            &golden("tiny_svd/picture.png"),
            Path::new("-o"),
            &out.with_extension("apng"),
        ])
        .args([Path::new("--model"), &tiny()])
        .output()
        .unwrap();
    refused(&output, "makes single pictures from words");
    let missing = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .args(["still", "--model", "x"])
        .output();
    assert_eq!(missing.unwrap().status.code(), Some(2));
    let output = still(&tiny(), &out, &["--negative", "\u{1}"]);
    refused(&output, "the control character U+0001");
}

#[test]
fn a_folder_is_described_and_its_parts_must_fit() {
    let checkpoint = Checkpoint::open(&tiny(), Prefer::Full).unwrap();
    assert_eq!(checkpoint.kind, Kind::CUSTOM_SD);
    let description = checkpoint.describe();
    assert_eq!(description.problem, None);
    assert_eq!(description.parts.len(), 3);
    for part in &description.parts {
        let report = &part.report;
        assert!(
            report.missing.is_empty() && report.unexpected.is_empty(),
            "{report:?}"
        );
        assert!(report.wrong_shape.is_empty(), "{report:?}");
    }
    let Parts::Sd(parts) = &checkpoint.parts else {
        panic!("another family");
    };
    let mut asked = Unet2d::parameters(&parts.unet.config).unwrap();
    asked.sort();
    let mut expected = expected_tensors::sd_unet(&parts.unet.config);
    expected.sort();
    assert_eq!(asked, expected);

    let folder = TempDir::new().unwrap();
    let change = |file: &str, from: &str, to: &str| {
        let path = folder.path().join(file);
        copy_folder(&tiny(), folder.path());
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replace(from, to)).unwrap();
        Checkpoint::open(folder.path(), Prefer::Full)
            .unwrap_err()
            .to_string()
    };
    let words = change(
        "text_encoder/config.json",
        "\"hidden_size\": 32",
        "\"hidden_size\": 64",
    );
    assert!(
        words.contains("the text encoder returns 64 values, but the UNet attends to 32"),
        "{words}"
    );
    let words = change(
        "unet/config.json",
        "\"addition_embed_type\": null",
        "\"addition_embed_type\": \"text_time\"",
    );
    assert!(words.contains("addition_embed_type"), "{words}");
    let words = change(
        "scheduler/scheduler_config.json",
        "\"trained_betas\": null",
        "\"trained_betas\": [1]",
    );
    assert!(words.contains("trained_betas"), "{words}");
    copy_folder(&tiny(), folder.path());
    fs::remove_file(folder.path().join("tokenizer/vocab.json")).unwrap();
    let words = Checkpoint::open(folder.path(), Prefer::Full)
        .unwrap_err()
        .to_string();
    assert!(words.contains("the model lacks its tokenizer"), "{words}");
}

/// A LoRA of the text tower does what adding its change to the weights does; the picture says that it was used.
#[test]
fn a_lora_of_the_text_tower_acts_and_is_in_the_recipe() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let module = "text_model.encoder.layers.0.mlp.fc1";
    let values = |count: usize, seed: usize| -> Vec<f32> {
        let value = |i: usize| ((i * 37 + seed * 11) % 29) as f32 / 16.0 - 0.875;
        (0..count).map(value).collect()
    };
    // Rank one: 32 → 64.
    let (down, up) = (values(32, 1), values(64, 2));
    let kohya = format!("lora_te_{}", module.replace('.', "_"));
    let lora = BTreeMap::from([
        (format!("{kohya}.lora_down.weight"), f32s(&[1, 32], &down)),
        (format!("{kohya}.lora_up.weight"), f32s(&[64, 1], &up)),
        (format!("{kohya}.alpha"), f32s(&[], &[1.0])),
    ]);
    write(&at("words.safetensors"), &lora, &[]);

    // The same change in the model's own weights, by plain arithmetic.
    let merged = at("merged");
    copy_folder(&tiny(), &merged);
    let file = merged.join("text_encoder/model.safetensors");
    let stored = TensorFile::open(&file).unwrap();
    let mut tensors = BTreeMap::new();
    for (position, info) in stored.tensors().iter().enumerate() {
        let mut values = stored.view(position).unwrap().to_vec::<f32>().unwrap();
        if info.name == format!("{module}.weight") {
            for (row, up) in values.chunks_mut(32).zip(&up) {
                for (value, down) in row.iter_mut().zip(&down) {
                    *value += 0.5 * (up * down);
                }
            }
        }
        tensors.insert(info.name.clone(), f32s(&info.shape, &values));
    }
    drop(stored);
    write(&file, &tensors, &[]);

    let embeds = |model: &Path, name: &str, more: &[&str]| {
        let dump = at(name);
        let size = [
            "--width", "16", "--height", "16", "--steps", "1", "--seed", "3",
        ];
        let dumped = ["--dump", dump.to_str().unwrap()];
        let out = at(&format!("{name}.png"));
        let output = still(model, &out, &[&size[..], &dumped, more].concat());
        assert!(output.status.success(), "{output:?}");
        Fixture::open_at(&dump.join("text_embeds.safetensors")).values("text_embeds")
    };
    let file = format!("{}=0.5", at("words.safetensors").display());
    let with = embeds(&tiny(), "with", &["--lora", &file]);
    let expected = embeds(&merged, "expected", &[]);
    let without = embeds(&tiny(), "without", &[]);
    // Both are sums of the same two numbers in f32; only their order of multiplication may differ.
    assert_near("text_embeds", &with, &expected, 1e-6);
    assert!(distance(&without, &expected) > 1e-3, "it changes something");

    let text = export::read_recipe_text(&at("with.png")).unwrap().unwrap();
    let recipe = StillRecipe::read(&text).expect("the recipe of a picture");
    let pixels = Picture::open(&at("with.png"), [0; 3]).unwrap();
    let made = recipe.of_pixels(&pixels.fingerprint()).expect("unchanged");
    assert_eq!(made.loras[0].named.name, "words.safetensors");
    assert_eq!((made.loras[0].strength, made.request.seed), (0.5, 3));
    assert!(
        !text.contains(folder.path().to_str().unwrap()),
        "no path: {text}"
    );
    // It is made again, with the LoRA beside it.
    let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .env("XDG_DATA_HOME", folder.path())
        .args([
            Path::new("reproduce"),
            &at("with.png"),
            Path::new("--model"),
        ])
        .arg(tiny())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("identical"), "{output:?}");
}

/// Parameters and arithmetic of the published networks, counted by building diffusers' and transformers' classes.
#[test]
fn the_published_networks_have_their_sizes() {
    let count = |tensors: Vec<(String, Vec<usize>)>| -> usize {
        tensors
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum()
    };
    let heads = [5, 10, 20, 20];
    let sd_1 = Unet2dConfig {
        cross_attention_dim: PerLevel::Same(768),
        ..Unet2dConfig::default()
    };
    let sd_2 = Unet2dConfig {
        cross_attention_dim: PerLevel::Same(1024),
        attention_head_dim: PerLevel::Each(heads.to_vec()),
        use_linear_projection: true,
        ..Unet2dConfig::default()
    };
    assert_eq!(count(Unet2d::parameters(&sd_1).unwrap()), 859_520_964);
    assert_eq!(count(Unet2d::parameters(&sd_2).unwrap()), 865_910_724);
    let clip_l = ClipTextConfig {
        hidden_size: 768,
        intermediate_size: 3072,
        num_attention_heads: 12,
        ..ClipTextConfig::default()
    };
    let open_clip_h = ClipTextConfig {
        hidden_size: 1024,
        intermediate_size: 4096,
        num_hidden_layers: 23,
        num_attention_heads: 16,
        ..ClipTextConfig::default()
    };
    assert_eq!(count(ClipText::parameters(&clip_l).unwrap()), 123_060_480);
    assert_eq!(
        count(ClipText::parameters(&open_clip_h).unwrap()),
        340_387_840
    );

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
    let tera = |config: &Unet2dConfig, height, width| {
        let extent = Extent {
            frames: 1,
            height,
            width,
        };
        unet2d_cost(config, extent, CONTEXT, &memory).flops.total() / 1e12
    };
    for (config, height, width, expected) in [
        (&sd_1, 64, 64, 0.803),
        (&sd_2, 64, 64, 0.804),
        (&sd_2, 72, 128, 2.15),
    ] {
        let found = tera(config, height, width);
        assert!(
            (found / expected - 1.0).abs() < 0.01,
            "{found} TFLOP, not {expected}"
        );
    }
}

/// A take whose first frame is made from words equals the take of that picture, and its one recipe makes both again.
#[test]
fn a_first_frame_from_words_is_part_of_the_recipe() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |command: &str, paths: &[&Path], more: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
            .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
            .arg(command)
            .args(paths)
            .args(more.split_whitespace())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        format!("{}{errors}", String::from_utf8_lossy(&output.stdout))
    };
    let svd = golden("tiny_svd");
    let shot = "--width 56 --height 40 --frames 2 --steps 1 --device cpu --seed 5";
    let words = "--device cpu --seed 5 --prompt sea --negative fog";
    let [model, out, first] = ["--model", "-o", "--first-frame"].map(Path::new);
    let (picture, plain, both) = (at("sea.png"), at("plain.apng"), at("both.apng"));
    run("still", &[model, &tiny(), out, &picture], words);
    run("generate", &[&picture, model, &svd, out, &plain], shot);
    let more = format!("{shot} --prompt sea --negative fog");
    run(
        "generate",
        &[first, &tiny(), model, &svd, out, &both],
        &more,
    );
    let read = |path: &Path| export::read_take(path).unwrap();
    assert_eq!(read(&plain).frames, read(&both).frames);
    let recipe: serde_json::Value =
        serde_json::from_str(&read(&both).header.comment.unwrap()).unwrap();
    assert_eq!(recipe["first_frame"]["prompt"], "sea");
    assert_eq!(recipe["first_frame"]["model"], "tiny");
    assert!(recipe["picture"].is_null());
    let text = run("reproduce", &[&both], "");
    assert!(text.contains("identical, 2 frames"), "{text}");

    // A first frame cannot be made without words, and words together with a picture give one picture too many.
    let tiny = tiny();
    let words = [Path::new("--prompt"), Path::new("sea")];
    let wrong: [&[&Path]; 3] = [
        &[first, &tiny, out, &both],
        &[&picture, first, &tiny, out, &both, words[0], words[1]],
        &[out, &both],
    ];
    for wrong in wrong {
        let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
            .arg("generate")
            .args(wrong)
            .output();
        assert_eq!(output.unwrap().status.code(), Some(2), "{wrong:?}");
    }
}
