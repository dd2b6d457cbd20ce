//! Title and comment of GIF and WebP, for which FFmpeg writes neither. Works on finished files in memory.

use std::io;

use crate::export::Metadata;

/// Adds a comment extension per text before the trailer of a GIF
/// (GIF89a specification, §24).
pub(in crate::export) fn label_gif(file: &mut Vec<u8>, metadata: &Metadata) -> io::Result<()> {
    const TRAILER: u8 = 0x3B;
    if file.pop() != Some(TRAILER) {
        return Err(malformed("GIF"));
    }
    for text in [&metadata.title, &metadata.comment] {
        if text.is_empty() {
            continue;
        }
        file.extend([0x21, 0xFE]);
        for block in text.as_bytes().chunks(255) {
            // At most 255 by the chunking above.
            file.push(block.len() as u8);
            file.extend(block);
        }
        file.push(0);
    }
    file.push(TRAILER);
    Ok(())
}

/// Adds an XMP chunk to a WebP (WebP container specification, "Extended file format"). A single picture in the simple
/// layout has no place for one and is unchanged.
pub(in crate::export) fn label_webp(file: &mut Vec<u8>, metadata: &Metadata) -> io::Result<()> {
    const FLAGS: usize = 20;
    const HAS_XMP: u8 = 0b100;
    if file.len() <= FLAGS || &file[..4] != b"RIFF" || &file[8..12] != b"WEBP" {
        return Err(malformed("WebP"));
    }
    if &file[12..16] != b"VP8X" {
        return Ok(());
    }
    let packet = xmp(metadata);
    let too_long = |_| malformed("WebP");
    file[FLAGS] |= HAS_XMP;
    file.extend(b"XMP ");
    file.extend(u32::try_from(packet.len()).map_err(too_long)?.to_le_bytes());
    file.extend(packet.as_bytes());
    if packet.len() % 2 == 1 {
        file.push(0);
    }
    let size = u32::try_from(file.len() - 8).map_err(too_long)?;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    Ok(())
}

/// An XMP packet with Dublin Core title and description.
fn xmp(metadata: &Metadata) -> String {
    let entry = |name: &str, text: &str| {
        let text = escape(text);
        format!(
            "<dc:{name}><rdf:Alt><rdf:li xml:lang=\"x-default\">{text}</rdf:li></rdf:Alt></dc:{name}>"
        )
    };
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">{}{}</rdf:Description>\
         </rdf:RDF></x:xmpmeta>",
        entry("title", &metadata.title),
        entry("description", &metadata.comment),
    )
}

/// Text as XML character data, without characters that XML cannot contain.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            control if control < ' ' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

fn malformed(format: &str) -> io::Error {
    io::Error::other(format!("the encoder wrote a malformed {format}"))
}
