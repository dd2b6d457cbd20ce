//! Text from a foreign file as part of a sentence.

use std::fmt::Display;

/// Maximum number of characters.
const MAX_LENGTH: usize = 240;

/// Text from a foreign file, safe to show in a sentence: on one line, without control characters and of bounded length.
///
/// A name in a file, or the message of a parser that quotes it, can be as long as the file, and a terminal obeys the
/// control characters in it.
#[must_use]
pub fn excerpt(text: impl Display) -> String {
    let text = text.to_string();
    let printable = |letter: char| {
        let changes_direction = matches!(
            letter,
            '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        if letter.is_control() || changes_direction {
            ' '
        } else {
            letter
        }
    };
    let mut cut: String = text.chars().take(MAX_LENGTH).map(printable).collect();
    if text.chars().nth(MAX_LENGTH).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_made_safe_to_show() {
        assert_eq!(excerpt("unknown field `step`"), "unknown field `step`");
        assert_eq!(excerpt("a\n\u{1b}[31mb\u{202e}c\0"), "a  [31mb c ");
        let long = excerpt("é".repeat(100_000));
        assert_eq!(long.chars().count(), MAX_LENGTH + 1);
        assert!(long.ends_with('…'));
    }
}
