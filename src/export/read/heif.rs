//! HEIC and AVIF pictures: `media` reads the structure of the file, FFmpeg decodes its images, and this file puts them
//! together.
//!
//! FFmpeg's own reader knows HEIC only in later versions, and none of them assembles the grid of a phone's picture.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use image::{RgbImage, imageops};

use super::ffmpeg as video;
use super::visitor::Fault;
use crate::error::{PictureError, os_reason};
use crate::media::frame::Frame;
use crate::media::heif::{
    HeifCodec, HeifColour, HeifFault, HeifPicture, HeifTile, HeifTurn, read_heif,
};
use crate::media::picture::{MAX_SIDE, Picture, Reading};
use crate::media::progress::PictureWatch;
use crate::media::to_srgb::ToSrgb;

/// Largest file, in bytes.
const MOST_BYTES: u64 = 512 << 20;
/// Bytes of a file that are enough for its structure, which comes first.
const HEAD: u64 = 1 << 20;
/// Bytes of pixels accepted from any file, and for each of its bytes; as for other pictures.
const BELIEVED: u64 = 64 << 20;
const BELIEVED_PER_BYTE: u64 = 1 << 12;
/// The code before each unit of an H.265 stream.
const START: [u8; 4] = [0, 0, 0, 1];

/// Opens a file of this kind.
pub(super) fn open(
    path: &Path,
    kind: &'static str,
    matte: [u8; 3],
    reading: Reading,
    watch: PictureWatch<'_>,
) -> Result<Picture, PictureError> {
    let place = path.to_owned();
    let bytes = read(path, MOST_BYTES)?;
    let mut described = read_heif(&bytes).map_err(|fault| match fault {
        HeifFault::Truncated => PictureError::Truncated {
            path: place.clone(),
        },
        HeifFault::Damaged(reason) => PictureError::Undecodable {
            reason: reason.to_owned(),
            path: place.clone(),
        },
    })?;
    if reading == Reading::AsStored {
        as_stored(&mut described);
    }
    let sides = [described.size.0, described.size.1];
    if sides.into_iter().any(|side| side > MAX_SIDE) {
        return Err(PictureError::TooLarge {
            width: sides[0],
            height: sides[1],
            limit: MAX_SIDE,
            path: place,
        });
    }
    let decoded = decode(&described, bytes.len() as u64, watch);
    let alpha = described.alpha.as_deref();
    let alpha = alpha.map(|alpha| decode(alpha, bytes.len() as u64, watch));
    let (colours, alpha) = match (decoded, alpha.transpose()) {
        (Ok(colours), Ok(alpha)) => (colours, alpha),
        (Err(fault), _) | (_, Err(fault)) if !(watch.ended)() => {
            return Err(refusal(fault, kind, path));
        }
        _ => return Err(PictureError::Ended { path: place }),
    };
    let (width, height) = colours.dimensions();
    let mut colours = colours.into_raw();
    if let Some(conversion) = conversion(&described) {
        conversion.apply(&mut colours);
    }
    let alpha = alpha.filter(|alpha| alpha.dimensions() == (width, height));
    let Some(alpha) = alpha else {
        return Ok(Picture {
            width,
            height,
            rgb: colours,
        });
    };
    let both = colours.as_chunks().0.iter().zip(alpha.pixels());
    let rgba = both.flat_map(|(&[red, green, blue], alpha)| [red, green, blue, alpha.0[0]]);
    Picture::from_rgba(width as usize, height as usize, rgba.collect(), matte)
}

/// Forgets what the file says about colours and what is meant to be seen.
fn as_stored(picture: &mut HeifPicture) {
    picture.profile = None;
    if let Some(colour) = &mut picture.colour {
        colour.primaries = 1;
    }
    let crop = |turn: &HeifTurn| matches!(turn, HeifTurn::Crop(_));
    picture.turns.retain(|turn| !crop(turn));
    if let Some(alpha) = picture.alpha.as_deref_mut() {
        as_stored(alpha);
    }
}

/// How the colours become sRGB, if they are others.
fn conversion(picture: &HeifPicture) -> Option<ToSrgb> {
    if let Some(profile) = &picture.profile {
        return ToSrgb::from_profile(profile, false);
    }
    let colour = picture.colour?;
    ToSrgb::from_codes(colour.primaries, colour.transfer)
}

/// Width and height of what is meant to be seen, before the picture is turned.
pub(super) fn stored_size(path: &Path) -> Option<(u32, u32)> {
    // The images themselves may be missing.
    read_heif(&read(path, HEAD).ok()?)
        .ok()
        .map(|heif| heif.seen_size())
}

/// The first bytes of a file.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(PictureError::Unreadable {
            reason: os_reason(&error),
            path: path.to_owned(),
        }),
    }
}

fn refusal(fault: Fault, kind: &'static str, path: &Path) -> PictureError {
    let path = path.to_owned();
    match fault {
        Fault::Unreadable(reason) => PictureError::Unreadable { reason, path },
        Fault::Damaged(reason) if reason == video::NO_DECODER => {
            PictureError::NoDecoder { kind, path }
        }
        Fault::Damaged(reason) | Fault::Foreign(reason) => {
            PictureError::Undecodable { reason, path }
        }
        Fault::Single => PictureError::Truncated { path },
    }
}

