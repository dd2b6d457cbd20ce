//! Ping-pong, repetition, scaling and quality, as found in the files.

use std::fs;
use std::path::Path;

#[cfg(feature = "export")]
use kinora::export::Quality;
use kinora::export::{
    ExportSettings, Metadata, Outcome, Output, OutputKind, Scale, Watch, write_frame_file,
};
use kinora::media::frame::Frame;
use kinora::media::rate::Rate;

use super::{clip, metadata, stripes};

const RATE: Rate = Rate { num: 10, den: 1 };

/// Writes frames as `settings` say; returns the file's bytes.
fn delivered(settings: ExportSettings, frames: &[Frame], path: &Path) -> Vec<u8> {
    let output = settings.applied_to(Output::parse(path).expect("a known ending"));
    let order = settings.order(frames.len(), output.kind());
    let sized = order
        .into_iter()
        .map(|index| settings.resized(&frames[index]));
    let watch = Watch {
        cancelled: &|| false,
        progress: &mut |_| {},
    };
    let outcome = kinora::export::write(sized, RATE, &output, &metadata(), watch);
    assert!(matches!(outcome, Ok(Outcome::Finished(_))), "{outcome:?}");
    fs::read(path).expect("it is there")
}

/// Frames with detail to lose: moving waves under a fixed grain.
#[cfg(feature = "export")]
fn grainy(count: usize) -> Vec<Frame> {
    let pixel = |index: usize, at: usize| {
        let wave = ((at % 97) as f32 * 0.3 + index as f32).sin() * 60.0;
        let grain = ((at * 2_654_435_761) >> 7) % 40;
        [100 + grain as u8, (128.0 + wave) as u8, 90]
    };
    (0..count)
        .map(|index| Frame {
            width: 128,
            height: 96,
            rgb: (0..128 * 96).flat_map(|at| pixel(index, at)).collect(),
        })
        .collect()
}

fn frames_of(path: &Path) -> Vec<Frame> {
    let read = kinora::export::read_take(path).expect("its own file");
    read.frames
}

#[test]
fn ping_pong_shows_both_ends_once() {
    let order = |ping_pong, plays, count, kind| {
        let settings = ExportSettings {
            ping_pong,
            plays,
            ..ExportSettings::default()
        };
        settings.order(count, kind)
    };
    assert_eq!(order(true, 0, 4, OutputKind::Gif), [0, 1, 2, 3, 2, 1]);
    assert_eq!(order(true, 0, 2, OutputKind::Gif), [0, 1]);
    assert_eq!(order(true, 0, 1, OutputKind::Gif), [0]);
    assert!(order(true, 3, 0, OutputKind::Mp4).is_empty());
    // A film cannot store a number of plays, so its frames are repeated.
    assert_eq!(order(true, 2, 3, OutputKind::Mp4), [0, 1, 2, 1, 0, 1, 2, 1]);
    assert_eq!(order(false, 0, 3, OutputKind::WebM), [0, 1, 2]);
    assert_eq!(order(false, 5, 2, OutputKind::Apng), [0, 1]);
}

#[test]
fn lossless_files_contain_the_frames_in_ping_pong_order_and_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shot.apng");
    let settings = ExportSettings {
        ping_pong: true,
        plays: 3,
        scale: Scale::Two,
        ..ExportSettings::default()
    };
    let bytes = delivered(settings, &clip(3), &path);
    let frames = frames_of(&path);
    let expected: Vec<Frame> = [0, 1, 2, 1]
        .into_iter()
        .map(|index| settings.resized(&stripes(index, super::WIDTH, super::HEIGHT)))
        .collect();
    assert_eq!(frames, expected);
    assert_eq!(
        (frames[0].width, frames[0].height),
        (2 * super::WIDTH, 2 * super::HEIGHT)
    );
    // The middle of a stripe is far from its edges: Lanczos does not change it.
    let middle = (super::HEIGHT * 2 * super::WIDTH + super::WIDTH / 4) as usize * 3;
    assert_eq!(frames[0].rgb[middle..middle + 3], super::RED);
    // acTL (PNG third edition, §11.3.4.1): number of frames, number of plays.
    let at = position(&bytes, b"acTL") + 4;
    assert_eq!(bytes[at..at + 8], [0, 0, 0, 4, 0, 0, 0, 3]);
}

