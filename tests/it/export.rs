//! Export, through the public interface and read back by other programs:
//! - every format contains all frames in order, with the right rate, size, colours and tags;
//! - a cancellation or a failure leaves no file behind and damages none;
//! - unusual names, odd sizes, single frames and existing folders work.
//!
//! `ffprobe` and `ffmpeg` read the video files; `scripts/test` installs them.

#[cfg(feature = "export")]
mod clips;
mod settings;

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use kinora::error::ExportError;
use kinora::export::{
    self, ClipShape, Metadata, MissingFrame, Outcome, Output, OutputKind, Watch, Written,
};
use kinora::media::frame::Frame;
use kinora::media::rate::Rate;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
const FILM: Rate = Rate {
    num: 24_000,
    den: 1001,
};
const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];

/// The grey of frame `index`: values far enough apart to distinguish frames after lossy coding.
fn grey(index: usize) -> u8 {
    20 + 22 * (index % 10) as u8
}

/// Four vertical stripes: red, green, blue, and a grey that identifies the frame.
fn stripes(index: usize, width: u32, height: u32) -> Frame {
    let mut rgb = Vec::new();
    for _ in 0..height {
        for x in 0..width {
            let stripes = [RED, GREEN, BLUE, [grey(index); 3]];
            rgb.extend(stripes[(x * 4 / width) as usize]);
        }
    }
    Frame {
        width,
        height,
        rgb: rgb.into(),
    }
}

fn clip(frames: usize) -> Vec<Frame> {
    (0..frames)
        .map(|index| stripes(index, WIDTH, HEIGHT))
        .collect()
}

fn metadata() -> Metadata {
    Metadata {
        title: "A shot & \"more\" <ü>".to_owned(),
        comment: format!("{{\"seed\":7,\"note\":\"{}\"}}", "long ".repeat(120)),
    }
}

fn write_at(frames: &[Frame], rate: Rate, path: &Path) -> Result<Outcome, ExportError> {
    let watch = Watch {
        cancelled: &|| false,
        progress: &mut |_| {},
    };
    export::write(
        frames.iter().cloned(),
        rate,
        &Output::parse(path)?,
        &metadata(),
        watch,
    )
}

fn written(frames: &[Frame], rate: Rate, path: &Path) -> Written {
    match write_at(frames, rate, path) {
        Ok(Outcome::Finished(written)) => written,
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn a_clip_with_a_missing_frame_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let frames = clip(3);
    for (missing, name) in [(2, "a.apng"), (0, "b.apng"), (1, "pictures/")] {
        let with_a_gap = (0..3).map(|index| {
            let there = (index != missing).then(|| frames[index].clone());
            there.ok_or(MissingFrame)
        });
        let path = folder.path().join(name);
        let watch = Watch {
            cancelled: &|| false,
            progress: &mut |_| {},
        };
        let output = Output::parse(&path).expect("a known kind");
        let error = export::try_write(with_a_gap, FILM, &output, &metadata(), watch)
            .expect_err("a frame is missing");
        assert!(
            matches!(error, ExportError::FrameMissing { index, .. } if index == missing),
            "{error}"
        );
    }
    assert!(names(folder.path()).is_empty());
}

/// Names of everything in a folder, including hidden files.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Every format that this build writes, with a path of that format in `folder`.
fn outputs(folder: &Path, stem: &str) -> Vec<(OutputKind, PathBuf)> {
    let kinds = OutputKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| cfg!(feature = "export") || !kind.needs_ffmpeg());
    kinds
        .map(|kind| (kind, folder.join(format!("{stem}{}", kind.ending()))))
        .collect()
}

