//! JPEG pictures.

use std::cell::Cell;
use std::path::Path;

use kinora::error::PictureError;
use kinora::media::picture::{MAX_SIDE, Picture, Reading};
use kinora::media::progress::PictureWatch;

use super::{Dice, Target, assert_sentence, bytes, file, refused};

pub(super) const TARGET: Target = Target {
    name: "jpeg",
    seeds,
    change,
    check,
};

const MATTE: [u8; 3] = [9, 90, 200];
const START: u8 = 0xd8;
const END: u8 = 0xd9;
const FRAME: std::ops::RangeInclusive<u8> = 0xc0..=0xcf;
const SCAN: u8 = 0xda;

fn seeds() -> Vec<Vec<u8>> {
    [
        "photo_420",
        "photo_420_progressive",
        "photo_422_progressive",
        "photo_440",
        "photo_444_restarts",
        "grey",
        "cmyk",
        "ycck",
        "orientation_6",
    ]
    .iter()
    .map(|name| file(&format!("tests/golden/media/{name}.jpg")))
    .collect()
}

fn check(data: &[u8], folder: &Path) -> bool {
    if !data.starts_with(&[0xff, START, 0xff]) {
        return false;
    }
    let picture = match Picture::decode(data, MATTE) {
        Ok(picture) => picture,
        Err(error) => return refused(&error),
    };
    assert_whole(&picture);
    // Neither a comment nor bytes after the end are part of the picture.
    let remark = [&data[..2], &[0xff, 0xfe, 0, 4, 0xff, 0xd9], &data[2..]].concat();
    assert_eq!(
        Picture::decode(&remark, MATTE).ok().as_ref(),
        Some(&picture),
        "a remark changes the picture"
    );
    let longer = [data, &[0xff, END, 0, 0xff]].concat();
    assert_eq!(
        Picture::decode(&longer, MATTE).ok().as_ref(),
        Some(&picture),
        "bytes behind the end change the picture"
    );
    assert_ended_on_its_way(data, &picture, folder);
    true
}

/// Checks that the picture has exactly as many pixels as its size requires.
pub(super) fn assert_whole(picture: &Picture) {
    let (width, height) = (picture.width, picture.height);
    assert!((1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height));
    let pixels = u64::from(width) * u64::from(height);
    assert_eq!(picture.rgb.len() as u64, 3 * pixels, "{width}x{height}");
}

/// Checks that the same picture comes from a file, and no picture if opening is stopped.
pub(super) fn assert_ended_on_its_way(data: &[u8], picture: &Picture, folder: &Path) {
    let path = folder.join("picture");
    std::fs::write(&path, data).expect("the folder is the check's own");
    let opened = Picture::open(&path, MATTE);
    assert_eq!(
        opened.ok().as_ref(),
        Some(picture),
        "a file is read otherwise"
    );
    let looks = Cell::new(data.len() % 7);
    let ended = || looks.replace(looks.get().saturating_sub(1)) == 0;
    let told = Cell::new(0.0);
    let progress = |part: f32| {
        assert!(
            (told.get()..=1.0).contains(&part),
            "{part} after {}",
            told.get()
        );
        told.set(part);
    };
    let watch = PictureWatch {
        ended: &ended,
        progress: &progress,
    };
    match Picture::open_watched(&path, MATTE, Reading::AsMeant, watch) {
        Ok(whole) => assert_eq!(whole, *picture, "being watched changes the picture"),
        Err(error) => {
            assert_sentence(&error);
            assert!(matches!(error, PictureError::Ended { .. }), "{error}");
        }
    }
}

/// A part of a file: a marker, its segment, and the coded data after it.
#[derive(Clone)]
struct Piece {
    mark: u8,
    segment: Option<Vec<u8>>,
    coded: Vec<u8>,
}

