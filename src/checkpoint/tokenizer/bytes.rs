//! The character that stands for each byte in a vocabulary.

/// GPT-2's table: printable characters of Latin-1 stand for themselves, and characters after U+00FF for all other
/// bytes.
///
/// Source: openai/CLIP `clip/simple_tokenizer.py` (`bytes_to_unicode`).
pub(super) fn characters() -> [char; 256] {
    let mut next = 256_u32;
    std::array::from_fn(|byte| {
        let own = matches!(byte, 33..=126 | 161..=172 | 174..=255);
        let code = if own {
            byte as u32
        } else {
            next += 1;
            next - 1
        };
        // All of them are below U+0144.
        char::from_u32(code).unwrap_or('\u{fffd}')
    })
}

/// The bytes in the order in which a vocabulary lists them: first those that stand for themselves.
pub(super) fn in_order() -> impl Iterator<Item = u8> {
    let own = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    (0..=255)
        .filter(own)
        .chain((0..=255).filter(move |byte| !own(byte)))
}
