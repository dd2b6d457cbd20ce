//! Keys and names: every action in one table, and how typing finds it.

pub(super) mod action;
pub(super) mod command;
mod draw;
pub(super) mod fuzzy;
mod keyframes;
pub(super) mod keys;
