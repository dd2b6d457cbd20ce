//! Undo and redo, and recording edits.

use std::sync::Arc;

use super::save;
use super::stage::{put_on_stage, show_restored};
use crate::app::protocol::effect::Effect;
use crate::app::state::{ModelState, Shown, Studio};
use crate::project::document::Document;
use crate::project::history::{CHOOSE_PICTURE, Edit, REMOVE_TAKE};

/// Records the change that a command or an event made to the document, if any.
pub(super) fn record(studio: &mut Studio, edit: Option<Edit>) {
    let now = studio.runtime.now;
    if studio.history.record(&studio.project.document, edit, now) {
        save::touch(studio);
    }
}

pub(super) fn undo(studio: &mut Studio) -> Vec<Effect> {
    let label = studio.history.undo_label();
    let document = studio.history.undo();
    go_to(studio, label, document)
}

pub(super) fn redo(studio: &mut Studio) -> Vec<Effect> {
    let label = studio.history.redo_label();
    let document = studio.history.redo();
    go_to(studio, label, document)
}

fn go_to(studio: &mut Studio, label: Option<&str>, document: Option<Arc<Document>>) -> Vec<Effect> {
    let Some(document) = document else {
        return Vec::new();
    };
    let before = std::mem::replace(&mut studio.project.document, (*document).clone());
    let queue = &mut studio.runtime.queue;
    let parked = queue.editing.as_ref().map(|edit| &edit.direction);
    // The edit of a waiting take has been undone entirely, so it is over.
    if parked == Some(&studio.project.document.direction) {
        queue.editing = None;
    }
    save::touch(studio);
    repair_view(studio, label == Some(CHOOSE_PICTURE));
    let hidden = &studio.project.document.hidden_takes;
    let back = before.hidden_takes.difference(hidden).next().copied();
    if let Some(back) = back.filter(|_| label == Some(REMOVE_TAKE)) {
        show_restored(studio, back);
    }
    update_dependents(studio, &before)
}

/// Keeps the view consistent with the document: the selected picture, no removed take, no empty sequence.
fn repair_view(studio: &mut Studio, picture: bool) {
    let document = &studio.project.document;
    let gone = match studio.session.shown {
        Shown::Take(take) => document.hidden_takes.contains(&take),
        Shown::Sequence => document.sequence.is_empty(),
        Shown::Picture | Shown::Job(_) => false,
    };
    let compared = studio.session.compare;
    if compared.is_some_and(|compare| document.hidden_takes.contains(&compare.other)) {
        studio.session.compare = None;
    }
    if picture || gone {
        put_on_stage(studio, Shown::Picture, false);
    }
}

/// Updates everything that depends on the document; `before` is the previous document.
pub(super) fn update_dependents(studio: &mut Studio, before: &Document) -> Vec<Effect> {
    let model = &studio.project.document.direction.model;
    if *model == before.direction.model {
        return Vec::new();
    }
    studio.runtime.model = ModelState::Opening;
    vec![Effect::InspectModel(model.clone())]
}
