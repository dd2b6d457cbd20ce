//! The command line, as other programs use it:
//!
//! - every error is one line that starts with `error: `, with exit code 2 for a bad argument and 1 otherwise;
//! - no unfinished file remains, and an existing output survives any failure;
//! - any path works, whatever its name contains;
//! - a first argument that is neither a command nor a file is reported by name, with or without a display.

mod gpu_limits;
mod guide;
mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use kinora::system::clock::now;
use tempfile::TempDir;

/// A complete model of 1.6 million parameters: loads and runs in well under a second.
pub(crate) fn tiny_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_svd")
}

pub(crate) fn picture() -> PathBuf {
    tiny_model().join("picture.png")
}

/// The smallest request to the tiny model.
const SMALL: [&str; 10] = [
    "--width", "32", "--height", "24", "--frames", "2", "--steps", "1", "--device", "cpu",
];

fn kinora(arguments: &[&str]) -> Output {
    kinora_command(arguments)
        .output()
        .expect("the program starts")
}

/// The program with these arguments, not started yet, so that a test can set environment variables.
fn kinora_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinora"));
    command
        .args(arguments)
        .env_remove("RUST_BACKTRACE")
        // The measured speed of these runs must not be saved in the user's own folder.
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs `kinora generate` with the tiny model and the smallest settings, except where `more` sets others.
pub(crate) fn generate(picture: &Path, output: &Path, more: &[&str]) -> Output {
    let (picture, output) = (picture.display().to_string(), output.display().to_string());
    let model = tiny_model().display().to_string();
    let mut arguments = vec!["generate", &picture, "-o", &output];
    if !more.contains(&"--model") {
        arguments.extend(["--model", &model]);
    }
    for pair in SMALL.chunks(2) {
        if !more.contains(&pair[0]) {
            arguments.extend(pair);
        }
    }
    arguments.extend(more);
    kinora(&arguments)
}

