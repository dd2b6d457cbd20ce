//! `KINORA_GPU_LIMITS` gives this machine's adapter the limits of another one:
//!
//! - limits that cannot be read or that exceed the adapter's end the program with exit code 2 and a reason
//! - `doctor` shows the lowered limits, and bases its figures on them
//! - a take that needs larger tensors is refused with the reason

use std::fs;
use std::process::Output;

use kinora::engine::device::adapters::Compiler;
use serde_json::{Value, json};

use super::{SMALL, kinora_command, picture, refused, succeeded, tiny_model};
use crate::skip::first_adapter;

fn with_limits(limits: &str, arguments: &[&str]) -> Output {
    let mut command = kinora_command(arguments);
    command.env("KINORA_GPU_LIMITS", limits);
    command.output().expect("the program starts")
}

#[test]
fn what_cannot_be_read_is_refused_whatever_the_device() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("take.apng");
    let [picture, model, output_name] =
        [&picture(), &tiny_model(), &output].map(|path| path.display().to_string());
    let mut generate = vec!["generate", &picture, "-o", &output_name, "--model", &model];
    generate.extend(SMALL);
    for (limits, words) in [
        ("max_buffer=1", ["unknown limit", "max_buffer"]),
        (
            "max_buffer_size=many",
            ["max_buffer_size=many", "NAME=NUMBER"],
        ),
        ("no-f64", ["no-f64", "no-f16"]),
    ] {
        refused(&with_limits(limits, &["doctor"]), 2, &words);
        refused(&with_limits(limits, &generate), 2, &words);
        assert!(!output.exists());
    }
    // On the CPU there is no adapter to compare with.
    succeeded(&with_limits(
        "max_buffer_size=18446744073709551615",
        &generate,
    ));
}

#[test]
fn more_than_the_adapter_offers_is_refused() {
    let Some(adapter) = first_adapter() else {
        return;
    };
    let more = adapter.limits().max_compute_workgroup_size_x + 1;
    let limits = format!("max_compute_workgroup_size_x={more}");
    let place = format!("gpu:{}", adapter.index);
    let bench = ["bench", "--device", &place, "--frames", "1", "--steps", "1"];
    let words = ["max_compute_workgroup_size_x", &adapter.info.name];
    refused(&with_limits(&limits, &bench), 2, &words);
}

#[test]
fn doctor_shows_lowered_limits() {
    let Some(adapter) = first_adapter() else {
        return;
    };
    let output = with_limits("no-f16,max_buffer_size=1048576", &["doctor", "--json"]);
    succeeded(&output);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = &found["adapters"][adapter.index];
    assert_eq!(found["lowered_limits"]["max_buffer_size"], 1_048_576);
    assert_eq!(found["lowered_limits"]["no-f16"], true);
    assert_eq!(found["buffer_bytes"], 1_048_576);
    assert_eq!(found["tensor_bytes"], 1_048_576);
    assert_eq!(found["limits"]["max_buffer_size"], 1_048_576);
    let features = found["features"].as_array().expect("a list");
    assert!(!features.contains(&"SHADER_F16".into()), "{features:?}");
    assert_eq!(found["f16"], false);
    // burn opens the device for SPIR-V itself and would not honour them.
    let verdicts = found["verdicts"].as_array().expect("a list");
    assert!(
        verdicts.iter().all(|verdict| verdict[0] == "wgsl"),
        "{verdicts:?}"
    );

    let output = with_limits("no-f16", &["doctor"]);
    succeeded(&output);
    assert!(String::from_utf8_lossy(&output.stdout).contains("lowered     no-f16"));
}

/// The plan knows the largest tensor of the model, so nothing is loaded or allocated.
#[test]
fn a_take_that_needs_larger_tensors_is_refused_before_it_is_loaded() {
    let Some(mut adapter) = first_adapter() else {
        return;
    };
    let limits = "max_storage_buffer_binding_size=131072";
    adapter.lowered = limits.parse().expect("limits");
    let folder = tempfile::tempdir().expect("a folder");
    // A verdict on file: the self-test of a software driver takes a minute.
    let identity = adapter.identity(Compiler::Wgsl);
    let verdict = json!({
        "identity": identity, "outcome": "passed", "sentence": "says a test", "f16": false,
    });
    let verdicts = json!({ "verdicts": { identity: verdict } });
    let cache = folder.path().join("kinora");
    fs::create_dir(&cache).expect("a cache");
    fs::write(cache.join("devices.json"), verdicts.to_string()).expect("a verdict");

    let output = folder.path().join("take.apng");
    let [picture, model, output_name] =
        [&picture(), &tiny_model(), &output].map(|path| path.display().to_string());
    let place = format!("gpu:{}", adapter.index);
    let mut generate = vec![
        "generate",
        &picture,
        "-o",
        &output_name,
        "--model",
        &model,
        "--json",
    ];
    generate.extend(&SMALL[..SMALL.len() - 1]);
    generate.push(&place);
    let mut command = kinora_command(&generate);
    command
        .env("KINORA_GPU_LIMITS", limits)
        .env("XDG_CACHE_HOME", folder.path());
    let done = command.output().expect("the program starts");
    let words = [
        "tensor of 588 KiB",
        "at most 128 KiB",
        "choose a smaller model",
    ];
    refused(&done, 1, &words);
    assert!(!output.exists());
    let told = String::from_utf8_lossy(&done.stdout);
    // A job that is accepted reports its plan before it reads any weights.
    let events: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    let names: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["stage", "error"], "nothing is loaded: {told}");
}
