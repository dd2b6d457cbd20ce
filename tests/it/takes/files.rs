//! Takes read back through the library:
//! - every format gives its recipe text, its rate and all its frames, lossless formats to the bit;
//! - damaged, unrelated and empty files, and folders with a missing frame, are rejected in one sentence.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::slice;

use kinora::error::TakeError;
use kinora::export::{self, Metadata, Output, OutputKind, ReadTake, Watch};
use kinora::media::frame::Frame;
use kinora::media::rate::Rate;

use crate::media::speck_on_a_canvas;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 40;
const RATE: Rate = Rate { num: 10, den: 1 };

/// Slow colour ramps that move: encoders reproduce them well, and no two frames are alike.
fn frame(index: u32) -> Frame {
    let pixels = (0..HEIGHT).flat_map(|y| {
        (0..WIDTH).flat_map(move |x| {
            let red = 40 + 2 * x + 10 * index;
            let green = 60 + 3 * y;
            let blue = 200 - x - y - 10 * index;
            [red as u8, green as u8, blue as u8]
        })
    });
    Frame {
        width: WIDTH,
        height: HEIGHT,
        rgb: pixels.collect(),
    }
}

fn clip() -> Vec<Frame> {
    (0..5).map(frame).collect()
}

fn recipe() -> String {
    let long = "é & <写真> \"quoted\" &amp; ".repeat(60);
    format!("{{\"seed\":7,\"note\":\"{long}\"}}")
}

fn write(frames: &[Frame], comment: &str, path: &Path) {
    let metadata = Metadata {
        title: "A take".to_owned(),
        comment: comment.to_owned(),
    };
    let watch = Watch {
        cancelled: &|| false,
        progress: &mut |_| {},
    };
    let output = Output::parse(path).expect("a known kind");
    let outcome = export::write(frames.iter().cloned(), RATE, &output, &metadata, watch);
    assert!(outcome.is_ok(), "{outcome:?}");
}

/// Every kind that this build writes, with a path of that kind in `folder`.
fn outputs(folder: &Path, stem: &str) -> Vec<(OutputKind, PathBuf)> {
    let kinds = OutputKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| cfg!(feature = "export") || !kind.needs_ffmpeg());
    kinds
        .map(|kind| (kind, folder.join(format!("{stem}{}", kind.ending()))))
        .collect()
}

fn read(path: &Path) -> ReadTake {
    export::read_take(path).unwrap_or_else(|error| panic!("{error}"))
}

/// Asserts that reading a file gives an error with these words, in both ways of reading unless `frames_only`.
#[track_caller]
fn refused(path: &Path, words: &str, frames_only: bool) {
    let mut errors = vec![export::read_take(path).map(|_| ())];
    if !frames_only {
        errors.push(export::read_recipe_text(path).map(|_| ()));
    }
    for error in errors {
        let Err(error) = error else {
            panic!("{} should be refused: {words}", path.display());
        };
        let text = error.to_string();
        assert!(text.contains(words), "{text:?} should say {words:?}");
        assert!(!text.contains('\n'), "{text}");
    }
}

fn mean_error(one: &[Frame], other: &[Frame]) -> f64 {
    let pairs = one.iter().zip(other);
    let bytes = pairs.flat_map(|(one, other)| one.rgb.iter().zip(other.rgb.iter()));
    let errors: Vec<f64> = bytes.map(|(a, b)| f64::from(a.abs_diff(*b))).collect();
    errors.iter().sum::<f64>() / errors.len() as f64
}

