//! Each parser of files that others may have written, as a target: seeds, changes that suit the format, and a check.
//!
//! A check parses and panics if a property does not hold; rejecting a file is never a failure. Both the smoke runs of
//! this folder and libFuzzer, through `fuzz/`, supply the bytes. Only Kinora's public interface is used.

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
mod motion;
mod paths;
mod picture;
mod preset;
pub(crate) mod project;
pub(crate) mod recipe;
mod safetensors;

use std::path::{Path, PathBuf};

pub(crate) use dice::Dice;

/// One parser, with its inputs and its check.
pub(crate) struct Target {
    /// Its name, also on the command line.
    pub(crate) name: &'static str,
    /// Files from which all others are made. Each is accepted.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Changes a file so that it usually passes the first check.
    pub(crate) change: fn(&mut Vec<u8>, &mut Dice),
    /// Whether the file is accepted; panics if a property does not hold. The folder is the check's own.
    pub(crate) check: fn(&[u8], &Path) -> bool,
}

/// All targets.
pub(crate) const TARGETS: &[Target] = &[
    jpeg::TARGET,
    picture::TARGET,
    safetensors::TARGET,
    model::FOLDER,
    model::SINGLE_FILE,
    motion::TARGET,
    lora::TARGET,
    camera::TARGET,
    clips::TARGET,
    recipe::TARGET,
    project::TARGET,
    preset::TARGET,
    hub::TARGET,
    paths::TARGET,
];

/// The path of a file in the repository, whichever of its packages this is built in.
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

/// Checks that the user is shown one sentence on one line, whatever the file contains.
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

/// Checks that the error is one sentence; returns that the file was not accepted.
fn refused(error: &dyn std::error::Error) -> bool {
    assert_sentence(error);
    false
}