/// Asserts this exit code, and one line `error: …` on standard error that contains these words.
#[track_caller]
fn refused(output: &Output, code: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    let lines: Vec<&str> = text
        .lines()
        // Mesa's message on headless machines, before any of ours.
        .filter(|line| !line.contains("XDG_RUNTIME_DIR"))
        .collect();
    assert_eq!(lines.len(), 1, "one line, not:\n{text}");
    assert!(lines[0].starts_with("error: "), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    for word in words {
        assert!(lines[0].contains(word), "`{word}` is not in: {}", lines[0]);
    }
}

#[track_caller]
pub(crate) fn succeeded(output: &Output) {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Names of everything in a folder, including hidden files.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn bad_arguments_exit_with_2() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("shot.mp4");
    let cases: [(&[&str], &str); 20] = [
        (&["--width", "33"], "width must be a multiple of 8"),
        (&["--width", "0"], "width"),
        (&["--height", "100000"], "height"),
        (&["--frames", "0"], "frames must be from 1 to"),
        (&["--frames", "1000000"], "frames"),
        (&["--frames", "-3"], "-3"),
        (&["--steps", "0"], "steps must be from 1 to"),
        (&["--steps", "many"], "--steps"),
        (&["--fps", "0"], "--fps"),
        (&["--motion-bucket", "-1"], "motion-bucket"),
        (&["--noise-aug", "NaN"], "noise-aug"),
        (&["--guidance", "strong"], "MIN:MAX"),
        (&["--guidance", "1:inf"], "guidance"),
        (&["--sampler", "magic"], "euler-ancestral"),
        (&["--decode-chunk", "0"], "decode-chunk"),
        (&["--device", "cuda"], "gpu:N"),
        (&["--lora", "x=strong"], "strength"),
        (&["--prompt", "a slow pan"], "does not use a prompt"),
        (&["--crop", "1,2,3"], "x,y,width,height"),
        (&["--crop", "0,0,8,8", "--fit", "pad"], "--fit"),
    ];
    for (more, words) in cases {
        refused(&generate(&picture(), &out, more), 2, &[words]);
    }
    refused(
        &generate(&picture(), &folder.path().join("shot.txt"), &[]),
        2,
        &[".mp4"],
    );
    refused(&kinora(&["generate"]), 2, &["--help"]);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_misspelt_command_is_named_with_or_without_a_display() {
    let folder = TempDir::new().expect("a folder");
    fs::copy(picture(), folder.path().join("x.jpg")).expect("copied");
    let line = |word: &str, meant: &str| {
        format!("error: there is no command or file named {word}; {meant}\n")
    };
    let cases: [(&[&str], &str, &str); 7] = [
        (&["genrate", "x.jpg"], "genrate", "did you mean generate?"),
        // The error is about the command, not about the flags that the window does not accept.
        (
            &["Generate", "x.jpg", "-o", "shot.mp4"],
            "Generate",
            "did you mean generate?",
        ),
        (&["bnech", "--json"], "bnech", "did you mean bench?"),
        (&["gone.jpg"], "gone.jpg", "see kinora --help"),
        // Resembles a command but is the name of a picture.
        (&["bench.jpg"], "bench.jpg", "see kinora --help"),
        (&["photos/"], "photos/", "see kinora --help"),
        // Not suggested: the self-test is internal.
        (&["self-tset"], "self-tset", "see kinora --help"),
    ];
    for (arguments, word, meant) in cases {
        for display in [None, Some(":12345")] {
            let mut program = Command::new(env!("CARGO_BIN_EXE_kinora"));
            program
                .current_dir(folder.path())
                .args(arguments)
                .env("XDG_RUNTIME_DIR", folder.path())
                .env_remove("WAYLAND_DISPLAY")
                .env_remove("DISPLAY")
                .envs(display.map(|display| ("DISPLAY", display)));
            let output = program.output().expect("the program starts");
            assert_eq!(String::from_utf8_lossy(&output.stderr), line(word, meant));
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        }
    }
    // A command is a command even if there is a file of that name.
    fs::write(folder.path().join("help"), "a file").expect("written");
    succeeded(&kinora(&["help"]));
    refused(&kinora(&["generate"]), 2, &["--help"]);
}

#[test]
fn other_files_are_rejected_as_pictures() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("out").join("shot.mp4");
    fs::create_dir(folder.path().join("out")).expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    };
    let real = fs::read(picture()).expect("the picture");
    // A PNG header that promises 100,000 × 100,000 pixels.
    let mut enormous = real.clone();
    enormous[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let checksum = png_checksum(&enormous[12..29]);
    enormous[29..33].copy_from_slice(&checksum.to_be_bytes());
    for (path, words) in [
        (folder.path().join("missing.png"), "missing.png"),
        (write("empty.jpg", b""), "empty"),
        (
            write("text.png", b"this is a text and no picture at all"),
            "not a picture",
        ),
        (write("short.png", &real[..real.len() / 2]), "short.png"),
        (write("huge.png", &enormous), "huge.png"),
        (folder.path().to_path_buf(), "picture"),
    ] {
        refused(&generate(&path, &out, &[]), 1, &[words]);
    }
    assert!(names(&folder.path().join("out")).is_empty());
}

/// CRC-32 of a PNG chunk's name and data.
fn png_checksum(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}

#[test]
fn broken_models_are_refused_by_part_and_tensor() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("out").join("shot.mp4");
    fs::create_dir(folder.path().join("out")).expect("a folder");
    let weights = "unet/diffusion_pytorch_model.safetensors";
    let cases: [(&str, &dyn Fn(&Path), &str); 9] = [
        (
            "gone",
            &|model| fs::remove_dir_all(model).expect("removed"),
            "gone",
        ),
        (
            "no-unet",
            &|model| fs::remove_dir_all(model.join("unet")).expect("removed"),
            "unet",
        ),
        (
            "no-weights",
            &|model| fs::remove_file(model.join(weights)).expect("removed"),
            "unet",
        ),
        (
            "empty",
            &|model| fs::write(model.join(weights), b"").expect("written"),
            "empty",
        ),
        (
            "truncated",
            &|model| {
                let bytes = fs::read(model.join(weights)).expect("weights");
                fs::write(model.join(weights), &bytes[..bytes.len() - 1000]).expect("written");
            },
            "safetensors",
        ),
        (
            "oversized-header",
            &|model| {
                let mut bytes = fs::read(model.join(weights)).expect("weights");
                bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
                fs::write(model.join(weights), bytes).expect("written");
            },
            "safetensors",
        ),
        (
            "not-safetensors",
            &|model| fs::write(model.join(weights), vec![b'x'; 4096]).expect("written"),
            "safetensors",
        ),
        (
            "not-a-number",
            &|model| {
                let mut bytes = fs::read(model.join(weights)).expect("weights");
                let from = bytes.len() - bytes.len() / 2;
                bytes[from..].fill(0xff);
                fs::write(model.join(weights), bytes).expect("written");
            },
            "NaN",
        ),
        (
            "other-width",
            &|model| {
                let path = model.join("unet/config.json");
                let text = fs::read_to_string(&path).expect("configuration");
                let text = text.replacen(
                    "\"addition_time_embed_dim\": ",
                    "\"addition_time_embed_dim\": 2",
                    1,
                );
                fs::write(path, text).expect("written");
            },
            "ids",
        ),
    ];
    for (name, harm, words) in cases {
        let model = folder.path().join(name);
        copy_folder(&tiny_model(), &model);
        harm(&model);
        let model = model.display().to_string();
        refused(
            &generate(&picture(), &out, &["--model", &model]),
            1,
            &[words],
        );
    }
    assert!(names(&folder.path().join("out")).is_empty());
}

