//! What a foreign file says, as a part of a sentence.

use std::fmt::Display;

/// The most characters of it.
const LONGEST: usize = 240;

/// Foreign text on one line, in letters alone, and no longer than a sentence can carry: a name or a parser's words may
/// be as long as the file and hold whatever a terminal obeys.
#[must_use]
pub fn excerpt(text: impl Display) -> String {
    let text = text.to_string();
    let plain = |letter: char| {
        let turns = matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns {
            ' '
        } else {
            letter
        }
    };
    let mut cut: String = text.chars().take(LONGEST).map(plain).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_fits_into_a_sentence() {
        assert_eq!(excerpt("unknown field `step`"), "unknown field `step`");
        assert_eq!(excerpt("a\n\u{1b}[31mb\u{202e}c\0"), "a  [31mb c ");
        let long = excerpt("é".repeat(100_000));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with('…'));
    }
}
