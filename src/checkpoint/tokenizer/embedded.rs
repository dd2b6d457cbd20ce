//! The vocabulary that is part of the program, for models in single files.

use std::collections::HashMap;

use super::added::AddedToken;
use super::bytes;
use super::vocabulary::{Vocabulary, WORD_END};
use super::{Padding, Tokenizer};

/// The merges of OpenAI's CLIP, which OpenCLIP shares (MIT, `assets/tokenizer/LICENSE`).
const MERGES: &str = include_str!("../../../assets/tokenizer/merges.txt");

pub(super) const START: &str = "<|startoftext|>";
pub(super) const END: &str = "<|endoftext|>";

impl Tokenizer {
    /// The vocabulary that is part of the program, with this padding.
    #[must_use]
    pub fn embedded(padding: Padding) -> Self {
        let characters = bytes::characters();
        let alone = || bytes::in_order().map(|byte| characters[usize::from(byte)].to_string());
        let merges = || MERGES.lines().filter_map(|line| line.split_once(' '));
        let tokens = alone()
            .chain(alone().map(|token| token + WORD_END))
            .chain(merges().map(|(left, right)| format!("{left}{right}")))
            .chain([START, END].map(str::to_owned));
        let ids: HashMap<String, u32> = tokens.zip(0..).collect();
        let [start, end] = [START, END].map(|token| ids.get(token).copied().unwrap_or_default());
        let vocabulary = match Vocabulary::new(&ids, merges(), end) {
            Ok(vocabulary) => vocabulary,
            Err(reason) => unreachable!("the vocabulary is part of the program: {reason}"),
        };
        let marks = [(START, start), (END, end)];
        let padded = (padding == Padding::Zero).then_some(("!", 0));
        let added = marks
            .into_iter()
            .chain(padded)
            .map(|(content, id)| AddedToken {
                content: content.to_owned(),
                id,
            });
        Self {
            vocabulary,
            raw: added.collect(),
            normalised: Vec::new(),
            start,
            end,
            pad: match padding {
                Padding::End => end,
                Padding::Zero => 0,
            },
        }
    }
}
