//! The comment of GIF and WebP, whose decoders do not return it.
//!
//! Reads what `write/metadata.rs` writes, and skips the pictures.

use std::io::{self, Read, Seek, SeekFrom};

/// Longest comment in bytes, more than any recipe; a damaged length must not fill the memory.
const LONGEST: u64 = 1 << 24;

/// The last comment extension of a GIF (GIF89a specification, §24): the title, if there is one, comes before the
/// recipe.
pub(super) fn comment_of_gif(file: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    const TABLE: u8 = 0x80;
    let table_bytes = |flags: u8| {
        let entries = if flags & TABLE == 0 {
            0
        } else {
            2 << (flags & 7)
        };
        SeekFrom::Current(3 * entries)
    };
    let header: [u8; 13] = read(file)?;
    file.seek(table_bytes(header[10]))?;
    let mut found = None;
    loop {
        let [introducer] = read(file)?;
        match introducer {
            0x21 => {
                let [label] = read(file)?;
                let text = sub_blocks(file, label == 0xFE)?;
                found = text.and_then(|text| String::from_utf8(text).ok()).or(found);
            }
            0x2C => {
                let descriptor: [u8; 9] = read(file)?;
                file.seek(table_bytes(descriptor[8]))?;
                let [_code_size] = read(file)?;
                sub_blocks(file, false)?;
            }
            0x3B => return Ok(found),
            _ => return Err(io::Error::other("an unknown block")),
        }
    }
}

/// Walks a chain of sub-blocks; returns their bytes if `wanted`.
fn sub_blocks(file: &mut (impl Read + Seek), wanted: bool) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    loop {
        let [length] = read(file)?;
        if length == 0 {
            return Ok(wanted.then_some(bytes));
        }
        if wanted && (bytes.len() as u64) < LONGEST {
            file.take(length.into()).read_to_end(&mut bytes)?;
        } else {
            file.seek(SeekFrom::Current(length.into()))?;
        }
    }
}

/// The Dublin Core description in the XMP chunk of a WebP (WebP container specification, "Extended file format").
pub(super) fn comment_of_webp(file: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    let [_, _, _, _, a, b, c, d, _, _, _, _] = read(file)?;
    let announced = 8 + u64::from(u32::from_le_bytes([a, b, c, d]));
    // Seeking beyond the end of a file is not an error.
    let begun = file.stream_position()?;
    if file.seek(SeekFrom::End(0))? < announced {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    file.seek(SeekFrom::Start(begun))?;
    loop {
        let mut head = [0; 8];
        if file.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        file.read_exact(&mut head[1..])?;
        let [name @ .., a, b, c, d] = head;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        if &name != b"XMP " {
            // Chunks are padded to an even length.
            file.seek(SeekFrom::Current((length + length % 2) as i64))?;
            continue;
        }
        let mut packet = Vec::new();
        file.take(length.min(LONGEST)).read_to_end(&mut packet)?;
        let packet = String::from_utf8(packet).ok();
        return Ok(packet.as_deref().and_then(description));
    }
}

/// The first text of `dc:description`.
fn description(packet: &str) -> Option<String> {
    let (_, inside) = packet.split_once("<dc:description>")?;
    let (inside, _) = inside.split_once("</dc:description>")?;
    let (_, item) = inside.split_once("<rdf:li")?;
    let (_, text) = item.split_once('>')?;
    let (text, _) = text.split_once("</rdf:li>")?;
    // The ampersand comes last, or `&amp;lt;` would become `<`.
    let plain = text.replace("&lt;", "<").replace("&gt;", ">");
    let plain = plain.replace("&quot;", "\"").replace("&apos;", "'");
    Some(plain.replace("&amp;", "&"))
}

fn read<const LENGTH: usize>(file: &mut impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