#[test]
fn impossible_outputs_are_rejected_before_the_work() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, b"here first").expect("written");
    refused(
        &generate(&picture(), &file.join("shot.mp4"), &[]),
        1,
        &["shot.mp4"],
    );
    fs::create_dir(folder.path().join("folder.mp4")).expect("a folder");
    refused(
        &generate(&picture(), &folder.path().join("folder.mp4"), &[]),
        1,
        &["folder"],
    );
    assert_eq!(fs::read(&file).expect("still there"), b"here first");
}

/// A failure after the check must leave the old file, and only the old file.
#[test]
fn an_existing_output_survives_a_failure() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("shot.mp4");
    fs::write(&out, b"the old shot").expect("written");
    let lora = folder.path().join("no-lora.safetensors");
    fs::copy(
        tiny_model().join("unet/diffusion_pytorch_model.safetensors"),
        &lora,
    )
    .expect("copied");
    let lora = lora.display().to_string();
    refused(
        &generate(&picture(), &out, &["--lora", &lora]),
        1,
        &["LoRA"],
    );
    assert_eq!(fs::read(&out).expect("still there"), b"the old shot");
    assert_eq!(names(folder.path()), ["no-lora.safetensors", "shot.mp4"]);
}

#[test]
fn awkward_names_work_everywhere() {
    let folder = TempDir::new().expect("a folder");
    let odd = folder.path().join("d'été — \"снимок\" 100% 写真=1");
    fs::create_dir(&odd).expect("a folder");
    let photo = odd.join("my photo: %03d.png");
    fs::copy(picture(), &photo).expect("copied");
    let model = odd.join("model ünd = more");
    copy_folder(&tiny_model(), &model);
    let out = odd.join("a shot's \"end\".apng");
    let model = model.display().to_string();
    succeeded(&generate(&photo, &out, &["--model", &model, "--seed", "7"]));
    assert!(fs::metadata(&out).expect("the shot").len() > 100);
}

#[test]
fn the_same_seed_gives_the_same_pixels_and_another_seed_others() {
    let folder = TempDir::new().expect("a folder");
    let shot = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        let path = PathBuf::from(format!("{}/", out.display()));
        succeeded(&generate(&picture(), &path, &["--seed", seed]));
        assert_eq!(names(&out), ["frame_0000.png", "frame_0001.png"]);
        let image = image::open(out.join("frame_0001.png")).expect("a picture");
        image.to_rgb8().into_raw()
    };
    let first = shot("a", "7");
    assert_eq!(first, shot("b", "7"));
    assert_ne!(first, shot("c", "8"));
}

#[test]
fn json_lines_tell_the_stages_in_order() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("shot.apng");
    let dump = folder.path().join("dump").display().to_string();
    let output = generate(
        &picture(),
        &out,
        &[
            "--json",
            "--steps",
            "2",
            "--dump",
            &dump,
            "--guidance",
            "1:2",
        ],
    );
    succeeded(&output);
    let events: Vec<serde_json::Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect();
    let mut stages: Vec<&str> = events
        .iter()
        .filter(|event| event["event"] == "stage")
        .filter_map(|event| event["name"].as_str())
        .collect();
    assert_eq!(stages.first(), Some(&"load"));
    // Weights are placed before each stage that needs them, so `load` occurs several times.
    stages.retain(|stage| *stage != "load");
    stages.dedup();
    assert_eq!(stages, ["encode", "denoise", "decode", "write"]);
    let steps: Vec<u64> = events
        .iter()
        .filter(|event| event["event"] == "step")
        .filter_map(|event| event["step"].as_u64())
        .collect();
    assert_eq!(steps, [1, 2]);
    let done = events.last().expect("a last event");
    assert_eq!(done["event"], "done");
    assert_eq!(done["output"], out.display().to_string());
    assert_eq!(done["dump"].as_array().map(Vec::len), Some(6));
}

