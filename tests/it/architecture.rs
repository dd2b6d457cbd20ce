//! The layers of `src/`, read from its imports and compared with a table.
//!
//! - every import between rooms goes downward, and every outside crate stays in the rooms that may name it
//! - `unsafe` lives only in listed files, files stay short, open and say what they own, nothing is left to do
//! - every shader has its Rust twin and its row in `shaders/README.md`
//! - the checker itself sees made-up violations, so that a green run means something

mod reading;

use std::fs;
use std::path::{Path, PathBuf};

use reading::{paths, tokens};

/// A room of `src/` (a folder, or a file at the top) and the rooms that it may name, from the floor up.
///
/// `sampler` is plain arithmetic below `request`, which carries its settings. `cli` is the front door: with no
/// command it opens the window, so it alone names `ui`.
const ROOMS: &[(&str, &str)] = &[
    ("error", ""),
    ("media", "error"),
    ("checkpoint", "error"),
    ("sampler", "error"),
    ("request", "error media sampler"),
    ("kernels", "error"),
    ("model", "error checkpoint kernels"),
    (
        "pipeline",
        "error media checkpoint sampler request kernels model",
    ),
    (
        "engine",
        "error media checkpoint sampler request kernels model pipeline",
    ),
    ("export", "error media request"),
    ("hub", "error"),
    (
        "app",
        "error media checkpoint sampler request engine export hub",
    ),
    ("ui", "error media sampler request engine hub app"),
    (
        "cli",
        "error media checkpoint sampler request model pipeline engine export hub ui",
    ),
];

/// Paths inside an allowed room that stay closed to one caller: (caller, path, reason).
const CLOSED: &[(&str, &str, &str)] = &[(
    "ui",
    "engine::worker",
    "ui knows the engine by its protocol",
)];

/// Outside crates (a name also covers `name_…`) and the places that may name them.
const CRATES: &[(&str, &str)] = &[
    ("burn", "kernels/ model/ pipeline/ engine/"),
    ("cubecl", "kernels/ model/ pipeline/ engine/"),
    // The window's own device: the ghost, and areas that egui's shader is too dear for.
    (
        "wgpu",
        "kernels/ model/ pipeline/ engine/ ui/canvas.rs ui/ghost.rs",
    ),
    // One file writes, the other reads: nothing else should know how FFmpeg is driven.
    ("ffmpeg", "export/encoder.rs export/decoder.rs"),
    ("ureq", "hub/wire.rs"),
    ("egui", "app/ ui/"),
    ("eframe", "app/ ui/"),
    ("rfd", "app/ ui/"),
    ("thread_priority", "engine/priority.rs"),
    ("clap", "cli/ main.rs"),
    ("anyhow", "cli/ main.rs"),
];

/// The files that may hold `unsafe`, each with the reason why it cannot do without.
const UNSAFE: &[(&str, &str)] = &[
    (
        "checkpoint/tensors.rs",
        "maps weight files into memory and asks the system about the mapping",
    ),
    (
        "engine/wgsl_only.rs",
        "wgpu makes an adapter from its inner layer only through unsafe functions",
    ),
    (
        "kernels/cpu/attention.rs",
        "tasks write the rows of one output that are theirs",
    ),
    (
        "kernels/cpu/isa.rs",
        "calls arithmetic compiled for wider vectors",
    ),
    (
        "kernels/cpu/product.rs",
        "tasks write the parts of one output that are theirs",
    ),
    (
        "kernels/cpu/scatter.rs",
        "hands parts of one buffer to several threads",
    ),
    (
        "kernels/cpu/tile/avx2.rs",
        "vector instructions of the innermost product",
    ),
    (
        "kernels/cpu/tile/avx512.rs",
        "vector instructions of the innermost product",
    ),
    (
        "kernels/cpu/tile/mod.rs",
        "calls the tile compiled for wider vectors",
    ),
    (
        "kernels/trim.rs",
        "asks the C library to give freed memory back",
    ),
    (
        "main.rs",
        "quiets a driver through the environment before any thread starts",
    ),
    (
        "sampler/noise/block.rs",
        "calls the noise arithmetic compiled for wider vectors",
    ),
];

