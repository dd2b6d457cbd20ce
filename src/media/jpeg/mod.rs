//! JPEG to RGB, bit for bit as libjpeg (and so Pillow and diffusers) decodes it.
//!
//! The standard leaves the rounding of the inverse cosine transform and the upsampling of chroma to the decoder.
//! `zune-jpeg`, which the `image` crate uses, is up to four levels away from libjpeg on an ordinary 4:2:0 photograph
//! (50 dB): too far for a take that must match the reference to 55 dB. So this module does what libjpeg-turbo does: its
//! "slow integer" transform, its "fancy" upsampling and its colour tables. It reads baseline, extended and progressive
//! Huffman files of 8 bits.
//!
//! File structure: ITU T.81 annex B.

mod colour;
mod fault;
mod frame;
mod huffman;
mod idct;
mod scan;
mod zigzag;

use super::progress::PictureWatch;
use colour::ColourSpace;
use frame::{Component, Frame, Limits};
use huffman::HuffmanTable;
use scan::{Scan, ScanComponent};
use zigzag::ZIGZAG;

use fault::BAD_SEGMENT;

pub(super) use fault::JpegFault;

/// Maximum number of scans in a file; more are an attack, not a picture.
const MAX_SCANS: usize = 256;

/// A decoded JPEG, before its EXIF orientation is applied.
pub(super) struct Decoded<'a> {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The pixels as they are stored, `[h, w, 3]`.
    pub rgb: Vec<u8>,
    /// The EXIF block (a TIFF file in itself), if there is one.
    pub exif: Option<&'a [u8]>,
    /// The ICC profile of its colours, if there is a whole one. Inks are converted without theirs.
    pub profile: Option<Vec<u8>>,
    /// Whether it has one channel.
    pub grey: bool,
}

/// Decodes a JPEG of at most `max_side` pixels on a side, whose samples and coefficients take at most `max_bytes` of
/// memory; `watch` can stop it early.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    max_side: u32,
    max_bytes: u64,
    watch: PictureWatch<'a>,
) -> Result<Decoded<'a>, JpegFault> {
    let mut file = JpegFile {
        bytes,
        at: 2,
        max_side,
        max_bytes,
        watch: Some(watch),
        ..JpegFile::default()
    };
    file.read()?;
    let frame = file
        .frame
        .as_ref()
        .ok_or(JpegFault::Undecodable("there is no picture in it"))?;
    let space = file.colour_space(frame)?;
    let rgb = colour::rgb(frame, space)?;
    Ok(Decoded {
        width: frame.width as u32,
        height: frame.height as u32,
        rgb,
        exif: file.exif,
        profile: file
            .profile()
            .filter(|_| !matches!(space, ColourSpace::Cmyk | ColourSpace::Ycck)),
        grey: space == ColourSpace::Grey,
    })
}

/// The file being read.
#[derive(Default)]
struct JpegFile<'a> {
    bytes: &'a [u8],
    at: usize,
    watch: Option<PictureWatch<'a>>,
    max_side: u32,
    max_bytes: u64,
    quantization: [Option<[u16; 64]>; 4],
    dc_tables: [Option<HuffmanTable>; 4],
    ac_tables: [Option<HuffmanTable>; 4],
    restart_interval: usize,
    frame: Option<Frame>,
    exif: Option<&'a [u8]>,
    /// The parts of the ICC profile, in the order of the file.
    profile_parts: Vec<&'a [u8]>,
    jfif: bool,
    adobe_transform: Option<u8>,
}

