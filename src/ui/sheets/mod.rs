//! The sheets over the panels, one at a time. Each reads the state and sends commands.

mod export;
mod models;
mod palette;
mod quit;
mod settings;
mod shortcuts;

pub(super) use export::export;
pub(super) use models::models;
pub(super) use palette::palette;
pub(super) use quit::quit;
pub(super) use settings::settings;
pub(super) use shortcuts::shortcuts;
