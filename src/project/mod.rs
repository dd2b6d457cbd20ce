//! A project without a window: the document that can be undone, takes and pictures on disk, the film made from them.
//!
//! The folder's format is [`mod@file`]; [`store`] reads and writes it; `recovery` adds what an interrupted run left
//! behind.

pub(crate) mod animatic;
pub mod direction;
pub mod document;
pub mod file;
pub mod from_recipe;
pub mod history;
pub mod ids;
pub mod preset;
mod recovery;
pub mod render;
pub mod sequence;
pub mod store;
pub mod take_request;
pub mod timing;