#[test]
fn paths_name_their_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let kind = |path: &Path| Output::parse(path).map(|output| output.kind()).ok();
    for (ending, expected) in [
        ("mp4", OutputKind::Mp4),
        ("MOV", OutputKind::Mov),
        ("mkv", OutputKind::Mkv),
        ("WebM", OutputKind::WebM),
        ("gif", OutputKind::Gif),
        ("webp", OutputKind::WebP),
        ("apng", OutputKind::Apng),
    ] {
        assert_eq!(
            kind(&folder.path().join(format!("a.b.{ending}"))),
            Some(expected)
        );
        let separated = folder.path().join(format!("a.{ending}/"));
        assert_eq!(kind(&separated), Some(OutputKind::Folder));
    }
    assert_eq!(
        kind(folder.path()),
        Some(OutputKind::Folder),
        "an existing folder"
    );
    for unknown in ["clip.avi", "clip", "", ".mp4", "clip.png"] {
        let error = Output::parse(Path::new(unknown))
            .expect_err(unknown)
            .to_string();
        assert!(
            error.contains(".mp4 .mov .mkv .webm .gif .webp .apng"),
            "{error}"
        );
    }
}

#[test]
fn unwritable_outputs_are_found_before_the_render() {
    let folder = tempfile::tempdir().expect("a folder");
    let shape = ClipShape {
        width: 64,
        height: 48,
        frames: 10,
    };
    let check = |name: &str, shape| {
        Output::parse(&folder.path().join(name)).and_then(|output| output.check_writable(shape))
    };
    fs::write(folder.path().join("file"), "x").expect("a file");
    fs::create_dir(folder.path().join("clip.apng")).expect("a folder");
    assert!(matches!(
        check("clip.apng", shape),
        Err(ExportError::IsFolder { .. })
    ));
    assert!(matches!(
        check("file/", shape),
        Err(ExportError::NotAFolder { .. })
    ));
    assert!(matches!(
        check("file/clip.apng", shape),
        Err(ExportError::Unwritable { .. })
    ));
    let empty = ClipShape { frames: 0, ..shape };
    assert!(matches!(
        check("empty.apng", empty),
        Err(ExportError::NoFrames { .. })
    ));
    let endless = ClipShape {
        width: 100_000,
        height: 100_000,
        frames: 1_000_000,
    };
    assert!(!cfg!(unix) || matches!(check("x.apng", endless), Err(ExportError::NoSpace { .. })));
    let wide = ClipShape {
        width: 70_000,
        ..shape
    };
    assert!(matches!(
        check("wide.webp", wide),
        Err(ExportError::TooLarge { .. })
    ));
    let fixed = folder.path().join("fixed.apng");
    fs::write(&fixed, "x").expect("a file");
    let mut rights = fs::metadata(&fixed).expect("the file").permissions();
    rights.set_readonly(true);
    fs::set_permissions(&fixed, rights).expect("rights");
    assert!(matches!(
        check("fixed.apng", shape),
        Err(ExportError::Unwritable { .. })
    ));
    // The check creates nothing, not even missing folders.
    assert!(check("new/deep/clip.apng", shape).is_ok());
    assert!(check("new/deep/", shape).is_ok());
    assert_eq!(names(folder.path()), ["clip.apng", "file", "fixed.apng"]);
}

