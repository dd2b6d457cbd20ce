//! How many tokens a prompt has, and how much of it a model reads.

use crate::app::state::words::TokenCount;
use crate::checkpoint::tokenizer::{MOST_PIECES, Tokenizer};

/// Counts the tokens of a prompt.
#[must_use]
pub fn counted(tokenizer: &Tokenizer, prompt: &str) -> TokenCount {
    let tokens = tokenizer.encode(prompt).pieces;
    let read = if tokens <= MOST_PIECES {
        prompt.len()
    } else {
        read(tokenizer, prompt)
    };
    TokenCount {
        tokens,
        most: MOST_PIECES,
        read,
    }
}

/// The byte after the last word that is read in full; within the first word, if that alone is too long.
fn read(tokenizer: &Tokenizer, prompt: &str) -> usize {
    let ends = word_ends(prompt);
    let fits = |end: &usize| tokenizer.encode(&prompt[..*end]).pieces <= MOST_PIECES;
    let whole = ends.partition_point(fits);
    if let Some(last) = whole.checked_sub(1) {
        return ends[last];
    }
    let letters: Vec<usize> = prompt.char_indices().map(|(at, _)| at).collect();
    let some = letters.partition_point(fits);
    some.checked_sub(1).map_or(0, |last| letters[last])
}

/// The byte after each word.
fn word_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut inside = false;
    for (at, letter) in text.char_indices() {
        if inside && letter.is_whitespace() {
            ends.push(at);
        }
        inside = !letter.is_whitespace();
    }
    ends.extend(inside.then_some(text.len()));
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::tokenizer::Padding;

    #[test]
    fn what_is_cut_begins_after_the_last_word_that_is_read() {
        let tokenizer = Tokenizer::embedded(Padding::End);
        let short = counted(&tokenizer, "a photo of a cat");
        assert_eq!((short.tokens, short.read), (5, 16));
        assert_eq!(counted(&tokenizer, "").tokens, 0);
        let long = "cat ".repeat(100);
        let cut = counted(&tokenizer, &long);
        assert_eq!((cut.tokens, cut.most), (100, 75));
        assert_eq!(cut.read, 75 * 4 - 1, "after the 75th cat");
        // One word of many tokens is cut inside.
        let one = "q".repeat(9000);
        let cut = counted(&tokenizer, &one);
        assert!(cut.read > 0 && cut.read < one.len());
        assert!(tokenizer.encode(&one[..cut.read]).pieces <= 75);
    }
}