#[test]
fn every_kind_gives_back_recipe_and_frames() {
    let folder = tempfile::tempdir().expect("a folder");
    let frames = clip();
    for (kind, path) in outputs(folder.path(), "a take: %d ünd") {
        write(&frames, &recipe(), &path);
        assert_eq!(export::recognise(&path).expect("known"), kind);
        let text = export::read_recipe_text(&path).expect("readable");
        assert_eq!(text.as_deref(), Some(&*recipe()), "{kind:?}");
        let take = read(&path);
        assert_eq!(take.header.comment, text, "{kind:?}");
        assert_eq!(take.header.kind, kind);
        let rate = (kind != OutputKind::Folder).then_some(RATE);
        assert_eq!(take.header.rate, rate, "{kind:?}");
        assert_eq!(take.frames.len(), frames.len(), "{kind:?}");
        // H.264 and VP9 are nearly lossless on ramps; WebP uses BT.601 and halved chroma; GIF has a palette of 255 for
        // thousands of colours. Wrong matrices, or a chroma plane that is off by a pixel, cause errors of 5 and more.
        let tolerance = match kind {
            OutputKind::Apng | OutputKind::Folder => 0.0,
            OutputKind::Gif => 8.0,
            _ => 2.0,
        };
        let error = mean_error(&take.frames, &frames);
        assert!(error <= tolerance, "{kind:?}: {error}");
        // Frames are in order: each is closest to the frame that was written at its position.
        for (index, read) in take.frames.iter().enumerate() {
            let distance =
                |frame: &Frame| mean_error(slice::from_ref(read), slice::from_ref(frame));
            let own = distance(&frames[index]);
            let nearest = frames.iter().map(distance).fold(f64::MAX, f64::min);
            assert!(own <= nearest, "{kind:?}: frame {index}");
        }
    }
}

/// The comparison of two takes depends on this.
#[test]
fn reading_twice_gives_the_same_pixels_and_a_visit_may_end_early() {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, path) in outputs(folder.path(), "a") {
        write(&clip(), &recipe(), &path);
        let take = read(&path);
        assert_eq!(take, read(&path), "{kind:?}");
        let mut seen = Vec::new();
        let header = export::visit_take(&path, &mut |frame| {
            seen.push(frame);
            ControlFlow::Break(())
        });
        assert_eq!(header.expect("readable").comment, take.header.comment);
        assert_eq!(seen, take.frames[..1], "{kind:?}");
    }
}

#[test]
fn one_frame_is_a_take_and_a_missing_recipe_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, path) in outputs(folder.path(), "one") {
        write(&clip()[..1], "", &path);
        let take = read(&path);
        assert_eq!(take.frames.len(), 1, "{kind:?}");
        assert_eq!(
            take.header.comment.as_deref().unwrap_or(""),
            match kind {
                // If there is no recipe, the title is the last comment.
                OutputKind::Gif => "A take",
                _ => "",
            }
        );
    }
}

#[test]
fn names_say_nothing_about_the_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, path) in outputs(folder.path(), "a") {
        if kind == OutputKind::Folder {
            continue;
        }
        write(&clip(), &recipe(), &path);
        let renamed = folder.path().join(format!("{kind:?}.txt"));
        fs::rename(&path, &renamed).expect("renamed");
        assert_eq!(export::recognise(&renamed).expect("known"), kind);
        assert_eq!(read(&renamed).frames.len(), 5);
    }
}

#[test]
fn cut_and_garbled_files_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, path) in outputs(folder.path(), "a") {
        let file = if kind == OutputKind::Folder {
            path.join("frame_0003.png")
        } else {
            path.clone()
        };
        write(&clip(), &recipe(), &path);
        let whole = fs::read(&file).expect("a file");
        // Cuts the file before its end, where GIF and WebP have the recipe.
        for part in [3, 6, 9] {
            fs::write(&file, &whole[..whole.len() * part / 10]).expect("written");
            refused(&path, "damaged", true);
        }
        // Damages the middle of the frames. No checksum protects it in Matroska and VP9, so the test only requires that
        // reading does not panic.
        let mut garbled = whole.clone();
        let middle = whole.len() / 2;
        garbled[middle..middle + 40].fill(0xA5);
        fs::write(&file, &garbled).expect("written");
        let _either = export::read_take(&path);
        for at in (0..whole.len()).step_by(whole.len() / 24 + 1) {
            let mut garbled = whole.clone();
            garbled[at] ^= 0xFF;
            fs::write(&file, &garbled).expect("written");
            let _either = export::read_take(&path);
            let _either = export::read_recipe_text(&path);
        }
    }
}