#[test]
fn impossible_rates_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (num, den) in [(0, 1), (1, 0), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
        let error = write_at(&clip(1), Rate { num, den }, &folder.path().join("a.apng"));
        assert!(matches!(error, Err(ExportError::BadRate { .. })));
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_cancelled_export_leaves_no_file_and_damages_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let frames = clip(10);
    for (kind, path) in outputs(folder.path(), "old") {
        let earlier = if kind == OutputKind::Folder {
            path.join("frame_0000.png")
        } else {
            path.clone()
        };
        fs::create_dir_all(earlier.parent().expect("a parent")).expect("a folder");
        fs::write(&earlier, "earlier").expect("an earlier output");
        let before = names(folder.path());
        let fresh = folder
            .path()
            .join("made/for")
            .join(path.file_name().expect("a name"));
        let fresh = if kind == OutputKind::Folder {
            fresh.join("")
        } else {
            fresh
        };
        for target in [&path, &fresh] {
            let done = Cell::new(0);
            let watch = Watch {
                cancelled: &|| done.get() == 5,
                progress: &mut |now| done.set(now),
            };
            let output = Output::parse(target).expect("a known kind");
            let outcome = export::write(frames.iter().cloned(), FILM, &output, &metadata(), watch);
            assert_eq!(outcome.expect("no error"), Outcome::Stopped);
            assert_eq!(done.get(), 5);
        }
        let mut broken = frames.clone();
        broken[7] = stripes(7, WIDTH + 2, HEIGHT);
        for target in [&path, &fresh] {
            let error = write_at(&broken, FILM, target);
            assert!(matches!(
                error,
                Err(ExportError::UnevenFrames { index: 7, .. })
            ));
        }
        assert_eq!(names(folder.path()), before, "{kind:?}");
        assert_eq!(
            fs::read(&earlier).expect("still there"),
            b"earlier",
            "{kind:?}"
        );
        if kind == OutputKind::Folder {
            assert_eq!(names(&path), ["frame_0000.png"]);
        }
    }
}

#[test]
fn the_same_frames_give_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let frames = clip(10);
    for ((kind, one), (_, two)) in outputs(folder.path(), "one")
        .into_iter()
        .zip(outputs(folder.path(), "two"))
    {
        for path in [&one, &two] {
            written(&frames, FILM, path);
        }
        let bytes = |path: &Path| match kind {
            OutputKind::Folder => fs::read(path.join("frame_0009.png")),
            _ => fs::read(path),
        };
        let (one, two) = (bytes(&one).expect("a file"), bytes(&two).expect("a file"));
        let differing = one.iter().zip(&two).position(|(one, two)| one != two);
        assert!(
            one == two,
            "{kind:?}: {} and {} bytes, first different at {differing:?}",
            one.len(),
            two.len()
        );
    }
}

#[test]
fn awkward_names_are_only_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stems = vec![
        "it's a \"shot\" %04d".to_owned(),
        "файл 写真 ünï".to_owned(),
        "-y".to_owned(),
        "x".repeat(240),
    ];
    if cfg!(unix) {
        stems.push("file:pipe:1?a=b&c#d|*".to_owned());
    }
    let frames = clip(2);
    for stem in stems {
        let inside = tempfile::Builder::new()
            .prefix("%d d'é ")
            .tempdir_in(&folder)
            .expect("a folder");
        for (kind, path) in outputs(inside.path(), &stem) {
            written(&frames, FILM, &path);
            let made = if kind == OutputKind::Folder {
                path.join("frame_0001.png")
            } else {
                path
            };
            assert!(
                fs::metadata(&made).is_ok_and(|file| file.len() > 0),
                "{}",
                made.display()
            );
        }
        assert_eq!(
            names(inside.path()).len(),
            outputs(inside.path(), &stem).len()
        );
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_not_unicode_are_written_too() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    for ending in outputs(Path::new(""), "")
        .into_iter()
        .map(|(kind, _)| kind.ending())
    {
        let name = [b"a\xFFb", ending.as_bytes()].concat();
        written(
            &clip(1),
            FILM,
            &folder.path().join(OsStr::from_bytes(&name)),
        );
    }
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_preserved() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let real = folder.path().join("real.apng");
    let link = folder.path().join("link.apng");
    fs::write(&real, "earlier").expect("a file");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("rights");
    std::os::unix::fs::symlink("real.apng", &link).expect("a link");
    written(&clip(1), FILM, &link);
    assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
    let file = fs::metadata(&real).expect("the file");
    assert!(file.len() > 100);
    assert_eq!(file.permissions().mode() & 0o777, 0o640);
    // A new file gets the permissions of any other new file, not a temporary one's 0600.
    fs::write(folder.path().join("plain"), "").expect("a file");
    written(&clip(1), FILM, &folder.path().join("new.apng"));
    let mode = |name: &str| {
        fs::metadata(folder.path().join(name))
            .expect(name)
            .permissions()
            .mode()
    };
    assert_eq!(mode("new.apng"), mode("plain"));
}

