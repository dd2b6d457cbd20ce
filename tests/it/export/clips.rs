//! Clips through FFmpeg, read back by `ffprobe`, `ffmpeg` and the `image` crate:
//! - frames, order, rate, size, colour and tags of every video kind;
//! - animations loop, in time and in colour;
//! - odd sizes and single frames.

use std::process::Command;

use image::AnimationDecoder as _;
use serde_json::Value;

use super::*;

fn run(program: &str, before: &[&str], path: &Path, after: &[&str]) -> Vec<u8> {
    let output = Command::new(program)
        .args(before)
        .arg(path)
        .args(after)
        .output();
    let output = output
        .unwrap_or_else(|error| panic!("{program} is needed ({error}); scripts/test installs it"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// What ffprobe reports about the only stream and the container.
fn probe(path: &Path) -> (Value, Value) {
    let before = [
        "-v",
        "error",
        "-count_frames",
        "-show_streams",
        "-show_format",
        "-of",
        "json",
    ];
    let json: Value = serde_json::from_slice(&run("ffprobe", &before, path, &[])).expect("JSON");
    assert_eq!(json["streams"].as_array().map(Vec::len), Some(1));
    (json["streams"][0].clone(), json["format"].clone())
}

/// All frames as ffmpeg decodes them, without any conversion from `pixels`.
fn decoded(path: &Path, pixels: &str) -> Vec<u8> {
    let after = [
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        pixels,
        "-",
    ];
    run("ffmpeg", &["-v", "error", "-nostdin", "-i"], path, &after)
}

/// Y, Cb, Cr of each stripe's middle in each frame of decoded 4:2:0.
fn codes(raw: &[u8], width: usize, height: usize) -> Vec<[[u8; 3]; 4]> {
    let half = width.div_ceil(2) * height.div_ceil(2);
    let frames = raw.chunks_exact(width * height + 2 * half);
    assert!(frames.remainder().is_empty());
    let middle = |frame: &[u8], stripe: usize| {
        let (x, y) = (width * (2 * stripe + 1) / 8, height / 2);
        let chroma = width * height + (y / 2) * width.div_ceil(2) + x / 2;
        [frame[y * width + x], frame[chroma], frame[chroma + half]]
    };
    frames
        .map(|frame| [0, 1, 2, 3].map(|stripe| middle(frame, stripe)))
        .collect()
}

fn assert_near(found: [u8; 3], expected: [u8; 3], tolerance: u8, what: &str) {
    let near = found
        .iter()
        .zip(expected)
        .all(|(&found, expected)| found.abs_diff(expected) <= tolerance);
    assert!(near, "{what}: {found:?} instead of {expected:?}");
}

/// The stripes in limited-range BT.709. In BT.601 red would be 81, 90, 240 and
/// green 145, 54, 34.
fn assert_stripes(frames: &[[[u8; 3]; 4]]) {
    for (index, frame) in frames.iter().enumerate() {
        let luma = (16.0 + f64::from(grey(index)) * 219.0 / 255.0).round() as u8;
        let expected = [
            [63, 102, 240],
            [173, 42, 26],
            [32, 240, 118],
            [luma, 128, 128],
        ];
        for (found, expected) in frame.iter().zip(expected) {
            // The quantiser of a constant-quality encode errs by 2 or 3 codes on such patches; the nearest BT.601 code
            // is 8 away, and frames are 19 apart.
            assert_near(*found, expected, 4, &format!("frame {index}"));
        }
    }
}

fn assert_tagged(stream: &Value) {
    for tag in ["color_space", "color_transfer", "color_primaries"] {
        assert_eq!(stream[tag], "bt709", "{tag}");
    }
    assert_eq!(stream["color_range"], "tv");
    assert_eq!(stream["pix_fmt"], "yuv420p");
}

#[test]
fn video_holds_every_frame_in_tagged_bt709() {
    let folder = tempfile::tempdir().expect("a folder");
    let frames = clip(10);
    for (ending, codec) in [
        ("mp4", "h264"),
        ("mov", "h264"),
        ("mkv", "h264"),
        ("webm", "vp9"),
    ] {
        let path = folder.path().join(format!("a.{ending}"));
        let done = written(&frames, FILM, &path);
        assert_eq!((done.frames, done.width, done.height), (10, WIDTH, HEIGHT));
        assert!(done.notes.is_empty(), "{:?}", done.notes);
        let (stream, format) = probe(&path);
        assert_eq!(stream["codec_name"], codec);
        assert_eq!(stream["nb_read_frames"], "10");
        assert_eq!(stream["avg_frame_rate"], "24000/1001", "{ending}");
        assert_eq!(stream["r_frame_rate"], "24000/1001", "{ending}");
        assert_eq!(
            (&stream["width"], &stream["height"]),
            (&WIDTH.into(), &HEIGHT.into())
        );
        let start: f64 = stream["start_time"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a start");
        let length: f64 = format["duration"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a length");
        // Matroska and WebM store times in milliseconds.
        assert!(
            start.abs() < 1e-3 && (length - 10.0 * 1001.0 / 24_000.0).abs() < 2e-3,
            "{ending}: {start} {length}"
        );
        assert_tagged(&stream);
        assert_stripes(&codes(
            &decoded(&path, "yuv420p"),
            WIDTH as usize,
            HEIGHT as usize,
        ));
        let tags = format["tags"].as_object().expect("tags");
        let tag = |name: &str| {
            tags.iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, text)| text)
        };
        assert_eq!(tag("title"), Some(&metadata().title.into()), "{ending}");
        assert_eq!(tag("comment"), Some(&metadata().comment.into()), "{ending}");
    }
}

/// Players that read the container's tags instead of the stream's get the same colours.
#[test]
fn containers_carry_the_tags_and_begin_with_the_index() {
    let folder = tempfile::tempdir().expect("a folder");
    for (ending, tag) in [
        ("mp4", &b"colrnclx\0\x01\0\x01\0\x01\0"[..]),
        ("mov", b"colrnclc\0\x01\0\x01\0\x01"),
    ] {
        let path = folder.path().join(format!("a.{ending}"));
        written(&clip(300), FILM, &path);
        let bytes = fs::read(&path).expect("a file");
        assert!(find(&bytes, tag), "{ending}");
        let place = |name: &[u8]| bytes.windows(4).position(|window| window == name);
        assert!(place(b"moov") < place(b"mdat"), "{ending}");
        assert_eq!(probe(&path).0["nb_read_frames"], "300");
    }
    // Matroska's Colour element: matrix, transfer, primaries 1, range 1 (limited).
    for ending in ["mkv", "webm"] {
        let path = folder.path().join(format!("a.{ending}"));
        written(&clip(2), FILM, &path);
        let bytes = fs::read(&path).expect("a file");
        for element in [
            b"\x55\xB1\x81\x01",
            b"\x55\xBA\x81\x01",
            b"\x55\xBB\x81\x01",
            b"\x55\xB9\x81\x01",
        ] {
            assert!(find(&bytes, element), "{ending}");
        }
    }
}

#[test]
fn common_rates_come_out_as_they_went_in() {
    let folder = tempfile::tempdir().expect("a folder");
    for (num, den) in [(7, 1), (25, 1), (30_000, 1001), (60, 1), (15, 2)] {
        for ending in ["mp4", "mkv", "webm"] {
            let path = folder.path().join(format!("{num}.{ending}"));
            written(&clip(10), Rate { num, den }, &path);
            let (stream, _) = probe(&path);
            assert_eq!(stream["avg_frame_rate"], format!("{num}/{den}"), "{ending}");
            assert_eq!(stream["nb_read_frames"], "10");
        }
    }
}

/// Odd sizes: H.264 repeats the last column and row; the other formats support them.
#[test]
fn odd_sizes_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (width, height) = (67, 49);
    let frames: Vec<_> = (0..3).map(|index| stripes(index, width, height)).collect();
    for (kind, path) in outputs(folder.path(), "odd") {
        let done = written(&frames, FILM, &path);
        let even = matches!(kind, OutputKind::Mp4 | OutputKind::Mov | OutputKind::Mkv);
        let expected = if even { (68, 50) } else { (width, height) };
        assert_eq!((done.width, done.height), expected, "{kind:?}");
        assert_eq!(done.notes.len(), usize::from(even));
        if !matches!(kind, OutputKind::Folder | OutputKind::WebP) {
            let (stream, _) = probe(&path);
            assert_eq!(
                (&stream["width"], &stream["height"]),
                (&expected.0.into(), &expected.1.into())
            );
            assert_eq!(stream["nb_read_frames"], "3");
        }
        if even {
            let raw = decoded(&path, "yuv420p");
            let luma = 16 + (u32::from(grey(0)) * 219 / 255) as u8;
            // The corner is grey, not black or green; 4 codes for the quantiser.
            assert!(raw[68 * 50 - 1].abs_diff(luma) <= 4, "{}", raw[68 * 50 - 1]);
        }
    }
}

#[test]
fn one_frame_is_a_clip() {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, path) in outputs(folder.path(), "one") {
        assert_eq!(written(&clip(1), FILM, &path).frames, 1);
        if matches!(
            kind,
            OutputKind::Mp4 | OutputKind::Mov | OutputKind::Mkv | OutputKind::WebM
        ) {
            assert_stripes(&codes(
                &decoded(&path, "yuv420p"),
                WIDTH as usize,
                HEIGHT as usize,
            ));
        } else if kind == OutputKind::WebP {
            assert_eq!(image::open(&path).expect("a picture").width(), WIDTH);
        } else if kind == OutputKind::Gif {
            assert_eq!(probe(&path).0["nb_read_frames"], "1");
        }
    }
}

/// Frames of an animation: time of each in milliseconds, and the stripes' colours.
fn assert_animation(frames: &[image::Frame], tolerance: u8) {
    assert_eq!(frames.len(), 10);
    for (index, frame) in frames.iter().enumerate() {
        for (stripe, expected) in [RED, GREEN, BLUE, [grey(index); 3]].into_iter().enumerate() {
            let pixel = frame.buffer().get_pixel(8 + 16 * stripe as u32, HEIGHT / 2);
            assert_near(
                [pixel[0], pixel[1], pixel[2]],
                expected,
                tolerance,
                &format!("frame {index}"),
            );
        }
    }
}

fn length_in_ms(frames: &[image::Frame]) -> u32 {
    let delays = frames.iter().map(|frame| frame.delay().numer_denom_ms());
    delays.map(|(num, den)| num / den).sum()
}

#[test]
fn gif_loops_in_time_and_colour() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.gif");
    written(&clip(10), Rate { num: 24, den: 1 }, &path);
    let bytes = fs::read(&path).expect("a file");
    assert!(find(&bytes, b"NETSCAPE2.0\x03\x01\0\0\0"), "for ever");
    assert!(find(&bytes, metadata().title.as_bytes()));
    let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(&bytes)).expect("a GIF");
    let frames = decoder.into_frames().collect_frames().expect("frames");
    // Thirteen colours fit into a palette of 255, which is built from 5 bits per channel, so ±4.
    assert_animation(&frames, 4);
    // Ten frames of 41.67 ms are 416.7 ms; hundredths round that to 420.
    assert_eq!(length_in_ms(&frames), 420);
    let fast = written(&clip(10), Rate { num: 60, den: 1 }, &path);
    assert_eq!(fast.notes.len(), 1, "slower than asked for, and says so");
}

