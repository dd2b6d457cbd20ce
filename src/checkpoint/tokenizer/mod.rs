//! CLIP's tokenizer: from a prompt to the token ids of a text tower.
//!
//! All ids equal those of transformers 5 (`models/clip/tokenization_clip.py` on the `tokenizers` library); tests
//! compare them on thousands of lines. The vocabulary comes from a model's folder. Single files contain none, so the
//! one built into the program is used for them.

mod added;
mod bpe;
mod bytes;
mod embedded;
mod files;
mod of_model;
mod split;
mod vocabulary;

use added::{AddedToken, cut};
use vocabulary::Vocabulary;

/// Number of ids that a text tower takes.
pub const CONTEXT: usize = 77;
/// Maximum number of pieces of a prompt, which fit between the start and the end token.
pub const MOST_PIECES: usize = CONTEXT - 2;

/// Which token pads a prompt to its length. Padding takes part in attention, so the choice changes every picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// The end token: CLIP-L, and so SD 1.5.
    End,
    /// `!`, id 0: OpenCLIP, and so SD 2 and SD-Turbo.
    Zero,
}

impl Padding {
    /// The usual padding of a tower of this width, for models that do not state it.
    #[must_use]
    pub fn of_width(width: usize) -> Self {
        if width == 1024 { Self::Zero } else { Self::End }
    }
}

/// A prompt as token ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIds {
    /// [`CONTEXT`] ids: start, pieces, end, padding.
    pub ids: Vec<u32>,
    /// Number of pieces of the whole prompt; those after the first [`MOST_PIECES`] are cut.
    pub pieces: usize,
}

impl TokenIds {
    /// Whether pieces were cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.pieces > MOST_PIECES
    }
}

/// A vocabulary with its special tokens.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
    /// Tokens that are matched in the prompt before anything else is done with it.
    raw: Vec<AddedToken>,
    /// Tokens that are matched in the normalised prompt.
    normalised: Vec<AddedToken>,
    start: u32,
    end: u32,
    pad: u32,
}

impl Tokenizer {
    /// The largest id that a prompt can contain.
    #[must_use]
    pub fn largest_id(&self) -> u32 {
        let added = self
            .raw
            .iter()
            .chain(&self.normalised)
            .map(|token| token.id);
        let own = [self.vocabulary.largest_id(), self.start, self.end, self.pad];
        added.chain(own).max().unwrap_or(0)
    }

    /// The ids of a prompt.
    #[must_use]
    pub fn encode(&self, prompt: &str) -> TokenIds {
        let mut pieces = Vec::new();
        for (text, token) in cut(prompt, &self.raw) {
            let text = split::normalised(text);
            for (text, token) in cut(&text, &self.normalised) {
                for piece in split::pieces(text) {
                    pieces.extend(self.vocabulary.encode(piece));
                }
                pieces.extend(token);
            }
            pieces.extend(token);
        }
        let mut ids = vec![self.start];
        ids.extend(pieces.iter().take(MOST_PIECES));
        ids.push(self.end);
        ids.resize(CONTEXT, self.pad);
        TokenIds {
            ids,
            pieces: pieces.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(tokenizer: &Tokenizer, prompt: &str) -> Vec<u32> {
        let found = tokenizer.encode(prompt);
        assert_eq!(found.ids.len(), CONTEXT);
        assert_eq!(found.ids[0], 49_406);
        let kept = found.pieces.min(MOST_PIECES);
        assert_eq!(found.ids[kept + 1], 49_407);
        found.ids[1..=kept].to_vec()
    }

    #[test]
    fn a_photo_of_a_cat() {
        let tokenizer = Tokenizer::embedded(Padding::End);
        let cat = [320, 1125, 539, 320, 2368];
        assert_eq!(ids(&tokenizer, "a photo of a cat"), cat);
        assert_eq!(ids(&tokenizer, "  A PHOTO\tof\u{3000}a  Cat "), cat);
        assert!(ids(&tokenizer, " \n").is_empty());
    }

    /// If `!` is the padding, it is always a token of its own, wherever it is in the prompt.
    #[test]
    fn an_exclamation_mark_that_pads_is_a_token() {
        let end = Tokenizer::embedded(Padding::End);
        let zero = Tokenizer::embedded(Padding::Zero);
        assert_eq!(ids(&end, "a !! b"), [320, 748, 321]);
        assert_eq!(ids(&zero, "a !! b"), [320, 0, 0, 321]);
        assert_eq!(ids(&zero, "it's!'s"), [585, 568, 0, 568]);
        assert_eq!(ids(&end, "it's!'s"), [585, 568, 13_222, 338]);
        assert_eq!(end.encode("").ids[2], 49_407);
        assert_eq!(zero.encode("").ids[2], 0);
    }

    #[test]
    fn special_tokens_in_a_prompt_are_those_tokens() {
        let tokenizer = Tokenizer::embedded(Padding::Zero);
        let found = ids(&tokenizer, "hi <|endoftext|> there");
        assert_eq!(found, [1883, 49_407, 997]);
    }

    #[test]
    fn what_is_too_long_is_cut_and_told() {
        let tokenizer = Tokenizer::embedded(Padding::End);
        let long = tokenizer.encode(&"cat ".repeat(100));
        assert!(long.is_cut());
        assert_eq!((long.pieces, long.ids.len()), (100, CONTEXT));
        assert_eq!((long.ids[75], long.ids[76]), (2368, 49_407));
        assert!(!tokenizer.encode(&"cat ".repeat(75)).is_cut());
        // A single word can have that many pieces.
        assert!(tokenizer.encode(&"q".repeat(9000)).is_cut());
    }
}
