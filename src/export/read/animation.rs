//! GIF and WebP, each frame composed onto the whole canvas.
//!
//! Works in every build, because the supported versions of FFmpeg cannot read animated WebP.

use std::fs::File;
use std::io::{BufReader, Seek as _};

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageDecoder as _, ImageError, Limits};

use super::metadata;
use super::visitor::{Contents, Fault, LONGEST_SIDE, Visitor, require_plausible};
use crate::error::excerpt;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

impl From<ImageError> for Fault {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) => error.into(),
            ImageError::Limits(_) => Self::Foreign("it is too large for a take".to_owned()),
            other => Self::Damaged(excerpt(other)),
        }
    }
}

/// Visits the frames of a GIF.
pub(super) fn visit_gif(mut file: File, visitor: &mut Visitor<'_>) -> Result<Contents, Fault> {
    let comment = metadata::comment_of_gif(&mut BufReader::new(&mut file))?;
    file.rewind()?;
    let length = file.metadata()?.len();
    let mut decoder = GifDecoder::new(BufReader::new(file))?;
    decoder.set_limits(limits())?;
    require_plausible(decoder.dimensions(), length)?;
    let rate = visit_animation(decoder, visitor)?;
    Ok(Contents { comment, rate })
}

/// Visits the frames of a WebP, animated or not.
pub(super) fn visit_webp(mut file: File, visitor: &mut Visitor<'_>) -> Result<Contents, Fault> {
    let comment = metadata::comment_of_webp(&mut BufReader::new(&mut file))?;
    file.rewind()?;
    let length = file.metadata()?.len();
    let mut decoder = WebPDecoder::new(BufReader::new(file))?;
    decoder.set_limits(limits())?;
    require_plausible(decoder.dimensions(), length)?;
    if !decoder.has_animation() {
        // A clip of one frame.
        let (width, height) = decoder.dimensions();
        let image = image::DynamicImage::from_decoder(decoder)?;
        let rgb = image.into_rgb8().into_raw().into();
        let _one_anyway = visitor(Frame { width, height, rgb })?;
        return Ok(Contents {
            comment,
            rate: None,
        });
    }
    let rate = visit_animation(decoder, visitor)?;
    Ok(Contents { comment, rate })
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits
}

/// Visits the composed frames; returns the mean rate.
fn visit_animation<'a>(
    decoder: impl AnimationDecoder<'a>,
    visitor: &mut Visitor<'_>,
) -> Result<Option<Rate>, Fault> {
    let (mut frames, mut milliseconds) = (0_u32, 0_u32);
    for frame in decoder.into_frames() {
        let frame = frame?;
        let (num, den) = frame.delay().numer_denom_ms();
        frames += 1;
        milliseconds = milliseconds.saturating_add(num / den.max(1));
        let picture = frame.into_buffer();
        let (width, height) = picture.dimensions();
        // Kinora writes opaque pictures, so alpha carries no information.
        let rgb = picture.chunks_exact(4).flat_map(|pixel| &pixel[..3]);
        let frame = Frame {
            width,
            height,
            rgb: rgb.copied().collect(),
        };
        if visitor(frame)?.is_break() {
            break;
        }
    }
    Ok(Rate::new(frames.saturating_mul(1000), milliseconds).ok())
}
