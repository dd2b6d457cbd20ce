//! Undo and redo, and the one place that takes note of edits.

use std::sync::Arc;

use super::project;
use crate::app::document::Document;
use crate::app::effect::Effect;
use crate::app::history::Edit;
use crate::app::state::{ModelState, Studio};

/// Takes note of what a command or a fact did to the document, if it did anything.
pub(super) fn record(studio: &mut Studio, edit: Option<Edit>) {
    let now = studio.runtime.now;
    if studio.history.record(&studio.project.document, edit, now) {
        project::touch(studio);
    }
}

pub(super) fn undo(studio: &mut Studio) -> Vec<Effect> {
    let document = studio.history.undo();
    go_to(studio, document)
}

pub(super) fn redo(studio: &mut Studio) -> Vec<Effect> {
    let document = studio.history.redo();
    go_to(studio, document)
}

fn go_to(studio: &mut Studio, document: Option<Arc<Document>>) -> Vec<Effect> {
    let Some(document) = document else {
        return Vec::new();
    };
    let before = std::mem::replace(&mut studio.project.document, (*document).clone());
    let queue = &mut studio.runtime.queue;
    let parked = queue.editing.as_ref().map(|edit| &edit.direction);
    // Undone so far, the edit of a waiting take is over.
    if parked == Some(&studio.project.document.direction) {
        queue.editing = None;
    }
    project::touch(studio);
    follow(studio, &before)
}

/// Brings what follows from the document in line with it; `before` is what it was.
pub(super) fn follow(studio: &mut Studio, before: &Document) -> Vec<Effect> {
    let model = &studio.project.document.direction.model;
    if *model == before.direction.model {
        return Vec::new();
    }
    studio.runtime.model = ModelState::Opening;
    vec![Effect::InspectModel(model.clone())]
}
