//! Undo and redo: earlier documents, each with the name of the edit that left it.
//!
//! Whole documents are kept, so no edit needs an inverse that could be wrong. What is not in the
//! document (pictures, takes, where the artist looks) is untouched by it. Must not know what an
//! edit was about.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::document::Document;

/// Edits that can be undone; a document is a few hundred bytes.
const MOST_ENTRIES: usize = 200;
/// Equal edits at most this far apart are one, where no key or pointer went down between them: a
/// key that repeats, a word being typed, a wheel that turns.
const SAME_EDIT: Duration = Duration::from_millis(1000);

/// The edit that puts another picture to work.
pub(crate) const CHOOSE_PICTURE: &str = "choose picture";

/// The edit that takes a take off the shelf.
pub(crate) const REMOVE_TAKE: &str = "remove take";

/// An edit, as it is told apart from others and named in "Undo …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What it did, in the imperative and in lower case: "change motion".
    pub label: &'static str,
    /// Whether it goes on as long as a control is held, as a slider's.
    pub merges: bool,
}

impl Edit {
    /// An edit that is done at once.
    #[must_use]
    pub const fn once(label: &'static str) -> Self {
        Self {
            label,
            merges: false,
        }
    }

    /// An edit that a drag repeats many times.
    #[must_use]
    pub const fn dragged(label: &'static str) -> Self {
        Self {
            label,
            merges: true,
        }
    }
}

/// A step back or forth.
#[derive(Debug)]
struct Entry {
    label: &'static str,
    document: Arc<Document>,
}

/// The edit that may still go on.
#[derive(Clone, Copy, Debug)]
struct Open {
    label: &'static str,
    last: Duration,
}

/// All documents that can be gone back or forth to.
#[derive(Debug, Default)]
pub struct History {
    past: VecDeque<Entry>,
    future: Vec<Entry>,
    present: Arc<Document>,
    open: Option<Open>,
    /// A pointer is down: what it drags is one edit, however long it rests.
    held: bool,
}

impl History {
    /// What "Undo" would take back.
    #[must_use]
    pub fn undo_label(&self) -> Option<&'static str> {
        self.past.back().map(|entry| entry.label)
    }

    /// What "Redo" would do again.
    #[must_use]
    pub fn redo_label(&self) -> Option<&'static str> {
        self.future.last().map(|entry| entry.label)
    }

    /// The document after the last edit, to be handed to whoever saves it.
    #[must_use]
    pub fn present(&self) -> &Arc<Document> {
        &self.present
    }

    /// Begins anew: `document` is where undo ends.
    pub(crate) fn begin(&mut self, document: &Document) {
        *self = Self {
            present: Arc::new(document.clone()),
            ..Self::default()
        };
    }

    /// A pointer went down or came up.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
        self.open = None;
    }

    /// What comes is an edit of its own, unless a pointer drags it on.
    pub(crate) fn part(&mut self) {
        if !self.held {
            self.open = None;
        }
    }

    /// Records a document that may have changed; says whether it has.
    ///
    /// `edit` names the change; without one it is no edit of the artist, and undo does not stop
    /// there.
    pub(crate) fn record(
        &mut self,
        document: &Document,
        edit: Option<Edit>,
        now: Duration,
    ) -> bool {
        if *document == *self.present {
            return false;
        }
        let before = std::mem::replace(&mut self.present, Arc::new(document.clone()));
        let Some(edit) = edit else {
            return true;
        };
        self.future.clear();
        let goes_on = edit.merges
            && self.open.is_some_and(|open| {
                let near = now.saturating_sub(open.last) <= SAME_EDIT;
                open.label == edit.label && (self.held || near)
            });
        if !goes_on {
            self.past.push_back(Entry {
                label: edit.label,
                document: before,
            });
            if self.past.len() > MOST_ENTRIES {
                self.past.pop_front();
            }
        }
        self.open = edit.merges.then_some(Open {
            label: edit.label,
            last: now,
        });
        true
    }

    /// Goes one edit back; `None` at the beginning.
    pub(crate) fn undo(&mut self) -> Option<Arc<Document>> {
        let entry = self.past.pop_back()?;
        let after = std::mem::replace(&mut self.present, entry.document);
        self.future.push(Entry {
            label: entry.label,
            document: after,
        });
        self.open = None;
        Some(Arc::clone(&self.present))
    }

    /// Goes one edit forth again; `None` at the end.
    pub(crate) fn redo(&mut self) -> Option<Arc<Document>> {
        let entry = self.future.pop()?;
        let before = std::mem::replace(&mut self.present, entry.document);
        self.past.push_back(Entry {
            label: entry.label,
            document: before,
        });
        self.open = None;
        Some(Arc::clone(&self.present))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAG: Edit = Edit::dragged("change motion");

    fn with_motion(motion: f32) -> Document {
        let mut document = Document::default();
        document.direction.draft.motion_bucket = Some(motion);
        document
    }

    #[test]
    fn a_drag_is_one_edit_and_the_next_drag_another() {
        let mut history = History::default();
        let ms = Duration::from_millis;
        history.hold(true);
        history.record(&with_motion(1.0), Some(DRAG), ms(0));
        // The hand rests, then drags on.
        history.record(&with_motion(2.0), Some(DRAG), ms(9000));
        history.hold(false);
        history.hold(true);
        history.record(&with_motion(3.0), Some(DRAG), ms(9100));
        history.hold(false);
        assert_eq!(history.undo().as_deref(), Some(&with_motion(2.0)));
        assert_eq!(history.undo().as_deref(), Some(&Document::default()));
        assert!(history.undo().is_none());
        assert_eq!(history.redo().as_deref(), Some(&with_motion(2.0)));
        assert_eq!(history.redo_label(), Some(DRAG.label));
    }

    #[test]
    fn a_new_edit_forgets_what_was_undone_and_the_oldest_leave() {
        let mut history = History::default();
        for index in 0..=MOST_ENTRIES {
            let edit = Some(Edit::once("edit"));
            history.record(&with_motion(1.0 + index as f32), edit, Duration::ZERO);
        }
        let mut steps = 0;
        let mut first = None;
        while let Some(document) = history.undo() {
            first = Some(document);
            steps += 1;
        }
        assert_eq!(steps, MOST_ENTRIES);
        assert_eq!(first.as_deref(), Some(&with_motion(1.0)));
        history.record(&with_motion(-1.0), Some(Edit::once("edit")), Duration::ZERO);
        assert!(history.redo().is_none());
    }
}
