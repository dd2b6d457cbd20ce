//! Lossless pictures: numbered PNG files and animated PNG. Works in every build.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use crate::export::job::{Job, Metadata};
use crate::media::frame::Frame;
use crate::media::rate::Rate;

/// File name of the picture at `index`, counted from 0.
pub(in crate::export) fn frame_name(index: usize) -> String {
    format!("frame_{index:04}.png")
}

/// Whether a name is one that [`frame_name`] returns, and so a picture of an earlier run. `frame_cover.png` and
/// `frame_1.png` are not.
pub(in crate::export) fn is_frame_name(name: &OsStr) -> bool {
    let digits = name
        .to_str()
        .and_then(|name| name.strip_prefix("frame_")?.strip_suffix(".png"));
    digits.is_some_and(|digits| {
        let plain = digits.len() == 4 || (digits.len() > 4 && !digits.starts_with('0'));
        plain && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Writes one frame `[h, w, 3]` as an 8-bit sRGB PNG and syncs it to disk.
pub(in crate::export) fn write_png(
    file: File,
    frame: &Frame,
    metadata: &Metadata,
) -> io::Result<()> {
    let mut sink = BufWriter::new(file);
    let mut writer = encoder(&mut sink, frame.width, frame.height, metadata)?.write_header()?;
    writer.write_image_data(&frame.rgb)?;
    writer.finish()?;
    sink.flush()?;
    sink.get_ref().sync_all()
}

/// An animated PNG being written, with full frames.
pub(in crate::export) struct AnimatedPng<W: Write> {
    writer: png::Writer<W>,
}

impl<W: Write> AnimatedPng<W> {
    /// Writes the header for `frames` frames of `[height, width, 3]`.
    pub(in crate::export) fn begin(
        sink: W,
        (width, height): (u32, u32),
        frames: u32,
        job: &Job<'_>,
    ) -> io::Result<Self> {
        let mut encoder = encoder(sink, width, height, job.metadata)?;
        encoder.set_animated(frames, u32::from(job.output.plays()))?;
        let (numerator, denominator) = delay(job.rate);
        encoder.set_frame_delay(numerator, denominator)?;
        // Each frame replaces the one before: no blending, so no rounding.
        encoder.set_blend_op(png::BlendOp::Source)?;
        encoder.set_dispose_op(png::DisposeOp::None)?;
        let writer = encoder.write_header()?;
        Ok(Self { writer })
    }

    /// Adds the next frame.
    pub(in crate::export) fn push(&mut self, frame: &Frame) -> io::Result<()> {
        Ok(self.writer.write_image_data(&frame.rgb)?)
    }

    /// Closes the file.
    pub(in crate::export) fn finish(self) -> io::Result<()> {
        Ok(self.writer.finish()?)
    }
}

fn encoder<W: Write>(
    sink: W,
    width: u32,
    height: u32,
    metadata: &Metadata,
) -> io::Result<png::Encoder<'static, W>> {
    let mut encoder = png::Encoder::new(sink, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    for (keyword, text) in [("Title", &metadata.title), ("Comment", &metadata.comment)] {
        if !text.is_empty() {
            encoder.add_itxt_chunk(keyword.to_owned(), text.clone())?;
        }
    }
    Ok(encoder)
}

/// Seconds per frame as the two 16-bit numbers of an fcTL chunk: exact for all common rates, otherwise to the nearest
/// 1/60 000 s.
fn delay(rate: Rate) -> (u16, u16) {
    let exact = u16::try_from(rate.den)
        .ok()
        .zip(u16::try_from(rate.num).ok());
    exact.unwrap_or_else(|| {
        let ticks = 60_000.0 * f64::from(rate.den) / f64::from(rate.num);
        (ticks.round().clamp(1.0, f64::from(u16::MAX)) as u16, 60_000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_count_as_old_frames() {
        for index in [0, 7, 9_999, 10_000, 123_456] {
            assert!(is_frame_name(OsStr::new(&frame_name(index))));
        }
        for other in [
            "frame_1.png",
            "frame_cover.png",
            "frame_00001.png",
            "frame_0001.PNG",
            "xframe_0001.png",
        ] {
            assert!(!is_frame_name(OsStr::new(other)), "{other}");
        }
    }

    #[test]
    fn delays_are_exact_for_usual_rates() {
        assert_eq!(
            delay(Rate {
                num: 24_000,
                den: 1001
            }),
            (1001, 24_000)
        );
        assert_eq!(
            delay(Rate {
                num: 7_000_000,
                den: 1_000_000
            }),
            (8571, 60_000)
        );
    }
}