#[test]
fn webp_loops_in_time_and_colour() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.webp");
    written(&clip(10), Rate { num: 24, den: 1 }, &path);
    let bytes = fs::read(&path).expect("a file");
    let place = bytes
        .windows(4)
        .position(|window| window == b"ANIM")
        .expect("animated");
    assert_eq!(bytes[place + 12..place + 14], [0, 0], "for ever");
    assert!(find(&bytes, b"A shot &amp; \"more\" &lt;\xC3\xBC&gt;"));
    let decoder = image::codecs::webp::WebPDecoder::new(Cursor::new(&bytes)).expect("a WebP");
    let frames = decoder.into_frames().collect_frames().expect("frames");
    // WebP halves chroma and rounds to BT.601 limited range, which costs up to 3 codes;
    // quality 90 adds an error of about as many on saturated patches.
    assert_animation(&frames, 8);
    // Times are in thousandths, each rounded separately; the last frame gets libwebp's mean length.
    assert!(
        length_in_ms(&frames).abs_diff(417) <= 1,
        "{}",
        length_in_ms(&frames)
    );
}

#[test]
fn doctor_knows_the_encoders() {
    for (kind, codec) in export::codecs() {
        assert!(codec.is_ok(), "{kind:?}: {codec:?}");
    }
}