/// The parts of a file up to where it becomes invalid.
fn pieces(data: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = data;
    while let [0xff, mark, after @ ..] = rest {
        rest = after;
        let bare = matches!(mark, 0x01 | 0xd0..=0xd9);
        let segment = if bare {
            None
        } else {
            let length = rest
                .first_chunk()
                .map_or(2, |&length| u16::from_be_bytes(length));
            let Some(segment) = rest.get(2..usize::from(length).max(2)) else {
                break;
            };
            rest = &rest[2 + segment.len()..];
            Some(segment.to_vec())
        };
        let is_mark = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
        let coded = rest.windows(2).position(is_mark).unwrap_or(rest.len());
        pieces.push(Piece {
            mark: *mark,
            segment,
            coded: rest[..coded].to_vec(),
        });
        rest = &rest[coded..];
    }
    pieces
}

fn joined(pieces: &[Piece], dice: &mut Dice) -> Vec<u8> {
    let mut data = Vec::new();
    for piece in pieces {
        data.extend([0xff, piece.mark]);
        if let Some(segment) = &piece.segment {
            let length = match dice.below(200) {
                0 => dice.number() as u16,
                _ => segment.len() as u16 + 2,
            };
            data.extend(length.to_be_bytes());
            data.extend(segment);
        }
        data.extend(&piece.coded);
    }
    data
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    let mut pieces = pieces(data);
    if pieces.is_empty() || dice.one_in(10) {
        bytes::change(data, dice);
        return;
    }
    for _ in 0..dice.few() {
        let at = dice.below(pieces.len());
        match dice.below(12) {
            _ if pieces.is_empty() => {}
            0 => drop(pieces.remove(at)),
            1 => pieces.insert(at, pieces[at].clone()),
            2 => {
                let other = dice.below(pieces.len());
                pieces.swap(at, other);
            }
            3 => {
                pieces[at].mark = *dice.of(&[0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xdb, 0xdd, 0xe1, 0xee]);
            }
            4..=6 => change_frame(&mut pieces, dice),
            7 => change_scan(&mut pieces, dice),
            8 => pieces.insert(
                at,
                Piece {
                    mark: 0xdd,
                    segment: Some(vec![0, *dice.of(&[0, 1, 2, 5, 255])]),
                    coded: Vec::new(),
                },
            ),
            9 | 10 => bytes::change(&mut pieces[at].coded, dice),
            _ => {
                if let Some(segment) = &mut pieces[at].segment {
                    bytes::change(segment, dice);
                }
            }
        }
    }
    *data = joined(&pieces, dice);
}

/// Changes the size, or the sampling of a plane.
fn change_frame(pieces: &mut [Piece], dice: &mut Dice) {
    let mut frames = pieces
        .iter_mut()
        .filter(|piece| FRAME.contains(&piece.mark) && piece.mark != 0xc4);
    let Some(segment) = frames.next().and_then(|piece| piece.segment.as_mut()) else {
        return;
    };
    if segment.len() < 9 {
        return;
    }
    match dice.below(4) {
        0 | 1 => {
            const SIDES: [u16; 14] = [
                0, 1, 2, 7, 8, 9, 16, 17, 33, 255, 4096, 16_384, 16_385, 65_535,
            ];
            let side = dice.of(&SIDES).to_be_bytes();
            let at = *dice.of(&[1_usize, 3]);
            segment[at..at + 2].copy_from_slice(&side);
        }
        2 => {
            let planes = (segment.len() - 6) / 3;
            let sampling = *dice.of(&[
                0x11, 0x21, 0x12, 0x22, 0x41, 0x14, 0x44, 0x31, 0x13, 0, 0x51,
            ]);
            segment[7 + 3 * dice.below(planes)] = sampling;
        }
        _ => bytes::change(segment, dice),
    }
}

/// Changes which planes, coefficients and bits a scan contains.
fn change_scan(pieces: &mut [Piece], dice: &mut Dice) {
    let mut scans: Vec<&mut Piece> = pieces
        .iter_mut()
        .filter(|piece| piece.mark == SCAN)
        .collect();
    if scans.is_empty() {
        return;
    }
    let at = dice.below(scans.len());
    if let Some(segment) = &mut scans[at].segment {
        match segment.len().checked_sub(3) {
            Some(tail) if !dice.one_in(4) => {
                let value = *dice.of(&[0, 1, 5, 6, 62, 63, 64, 0x10, 0x01, 0x0d, 0x0e, 0x21, 0xff]);
                segment[tail + dice.below(3)] = value;
            }
            _ => bytes::change(segment, dice),
        }
    }
}