#[test]
fn other_files_are_rejected_as_takes_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    };
    refused(
        &folder.path().join("gone.mp4"),
        "cannot read the take",
        false,
    );
    refused(&make("empty.mp4", b""), "empty", false);
    refused(
        &make("text.webm", b"this is a text"),
        "not a clip in a format",
        false,
    );
    // A list of other files to open, which FFmpeg would follow.
    let list = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n";
    refused(&make("list.mp4", list), "not a clip in a format", false);
    refused(folder.path(), "not a clip in a format", false);
    if cfg!(unix) {
        refused(Path::new("/dev/null"), "ordinary", false);
    }
    for start in [
        &b"GIF89a"[..],
        b"RIFF\x10\0\0\0WEBP",
        b"\x89PNG\r\n\x1A\n",
        b"\0\0\0\x18ftypisom\0\0\0\0",
        b"\x1A\x45\xDF\xA3\x93\x42\x82\x84webm",
    ] {
        let error = export::read_take(&make("start", start)).expect_err("refused");
        if cfg!(feature = "export") {
            assert!(matches!(error, TakeError::Damaged { .. }), "{error}");
        }
    }
    // A PNG header that promises 100,000 × 100,000 pixels.
    write(&clip()[..1], "", &folder.path().join("a.apng"));
    let mut enormous = fs::read(folder.path().join("a.apng")).expect("a file");
    enormous[16..24].copy_from_slice(&[0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0]);
    let error = export::read_take(&make("huge.apng", &enormous));
    assert!(error.is_err());
    // A few hundred bytes that become gigabytes, by one canvas or by many.
    for (side, frames) in [(16_384, 1), (4096, 40)] {
        let canvas = make("canvas.gif", &speck_on_a_canvas(side, frames));
        refused(&canvas, "more pixels than so small a file can hold", true);
    }
    let few = make("few.gif", &speck_on_a_canvas(64, 40));
    assert_eq!(read(&few).frames.len(), 40);
}

#[test]
fn pictures_must_be_a_whole_row_of_one_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("take/");
    write(&clip(), &recipe(), &path);
    refused(&path.join("frame_0001.png"), "single picture", true);
    let text = export::read_recipe_text(&path.join("frame_0001.png")).expect("readable");
    assert_eq!(text, Some(recipe()));
    fs::write(path.join("notes.txt"), "not ours").expect("written");
    assert_eq!(read(&path).frames, clip());
    let other = image::RgbImage::new(WIDTH, HEIGHT + 8);
    other.save(path.join("frame_0004.png")).expect("written");
    refused(&path, "differs in size", true);
    let other = image::RgbaImage::new(WIDTH, HEIGHT);
    other.save(path.join("frame_0004.png")).expect("written");
    refused(&path, "8-bit RGB", true);
    fs::remove_file(path.join("frame_0002.png")).expect("removed");
    refused(&path, "frame_0002.png is missing", false);
}

#[cfg(not(feature = "export"))]
#[test]
fn without_ffmpeg_video_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.mp4");
    fs::write(&path, b"\0\0\0\x18ftypisom\0\0\0\0").expect("written");
    refused(&path, "no FFmpeg", false);
}

/// A clip of another program, without a recipe and in another matrix.
#[cfg(feature = "export")]
#[test]
fn foreign_video_is_refused_or_has_no_recipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = |name: &str, options: &[&str]| {
        let path = folder.path().join(name);
        let input = [
            "-v",
            "error",
            "-nostdin",
            "-f",
            "lavfi",
            "-i",
            "testsrc=s=64x48:r=5:d=1",
        ];
        let status = std::process::Command::new("ffmpeg")
            .args(input)
            .args(options)
            .arg(&path)
            .status();
        assert!(
            status
                .expect("ffmpeg is there, scripts/test installs it")
                .success()
        );
        path
    };
    let plain = ["-pix_fmt", "yuv420p"];
    let path = make("plain.mp4", &plain);
    assert_eq!(export::read_recipe_text(&path).expect("readable"), None);
    assert_eq!(read(&path).frames.len(), 5);
    let rgb = make("rgb.mkv", &["-c:v", "ffv1"]);
    refused(&rgb, "differs from those that Kinora writes", true);
    let deep = make("deep.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv444p"]);
    refused(&deep, "4:2:0", true);
    let full = make("full.mp4", &["-c:v", "libx264", "-pix_fmt", "yuvj420p"]);
    refused(&full, "full range", true);
    let matrix = make(
        "matrix.mp4",
        &["-pix_fmt", "yuv420p", "-colorspace", "smpte170m"],
    );
    refused(&matrix, "BT.709", true);
    let sound = folder.path().join("sound.mp4");
    let input = [
        "-v", "error", "-nostdin", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac",
    ];
    let status = std::process::Command::new("ffmpeg")
        .args(input)
        .arg(&sound)
        .status();
    assert!(status.expect("ffmpeg").success());
    refused(&sound, "no video", true);
}
