//! Command lines that cannot be understood.

use std::path::PathBuf;

/// A command line that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// The first word is neither a command nor a file.
    #[error(
        "there is no command or file named {word}; {}",
        match .meant {
            Some(command) => format!("did you mean {command}?"),
            None => "see kinora --help".to_owned(),
        }
    )]
    NoCommandOrFile {
        /// The word.
        word: String,
        /// The command that it resembles, if any.
        meant: Option<String>,
    },
    /// A file that does not contain prompts.
    #[error("cannot read the prompts ({reason}); give a JSON list of strings: {path}")]
    Prompts {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
}
