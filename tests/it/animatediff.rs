//! Clips from words with AnimateDiff, through the program:
//! - every stage of a tiny model agrees with diffusers, with norms that reach the clip, one frame, or as in version 1;
//! - a take from words has a recipe that makes it again;
//! - `files`: motion modules in every form are the same modules, and their version is that of their tensors;
//! - `network`: modules that add nothing change nothing, and each frame has its own position;
//! - `refusals`: what cannot be used is refused in one sentence.

mod files;
mod network;
mod refusals;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kinora::checkpoint::TensorFile;
use tempfile::TempDir;

use super::checkpoint::Stored;
use super::support::{Fixture, assert_near, assert_same, golden, psnr};

/// Bound for the relative distance of latents after all steps in f32. The largest measured one is 5e-6.
const LATENT_BOUND: f64 = 2e-5;

/// The request of `make_animatediff.py`.
const REQUEST: &str = "--width 24 --height 16 --frames 5 --steps 3 --guidance 4.5 --seed 11";

fn base() -> PathBuf {
    golden("sd/tiny")
}

fn module() -> PathBuf {
    golden("animatediff/module.safetensors")
}

/// Runs `kinora generate` with words.
fn generate(model: &Path, out: &Path, paths: &[(&str, &Path)], words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinora"));
    command
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .args([Path::new("generate"), Path::new("--model"), model])
        .args([Path::new("-o"), out])
        .args(["--device", "cpu", "--prompt", "a photo of the sea!"])
        .args(["--negative", "blurry"]);
    for (flag, path) in paths {
        command.args([Path::new(flag), path]);
    }
    command.args(words.split_whitespace());
    command.output().expect("the program starts")
}

fn succeeded(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    format!("{}{errors}", String::from_utf8_lossy(&output.stdout))
}

/// The tensors of a safetensors file.
fn stored(path: &Path) -> BTreeMap<String, Stored> {
    let bytes = fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter();
    tensors
        .map(|(name, view)| {
            let tensor = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
            (name, tensor)
        })
        .collect()
}

/// The latents after each step and the frames of a dump.
fn compare(dump: &Path, expected: &Fixture, name: &str, steps: usize) {
    let found = |stage: &str| {
        let file = Fixture::open_at(&dump.join(format!("{stage}.safetensors")));
        (file.values(stage), file.shape(stage))
    };
    for step in 0..steps {
        let stage = format!("latents_{step:03}");
        let (values, shape) = found(&stage);
        assert_eq!(shape, [1, 5, 4, 8, 12]);
        let key = format!("{name}.{stage}");
        assert_near(&key, &values, &expected.values(&key), LATENT_BOUND);
    }
    let (frames, shape) = found("frames");
    assert_eq!(shape, [5, 3, 16, 24]);
    let ours = psnr(&frames, &expected.values(&format!("{name}.frames")));
    println!("{name}: {ours:.1} dB");
    assert!(ours > 100.0, "{name}: {ours:.1} dB");
}

#[test]
fn every_stage_is_that_of_diffusers() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let expected = Fixture::open("animatediff/expected.safetensors");
    let lora = golden("animatediff/v2_lora_PanLeft.safetensors");
    let lora = PathBuf::from(format!("{}=0.75", lora.display()));
    let module = module();
    let cases: [(&str, &[(&str, &Path)], &str, usize); 4] = [
        ("clip", &[], "--norm-reach clip", 3),
        ("frame", &[], "", 3),
        ("lora", &[("--lora", &lora)], "--norm-reach clip", 3),
        (
            "lcm",
            &[],
            "--norm-reach clip --sampler lcm --steps 2 --guidance 1",
            2,
        ),
    ];
    for (name, paths, words, steps) in cases {
        let (out, dump) = (at(&format!("{name}.apng")), at(name));
        let given: [(&str, &Path); 2] = [("--motion-module", &module), ("--dump", &dump)];
        let request = match words.contains("--steps") {
            true => "--width 24 --height 16 --frames 5 --seed 11",
            false => REQUEST,
        };
        let output = generate(
            &base(),
            &out,
            &[&given[..], paths].concat(),
            &format!("{request} {words}"),
        );
        succeeded(&output);
        compare(&dump, &expected, name, steps);
    }
    let found = |stage: &str| Fixture::open_at(&at("clip").join(format!("{stage}.safetensors")));
    assert_eq!(found("noise").shape("noise"), [1, 4, 5, 8, 12]);
    let noise = found("noise").values("noise");
    assert_same("noise", &noise, &expected.values("clip.noise"));
    for stage in ["text_embeds", "negative_embeds"] {
        let values = found(stage).values(stage);
        assert_near(
            stage,
            &values,
            &expected.values(&format!("clip.{stage}")),
            1e-5,
        );
    }
    // The reaches are told apart: each oracle is far from the other one's.
    let frames = |name: &str| expected.values(&format!("{name}.frames"));
    assert!(psnr(&frames("clip"), &frames("frame")) < 40.0);
    assert!(psnr(&frames("first"), &frames("frame")) < 40.0);
}

#[test]
fn a_take_from_words_is_described_and_made_again() {
    let folder = TempDir::new().unwrap();
    let take = folder.path().join("sea.apng");
    let module = module();
    let words = "--width 16 --height 16 --frames 3 --steps 2 --seed 4";
    succeeded(&generate(
        &base(),
        &take,
        &[("--motion-module", &module)],
        words,
    ));
    let run = |command: &str, more: &[&Path]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
            .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
            .args([Path::new(command), &take])
            .args(more)
            .output();
        output.unwrap()
    };
    let described = succeeded(&run("inspect", &[]));
    assert!(
        described.contains("module      module.safetensors"),
        "{described}"
    );
    assert!(
        described.contains("prompt      a photo of the sea!"),
        "{described}"
    );
    assert!(described.contains("norm reach  frame"), "{described}");
    let json: serde_json::Value =
        serde_json::from_str(&succeeded(&run("inspect", &[Path::new("--json")]))).unwrap();
    let recipe = &json["take"]["recipe"];
    assert_eq!(recipe["recipe"], 4);
    assert_eq!(recipe["negative"], "blurry");
    assert!(recipe["picture"].is_null());
    assert_eq!(recipe["request"]["sampler"], "ddim");

    // Where the modules and the model were last seen is known on this machine.
    let again = succeeded(&run("reproduce", &[]));
    assert!(again.contains("identical, 3 frames"), "{again}");
    let given = [Path::new("--motion-module"), &module];
    let again = succeeded(&run("reproduce", &given));
    assert!(again.contains("identical, 3 frames"), "{again}");
}

/// The names of the tensors of a file, sorted.
fn names(path: &Path) -> Vec<String> {
    let file = TensorFile::open(path).unwrap();
    let mut names: Vec<String> = file
        .tensors()
        .iter()
        .map(|info| info.name.clone())
        .collect();
    names.sort();
    names
}
