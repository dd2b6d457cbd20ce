//! Splits a prompt into the pieces that are encoded one by one.
//!
//! Source: transformers 5.23 `models/clip/tokenization_clip.py`; the classes of characters are those of Unicode 16, as
//! in the regular expressions of `tokenizers` 0.23.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization_alignments::UnicodeNormalization as _;

/// Endings of English words that are pieces of their own, in the order in which they are tried.
const ENDINGS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
/// The special tokens as text: where the tokenizer does not match them as special tokens, each becomes three pieces.
const MARKERS: [[&str; 3]; 2] = [["<|", "startoftext", "|>"], ["<|", "endoftext", "|>"]];

/// The text with characters composed (NFC) and each one converted to lower case by itself: a Σ at the end of a word
/// becomes σ, not ς.
///
/// White space need not be unified, since it only separates.
pub(super) fn normalised(text: &str) -> String {
    let composed = text.nfc().map(|(character, _)| character);
    composed.flat_map(char::to_lowercase).collect()
}

/// The class of a character, which decides where pieces end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Number,
    Other,
}

fn class(character: char) -> Class {
    use GeneralCategory as C;
    match get_general_category(character) {
        C::UppercaseLetter
        | C::LowercaseLetter
        | C::TitlecaseLetter
        | C::ModifierLetter
        | C::OtherLetter => Class::Letter,
        C::DecimalNumber | C::LetterNumber | C::OtherNumber => Class::Number,
        _ if character.is_whitespace() => Class::Space,
        _ => Class::Other,
    }
}

/// The pieces of a normalised text: endings, runs of letters, single digits, and runs of all other characters except
/// white space.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let marker = MARKERS.iter().find(|parts| {
            let mut after = Some(rest);
            for part in *parts {
                after = after.and_then(|after| after.strip_prefix(part));
            }
            after.is_some()
        });
        if let Some(parts) = marker {
            pieces.extend(parts);
            rest = &rest[parts.iter().map(|part| part.len()).sum::<usize>()..];
            continue;
        }
        let ending = ENDINGS.iter().find(|ending| rest.starts_with(**ending));
        let kind = class(first);
        let length = match (ending, kind) {
            (Some(ending), _) => ending.len(),
            (None, Class::Space | Class::Number) => first.len_utf8(),
            (None, Class::Letter | Class::Other) => {
                let end = rest.char_indices().find(|&(_, next)| class(next) != kind);
                end.map_or(rest.len(), |(at, _)| at)
            }
        };
        let (piece, after) = rest.split_at(length);
        if kind != Class::Space {
            pieces.push(piece);
        }
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{normalised, pieces};

    #[test]
    fn pieces_are_endings_words_digits_and_the_rest() {
        assert_eq!(
            pieces("it's we'll 'sup 42, ok!!'s"),
            [
                "it", "'s", "we", "'ll", "'s", "up", "4", "2", ",", "ok", "!!'", "s"
            ]
        );
        assert_eq!(
            pieces("<|endoftext|>!! !<|endoftext|>"),
            ["<|", "endoftext", "|>", "!!", "!<|", "endoftext", "|>"]
        );
        assert!(pieces(" \u{2003}\n").is_empty());
    }

    #[test]
    fn letters_are_composed_and_lowered_one_by_one() {
        assert_eq!(normalised("E\u{301}TE\u{301}"), "été");
        assert_eq!(normalised("ΟΔΟΣ"), "οδοσ");
        assert_eq!(normalised("İ"), "i\u{307}");
    }
}