#[test]
fn halves_and_doubles_keep_at_least_a_pixel() {
    assert_eq!(Scale::Half.of((65, 1)), (32, 1));
    assert_eq!(Scale::Four.of((3, 5)), (12, 20));
    let once = stripes(0, 8, 8);
    let settings = ExportSettings::default();
    assert_eq!(settings.resized(&once), once, "as it is, to the bit");
}

#[test]
fn a_still_is_the_frame_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("still.png");
    let frame = stripes(3, 16, 9);
    write_frame_file(&frame, &path, &Metadata::default()).expect("it can be written");
    let read = image::open(&path).expect("a picture").to_rgb8();
    assert_eq!(read.as_raw().as_slice(), &*frame.rgb);
    let nowhere = folder.path().join("still.png/inside.png");
    assert!(write_frame_file(&frame, &nowhere, &Metadata::default()).is_err());
}

#[cfg(feature = "export")]
#[test]
fn an_export_removes_the_leftovers_of_a_killed_one() {
    let folder = tempfile::tempdir().unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let left = |name: &str, age| {
        let path = folder.path().join(name);
        fs::write(&path, "half a film").unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        let before = file.metadata().unwrap().modified().unwrap() - age;
        file.set_modified(before).unwrap();
        (path, file)
    };
    let (abandoned, _) = left(".kinora-dead.part", hour);
    let (written, writer) = left(".kinora-live.part", hour);
    // A lock on the file, as a program that is still writing has.
    writer.try_lock().unwrap();
    let (other, _) = left("notes.part", hour);
    let frame = &stripes(0, 16, 8);
    write_frame_file(
        frame,
        &folder.path().join("still.png"),
        &Metadata::default(),
    )
    .unwrap();
    assert!(!abandoned.exists(), "nobody writes it any longer");
    assert!(written.exists() && other.exists());
    let mut names = fs::read_dir(folder.path()).unwrap();
    assert!(names.any(|entry| entry.unwrap().file_name() == "still.png"));
}

#[test]
fn animations_store_the_number_of_plays() {
    let folder = tempfile::tempdir().expect("a folder");
    for plays in [0_u16, 1, 4] {
        let settings = ExportSettings {
            plays,
            ..ExportSettings::default()
        };
        let gif = delivered(settings, &clip(2), &folder.path().join("shot.gif"));
        let netscape = find(&gif, b"NETSCAPE2.0").map(|at| {
            // After the name: 3, 1, and the number of repetitions, low byte first.
            u16::from_le_bytes([gif[at + 13], gif[at + 14]])
        });
        let again = match plays {
            0 => Some(0),
            1 => None,
            more => Some(more - 1),
        };
        assert_eq!(netscape, again, "GIF, {plays}");
        let webp = delivered(settings, &clip(2), &folder.path().join("shot.webp"));
        // ANIM (WebP container specification): size, background, number of plays.
        let at = position(&webp, b"ANIM") + 12;
        assert_eq!(
            u16::from_le_bytes([webp[at], webp[at + 1]]),
            plays,
            "WebP, {plays}"
        );
    }
}

#[cfg(feature = "export")]
#[test]
fn lower_qualities_make_smaller_files() {
    let folder = tempfile::tempdir().expect("a folder");
    for ending in ["mp4", "webm", "webp"] {
        let sizes = Quality::ALL.map(|quality| {
            let settings = ExportSettings {
                quality,
                ..ExportSettings::default()
            };
            let path = folder.path().join(format!("shot.{ending}"));
            delivered(settings, &grainy(8), &path).len()
        });
        assert!(
            sizes[0] < sizes[1] && sizes[1] < sizes[2],
            "{ending}: {sizes:?}"
        );
    }
    let settings = ExportSettings {
        plays: 2,
        ..ExportSettings::default()
    };
    let path = folder.path().join("shot.mp4");
    delivered(settings, &clip(4), &path);
    assert_eq!(frames_of(&path).len(), 8, "a film holds its frames twice");
}

fn find(bytes: &[u8], name: &[u8]) -> Option<usize> {
    bytes.windows(name.len()).position(|part| part == name)
}

fn position(bytes: &[u8], name: &[u8]) -> usize {
    find(bytes, name).unwrap_or_else(|| panic!("no {}", String::from_utf8_lossy(name)))
}
