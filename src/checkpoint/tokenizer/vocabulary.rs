//! A vocabulary: tokens by name, and the merges that produce them.

use std::collections::HashMap;

use super::bpe::{self, Merge};
use super::bytes;

/// Marks the end of a word.
pub(super) const WORD_END: &str = "</w>";

/// Tokens and merges.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    merges: HashMap<(u32, u32), Merge>,
    /// The token of each byte, within a word and at its end; the unknown token if there is none.
    bytes: Vec<[u32; 2]>,
}

impl Vocabulary {
    /// A vocabulary of these tokens and merges, in order of rank.
    ///
    /// # Errors
    /// The first merge whose parts or result are not tokens.
    pub(super) fn new<'a>(
        ids: &HashMap<String, u32>,
        merges: impl Iterator<Item = (&'a str, &'a str)>,
        unknown: u32,
    ) -> Result<Self, String> {
        let mut by_pair = HashMap::new();
        for (rank, (left, right)) in merges.enumerate() {
            let whole = format!("{left}{right}");
            let id = |token: &str| ids.get(token).copied();
            let (Some(a), Some(b), Some(token)) = (id(left), id(right), id(&whole)) else {
                return Err(format!(
                    "the merge \"{left} {right}\" needs a token that is missing"
                ));
            };
            // Of two merges of the same pair, the later one counts, as in `tokenizers`.
            by_pair.insert((a, b), Merge { rank, token });
        }
        let bytes = bytes::characters().map(|character| {
            let id = |token: String| ids.get(&token).copied().unwrap_or(unknown);
            [
                id(character.to_string()),
                id(format!("{character}{WORD_END}")),
            ]
        });
        Ok(Self {
            merges: by_pair,
            bytes: bytes.to_vec(),
        })
    }

    /// The largest id of any piece.
    pub(super) fn largest_id(&self) -> u32 {
        let merged = self.merges.values().map(|merge| merge.token);
        merged
            .chain(self.bytes.as_flattened().iter().copied())
            .max()
            .unwrap_or(0)
    }

    /// The tokens of a piece, which is not empty.
    pub(super) fn encode(&self, piece: &str) -> Vec<u32> {
        let last = piece.len().saturating_sub(1);
        let symbols = piece.bytes().enumerate().map(|(at, byte)| {
            let ends = usize::from(at == last);
            self.bytes[usize::from(byte)][ends]
        });
        bpe::merged(symbols.collect(), |pair| self.merges.get(&pair).copied())
    }
}
