//! `kinora inspect --tokens`: prompts as the token ids that a model reads.

use std::path::Path;

use serde_json::json;

use super::failure::Failure;
use crate::checkpoint::tokenizer::MOST_PIECES;
use crate::error::{ArgumentError, excerpt, os_reason};
use crate::library::Library;
use crate::request::check_prompt;

/// The largest file of prompts.
const MOST_BYTES: u64 = 64 << 20;

/// Prints one line for each prompt of a JSON list: with `json`, `{"ids":[…],"pieces":n}`; otherwise words.
pub(super) fn inspect_tokens(prompts: &Path, model: &str, json: bool) -> Result<(), Failure> {
    let prompts = read(prompts)?;
    for prompt in &prompts {
        check_prompt(prompt)?;
    }
    let tokenizer = Library::of_user().tokenizer(model);
    let tokenizer = tokenizer.map_err(Failure::failed)?;
    for (number, prompt) in prompts.iter().enumerate() {
        let tokens = tokenizer.encode(prompt);
        if json {
            println!("{}", json!({"ids": tokens.ids, "pieces": tokens.pieces}));
        } else {
            let ids = tokens.ids.iter().map(u32::to_string);
            println!(
                "{} of at most {MOST_PIECES} tokens; ids: {}",
                tokens.pieces,
                ids.collect::<Vec<_>>().join(" ")
            );
        }
        if tokens.is_cut() {
            let number = number + 1;
            let pieces = tokens.pieces;
            eprintln!(
                "warning: prompt {number} has {pieces} tokens, of which only the first {MOST_PIECES} are used"
            );
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<String>, Failure> {
    let unreadable = |reason: String| {
        Failure::bad_argument(ArgumentError::Prompts {
            reason: excerpt(reason),
            path: path.to_owned(),
        })
    };
    let length = std::fs::metadata(path).map_err(|error| unreadable(os_reason(&error)))?;
    if length.len() > MOST_BYTES {
        return Err(unreadable("the file is far too large".to_owned()));
    }
    let text = std::fs::read(path).map_err(|error| unreadable(os_reason(&error)))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}
