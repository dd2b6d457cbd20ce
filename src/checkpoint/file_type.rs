//! Recognises other file types by their first bytes.
//!
//! Covers what people commonly download by mistake. Does not depend on tensors.

/// The file type and what to do about it, if it is a known other type.
///
/// Anything that could be the start of a safetensors file is left to the parser.
pub(super) fn recognise(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const CONVERT: &str = "get the .safetensors version of this model";
    const DOWNLOAD: &str = "download the weights themselves";
    if begins_like_safetensors(bytes) {
        return None;
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Some(("a PyTorch checkpoint or other zip archive", CONVERT));
    }
    if matches!(bytes, [0x80, 2..=5, ..]) {
        return Some(("a pickled PyTorch checkpoint", CONVERT));
    }
    if bytes.starts_with(b"GGUF") {
        return Some(("a GGUF file", CONVERT));
    }
    if bytes.starts_with(b"\x89HDF") {
        return Some(("an HDF5 file", CONVERT));
    }
    if bytes.starts_with(b"version https://git-lfs") {
        return Some(("a Git LFS pointer", DOWNLOAD));
    }
    let head = &bytes[..bytes.len().min(64)];
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    if text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<?xml") {
        return Some(("a web page", DOWNLOAD));
    }
    if text.starts_with('{') {
        return Some((
            "a JSON text file",
            "choose the .safetensors file in the same folder",
        ));
    }
    None
}

/// A header length below 4 GB (`u64`, little-endian) and the brace that opens the header.
fn begins_like_safetensors(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, _, 0, 0, 0, 0, b'{', ..])
}
