//! The regions of the window. Each reads the state and sends commands; the `Panel` enum in `app/command/window.rs` names those
//! that the user can hide.

mod direction;
mod notices;
mod queue;
mod shelf;
mod stage;
mod timeline;
mod top_bar;
mod words_row;

pub(super) use direction::direction;
pub(super) use notices::notices;
pub(super) use shelf::shelf;
pub(super) use stage::ghost::ask as ask_for_ghost;
pub(super) use stage::stage;
pub(super) use timeline::timeline;
pub(super) use top_bar::top_bar;
