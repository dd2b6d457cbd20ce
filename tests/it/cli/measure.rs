//! `kinora measure`: any clip in, the camera's move out.

use std::fs;
use std::path::Path;

use kinora::export::{self, Metadata, Output, Watch};
use kinora::media::frame::Frame;
use kinora::media::picture::Picture;
use kinora::media::rate::Rate;
use serde_json::Value;
use tempfile::TempDir;

use super::{generate, kinora, picture, refused, succeeded};

/// A pan to the left of 2 % a frame over a photograph, 160 × 96.
fn pan(count: u32) -> Vec<Frame> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/citrus.jpg");
    let picture = Picture::open(&path, [0; 3]).expect("a sample");
    let frame = Frame::from(picture).resized(400, 240);
    let start = 16 * 4;
    (0..count)
        .map(|index| {
            // Half of the size afterwards, so that 6.4 pixels of the large one are 2 %.
            let left = (start - (6.4 * f64::from(index)).round() as u32) as usize;
            let rows = frame.rgb.chunks_exact(3 * 400).take(192);
            let rgb = rows
                .flat_map(|row| &row[3 * left..3 * (left + 320)])
                .copied();
            let large = Frame {
                width: 320,
                height: 192,
                rgb: rgb.collect(),
            };
            large.resized(160, 96)
        })
        .collect()
}

fn write(path: &Path, frames: Vec<Frame>) {
    let metadata = Metadata {
        title: String::new(),
        comment: String::new(),
    };
    let watch = Watch {
        cancelled: &|| false,
        progress: &mut |_| {},
    };
    let output = Output::parse(path).expect("a known kind");
    let rate = Rate::new(8, 1).expect("a rate");
    let written = export::write(frames.into_iter(), rate, &output, &metadata, watch);
    assert!(written.is_ok(), "{}: {written:?}", path.display());
}

fn measured(path: &Path) -> Value {
    let output = kinora(&["measure", &path.display().to_string(), "--json"]);
    succeeded(&output);
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[track_caller]
fn is_the_pan(found: &Value, pairs: usize) {
    assert_eq!(found["move"], "pan-left", "{found}");
    assert_eq!(found["pairs"].as_array().map(Vec::len), Some(pairs));
    let pan = found["total"]["pan"].as_f64().expect("a number");
    assert!((pan - 0.02 * pairs as f64).abs() < 0.004, "{pan}");
    let purity = found["purity"].as_f64().expect("a number");
    assert!(purity > 0.9, "{purity}");
    for name in ["pan", "tilt", "zoom", "roll", "inliers", "residual"] {
        assert!(found["pairs"][0][name].is_f64(), "{name}");
        assert!(found["total"][name].is_f64(), "{name}");
    }
}

#[test]
fn clips_of_any_kind_are_measured() {
    let folder = TempDir::new().expect("a folder");
    let frames = pan(6);
    for name in [
        "a.apng", "b.webp", "c/", "d.gif", "e.mp4", "f.mkv", "g.webm",
    ] {
        if cfg!(not(feature = "export")) && name > "c/" {
            continue;
        }
        let path = folder.path().join(name);
        write(&path, frames.clone());
        is_the_pan(&measured(&path), 5);
    }
    // Any pictures, numbered in any way, and another file among them.
    let loose = folder.path().join("loose");
    fs::create_dir(&loose).expect("a folder");
    for (index, frame) in frames.iter().enumerate() {
        let one = folder.path().join("one/");
        write(&one, vec![frame.clone()]);
        let name = format!("shot {}.png", index + 8);
        fs::rename(one.join("frame_0000.png"), loose.join(name)).expect("renamed");
        fs::remove_dir_all(&one).expect("removed");
    }
    fs::write(loose.join("notes.txt"), "a note").expect("written");
    is_the_pan(&measured(&loose), 5);
    let words = kinora(&["measure", &loose.display().to_string()]);
    succeeded(&words);
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    assert!(words.starts_with("pan-left, purity "), "{words}");
    assert_eq!(words.lines().count(), 8, "{words}");
}

#[test]
fn what_cannot_be_measured_is_one_sentence() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let refusal = |name: &str, words: &str| {
        let output = kinora(&["measure", &path(name).display().to_string(), "--json"]);
        refused(&output, 1, &[words]);
        assert!(output.stdout.is_empty());
    };
    refusal("gone.mp4", "check the path");
    fs::write(path("text.mp4"), "a text").expect("written");
    fs::write(path("empty.mp4"), "").expect("written");
    fs::create_dir(path("nothing")).expect("a folder");
    let unread = if cfg!(feature = "export") {
        "not a clip"
    } else {
        "no FFmpeg"
    };
    refusal("text.mp4", unread);
    refusal("empty.mp4", "not a clip");
    refusal("nothing", "not a clip");
    write(&path("one/"), pan(1));
    refusal("one", "only one frame");
    let small = pan(2).iter().map(|frame| frame.resized(12, 40)).collect();
    write(&path("small.apng"), small);
    refusal("small.apng", "12 × 40 pixels are too small");
    write(&path("cut.apng"), pan(4));
    let bytes = fs::read(path("cut.apng")).expect("read");
    fs::write(path("cut.apng"), &bytes[..bytes.len() / 2]).expect("written");
    refusal("cut.apng", "cannot decode the clip");
    refused(&kinora(&["measure"]), 2, &["CLIP"]);
}

#[test]
fn takes_say_what_was_asked_and_what_was_measured() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pan.json");
    fs::write(&path, r#"[{"t":0},{"t":1,"x":0.25}]"#).expect("written");
    let take = folder.path().join("take.apng");
    let path = format!("{}=0.8", path.display());
    let made = generate(&picture(), &take, &["--camera-path", &path, "--json"]);
    succeeded(&made);
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    let done = text.lines().last().expect("events");
    let done: Value = serde_json::from_str(done).expect("JSON");
    assert_eq!(done["event"], "done");
    let pan = done["camera"]["asked"]["pan"].as_f64().expect("a number");
    assert!((pan - 0.2).abs() < 1e-6, "{pan}");
    assert!(done["camera"]["move"].is_string());

    let take = take.display().to_string();
    let inspected = kinora(&["inspect", &take, "--json"]);
    succeeded(&inspected);
    let inspected: Value = serde_json::from_slice(&inspected.stdout).expect("JSON");
    assert_eq!(inspected["take"]["recipe"]["camera"], done["camera"]);
    // The take without loss is measured as its frames were.
    let found = measured(Path::new(&take));
    assert_eq!(found["total"], done["camera"]["measured"]);
    assert_eq!(found["move"], done["camera"]["move"]);
    let words = kinora(&["inspect", &take]);
    let words = String::from_utf8_lossy(&words.stdout).into_owned();
    // The frames of random weights may move in no way that can be measured.
    assert!(words.contains("camera      pan left 20.0%, "), "{words}");

    // Without a move nothing was asked; frames that are too small are not measured.
    let plain = generate(&picture(), &folder.path().join("plain.apng"), &["--json"]);
    let text = String::from_utf8_lossy(&plain.stdout).into_owned();
    assert!(
        !text.contains("\"asked\"") && text.contains("\"measured\""),
        "{text}"
    );
    let tiny = ["--width", "16", "--height", "8", "--json"];
    let tiny = generate(&picture(), &folder.path().join("tiny.apng"), &tiny);
    succeeded(&tiny);
    let text = String::from_utf8_lossy(&tiny.stdout).into_owned();
    assert!(text.contains("\"camera\":null"), "{text}");
}