/// Decodes all images, puts them together and turns the result upright.
fn decode(described: &HeifPicture, file: u64, watch: PictureWatch<'_>) -> Result<RgbImage, Fault> {
    let (width, height) = described.size;
    if width == 0 || height == 0 {
        return Err(Fault::Damaged("it has no pixels".to_owned()));
    }
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(Fault::sides(width, height));
    }
    let bytes = u64::from(width) * u64::from(height) * 3;
    if bytes > BELIEVED + BELIEVED_PER_BYTE * file {
        return Err(Fault::too_small());
    }
    let mut whole = RgbImage::new(width, height);
    let count = described.tiles.len();
    for (index, tile) in described.tiles.iter().enumerate() {
        if (watch.ended)() {
            return Err(Fault::too_early());
        }
        let frame = video::still(stream(tile)?, override_of(described.colour))?;
        let (column, row) = (index % described.columns, index / described.columns);
        let size = (frame.width, frame.height);
        let image = image_of(&frame)?;
        // All parts have the size of the first; those at the edges extend beyond the picture.
        let at = |place: usize, side: u32| (place as u64 * u64::from(side)) as i64;
        imageops::replace(&mut whole, &image, at(column, size.0), at(row, size.1));
        (watch.progress)((index + 1) as f32 / count as f32);
    }
    Ok(described.turns.iter().fold(whole, turned))
}

fn image_of(frame: &Frame) -> Result<RgbImage, Fault> {
    let pixels = RgbImage::from_raw(frame.width, frame.height, frame.rgb.to_vec());
    pixels.ok_or_else(|| Fault::Damaged("it has no pixels".to_owned()))
}

fn turned(image: RgbImage, turn: &HeifTurn) -> RgbImage {
    match turn {
        // The functions turn clockwise.
        HeifTurn::Rotate(1) => imageops::rotate270(&image),
        HeifTurn::Rotate(2) => imageops::rotate180(&image),
        HeifTurn::Rotate(3) => imageops::rotate90(&image),
        HeifTurn::Rotate(_) => image,
        HeifTurn::LeftRight => imageops::flip_horizontal(&image),
        HeifTurn::TopBottom => imageops::flip_vertical(&image),
        HeifTurn::Crop(crop) => match crop.within(image.width(), image.height()) {
            Some([left, top, width, height]) => {
                imageops::crop_imm(&image, left, top, width, height).to_image()
            }
            None => image,
        },
    }
}

/// FFmpeg's name of the colour matrix, and whether values use the whole range; `None` leaves it to the coded image.
fn override_of(colour: Option<HeifColour>) -> Option<(&'static str, bool)> {
    let colour = colour?;
    let matrix = match colour.matrix {
        1 => "bt709",
        5 | 6 => "bt601",
        9 => "bt2020",
        _ => return None,
    };
    Some((matrix, colour.full_range))
}

/// A coded image as a stream that FFmpeg can read.
fn stream(tile: &HeifTile) -> Result<Vec<u8>, Fault> {
    let made = match tile.codec {
        HeifCodec::Hevc => hevc_stream(&tile.config, &tile.data),
        HeifCodec::Av1 => av1_stream(&tile.config, &tile.data),
    };
    made.ok_or_else(Fault::too_early)
}

/// H.265 units, each after a start code: those of the configuration (ISO/IEC 14496-15, 8.3.3.1), then the image's.
fn hevc_stream(config: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let mut stream = Vec::new();
    let mut unit = |unit: &[u8]| {
        stream.extend(START);
        stream.extend(unit);
    };
    let length = usize::from(config.get(21)? & 3) + 1;
    let (&arrays, mut rest) = config.get(22..)?.split_first()?;
    for _ in 0..arrays {
        let count = rest.get(1..3)?;
        let count = u16::from_be_bytes([count[0], count[1]]);
        rest = rest.get(3..)?;
        for _ in 0..count {
            unit(split_unit(&mut rest, 2)?);
        }
    }
    let mut data = data;
    while !data.is_empty() {
        unit(split_unit(&mut data, length)?);
    }
    Some(stream)
}

/// Takes a unit with its length, a big-endian number of so many bytes, from the start of the data.
fn split_unit<'a>(data: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (length, rest) = data.split_at_checked(bytes)?;
    let length = length
        .iter()
        .fold(0, |sum, &byte| (sum << 8) | usize::from(byte));
    let (unit, rest) = rest.split_at_checked(length)?;
    *data = rest;
    Some(unit)
}

/// An IVF file with one frame: a temporal delimiter, the units of the configuration (AV1-ISOBMFF, 2.3), the image's.
fn av1_stream(config: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let units = config.get(4..)?;
    let frame = [&[0x12, 0x00][..], units, data].concat();
    let length = u32::try_from(frame.len()).ok()?;
    let mut stream = Vec::new();
    stream.extend(b"DKIF\0\0\x20\0AV01");
    // Width and height, which the units repeat.
    stream.extend([0; 4]);
    for number in [25_u32, 1, 1, 0, length] {
        stream.extend(number.to_le_bytes());
    }
    stream.extend([0; 8]);
    stream.extend(frame);
    Some(stream)
}
