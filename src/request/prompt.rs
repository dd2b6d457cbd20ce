//! Prompts, and which are accepted.

use crate::error::RequestError;

/// A prompt for a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// What it should show.
    pub text: String,
    /// What it should not show; used with guidance only.
    pub negative: String,
}

impl Prompt {
    /// Checks both texts.
    ///
    /// # Errors
    /// As [`check_prompt`].
    pub fn check(&self) -> Result<(), RequestError> {
        check_prompt(&self.text)?;
        check_prompt(&self.negative)
    }
}

/// Longest prompt, in bytes of UTF-8. Models read 75 tokens; this is a hundred times more.
const MOST_BYTES: usize = 10_000;

/// Checks that a prompt is text of a reasonable length. White space of any kind is text.
///
/// # Errors
/// [`RequestError::LongPrompt`] or [`RequestError::ControlInPrompt`].
pub fn check_prompt(prompt: &str) -> Result<(), RequestError> {
    let bytes = prompt.len();
    if bytes > MOST_BYTES {
        return Err(RequestError::LongPrompt {
            bytes,
            most: MOST_BYTES,
        });
    }
    let mut characters = prompt.chars();
    match characters.find(|character| character.is_control() && !character.is_whitespace()) {
        None => Ok(()),
        Some(control) => Err(RequestError::ControlInPrompt {
            code: u32::from(control),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_novels_are_refused() {
        assert_eq!(check_prompt(""), Ok(()));
        assert_eq!(check_prompt("one\ntwo\tthree\u{a0}e\u{301}🦀"), Ok(()));
        assert_eq!(check_prompt(&"a".repeat(10_000)), Ok(()));
        let long = check_prompt(&"é".repeat(5_001)).unwrap_err();
        assert_eq!(
            long.to_string(),
            "the prompt has 10002 bytes; shorten it to at most 10000 bytes"
        );
        let bell = check_prompt("ding\u{7}").unwrap_err();
        assert_eq!(
            bell.to_string(),
            "the prompt contains the control character U+0007; remove it"
        );
        assert!(check_prompt("\u{0}").is_err() && check_prompt("\u{9b}").is_err());
    }
}