impl<'a> JpegFile<'a> {
    /// Reads all segments up to the end marker.
    fn read(&mut self) -> Result<(), JpegFault> {
        let mut scans = 0;
        loop {
            match self.next_marker()? {
                0xd9 => break,
                // Markers without a segment: stray restarts, and the start of a thumbnail.
                0x01 | 0xd0..=0xd8 => {}
                0xc4 => self.huffman_tables()?,
                0xdb => self.quantization_tables()?,
                0xdd => {
                    let segment = self.segment()?;
                    let interval = segment.first_chunk().ok_or(BAD_SEGMENT)?;
                    self.restart_interval = usize::from(u16::from_be_bytes(*interval));
                }
                marker @ (0xc0..=0xc2) => self.frame_header(marker == 0xc2)?,
                0xc3 | 0xc5..=0xcf => {
                    return Err(JpegFault::Undecodable(
                        "it is a lossless or arithmetic-coded JPEG",
                    ));
                }
                0xda => {
                    scans += 1;
                    if scans > MAX_SCANS {
                        return Err(JpegFault::Undecodable("it has too many scans"));
                    }
                    self.scan()?;
                }
                marker => self.other_segment(marker)?,
            }
        }
        let frame = self
            .frame
            .as_mut()
            .ok_or(JpegFault::Undecodable("there is no picture in it"))?;
        if frame
            .components
            .iter()
            .any(|component| component.quantization.is_none())
        {
            return Err(JpegFault::Truncated);
        }
        if frame.progressive {
            frame.components.iter_mut().for_each(Component::transform);
        }
        Ok(())
    }

    /// Skips to the next marker and past it.
    fn next_marker(&mut self) -> Result<u8, JpegFault> {
        loop {
            let pair = self
                .bytes
                .get(self.at..self.at + 2)
                .ok_or(JpegFault::Truncated)?;
            match (pair[0], pair[1]) {
                (0xff, marker) if marker != 0 && marker != 0xff => {
                    self.at += 2;
                    return Ok(marker);
                }
                _ => self.at += 1,
            }
        }
    }

