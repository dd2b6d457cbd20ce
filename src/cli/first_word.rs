//! The first word: a command, or a file to open in the studio.
//!
//! Without this check a misspelt command would be taken for the name of a picture, and the error
//! would be about the window: that there is no display, or that the picture is missing.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory as _;

use super::arguments::Arguments;
use crate::error::ArgumentError;

/// Jaro–Winkler similarity, 0 to 1, from which a word counts as a misspelt command.
///
/// One letter dropped, doubled, replaced or swapped with its neighbour leaves 0.82 or more in every
/// command; the commands themselves resemble each other by 0.73 at most.
const SIMILAR: f64 = 0.8;

/// Checks the first of the process's arguments, where `words[0]` is the program itself.
///
/// # Errors
/// [`ArgumentError::NoCommandOrFile`] when it is not a command, a flag or a file.
pub(super) fn check(words: &[OsString]) -> Result<(), ArgumentError> {
    let Some(word) = words.get(1) else {
        return Ok(());
    };
    // A file without read permission is refused with its reason when it is opened.
    let is_absent = matches!(Path::new(word).try_exists(), Ok(false));
    if word.as_encoded_bytes().starts_with(b"-") || !is_absent {
        return Ok(());
    }
    let word = word.to_string_lossy();
    let mut program = Arguments::command();
    // Adds the command that clap itself provides: `help`.
    program.build();
    if program.find_subcommand(word.as_ref()).is_some() {
        return Ok(());
    }
    let visible = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(clap::Command::get_name);
    Err(ArgumentError::NoCommandOrFile {
        meant: meant(&word, visible),
        word: word.into_owned(),
    })
}

/// The command that `word` most resembles, if any is similar enough.
fn meant<'a>(word: &str, commands: impl Iterator<Item = &'a str>) -> Option<String> {
    // A file name that begins like a command, such as bench.jpg, is not a misspelling.
    if word.contains(['.', '/', '\\']) {
        return None;
    }
    let word = word.to_lowercase();
    commands
        .map(|command| (strsim::jaro_winkler(&word, command), command))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, command)| command.to_owned())
}
