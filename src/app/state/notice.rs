//! Messages to the artist: what happened, and in the words of the error why.
//!
//! The sentences about errors are the errors' own ([`crate::error::Hinted::in_window`]); only the title above them is
//! worded in this room.

use std::fmt;
use std::time::Duration;

use crate::app::command::Command;
use crate::app::command::window::NoticeId;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good or neutral; leaves by itself.
    Info,
    /// Something to know; stays until dismissed.
    Warning,
    /// An error; stays until dismissed.
    Error,
}

/// Something to do about a message.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeAction {
    /// Words on a button.
    pub words: String,
    /// What the button asks for.
    pub command: Command,
}

/// A message to the artist.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its name.
    pub id: NoticeId,
    /// How much it matters.
    pub severity: Severity,
    /// What happened, in a few words.
    pub title: String,
    /// Why, or what exactly, in one sentence.
    pub detail: String,
    /// What to do about it, the most promising first.
    pub actions: Vec<NoticeAction>,
    /// When it leaves by itself, in time since the start.
    pub leaves_at: Option<Duration>,
}

/// Words that begin with a small letter, as a sentence of their own.
pub(crate) fn sentence(words: &impl fmt::Display) -> String {
    let words = words.to_string();
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
