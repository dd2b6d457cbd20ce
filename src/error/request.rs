//! Requests that are impossible.

/// A request that cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A word that is not among the choices.
    #[error("{field} must be {choices}, not \"{word}\"")]
    UnknownWord {
        /// The field, as the command line spells it.
        field: &'static str,
        /// The valid words.
        choices: &'static str,
        /// The given value.
        word: String,
    },
    /// A number outside its range.
    #[error("{field} must be {rule}, not {value}")]
    OutOfRange {
        /// The field, as the command line spells it.
        field: &'static str,
        /// The allowed values.
        rule: String,
        /// The given value.
        value: String,
    },
    /// A setting that the model does not use.
    #[error("the model does not use {field}; leave it out, or choose a model that does")]
    NotRead {
        /// The field, as the command line spells it.
        field: &'static str,
    },
    /// A prompt that is too long.
    #[error("the prompt has {bytes} bytes; shorten it to at most {most} bytes")]
    LongPrompt {
        /// Its length in bytes of UTF-8.
        bytes: usize,
        /// The largest length.
        most: usize,
    },
    /// A prompt with control characters.
    #[error("the prompt contains the control character U+{code:04X}; remove it")]
    ControlInPrompt {
        /// The character's code point.
        code: u32,
    },
    /// A generation without the picture that the model starts from.
    #[error("the model makes clips from a picture, but no picture was given; choose one")]
    NeedsPicture,
    /// A generation without the words that the model reads.
    #[error("the model makes pictures from words, but no words were given; write a prompt")]
    NeedsPrompt,
    /// A clip without the words that the model reads.
    #[error("the model makes clips from words, but no words were given; write a prompt")]
    NeedsWords,
    /// A picture for a model that makes clips from words alone.
    #[error("the model {model} makes clips from words and does not use a picture")]
    TakesNoPicture {
        /// The model's name.
        model: String,
    },
    /// A single picture from a model that makes clips.
    #[error("the model {model} makes clips from words, not single pictures")]
    MakesClips {
        /// The model's name.
        model: String,
    },
    /// A clip from a model that makes single pictures.
    #[error("the model {model} makes single pictures from words, not clips from a picture")]
    MakesPictures {
        /// The model's name.
        model: String,
    },
    /// A prompt for a model without a text encoder.
    #[error("the model {model} does not use a prompt")]
    NoPrompt {
        /// The model's name.
        model: String,
    },
}