/// Shaders that the window draws with: their twins live in `ui/`. All others compute, in `kernels/`.
const DRAWN: &[&str] = &["ghost"];

/// A file longer than this must be split; 400 is the aim.
const MOST_LINES: usize = 700;

/// What may not stay in `src/`, in comments as little as in code.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!"];

#[test]
fn sources_keep_the_rules() {
    let src = root().join("src");
    let mut broken = Vec::new();
    let files = files_below(&src, "rs");
    assert!(!files.is_empty(), "no sources below {}", src.display());
    for file in files {
        let name = slashed(file.strip_prefix(&src).expect("listed below src"));
        broken.extend(check(
            &name,
            &fs::read_to_string(&file).expect("a source is readable text"),
        ));
    }
    assert!(
        broken.is_empty(),
        "{} broken rules:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn every_unsafe_file_is_still_there() {
    for (file, reason) in UNSAFE {
        let text = fs::read_to_string(root().join("src").join(file)).unwrap_or_default();
        let found = tokens(&text).iter().any(|token| token.text == "unsafe");
        assert!(
            found,
            "src/{file} holds no `unsafe` any more: strike it from UNSAFE ({reason})"
        );
    }
}

#[test]
fn every_shader_has_its_twin_and_its_row() {
    let shaders = root().join("shaders");
    let table =
        fs::read_to_string(shaders.join("README.md")).expect("shaders/README.md lists the shaders");
    let mut broken = Vec::new();
    for shader in files_below(&shaders, "wgsl") {
        let name = slashed(shader.strip_prefix(&shaders).expect("listed below shaders"));
        let stem = name.trim_end_matches(".wgsl");
        if name.starts_with("lib/") {
            continue; // Includes: no entry point of their own.
        }
        let room = if DRAWN.contains(&stem) {
            "ui"
        } else {
            "kernels"
        };
        if !root().join(format!("src/{room}/{stem}.rs")).is_file() {
            broken.push(format!("shaders/{name}: src/{room}/{stem}.rs is missing"));
        }
        if !table
            .lines()
            .any(|line| line.starts_with('|') && line.contains(stem))
        {
            broken.push(format!(
                "shaders/{name}: shaders/README.md has no row for it"
            ));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_checker_sees_what_it_should() {
    let caught = |file: &str, body: &str, rule: &str| {
        let broken = check(file, &format!("//! Made up.\n{body}"));
        let told = broken
            .iter()
            .any(|line| line.contains(rule) && line.starts_with(&format!("src/{file}:2: ")));
        assert!(
            told,
            "{body:?} in {file} should break {rule:?}; said {broken:?}"
        );
    };
    caught(
        "model/unet.rs",
        "use crate::engine::worker;",
        "`crate::engine::worker`",
    );
    caught(
        "sampler/step.rs",
        "use crate::{error::PictureError, model::unet::Unet};",
        "`crate::model::unet::Unet`",
    );
    caught(
        "media/mod.rs",
        "fn f() { crate::request::g() }",
        "`crate::request::g`",
    );
    caught(
        "media/frame.rs",
        "use super::super::export;",
        "`crate::export`",
    );
    caught(
        "media/frame.rs",
        "mod tests { use super::super::super::export::x; }",
        "`crate::export::x`",
    );
    caught(
        "ui/panel.rs",
        "use crate::engine::worker::Worker;",
        "knows the engine by its protocol",
    );
    caught(
        "media/frame.rs",
        "use crate::nowhere::X;",
        "no room `nowhere`",
    );
    caught(
        "export/spec.rs",
        "use ffmpeg_next::codec as c;",
        "`ffmpeg_next::codec`",
    );
    caught("media/frame.rs", "use burn;", "`burn`");
    caught(
        "request/mod.rs",
        "use {std::fmt, wgpu::{Device, Queue}};",
        "`wgpu::Device`",
    );
    caught(
        "engine/mod.rs",
        "fn f(x: &egui::Context) {}",
        "`egui::Context`",
    );
    caught("request/mod.rs", "fn f() { unsafe { g() } }", "`unsafe`");
    caught("request/mod.rs", "// TODO later", "TODO");
    assert!(
        check("lost.rs", "//! Made up.")[0].contains("no room `lost`"),
        "a file outside the rooms"
    );
    let long = format!("//! Made up.\n{}", "\n".repeat(MOST_LINES));
    assert!(
        check("media/frame.rs", &long)[0].contains("701 lines"),
        "a long file"
    );
    assert!(
        check("media/frame.rs", "use std::fmt;")[0].contains("module doc"),
        "a file that opens silently"
    );
}

#[test]
fn the_checker_lets_the_rest_pass() {
    let fine = r##"//! Made up. crate::ui::in_a_comment
use crate::error::{self, PictureError as _};
use super::{rate::*, picture};
/* crate::ui /* nested */ burn::x */
const TEXT: &str = "crate::ui::x \" unsafe";
const RAW: &str = r#"burn::"tensor""#;
fn f<'a>(x: &'a str, c: char) -> bool { c == '"' || c == '\'' || x.burn::<u8>() }
mod tests { use super::super::picture::egui; use super::*; }
"##;
    assert_eq!(
        check("media/frame.rs", fine),
        Vec::<String>::new(),
        "nothing here breaks a rule"
    );
}

/// Every rule that one source breaks, each as `src/FILE:LINE: what, and which rule`.
fn check(file: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let mut broken = Vec::new();
    let mut report = |line: usize, what: String| broken.push(format!("src/{file}:{line}: {what}"));

    let lines = text.lines().count();
    if lines > MOST_LINES {
        report(
            1,
            format!("{lines} lines; split it (at most {MOST_LINES}, aim for 400)"),
        );
    }
    if !text.trim_start().starts_with("//!") {
        report(
            1,
            "no module doc: open with `//!` and say what the file owns and must not know".into(),
        );
    }
    for (index, line) in text.lines().enumerate() {
        if let Some(word) = UNFINISHED.iter().find(|word| line.contains(**word)) {
            report(
                index + 1,
                format!("{word} is left over; finish it or open an issue"),
            );
        }
    }
    for token in tokens.iter().filter(|token| token.text == "unsafe") {
        if !UNSAFE.iter().any(|(allowed, _)| *allowed == file) {
            report(
                token.line,
                "`unsafe` outside the files listed in UNSAFE".into(),
            );
        }
    }
    let room = room_of(file);
    let Some((_, below)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        // The two roots see everything: lib.rs lists the rooms, main.rs opens the door.
        if room != "lib" && room != "main" {
            report(
                1,
                format!("no room `{room}` in the table ROOMS; add it with the rooms below it"),
            );
        }
        return broken;
    };
    for path in paths(file, &tokens) {
        let full = path.segments.join("::");
        if path.segments[0] != "crate" {
            let crates = CRATES
                .iter()
                .filter(|(name, _)| names_crate(&path.segments[0], name));
            for (name, places) in crates {
                if !places.split(' ').any(|place| file.starts_with(place)) {
                    report(
                        path.line,
                        format!("`{full}`: {name} may be named only in {}", places),
                    );
                }
            }
            continue;
        }
        let Some(target) = path.segments.get(1).filter(|target| *target != room) else {
            continue;
        };
        if !ROOMS.iter().any(|(name, _)| name == target) {
            report(
                path.line,
                format!("`{full}`: no room `{target}` in the table ROOMS"),
            );
        } else if !below.split(' ').any(|name| name == target) {
            report(
                path.line,
                format!("`{full}`: {room} may name only [{}]", below),
            );
        }
        for (caller, closed, reason) in CLOSED {
            if *caller == room && format!("{full}::").starts_with(&format!("crate::{closed}::")) {
                report(path.line, format!("`{full}`: {reason}"));
            }
        }
    }
    broken
}

/// `burn_wgpu` is burn's; `burning` is not.
fn names_crate(segment: &str, name: &str) -> bool {
    segment
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn room_of(file: &str) -> &str {
    file.split('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".rs")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn slashed(path: &Path) -> String {
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)
        .expect("a folder of the repository")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            found.push(path);
        }
    }
    found.sort();
    found
}
