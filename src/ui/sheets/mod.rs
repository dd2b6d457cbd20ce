//! The sheets over the panels, one at a time. Each reads the state and sends commands.

mod candidates;
mod export;
mod models;
mod motion_modules;
mod palette;
mod quit;
mod settings;
mod shortcuts;
mod words;

pub(super) use export::export;
pub(super) use models::models;
pub(super) use palette::palette;
pub(super) use quit::quit;
pub(super) use settings::settings;
pub(super) use shortcuts::shortcuts;
pub(super) use words::words;
