//! Fuzzes one parser with libFuzzer: the target that `KINORA_FUZZ_TARGET` names.
//!
//! Half of the changes to inputs are made by libFuzzer, the others by the target, which respects their format. With
//! `KINORA_FUZZ_SEEDS=FOLDER`, the seeds are first written into that folder as an initial corpus.

#![no_main]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a panic is what a fuzz target reports with"
)]

#[path = "../tests/it/fuzz/parsers/mod.rs"]
mod parsers;

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use parsers::{Dice, TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("KINORA_FUZZ_TARGET").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let target = TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("KINORA_FUZZ_TARGET must be one of {}", names.join(", ")))
});

static SCRATCH: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("KINORA_FUZZ_SEEDS") {
            for (number, seed) in (TARGET.seeds)().into_iter().enumerate() {
                let place = Path::new(&folder).join(format!("seed-{number}"));
                std::fs::write(place, seed).expect("a folder to write to");
            }
        }
    },
    |data: &[u8]| {
        (TARGET.check)(data, SCRATCH.path());
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed.into());
    if dice.one_in(2) {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut changed = data[..size].to_vec();
    (TARGET.change)(&mut changed, &mut dice);
    changed.truncate(max_size);
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
});