/// The embedded model needs no file next to the program, which runs from anywhere.
#[test]
fn the_program_alone_makes_a_shot() {
    let folder = TempDir::new().expect("a folder");
    let program = folder.path().join("kinora-elsewhere");
    fs::copy(env!("CARGO_BIN_EXE_kinora"), &program).expect("copied");
    fs::copy(picture(), folder.path().join("p.png")).expect("copied");
    let output = Command::new(&program)
        .current_dir(folder.path())
        .args(["generate", "p.png", "-o", "shot.apng", "--device", "cpu"])
        .args([
            "--width", "64", "--height", "40", "--frames", "2", "--steps", "1",
        ])
        .output()
        .expect("the program starts");
    succeeded(&output);
    assert!(folder.path().join("shot.apng").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_within_a_step_and_leaves_nothing() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("shot.mp4");
    let mut child = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .args(["generate", &picture().display().to_string(), "-o"])
        .arg(&out)
        .args([
            "--device", "cpu", "--frames", "2", "--steps", "1000", "--json",
        ])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    // The first step shows that work is in progress.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(
        child.stdout.take().expect("its output"),
    ));
    lines
        .by_ref()
        .map_while(Result::ok)
        .find(|line| line.contains("\"step\""))
        .expect("a step");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
    let asked = now();
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    // A step of two frames takes a tenth of a second on two cores; CI may be busy.
    assert!(asked.elapsed() < Duration::from_secs(10));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn inspect_distinguishes_models_loras_and_junk() {
    let folder = TempDir::new().expect("a folder");
    let model = tiny_model().display().to_string();
    let output = kinora(&["inspect", &model, "--json"]);
    succeeded(&output);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["kind"], "checkpoint");
    assert!(found["model"]["problem"].is_null());

    let junk = folder.path().join("junk.safetensors");
    fs::write(&junk, b"nothing of the kind").expect("written");
    refused(
        &kinora(&["inspect", &junk.display().to_string()]),
        1,
        &["junk.safetensors"],
    );
    let html = folder.path().join("page.safetensors");
    fs::write(&html, b"<!DOCTYPE html><html>sign in</html>").expect("written");
    refused(
        &kinora(&["inspect", &html.display().to_string()]),
        1,
        &["web page"],
    );
}

#[test]
fn doctor_describes_the_machine() {
    let output = kinora(&["doctor", "--json"]);
    succeeded(&output);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(
        found["models"]
            .as_array()
            .is_some_and(|models| models.contains(&"pocket".into()))
    );
    // 1,524,623,082 parameters of the released UNet (spec §0) without the 50,389,760 of cross-attention that have no
    // effect with one context token (spec §1.6), two bytes each: weights published in f16 stay in f16.
    let svd = found["forecasts"].as_array().expect("forecasts");
    let svd = svd
        .iter()
        .find(|model| model["model"] == "svd")
        .expect("svd");
    assert_eq!(svd["cpu_f32"]["stages"][2]["weights"], 2 * 1_474_233_322u64);
}

#[test]
fn doctor_describes_only_the_adapter_that_is_asked_for() {
    let Some(adapter) = crate::skip::first_adapter() else {
        return;
    };
    let index = adapter.index.to_string();
    let output = kinora(&["doctor", "--json", "--adapter", &index]);
    succeeded(&output);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = found["adapters"].as_array().expect("a list");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["index"], adapter.index);
    let limits = &found[0]["limits"];
    let bytes = adapter.limits().max_storage_buffer_binding_size;
    assert_eq!(limits["max_storage_buffer_binding_size"], bytes);
    refused(&kinora(&["doctor", "--adapter", "99"]), 2, &["gpu:99"]);
}
