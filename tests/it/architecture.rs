//! The layers of `src/`, read from its imports and compared with the tables of `ARCHITECTURE.md`.
//!
//! - every import between rooms, and between the parts of a large room, is allowed by the tables
//! - no files import each other in a circle
//! - outside crates and `unsafe` occur only where the lists below allow them, files are short, start with a module doc
//!   and contain no TODO
//! - the files of the tests, benches and fuzz targets are short too
//! - every shader has its Rust counterpart and its row in `shaders/README.md`
//! - the checker finds invented violations, which proves that it works

mod house;
mod lexing;
mod reading;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use house::{House, circles};
use tables::{Table, Tables, tables};

/// Outside crates (a name also covers `name_…`), and the files and folders that may use them.
const CRATES: &[(&str, &str)] = &[
    ("burn", "kernels/ model/ pipeline/ engine/"),
    ("cubecl", "kernels/ model/ pipeline/ engine/"),
    // The window's own device draws the ghost, and areas for which egui's shader is too slow.
    ("wgpu", "kernels/ model/ pipeline/ engine/ ui/paint/"),
    // One file writes and the other reads; no other code may use FFmpeg.
    (
        "ffmpeg_next",
        "export/write/ffmpeg.rs export/read/ffmpeg.rs",
    ),
    ("ureq", "hub/wire.rs"),
    ("egui", "ui/"),
    ("eframe", "ui/"),
    ("rfd", "app/workers/dialogs.rs"),
    ("arboard", "app/workers/clipboard.rs"),
    ("sysinfo", "system/"),
    ("thread_priority", "system/priority.rs"),
    ("clap", "cli/ main.rs"),
    ("anyhow", "cli/ main.rs"),
];

