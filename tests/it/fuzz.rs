//! Damaged and invented files for every parser of files that others may have written:
//!
//! - no file makes a parser panic, hang or fill the memory, and an error is one sentence;
//! - accepted files have the properties that the targets check;
//! - a run notices every kind of fault: each kind is planted once.
//!
//! The inputs are the same in every run. `KINORA_FUZZ_SEED=7` makes different ones, `KINORA_FUZZ_INPUTS=100000` makes
//! more, and `KINORA_FUZZ_FILE=PATH` tries one file alone. `scripts/fuzz` runs the same targets under libFuzzer, for
//! long runs.

mod parsers;
mod planted;
mod run;

use parsers::TARGETS;
use run::{Plan, run};

pub(crate) use parsers::{Target, clips, json, project, recipe};

/// Defines the smoke runs. The number of inputs is chosen so that each run takes a few seconds on one core, and all of
/// them together take less than a minute on two.
macro_rules! smoke_runs {
    ($($test:ident = $name:literal, $inputs:literal;)*) => {
        const SMOKE_RUNS: &[&str] = &[$($name),*];
        $(#[test]
        fn $test() {
            smoke($name, $inputs);
        })*
    };
}

smoke_runs! {
    jpeg = "jpeg", 12_000;
    picture = "picture", 6000;
    safetensors = "safetensors", 6000;
    model_folder = "model-folder", 1200;
    model_file = "model-file", 250;
    motion_module = "motion-module", 250;
    lora = "lora", 6000;
    camera_move = "camera-move", 600;
    clips = "clips", 1500;
    recipe = "recipe", 10_000;
    project = "project", 6000;
    preset = "preset", 6000;
    hub = "hub", 1500;
    paths = "paths", 20_000;
    window_project = "window-project", 60;
    window_take = "window-take", 60;
    window_preferences = "window-preferences", 20;
}

/// Tries a target with inputs made from its seeds; reports which input fails and where it is saved.
fn smoke(name: &str, inputs: u64) {
    let target = target(name).expect("a target of that name");
    match run(target, &Plan::of_environment(inputs)) {
        Ok(report) => println!("{name}: {report}"),
        Err(found) => panic!("{name}: {found}"),
    }
}

/// A target by its name.
fn target(name: &str) -> Option<&'static Target> {
    let planted = planted::PLANTED.iter().map(|(target, _)| target);
    let mut all = TARGETS
        .iter()
        .chain(crate::studio::fuzz::TARGETS)
        .chain(planted);
    all.find(|target| target.name == name)
}

#[test]
fn every_target_has_a_smoke_run() {
    let all = TARGETS.iter().chain(crate::studio::fuzz::TARGETS);
    let names: Vec<&str> = all.map(|target| target.name).collect();
    assert_eq!(names, SMOKE_RUNS);
}

#[test]
fn every_kind_of_fault_is_found() {
    for (target, words) in &planted::PLANTED {
        let Err(found) = run(target, &planted::plan()) else {
            panic!("{} is not found", target.name);
        };
        assert!(found.what.contains(words), "{}: {found}", target.name);
        let input = std::fs::read(&found.kept).expect("the input is kept");
        assert!(planted::is_faulty(&input), "{}: {found}", target.name);
        std::fs::remove_file(&found.kept).expect("the test's own");
    }
}
