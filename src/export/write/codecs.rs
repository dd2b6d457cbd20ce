//! The FFmpeg encoders and containers of each format, with their settings, as plain values.

use crate::export::output::{OutputKind, Quality};

/// Pixel format of an encoder's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum Layout {
    /// BT.709 planes, 4:2:0.
    Planar,
    /// BGRA, 8 bits each.
    Bgra,
    /// Indices into a palette.
    Palette,
}

/// An encoder that FFmpeg may have, with its settings.
pub(in crate::export) struct Candidate {
    /// FFmpeg's name for it.
    pub(in crate::export) name: &'static str,
    /// Pixel format of its input.
    pub(in crate::export) layout: Layout,
    /// Whether width and height must be even, as 4:2:0 is in H.264 and MPEG-4.
    pub(in crate::export) even: bool,
    /// Whether it needs a bit rate because it has no constant-quality setting.
    pub(in crate::export) by_rate: bool,
    /// The option that sets the quality: FFmpeg's name, and a value for each of [`Quality::ALL`].
    pub(in crate::export) losses: Option<(&'static str, [&'static str; 3])>,
    /// Other options: FFmpeg's names and values.
    pub(in crate::export) options: &'static [(&'static str, &'static str)],
}

impl Candidate {
    pub(in crate::export) const fn h264(name: &'static str) -> Self {
        Self {
            name,
            layout: Layout::Planar,
            even: true,
            by_rate: true,
            losses: None,
            options: &[],
        }
    }

    /// Name and value of the option for a quality.
    pub(in crate::export) fn loss(&self, quality: Quality) -> Option<(&'static str, &'static str)> {
        let (name, [small, good, best]) = self.losses?;
        let value = match quality {
            Quality::Small => small,
            Quality::Good => good,
            Quality::Best => best,
        };
        Some((name, value))
    }
}

/// The option that disables instructions with which an encoder is not deterministic.
///
/// With AVX-512, x264 (build 164) reads uninitialised memory in its macroblock tree, so the clip depends on what the
/// program did before. Narrower vectors give the same bytes every time, those of machines without AVX-512. Every
/// CPU with AVX-512 has the instructions named here.
#[cfg(target_arch = "x86_64")]
pub(in crate::export) fn instructions(encoder: &str) -> Option<(&'static str, &'static str)> {
    let wide = encoder == "libx264" && std::is_x86_feature_detected!("avx512f");
    wide.then_some(("x264-params", "asm=AVX2,FMA3,BMI2,LZCNT"))
}

#[cfg(not(target_arch = "x86_64"))]
pub(in crate::export) fn instructions(_encoder: &str) -> Option<(&'static str, &'static str)> {
    None
}

/// Bits per pixel for encoders that take a bit rate; 0.3 is generous for any of them.
pub(in crate::export) fn bits_per_pixel(quality: Quality) -> f64 {
    match quality {
        Quality::Small => 0.08,
        Quality::Good => 0.16,
        Quality::Best => 0.3,
    }
}

/// Best first. All but the last give H.264, which every player and browser supports.
const H264: [Candidate; 6] = [
    Candidate {
        // CRF 16 is visually lossless for eight-bit pictures. One thread: the result must be the same on every machine,
        // and clips are short.
        losses: Some(("crf", ["27", "21", "16"])),
        options: &[("preset", "medium"), ("threads", "1")],
        by_rate: false,
        ..Candidate::h264("libx264")
    },
    Candidate::h264("h264_videotoolbox"),
    Candidate::h264("h264_nvenc"),
    Candidate::h264("h264_amf"),
    Candidate::h264("libopenh264"),
    Candidate::h264("mpeg4"),
];

const WEBM: [Candidate; 2] = [
    Candidate {
        name: "libvpx-vp9",
        layout: Layout::Planar,
        even: false,
        by_rate: false,
        losses: Some(("crf", ["38", "29", "20"])),
        // Tiles rather than row threads: their result does not depend on timing.
        options: &[
            ("b", "0"),
            ("deadline", "good"),
            ("cpu-used", "2"),
            ("tile-columns", "2"),
        ],
    },
    Candidate {
        name: "libvpx",
        layout: Layout::Planar,
        even: false,
        by_rate: true,
        losses: Some(("crf", ["24", "12", "6"])),
        options: &[("deadline", "good"), ("cpu-used", "1")],
    },
];

const GIF: [Candidate; 1] = [Candidate {
    name: "gif",
    layout: Layout::Palette,
    even: false,
    by_rate: false,
    losses: None,
    options: &[],
}];

const WEBP: [Candidate; 1] = [Candidate {
    name: "libwebp_anim",
    layout: Layout::Bgra,
    even: false,
    by_rate: false,
    losses: Some(("quality", ["55", "75", "90"])),
    options: &[("lossless", "0"), ("compression_level", "4")],
}];

/// The encoders to try for a kind, best first.
pub(in crate::export) fn candidates(kind: OutputKind) -> &'static [Candidate] {
    match kind {
        OutputKind::WebM => &WEBM,
        OutputKind::Gif => &GIF,
        OutputKind::WebP => &WEBP,
        _ => &H264,
    }
}

/// FFmpeg's name of the container, given explicitly so that FFmpeg does not guess it from a file name.
pub(in crate::export) fn muxer(kind: OutputKind) -> &'static str {
    match kind {
        OutputKind::Mov => "mov",
        OutputKind::Mkv => "matroska",
        OutputKind::WebM => "webm",
        OutputKind::Gif => "gif",
        OutputKind::WebP => "webp",
        _ => "mp4",
    }
}
