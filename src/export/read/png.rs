//! PNG pictures and animated PNG as `write/png.rs` writes them.
//!
//! Everything else that PNG allows (palettes, alpha, partial frames) is rejected rather than converted, because takes
//! are compared exactly.

use std::fs::File;
use std::io::BufReader;

use super::visitor::{Contents, Fault, LONGEST_SIDE, Visitor, require_plausible};
use crate::error::excerpt;
use crate::media::frame::Frame;
use crate::media::rate::Rate;

type PngReader = png::Reader<BufReader<File>>;

impl From<png::DecodingError> for Fault {
    fn from(error: png::DecodingError) -> Self {
        match error {
            png::DecodingError::IoError(error) => error.into(),
            other => Self::Damaged(excerpt(other)),
        }
    }
}

/// A single picture with its comment.
pub(super) fn single(file: File) -> Result<(Frame, Option<String>), Fault> {
    let mut reader = open(file)?;
    let frame = next_frame(&mut reader)?;
    reader.finish()?;
    Ok((frame, comment_in(reader.info())))
}

/// Visits the frames of an animated PNG.
pub(super) fn visit(file: File, visitor: &mut Visitor<'_>) -> Result<Contents, Fault> {
    let mut reader = open(file)?;
    let info = reader.info();
    let (Some(animation), Some(control)) = (info.animation_control(), info.frame_control()) else {
        return Err(Fault::Single);
    };
    let contents = Contents {
        comment: comment_in(info),
        rate: Rate::new(control.delay_den.into(), control.delay_num.into()).ok(),
    };
    for _ in 0..animation.num_frames {
        let frame = next_frame(&mut reader)?;
        if visitor(frame)?.is_break() {
            return Ok(contents);
        }
    }
    reader.finish()?;
    Ok(contents)
}

fn open(file: File) -> Result<PngReader, Fault> {
    let length = file.metadata()?.len();
    let mut decoder = png::Decoder::new(BufReader::new(file));
    let info = decoder.read_header_info()?;
    let (width, height) = (info.width, info.height);
    if width.max(height) > LONGEST_SIDE {
        return Err(Fault::sides(width, height));
    }
    require_plausible((width, height), length)?;
    if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(Fault::Foreign("its pixels are not 8-bit RGB".to_owned()));
    }
    Ok(decoder.read_info()?)
}

/// The next picture, which must cover the whole canvas.
fn next_frame(reader: &mut PngReader) -> Result<Frame, Fault> {
    let (width, height) = reader.info().size();
    let mut rgb = vec![0; width as usize * height as usize * 3];
    let written = reader.next_frame(&mut rgb)?;
    if (written.width, written.height) != (width, height) {
        return Err(Fault::Foreign(
            "its frames do not cover the whole picture".to_owned(),
        ));
    }
    Ok(Frame {
        width,
        height,
        rgb: rgb.into(),
    })
}

/// The comment before the first picture.
pub(super) fn comment(file: File) -> Result<Option<String>, Fault> {
    let reader = png::Decoder::new(BufReader::new(file)).read_info()?;
    Ok(comment_in(reader.info()))
}

fn comment_in(info: &png::Info<'_>) -> Option<String> {
    let chunk = info
        .utf8_text
        .iter()
        .find(|text| text.keyword == "Comment")?;
    let mut chunk = chunk.clone();
    // Limited, unlike `get_text`, which decompresses a text of any length.
    chunk.decompress_text().ok()?;
    chunk.get_text().ok()
}
