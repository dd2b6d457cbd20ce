//! Each parser that meets a foreign file, as a target: seeds, changes in the terms of the format, and a check.
//!
//! A check parses and panics where a promise is broken; that it was refused is never one. Nothing here knows who
//! brings the bytes: the smoke runs of this folder do, and libFuzzer by `fuzz/`. Only Kinora's public doors are used.

mod bytes;
mod camera;
mod chunks;
pub(crate) mod clips;
mod dice;
mod hub;
mod jpeg;
pub(crate) mod json;
mod lora;
mod model;
mod paths;
mod picture;
mod preset;
pub(crate) mod project;
pub(crate) mod recipe;
mod safetensors;

use std::path::{Path, PathBuf};

pub(crate) use dice::Dice;

/// One parser, and how it is tried.
pub(crate) struct Target {
    /// Its name, for people and for the command line.
    pub(crate) name: &'static str,
    /// Files from which all others are made. Each is accepted.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Changes a file so that it gets past the first check more often than not.
    pub(crate) change: fn(&mut Vec<u8>, &mut Dice),
    /// Whether the file is accepted; panics where a promise is broken. The folder is the check's own.
    pub(crate) check: fn(&[u8], &Path) -> bool,
}

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    jpeg::TARGET,
    picture::TARGET,
    safetensors::TARGET,
    model::FOLDER,
    model::SINGLE_FILE,
    lora::TARGET,
    camera::TARGET,
    clips::TARGET,
    recipe::TARGET,
    project::TARGET,
    preset::TARGET,
    hub::TARGET,
    paths::TARGET,
];

/// A file of the repository, whichever of its packages this is built in.
fn repository(file: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package
        .ancestors()
        .find(|folder| folder.join("tests/golden").is_dir());
    root.expect("the repository").join(file)
}

/// The bytes of a file of the repository.
fn file(name: &str) -> Vec<u8> {
    std::fs::read(repository(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What the user is told is one sentence on one line, whatever the file says of itself.
fn assert_sentence(error: &dyn std::error::Error) {
    const LONGEST: usize = 1000;
    let text = error.to_string();
    assert!(
        !text.trim().is_empty() && text.len() <= LONGEST && !text.contains(char::is_control),
        "no sentence to show: {} bytes, {:?}",
        text.len(),
        text.chars().take(LONGEST).collect::<String>()
    );
}

/// The error is a sentence, and nothing was accepted.
fn refused(error: &dyn std::error::Error) -> bool {
    assert_sentence(error);
    false
}
