//! Notices: what happened and why.
//!
//! The sentence about an error comes from the error ([`crate::error::Hinted::in_window`]); this room only words
//! the titles.

use std::fmt;
use std::time::Duration;

use crate::app::command::Command;
use crate::app::command::window::NoticeId;
use crate::error::capitalised;

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

/// A subject that several errors can share, which are then shown in one notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A file could not be opened.
    File,
    /// A picture of the project is missing.
    MissingPicture,
    /// A picture of the project has changed.
    ChangedPicture,
    /// A picture is too large to be copied into the project.
    LargePicture,
    /// A take of the project cannot be read.
    MissingTake,
    /// A preset cannot be read.
    Preset,
}

impl Topic {
    /// The title of a notice about `count` of them, at least two.
    #[must_use]
    pub fn title(self, count: usize) -> String {
        match self {
            Self::File => format!("Couldn't open {count} files"),
            Self::MissingPicture => format!("{count} pictures are missing"),
            Self::ChangedPicture => format!("{count} pictures have changed on disk"),
            Self::LargePicture => format!("{count} pictures were not copied into the project"),
            Self::MissingTake => format!("{count} takes are missing"),
            Self::Preset => format!("{count} presets could not be read"),
        }
    }
}

/// One entry of a notice.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeDetail {
    /// Why, or what exactly, in one sentence.
    pub words: String,
    /// Buttons, the most promising first.
    pub actions: Vec<NoticeAction>,
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
    /// Its subject, if other errors on the same subject are added to it.
    pub topic: Option<Topic>,
    /// Its entries, oldest first; never empty.
    pub details: Vec<NoticeDetail>,
    /// When it disappears by itself, as time since the start of the studio.
    pub leaves_at: Option<Duration>,
}

impl Notice {
    /// The first entry.
    #[must_use]
    pub fn detail(&self) -> &str {
        self.details.first().map_or("", |detail| &detail.words)
    }

    /// All buttons, oldest entry first.
    pub fn actions(&self) -> impl Iterator<Item = &NoticeAction> {
        self.details.iter().flat_map(|detail| &detail.actions)
    }

    /// All of its text, for screen readers.
    #[must_use]
    pub fn spoken(&self) -> String {
        let words: Vec<&str> = self.details.iter().map(|one| one.words.as_str()).collect();
        format!("{}: {}", self.title, words.join("; "))
    }
}

/// What a value says, with a capital first letter.
pub(crate) fn sentence(words: &impl fmt::Display) -> String {
    capitalised(&words.to_string())
}