#[test]
fn a_folder_contains_the_exact_frames_and_keeps_other_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("deep/er/shots/");
    written(&clip(10), FILM, &target);
    assert_eq!(names(&folder.path().join("deep/er")), ["shots"]);
    for other in ["notes.txt", "frame_cover.png", "frame_1.png", ".hidden"] {
        fs::write(target.join(other), other).expect("another file");
    }
    let frames = clip(3);
    written(&frames, FILM, &target);
    let expected = [
        ".hidden",
        "frame_0000.png",
        "frame_0001.png",
        "frame_0002.png",
        "frame_1.png",
        "frame_cover.png",
        "notes.txt",
    ];
    assert_eq!(names(&target), expected);
    assert_eq!(
        fs::read(target.join("frame_1.png")).expect("kept"),
        b"frame_1.png"
    );
    for (index, frame) in frames.iter().enumerate() {
        let picture = image::open(target.join(format!("frame_{index:04}.png"))).expect("a PNG");
        assert_eq!(
            picture.as_rgb8().expect("8-bit RGB").as_raw()[..],
            frame.rgb[..]
        );
    }
    let png = fs::read(target.join("frame_0000.png")).expect("a PNG");
    assert!(
        find(&png, metadata().comment.as_bytes()),
        "the recipe is in the file"
    );
}

#[test]
fn a_folder_in_the_way_of_a_frame_undoes_the_exchange() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("frame_0002.png/full")).expect("a folder");
    for index in [0, 1, 5] {
        fs::write(
            folder.path().join(format!("frame_000{index}.png")),
            "earlier",
        )
        .expect("a file");
    }
    let before = names(folder.path());
    let error = write_at(&clip(4), FILM, folder.path());
    assert!(matches!(error, Err(ExportError::Unwritable { .. })));
    assert_eq!(names(folder.path()), before);
    assert_eq!(
        fs::read(folder.path().join("frame_0000.png")).expect("kept"),
        b"earlier"
    );
}

#[test]
fn animated_png_is_exact_and_loops() {
    use image::AnimationDecoder as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.apng");
    let frames = clip(10);
    written(&frames, FILM, &path);
    let bytes = fs::read(&path).expect("a file");
    // acTL: ten frames, for ever; fcTL: 1001/24000 s.
    assert!(find(&bytes, b"acTL\0\0\0\x0A\0\0\0\0"));
    assert!(find(&bytes, &[0x03, 0xE9, 0x5D, 0xC0]));
    let decoder = image::codecs::png::PngDecoder::new(Cursor::new(&bytes)).expect("a PNG");
    let read = decoder
        .apng()
        .expect("animated")
        .into_frames()
        .collect_frames()
        .expect("frames");
    assert_eq!(read.len(), frames.len());
    for (read, frame) in read.iter().zip(&frames) {
        let rgb: Vec<u8> = read
            .buffer()
            .pixels()
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        assert_eq!(rgb[..], frame.rgb[..]);
    }
}

fn find(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(not(feature = "export"))]
#[test]
fn without_ffmpeg_clips_are_refused_with_a_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    for ending in ["mp4", "mov", "mkv", "webm", "gif", "webp"] {
        let path = folder.path().join(format!("a.{ending}"));
        let error = write_at(&clip(1), FILM, &path).expect_err("refused");
        assert!(
            matches!(error, ExportError::BuiltWithoutFfmpeg { .. }),
            "{error}"
        );
        let shape = ClipShape {
            width: 64,
            height: 48,
            frames: 1,
        };
        assert!(
            Output::parse(&path)
                .expect("known")
                .check_writable(shape)
                .is_err()
        );
    }
    assert!(names(folder.path()).is_empty());
}