    /// The content of the current segment; skips past it.
    fn segment(&mut self) -> Result<&'a [u8], JpegFault> {
        let rest = self.bytes.get(self.at..).ok_or(JpegFault::Truncated)?;
        let length = rest.first_chunk().ok_or(JpegFault::Truncated)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length < 2 {
            return Err(BAD_SEGMENT);
        }
        self.at += length;
        rest.get(2..length).ok_or(JpegFault::Truncated)
    }

    fn other_segment(&mut self, marker: u8) -> Result<(), JpegFault> {
        let segment = self.segment()?;
        match marker {
            0xe0 if segment.starts_with(b"JFIF\0") && segment.len() >= 12 => self.jfif = true,
            0xe1 if self.exif.is_none() => self.exif = segment.strip_prefix(b"Exif\0\0"),
            0xe2 if self.profile_parts.len() < usize::from(u8::MAX) => {
                self.profile_parts
                    .extend(segment.strip_prefix(b"ICC_PROFILE\0"));
            }
            0xee if segment.starts_with(b"Adobe") && segment.len() >= 12 => {
                self.adobe_transform = Some(segment[11]);
            }
            _ => {}
        }
        Ok(())
    }

    /// The ICC profile, whose parts are numbered from 1 and say how many they are (ICC.1:2022, B.4).
    fn profile(&self) -> Option<Vec<u8>> {
        let part = |part: &&'a [u8]| match *part {
            [number, count, data @ ..] => Some((*number, *count, data)),
            _ => None,
        };
        let parts: Option<Vec<(u8, u8, &[u8])>> = self.profile_parts.iter().map(part).collect();
        let mut parts = parts?;
        parts.sort_by_key(|(number, ..)| *number);
        let whole = parts.iter().enumerate().all(|(index, (number, count, _))| {
            usize::from(*number) == index + 1 && usize::from(*count) == parts.len()
        });
        let profile: Vec<&[u8]> = parts.iter().map(|(.., data)| *data).collect();
        (whole && !parts.is_empty()).then(|| profile.concat())
    }

    fn quantization_tables(&mut self) -> Result<(), JpegFault> {
        let mut segment = self.segment()?;
        while let [head, rest @ ..] = segment {
            let width = if head >> 4 == 0 { 1 } else { 2 };
            let (values, rest) = rest.split_at_checked(64 * width).ok_or(BAD_SEGMENT)?;
            let table = self
                .quantization
                .get_mut(usize::from(head & 15))
                .ok_or(BAD_SEGMENT)?;
            let table = table.insert([0; 64]);
            for (value, &position) in values.chunks_exact(width).zip(&ZIGZAG) {
                table[usize::from(position)] = value
                    .iter()
                    .fold(0, |sum, &byte| sum << 8 | u16::from(byte));
            }
            segment = rest;
        }
        Ok(())
    }

    fn huffman_tables(&mut self) -> Result<(), JpegFault> {
        let mut segment = self.segment()?;
        while let [head, rest @ ..] = segment {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(BAD_SEGMENT)?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total).ok_or(BAD_SEGMENT)?;
            let tables = if head >> 4 == 0 {
                &mut self.dc_tables
            } else {
                &mut self.ac_tables
            };
            let table = tables.get_mut(usize::from(head & 15)).ok_or(BAD_SEGMENT)?;
            *table = Some(HuffmanTable::new(counts, symbols).ok_or(BAD_SEGMENT)?);
            segment = rest;
        }
        Ok(())
    }

    fn frame_header(&mut self, progressive: bool) -> Result<(), JpegFault> {
        let segment = self.segment()?;
        if self.frame.is_some() {
            return Err(JpegFault::Undecodable("there are two pictures in it"));
        }
        let limits = Limits {
            side: self.max_side,
            bytes: self.max_bytes,
            coded: self.bytes.len().saturating_sub(self.at),
        };
        self.frame = Some(Frame::parse(segment, progressive, limits)?);
        Ok(())
    }

    /// Reads a scan header and decodes the data after it.
    fn scan(&mut self) -> Result<(), JpegFault> {
        let segment = self.segment()?;
        let frame = self.frame.as_mut().ok_or(BAD_SEGMENT)?;
        let (&count, rest) = segment.split_first().ok_or(BAD_SEGMENT)?;
        let (specs, rest) = rest
            .split_at_checked(2 * usize::from(count))
            .ok_or(BAD_SEGMENT)?;
        let [start, end, approximation] = *rest.first_chunk::<3>().ok_or(BAD_SEGMENT)?;
        let mut components = Vec::new();
        for &[id, tables] in specs.as_chunks::<2>().0 {
            let index = frame
                .components
                .iter()
                .position(|component| component.id == id);
            let index = index.ok_or(BAD_SEGMENT)?;
            if components
                .iter()
                .any(|other: &ScanComponent<'_>| other.index == index)
            {
                return Err(BAD_SEGMENT);
            }
            let component = &mut frame.components[index];
            // The table in force when the component first appears applies.
            if component.quantization.is_none() {
                let table = self.quantization.get(component.table).copied().flatten();
                component.quantization =
                    Some(table.ok_or(JpegFault::Undecodable("a quantization table is missing"))?);
            }
            components.push(ScanComponent {
                index,
                dc: self
                    .dc_tables
                    .get(usize::from(tables >> 4))
                    .and_then(Option::as_ref),
                ac: self
                    .ac_tables
                    .get(usize::from(tables & 15))
                    .and_then(Option::as_ref),
            });
        }
        let scan = Scan {
            components,
            start: usize::from(start),
            end: usize::from(end),
            high: approximation >> 4,
            low: approximation & 15,
            restart_interval: self.restart_interval,
        };
        let watch = self.watch;
        let total = self.bytes.len();
        let go_on = |at: usize| watch.is_none_or(|watch| watch.decoded(at, total));
        self.at = scan.decode(frame, self.bytes, self.at, &go_on)?;
        Ok(())
    }

    /// The colour space, determined from the markers as in libjpeg.
    fn colour_space(&self, frame: &Frame) -> Result<ColourSpace, JpegFault> {
        let ids: Vec<u8> = frame
            .components
            .iter()
            .map(|component| component.id)
            .collect();
        Ok(match (ids.as_slice(), self.adobe_transform) {
            ([_], _) => ColourSpace::Grey,
            ([_, _, _], _) if self.jfif => ColourSpace::YCbCr,
            ([_, _, _], Some(0)) => ColourSpace::Rgb,
            ([_, _, _], None) if ids == *b"RGB" => ColourSpace::Rgb,
            ([_, _, _], _) => ColourSpace::YCbCr,
            ([_, _, _, _], None | Some(0)) => ColourSpace::Cmyk,
            ([_, _, _, _], _) => ColourSpace::Ycck,
            _ => {
                return Err(JpegFault::Undecodable(
                    "it has an unusual number of colour planes",
                ));
            }
        })
    }
}
