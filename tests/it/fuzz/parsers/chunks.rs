//! Changes to files that consist of chunks, each with its name and length: PNG, RIFF (WebP), and MP4's boxes.
//!
//! Lengths and checksums stay correct, so that a change reaches the parser behind them.

use super::bytes;
use super::dice::Dice;

/// A kind of file made of chunks.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Png,
    Riff,
    Boxes,
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Boxes that contain other boxes.
const HOLDERS: [&[u8; 4]; 10] = [
    b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts", b"udta", b"ilst", b"mvex",
];

/// The kind of a file, by its first bytes.
pub(super) fn kind_of(data: &[u8]) -> Option<Kind> {
    if data.starts_with(PNG) {
        Some(Kind::Png)
    } else if data.starts_with(b"RIFF") {
        Some(Kind::Riff)
    } else {
        (data.get(4..8) == Some(b"ftyp")).then_some(Kind::Boxes)
    }
}

/// Gives a picture or clip another size, if its format stores that at a fixed position.
pub(super) fn resize(data: &mut Vec<u8>, dice: &mut Dice) {
    const SIDES: [u32; 10] = [0, 1, 31, 33, 255, 4096, 10_000, 16_384, 16_385, 65_535];
    let sides = [*dice.of(&SIDES), *dice.of(&SIDES)];
    let canvas = data.get(12..16) == Some(b"VP8X");
    for (index, side) in sides.into_iter().enumerate() {
        let (at, bytes) = match data.as_slice() {
            [b'G', b'I', b'F', ..] => (6 + 2 * index, side.to_le_bytes()[..2].to_vec()),
            [b'R', b'I', b'F', b'F', ..] if canvas => {
                // WebP stores the size minus one, in three bytes.
                let less = side.wrapping_sub(1);
                (24 + 3 * index, less.to_le_bytes()[..3].to_vec())
            }
            [0x89, b'P', b'N', b'G', ..] => (16 + 4 * index, side.to_be_bytes().to_vec()),
            [b'B', b'M', ..] => (18 + 4 * index, side.to_le_bytes().to_vec()),
            _ => return bytes::change(data, dice),
        };
        if let Some(place) = data.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(&bytes);
        }
    }
    if let Some(Kind::Png) = kind_of(data) {
        // Splitting and joining corrects the checksums.
        let chunks = split(Kind::Png, &data[PNG.len()..]);
        data.truncate(PNG.len());
        join(Kind::Png, &chunks, data);
    }
}

/// A chunk; boxes may hold others.
#[derive(Clone)]
struct Chunk {
    name: [u8; 4],
    body: Vec<u8>,
    inner: Vec<Chunk>,
}

/// Changes a few chunks.
pub(super) fn change(kind: Kind, data: &mut Vec<u8>, dice: &mut Dice) {
    let head = match kind {
        Kind::Png => PNG.len(),
        Kind::Riff => 12,
        Kind::Boxes => 0,
    };
    let mut chunks = split(kind, data.get(head..).unwrap_or_default());
    if chunks.is_empty() {
        bytes::change(data, dice);
        return;
    }
    for _ in 0..dice.few() {
        change_once(&mut chunks, dice);
    }
    let mut changed = data[..head].to_vec();
    join(kind, &chunks, &mut changed);
    if let Kind::Riff = kind {
        let length = changed.len() as u32 - 8;
        changed[4..8].copy_from_slice(&length.to_le_bytes());
    }
    *data = changed;
}

fn change_once(chunks: &mut Vec<Chunk>, dice: &mut Dice) {
    if chunks.is_empty() {
        return;
    }
    let at = dice.below(chunks.len());
    let chunk = &mut chunks[at];
    // Mostly changes an inner box, since these are more numerous.
    if !chunk.inner.is_empty() && !dice.one_in(8) {
        return change_once(&mut chunk.inner, dice);
    }
    match dice.below(12) {
        0 => drop(chunks.remove(at)),
        1 => chunks.insert(at, chunks[at].clone()),
        2 => {
            let other = dice.below(chunks.len());
            chunks.swap(at, other);
        }
        3 => chunk.name[dice.below(4)] ^= 0x20,
        4 => {
            let length = dice.below(chunk.body.len() + 1);
            chunk.body.truncate(length);
        }
        _ => bytes::change(&mut chunk.body, dice),
    }
}

fn split(kind: Kind, data: &[u8]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut rest = data;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, e, f, g, h] = *head;
        let (name, length, tail) = match kind {
            Kind::Png => ([e, f, g, h], u32::from_be_bytes([a, b, c, d]), 4),
            Kind::Riff => {
                let length = u32::from_le_bytes([e, f, g, h]);
                ([a, b, c, d], length, length % 2)
            }
            Kind::Boxes => (
                [e, f, g, h],
                u32::from_be_bytes([a, b, c, d]).saturating_sub(8),
                0,
            ),
        };
        let Some(body) = after.get(..length as usize) else {
            break;
        };
        let holder = matches!(kind, Kind::Boxes) && HOLDERS.contains(&&name);
        chunks.push(Chunk {
            name,
            inner: if holder {
                split(kind, body)
            } else {
                Vec::new()
            },
            body: body.to_vec(),
        });
        rest = after.get((length + tail) as usize..).unwrap_or_default();
    }
    chunks
}

fn join(kind: Kind, chunks: &[Chunk], data: &mut Vec<u8>) {
    for Chunk { name, body, inner } in chunks {
        let mut body = body.clone();
        if !inner.is_empty() {
            body.clear();
            join(kind, inner, &mut body);
        }
        let length = body.len() as u32;
        match kind {
            Kind::Png => {
                let named = [name.as_slice(), &body].concat();
                data.extend(length.to_be_bytes());
                data.extend(&named);
                data.extend(crc(&named).to_be_bytes());
            }
            Kind::Riff => {
                data.extend(name);
                data.extend(length.to_le_bytes());
                data.extend(&body);
                data.extend(vec![0; body.len() % 2]);
            }
            Kind::Boxes => {
                data.extend((length + 8).to_be_bytes());
                data.extend(name);
                data.extend(&body);
            }
        }
    }
}

/// The checksum of a PNG chunk (annex D of the PNG specification).
fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}
