//! The regions of the window. Each reads the state and sends commands.

mod camera;
mod crop_window;
mod curves;
mod direction;
mod drop_zone;
mod empty_stage;
mod export;
mod ghost;
mod models;
mod notices;
mod pad;
mod palette;
mod progress_card;
mod quit;
mod screen;
mod settings;
mod shelf;
mod shortcuts;
mod stage;
mod still;
mod take_bar;
mod takes;
mod timeline;
mod top_bar;

pub(super) use direction::direction;
pub(super) use export::export;
pub(super) use ghost::ask as ask_for_ghost;
pub(super) use models::models;
pub(super) use palette::palette;
pub(super) use quit::quit;
pub(super) use settings::settings;
pub(super) use shelf::shelf;
pub(super) use shortcuts::shortcuts;
pub(super) use stage::stage;
pub(super) use timeline::timeline;
pub(super) use top_bar::top_bar;