/// Moving noise, 200 × 120: wide enough for x264 to use its widest instructions.
fn drifting() -> Vec<Frame> {
    let pixel = |x: u32, y: u32, frame: u32| {
        let far = x + 3 * frame + (y / 8) * 5;
        let noise = (far * 97 + y * 61 + (far * y) % 31) % 256;
        [noise as u8, (x + 2 * frame) as u8, (y * 2) as u8]
    };
    let frame = |index: u32| Frame {
        width: 200,
        height: 120,
        rgb: (0..120)
            .flat_map(|y| (0..200).flat_map(move |x| pixel(x, y, index)))
            .collect(),
    };
    (0..12).map(frame).collect()
}

/// Earlier contents of memory must not affect a clip; the C library fills new memory with a given byte.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_clip_does_not_depend_on_what_was_in_memory() {
    const CLIP: &str = "KINORA_TEST_CLIP";
    if let Some(path) = std::env::var_os(CLIP) {
        written(&drifting(), FILM, Path::new(&path));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let suite = std::env::current_exe().expect("this program");
    let clip = |fill: &str| {
        let path = folder.path().join(format!("{fill}.mp4"));
        let output = Command::new(&suite)
            .args([
                "--exact",
                "export::clips::a_clip_does_not_depend_on_what_was_in_memory",
            ])
            .env(CLIP, &path)
            .env("MALLOC_PERTURB_", fill)
            .output()
            .expect("it starts again");
        assert!(output.status.success(), "{output:?}");
        fs::read(&path).expect("a clip")
    };
    let clean = clip("0");
    for fill in ["85", "86", "170", "254"] {
        assert!(
            clip(fill) == clean,
            "memory full of {fill} shows in the clip"
        );
    }
}