/// The files that may contain `unsafe`, each with the reason why it needs to.
const UNSAFE: &[(&str, &str)] = &[
    (
        "checkpoint/tensors.rs",
        "maps weight files into memory and asks the system about the mapping",
    ),
    (
        "engine/device/wgsl_only.rs",
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
        "kernels/cpu/gemm.rs",
        "tasks write the parts of one output that are theirs",
    ),
    (
        "kernels/cpu/scatter.rs",
        "hands parts of one buffer to several threads",
    ),
    (
        "kernels/cpu/microkernel/avx2.rs",
        "vector instructions of the innermost product",
    ),
    (
        "kernels/cpu/microkernel/avx512.rs",
        "vector instructions of the innermost product",
    ),
    (
        "kernels/cpu/microkernel/mod.rs",
        "calls the tile compiled for wider vectors",
    ),
    (
        "kernels/cpu/allocator.rs",
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

/// Shaders that the window draws with: their counterparts are in `ui/paint`. All others compute, in `kernels/`.
const DRAWN: &[&str] = &["ghost"];

/// A file longer than this must be split; 400 is the aim.
const MOST_LINES: usize = 600;

/// The folders of Rust besides `src/` whose files are as short.
const BESIDE_SOURCES: &[&str] = &["tests/it", "benches", "fuzz"];

/// Words that must not remain in `src/`, in comments or in code.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!"];

#[test]
fn sources_keep_the_rules() {
    let broken = check(&read_below("src"), &page());
    assert!(
        broken.is_empty(),
        "{} broken rules:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn files_beside_the_sources_are_short() {
    let mut broken = Vec::new();
    for folder in BESIDE_SOURCES {
        let texts = read_below(folder);
        broken.extend(
            texts
                .iter()
                .filter_map(|(file, text)| too_long(&format!("{folder}/{file}"), text)),
        );
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_unsafe_file_is_still_there() {
    for (file, reason) in UNSAFE {
        let text = fs::read_to_string(root().join("src").join(file)).unwrap_or_default();
        let found = !reading::read(file, &text).unsafe_lines.is_empty();
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
            continue; // Text that other shaders include: these have no entry point.
        }
        let room = if DRAWN.contains(&stem) {
            "ui/paint"
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

/// A page with a few rooms, one of them with parts, for the tests of the checker.
const PAGE: &str = "
# Architecture
## Rooms
| room | owns | may name |
| --- | --- | --- |
| `error` | sentences | – |
| `media` | pixels | `error` |
| `engine` | the thread | `error` `media` |
### Inside `engine`
| part | owns | may name |
| --- | --- | --- |
| `mod` | the handle | `worker` `protocol` |
| `worker` | the loop | `protocol` |
| `protocol` | values | – |
";

/// Invented files, each starting with a module doc, together with whatever else the checker requires.
fn made_up(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = [
        ("lib.rs", ""),
        ("error.rs", "pub struct PictureError;"),
        ("media/mod.rs", ""),
        ("engine/mod.rs", ""),
        ("engine/worker.rs", "pub struct Worker;"),
        ("engine/protocol.rs", "pub struct Job;"),
    ];
    let rest = all
        .iter()
        .filter(|(name, _)| files.iter().all(|(other, _)| other != name));
    rest.chain(files)
        .map(|(name, body)| ((*name).to_owned(), format!("//! Made up.\n{body}\n")))
        .collect()
}

#[test]
fn the_checker_sees_what_it_should() {
    let caught = |file: &str, body: &str, rule: &str| {
        let broken = check(&made_up(&[(file, body)]), &tables(PAGE));
        let place = format!("src/{file}:");
        assert!(
            broken
                .iter()
                .any(|line| line.contains(rule) && line.starts_with(&place)),
            "{body:?} in {file} should break {rule:?}; said {broken:?}"
        );
    };
    let upwards = "media may name only [error]";
    caught(
        "media/mod.rs",
        "use crate::engine::worker::Worker;",
        upwards,
    );
    caught(
        "media/mod.rs",
        "use crate::{error::PictureError, engine::worker::Worker};",
        upwards,
    );
    caught("media/mod.rs", "fn f() { crate::engine::g() }", upwards);
    caught("media/frame.rs", "use super::super::engine;", upwards);
    caught(
        "media/frame.rs",
        "mod tests { use super::super::super::engine::x; }",
        upwards,
    );
    caught(
        "media/mod.rs",
        "fn f() { println!(\"{}\", crate::engine::g()); }",
        upwards,
    );
    caught(
        "engine/protocol.rs",
        "use super::worker::Worker;",
        "engine::protocol may name only []",
    );
    caught(
        "engine/unlisted.rs",
        "",
        "no row for `unlisted` under \"Inside `engine`\"",
    );
    caught(
        "media/frame.rs",
        "use crate::nowhere::X;",
        "no room `nowhere`",
    );
    caught("lost.rs", "", "no room `lost`");
    caught(
        "media/frame.rs",
        "use ffmpeg_next::codec as c;",
        "`ffmpeg_next::codec`",
    );
    caught(
        "media/frame.rs",
        "use burn::tensor::Tensor;",
        "`burn::tensor::Tensor`",
    );
    caught(
        "media/mod.rs",
        "use {std::fmt, wgpu::{Device, Queue}};",
        "`wgpu::Device`",
    );
    caught(
        "engine/mod.rs",
        "fn f(x: &egui::Context) {}",
        "`egui::Context`",
    );
    caught("media/mod.rs", "fn f() { unsafe { g() } }", "`unsafe`");
    caught("media/mod.rs", "// TODO later", "TODO");
    caught("media/frame.rs", &"\n".repeat(MOST_LINES), "602 lines");
    let silent = vec![("media/mod.rs".to_owned(), "use std::fmt;".to_owned())];
    assert!(
        check(&silent, &tables(PAGE))
            .iter()
            .any(|line| line.contains("module doc")),
        "a file that opens silently"
    );
    let gone = check(
        &made_up(&[]),
        &tables(&format!("{PAGE}| `ghost` | a part that left | – |")),
    );
    assert!(
        gone.iter().any(|line| line.contains("no part `ghost`")),
        "a row without a file; said {gone:?}"
    );
}

#[test]
fn the_checker_sees_circles() {
    let circle_of = |files: &[(&str, &str)]| circles(&House::of(&made_up(files)).arrows());
    let ours = ["media/a.rs", "media/b.rs"].map(String::from).to_vec();
    assert_eq!(
        circle_of(&[
            ("media/a.rs", "use super::b::B; pub struct A(B);"),
            (
                "media/b.rs",
                "pub struct B; impl B { fn f() { super::a::g() } }"
            ),
        ]),
        vec![ours],
        "two files that need each other"
    );
    // Through a re-export: `mod.rs` exports what `a` owns.
    let behind = circle_of(&[
        ("media/mod.rs", "mod a; mod b; pub use a::A;"),
        ("media/a.rs", "use super::b::B; pub struct A(B);"),
        ("media/b.rs", "use super::A; pub struct B(Option<Box<A>>);"),
    ]);
    assert_eq!(behind.len(), 1, "a circle through a door; found {behind:?}");
    let none = circle_of(&[
        ("media/mod.rs", "mod a; mod b; pub use a::A;"),
        ("media/a.rs", "use super::b::B; pub struct A(B);"),
        (
            "media/b.rs",
            "pub struct B; #[cfg(test)] mod tests { use crate::media::A; use super::*; }",
        ),
    ]);
    assert_eq!(none, Vec::<Vec<String>>::new(), "tests may look up");
}

#[test]
fn the_checker_lets_the_rest_pass() {
    let fine = r##"/* crate::engine /* nested */ burn::x */
use crate::error::{self, PictureError as _};
use super::{rate::*, picture};
const TEXT: &str = "crate::engine::x \" unsafe";
const RAW: &str = r#"burn::"tensor""#;
fn f<'a>(x: &'a str, c: char) -> bool { c == '"' || c == '\'' || x.burn::<u8>() }
mod tests { use super::super::picture::egui; use super::*; }
"##;
    assert_eq!(
        check(&made_up(&[("media/frame.rs", fine)]), &tables(PAGE)),
        Vec::<String>::new(),
        "nothing here breaks a rule"
    );
}

/// Every violation of a rule in the sources, each as `src/FILE:LINE: what, and which rule`.
fn check(texts: &[(String, String)], tables: &Tables) -> Vec<String> {
    let house = House::of(texts);
    let mut broken = Vec::new();
    for (file, text) in texts {
        broken.extend(check_text(file, text));
    }
    for (file, source) in &house.sources {
        for line in &source.unsafe_lines {
            if !UNSAFE.iter().any(|(allowed, _)| allowed == file) {
                broken.push(format!(
                    "src/{file}:{line}: `unsafe` outside the files listed in UNSAFE"
                ));
            }
        }
    }
    broken.extend(check_rooms(&house, &tables.rooms));
    for (room, parts) in &tables.inside {
        broken.extend(check_parts(&house, room, parts));
    }
    let arrows = house.arrows();
    for circle in circles(&arrows) {
        broken.push(format!("{} files in a circle:", circle.len()));
        let inside = arrows
            .iter()
            .filter(|arrow| circle.contains(&arrow.from) && circle.contains(&arrow.to));
        let mut pairs: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for arrow in inside {
            let pair = (arrow.from.as_str(), arrow.to.as_str());
            pairs.entry(pair).or_default().insert(&arrow.name);
        }
        broken.extend(pairs.into_iter().map(|((from, to), names)| {
            let names: Vec<&str> = names.into_iter().collect();
            format!("  src/{from} takes {} of src/{to}", names.join(", "))
        }));
    }
    broken
}

fn check_text(file: &str, text: &str) -> Vec<String> {
    let mut broken: Vec<String> = too_long(&format!("src/{file}"), text).into_iter().collect();
    if !text.trim_start().starts_with("//!") {
        broken.push(format!(
            "src/{file}:1: no module doc: open with `//!` and say what the file owns"
        ));
    }
    for (index, line) in text.lines().enumerate() {
        if let Some(word) = UNFINISHED.iter().find(|word| line.contains(**word)) {
            let line = index + 1;
            broken.push(format!(
                "src/{file}:{line}: {word} is left over; finish it or open an issue"
            ));
        }
    }
    broken
}

/// What is wrong with the length of a file, if anything; its path starts at the root.
fn too_long(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MOST_LINES)
        .then(|| format!("{path}:1: {lines} lines; split it (at most {MOST_LINES}, aim for 400)"))
}

/// Imports between rooms, and of outside crates. Unit tests must obey the rules too.
fn check_rooms(house: &House, rooms: &Table) -> Vec<String> {
    let mut broken = Vec::new();
    for (file, source) in &house.sources {
        let room = part_of(file);
        let Some((_, below)) = rooms.iter().find(|(name, _)| name == room) else {
            // The two crate roots may name everything: lib.rs lists the rooms, main.rs starts the program.
            if room != "lib" && room != "main" {
                broken.push(format!(
                    "src/{file}:1: no room `{room}` in the table of ARCHITECTURE.md; add it with the rooms below it"
                ));
            }
            continue;
        };
        for named in &source.named {
            let (first, full) = (&named.segments[0], named.segments.join("::"));
            let mut report = |what: String| {
                broken.push(format!("src/{file}:{}: `{full}`: {what}", named.line));
            };
            if first != "crate" {
                let crates = CRATES.iter().filter(|(name, _)| names_crate(first, name));
                for (name, places) in crates {
                    if !places.split(' ').any(|place| file.starts_with(place)) {
                        report(format!("{name} may be named only in {places}"));
                    }
                }
                continue;
            }
            let Some(target) = named.segments.get(1).filter(|target| *target != room) else {
                continue;
            };
            if !rooms.iter().any(|(name, _)| name == target) {
                report(format!(
                    "no room `{target}` in the table of ARCHITECTURE.md"
                ));
            } else if !below.contains(target) {
                report(format!("{room} may name only [{}]", below.join(" ")));
            }
        }
    }
    broken
}

/// Imports between the parts of one room: its files and folders.
fn check_parts(house: &House, room: &str, parts: &Table) -> Vec<String> {
    let mut broken = Vec::new();
    let prefix = format!("{room}/");
    let inside = |file: &str| file.strip_prefix(&prefix).map(str::to_owned);
    let present: BTreeSet<String> = house
        .sources
        .keys()
        .filter_map(|file| inside(file))
        .map(|file| part_of(&file).to_owned())
        .collect();
    for (part, _) in parts {
        if !present.contains(part) {
            broken.push(format!(
                "ARCHITECTURE.md: there is no part `{part}` in src/{room}: strike its row"
            ));
        }
    }
    for part in &present {
        if !parts.iter().any(|(name, _)| name == part) {
            broken.push(format!(
                "src/{room}/{part}.rs: no row for `{part}` under \"Inside `{room}`\" in ARCHITECTURE.md"
            ));
        }
    }
    for arrow in house.arrows() {
        let (Some(from), Some(to)) = (inside(&arrow.from), inside(&arrow.to)) else {
            continue;
        };
        let (from, to) = (part_of(&from), part_of(&to));
        let Some((_, below)) = parts.iter().find(|(name, _)| name == from) else {
            continue;
        };
        if from != to && !below.iter().any(|name| name == to) {
            broken.push(format!(
                "src/{}:{}: takes `{}` of {room}::{to}: {room}::{from} may name only [{}]",
                arrow.from,
                arrow.line,
                arrow.name,
                below.join(" ")
            ));
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

/// The folder, or the file without its extension, that a path starts with.
fn part_of(file: &str) -> &str {
    file.split('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".rs")
}

fn page() -> Tables {
    let page = root().join("ARCHITECTURE.md");
    tables(&fs::read_to_string(page).expect("ARCHITECTURE.md is at the root"))
}

/// Every Rust file of a folder with its path below it.
fn read_below(folder: &str) -> Vec<(String, String)> {
    let folder = root().join(folder);
    let files = files_below(&folder, "rs");
    assert!(!files.is_empty(), "no sources below {}", folder.display());
    let read = files.into_iter().map(|file| {
        let name = slashed(file.strip_prefix(&folder).expect("listed below it"));
        let text = fs::read_to_string(&file).expect("a source is readable text");
        (name, text)
    });
    read.collect()
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
