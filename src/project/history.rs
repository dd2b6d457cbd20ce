//! Undo and redo: earlier documents, each with the label of the edit that follows it.
//!
//! Whole documents are stored, so no edit needs an inverse, which could be wrong. What is not in the
//! document (pictures, takes, the view) is unaffected.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::document::Document;

/// Maximum number of edits that can be undone; a document is a few hundred bytes.
const MOST_ENTRIES: usize = 200;
/// Maximum time between repetitions of an edit that count as one if no key or pointer was pressed in between:
/// a repeating key, typing, scrolling.
const SAME_EDIT: Duration = Duration::from_millis(1000);

/// Label of selecting another picture.
pub(crate) const CHOOSE_PICTURE: &str = "choose picture";

/// Label of removing a take from the shelf.
pub(crate) const REMOVE_TAKE: &str = "remove take";

/// An edit: its label in "Undo …", and how it merges with the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The label, imperative and in lower case: "change motion".
    pub label: &'static str,
    /// Whether it merges with the next one while a control is dragged.
    pub merges: bool,
}

impl Edit {
    /// An edit that is complete at once.
    #[must_use]
    pub const fn once(label: &'static str) -> Self {
        Self {
            label,
            merges: false,
        }
    }

    /// An edit that is repeated while dragging.
    #[must_use]
    pub const fn dragged(label: &'static str) -> Self {
        Self {
            label,
            merges: true,
        }
    }
}

/// A step back or forward.
#[derive(Debug)]
struct Entry {
    label: &'static str,
    document: Arc<Document>,
}

/// The edit that the next one may merge with.
#[derive(Clone, Copy, Debug)]
struct Open {
    label: &'static str,
    last: Duration,
}

/// All documents that undo and redo can return to.
#[derive(Debug, Default)]
pub struct History {
    past: VecDeque<Entry>,
    future: Vec<Entry>,
    present: Arc<Document>,
    open: Option<Open>,
    /// A pointer is down: everything that it drags is one edit, however slowly.
    dragging: bool,
}

impl History {
    /// The label of the edit that undo would revert.
    #[must_use]
    pub fn undo_label(&self) -> Option<&'static str> {
        self.past.back().map(|entry| entry.label)
    }

    /// The label of the edit that redo would repeat.
    #[must_use]
    pub fn redo_label(&self) -> Option<&'static str> {
        self.future.last().map(|entry| entry.label)
    }

    /// The current document, to be saved.
    #[must_use]
    pub fn present(&self) -> &Arc<Document> {
        &self.present
    }

    /// Starts a new history; undo ends at `document`.
    pub(crate) fn begin(&mut self, document: &Document) {
        *self = Self {
            present: Arc::new(document.clone()),
            ..Self::default()
        };
    }

    /// A pointer was pressed or released.
    pub(crate) fn set_dragging(&mut self, dragging: bool) {
        self.dragging = dragging;
        self.open = None;
    }

    /// The next change is a new edit, unless a pointer is dragging.
    pub(crate) fn start_new_edit(&mut self) {
        if !self.dragging {
            self.open = None;
        }
    }

    /// Records a document that may have changed; returns whether it has.
    ///
    /// `edit` describes the change; without one it is not an edit of the user's, and undo does not stop
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
                open.label == edit.label && (self.dragging || near)
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

    /// Undoes one edit; `None` if there is none.
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

    /// Redoes one edit; `None` if there is none.
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
        history.set_dragging(true);
        history.record(&with_motion(1.0), Some(DRAG), ms(0));
        // The pointer pauses, then drags on.
        history.record(&with_motion(2.0), Some(DRAG), ms(9000));
        history.set_dragging(false);
        history.set_dragging(true);
        history.record(&with_motion(3.0), Some(DRAG), ms(9100));
        history.set_dragging(false);
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
