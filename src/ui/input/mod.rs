//! Keys and names: every action in one table, and how typing finds it; when the window receives what the pointer does.

pub(super) mod action;
pub(super) mod command;
mod draw;
pub(super) mod fuzzy;
mod keyframes;
pub(super) mod keys;
pub(super) mod pointer;
