//! Bad picture files give one clear sentence and no panic; a truncated one is never accepted as complete.

use std::fs;

use kinora::error::PictureError;
use kinora::media::picture::Picture;

use super::{MATTE, crc32, fixture, golden, noise, speck_on_a_canvas};

#[test]
fn other_files_are_rejected_in_one_line() {
    let refusal = |bytes: &[u8]| {
        let error = Picture::decode(bytes, MATTE).unwrap_err();
        let text = error.to_string();
        assert!(!text.contains('\n') && text.len() < 300, "{text}");
        error
    };
    assert!(matches!(refusal(b""), PictureError::Empty { .. }));
    assert!(matches!(
        refusal(b"Dear diary,\nno picture today.\n"),
        PictureError::NotAPicture { .. }
    ));
    let heic = refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    assert!(matches!(heic, PictureError::Foreign { kind: "HEIC", .. }));
    // Files of an unknown brand are named by their compatible brands, or by their name.
    for (bytes, name, kind) in [
        (&b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"[..], "a.heic", "HEIF"),
        (b"\0\0\0\x18ftypabcd\0\0\0\0zzzzheic", "a.jpg", "HEIC"),
        (b"\0\0\0\x18ftypabcd\0\0\0\0zzzzavif", "a.jpg", "AVIF"),
        (b"\0\0\0\x14ftypabcd\0\0\0\0zzzzheic", "a.heic", "HEIF"),
        (b"\0\0\0\x14ftypabcd\0\0\0\0zzzz", "a.HEIC", "HEIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "a.heic", "video"),
        (b"\0\0\0\x14ftypabcd\0\0\0\0zzzz", "a.jpg", "ISO media"),
        (b"\xff\xff\xff\xffftyp", "a.jpg", "ISO media"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = Picture::open(&path, MATTE).unwrap_err();
        let words = error.to_string();
        assert!(
            words.starts_with(&format!("{kind} files cannot")),
            "{words}"
        );
    }
    // Only the headers, in every format.
    for mark in [
        &b"\x89PNG\r\n\x1a\n"[..],
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"BM",
        b"II*\0",
        b"RIFF\x10\0\0\0WEBP",
    ] {
        refusal(mark);
    }
    let missing = Picture::open(&golden("media/no such picture.png"), MATTE).unwrap_err();
    assert!(matches!(missing, PictureError::Unreadable { .. }));
    assert!(
        missing.to_string().ends_with("no such picture.png"),
        "{missing}"
    );
    assert!(matches!(
        Picture::open(&golden("media"), MATTE),
        Err(PictureError::Folder { .. })
    ));
}

#[test]
fn enormous_pictures_are_refused_before_they_are_decoded() {
    let mut png = fixture("rgb8.png");
    png[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let crc = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&crc);
    let error = Picture::decode(&png, MATTE).unwrap_err();
    assert!(
        matches!(error, PictureError::TooLarge { width: 100_000, .. }),
        "{error}"
    );

    let mut jpeg = fixture("grey.jpg");
    let header = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    jpeg[header + 5..header + 9].copy_from_slice(&[0xfd, 0xe8, 0xfd, 0xe8]);
    let error = Picture::decode(&jpeg, MATTE).unwrap_err();
    assert!(
        matches!(error, PictureError::TooLarge { width: 65_000, .. }),
        "{error}"
    );
}

/// A few hundred bytes that claim to be 268 megapixels, in formats where that is possible.
#[test]
fn no_memory_is_allocated_for_pixels_that_a_small_file_cannot_contain() {
    let side = 16_384_u16;
    // One progressive scan of AC coefficients only: its only code ends 32,767 blocks at once.
    let segment = |mark: u8, body: &[u8]| {
        let length = (body.len() as u16 + 2).to_be_bytes();
        [&[0xff, mark], &length[..], body].concat()
    };
    let [high, low] = side.to_be_bytes();
    let frame = [8, high, low, high, low, 1, 1, 0x11, 0];
    let mut codes = vec![0x10, 1];
    codes.extend([0; 15]);
    codes.push(0xe0);
    // A zero for the code and fourteen ones for the number of further blocks, 129 times, each 0xff with its stuffing.
    let bit = |index: usize| u8::from(!index.is_multiple_of(15));
    let byte = |at: usize| (0..8).fold(0, |byte, index| byte << 1 | bit(8 * at + index));
    let stuffed = |byte| {
        if byte == 0xff {
            vec![0xff, 0]
        } else {
            vec![byte]
        }
    };
    let coded: Vec<u8> = (0..129 * 15 / 8 + 1).map(byte).flat_map(stuffed).collect();
    let jpeg = [
        vec![0xff, 0xd8],
        segment(0xdb, &[&[0], &[1; 64][..]].concat()),
        segment(0xc2, &frame),
        segment(0xc4, &codes),
        segment(0xda, &[1, 1, 0, 1, 63, 0]),
        coded,
        vec![0xff, 0xd9],
    ]
    .concat();
    let error = Picture::decode(&jpeg, MATTE).unwrap_err();
    assert!(matches!(error, PictureError::Truncated { .. }), "{error}");

    let error = Picture::decode(&speck_on_a_canvas(side, 1), MATTE).unwrap_err();
    assert!(error.to_string().contains("so small a file"), "{error}");
}

/// A palette that ends in the middle of a colour makes the decoder panic.
#[test]
fn a_picture_whose_decoder_panics_is_rejected() {
    let mut png = fixture("palette_transparent.png");
    let name = png.windows(4).position(|name| name == b"PLTE").unwrap();
    let length = png[name - 1];
    png[name - 1] = length - 1;
    png.remove(name + 4 + usize::from(length) - 1);
    let end = name + 4 + usize::from(length) - 1;
    let crc = crc32(&png[name..end]).to_be_bytes();
    png[end..end + 4].copy_from_slice(&crc);
    let error = Picture::decode(&png, MATTE).unwrap_err();
    assert!(matches!(error, PictureError::Undecodable { .. }), "{error}");
}

#[test]
fn a_truncated_picture_is_never_accepted_as_complete() {
    for entry in fs::read_dir(golden("media")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        if name == "cases.json" {
            continue;
        }
        for part in 1..10 {
            let cut = &bytes[..bytes.len() * part / 10];
            // The first picture of an animation may already be complete.
            if let Ok(picture) = Picture::decode(cut, MATTE) {
                assert!(name.starts_with("animated"), "{name} cut to {part}/10");
                assert_eq!(
                    picture,
                    Picture::decode(&bytes, MATTE).unwrap(),
                    "{name} {part}/10"
                );
            }
        }
        if name.ends_with(".jpg") && !name.starts_with("really") {
            for missing in [1, 2, 3, 10] {
                let cut = &bytes[..bytes.len() - missing];
                let error = Picture::decode(cut, MATTE).unwrap_err();
                assert!(
                    matches!(error, PictureError::Truncated { .. }),
                    "{name}: {error}"
                );
            }
        }
    }
}

#[test]
fn damaged_pictures_do_not_panic() {
    for entry in fs::read_dir(golden("media")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for seed in 0..60 {
            let mut damaged = bytes.clone();
            for (place, value) in noise(4, 1, seed)
                .rgb
                .chunks(3)
                .zip(noise(4, 1, seed + 999).rgb)
            {
                let at = u32::from_le_bytes([place[0], place[1], place[2], 0]) as usize;
                let length = damaged.len();
                damaged[at % length] = value;
            }
            // Any result is acceptable.
            drop(Picture::decode(&damaged, MATTE));
        }
    }
}
