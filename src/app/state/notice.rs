//! Notices: what happened and why.
//!
//! The sentence about an error comes from the error ([`crate::error::Hinted::in_window`]); this room only words
//! the titles.

use std::fmt;
use std::time::Duration;

use crate::app::command::Command;
use crate::app::command::window::NoticeId;

/// The importance of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Success or information; disappears by itself.
    Info,
    /// A warning; stays until dismissed.
    Warning,
    /// An error; stays until dismissed.
    Error,
}

/// A button of a notice.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeAction {
    /// The label.
    pub words: String,
    /// The command that it sends.
    pub command: Command,
}

/// A message to the user.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its ID.
    pub id: NoticeId,
    /// Its importance.
    pub severity: Severity,
    /// What happened, in a few words.
    pub title: String,
    /// Why, or what exactly, in one sentence.
    pub detail: String,
    /// Buttons, the most promising first.
    pub actions: Vec<NoticeAction>,
    /// When it disappears by itself, as time since the start of the studio.
    pub leaves_at: Option<Duration>,
}

/// Capitalises words and adds a full stop.
pub(crate) fn sentence(words: &impl fmt::Display) -> String {
    let words = words.to_string();
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
