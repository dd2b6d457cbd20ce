//! The studio window: draws the state and sends commands.
//!
//! Must not change the state, wait for anything, or know how a command is carried out.

mod frame_log;
mod keys;
mod panels;
mod textures;
mod theme;
mod tokens;
mod view;
mod widgets;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, CentralPanel, Panel, ViewportBuilder};

use crate::app::{Command, Parts, Studio, StudioLoop};
use crate::engine::Wake;
use crate::engine::priority::keep_work_here;
use crate::error::StudioError;
use frame_log::FrameLog;
use textures::Textures;
use view::View;

/// Opens the window and returns when it is closed; `files` are opened as pictures.
///
/// # Errors
/// [`StudioError`] when there is no screen, or the system lacks something that the window needs.
pub fn open(files: Vec<PathBuf>) -> Result<(), StudioError> {
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("Kinora")
            .with_app_id("kinora")
            .with_icon(egui::IconData::default())
            .with_inner_size(tokens::WINDOW)
            .with_min_inner_size(tokens::WINDOW_MIN),
        renderer: eframe::Renderer::Wgpu,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(|cc| {
        keep_work_here();
        let parts = Parts::of_system(wake(&cc.egui_ctx))?;
        Ok(Box::new(StudioWindow::new(&cc.egui_ctx, parts, files)?))
    });
    eframe::run_native("kinora", options, create).map_err(refusal)
}

/// Wakes the window from another thread.
#[must_use]
pub fn wake(ctx: &egui::Context) -> Wake {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint())
}

/// Why there is no window; the studio's own reasons as they are.
fn refusal(error: eframe::Error) -> StudioError {
    let reason = match error {
        eframe::Error::AppCreation(error) => match error.downcast::<StudioError>() {
            Ok(error) => return *error,
            Err(error) => error.to_string(),
        },
        error => error.to_string(),
    };
    StudioError::NoWindow {
        reason: without_source(&reason),
    }
}

/// The words behind the place in the window library's own source, on one line.
fn without_source(reason: &str) -> String {
    let words = reason.rsplit_once(".rs:").map_or(reason, |(_, place)| {
        place.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':')
    });
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

/// The window.
pub struct StudioWindow {
    studio: StudioLoop,
    textures: Textures,
    frame_log: FrameLog,
}

impl StudioWindow {
    /// A window on a new studio.
    ///
    /// # Errors
    /// As [`StudioLoop::start`].
    pub fn new(
        ctx: &egui::Context,
        parts: Parts,
        files: Vec<PathBuf>,
    ) -> Result<Self, StudioError> {
        theme::apply(ctx);
        Ok(Self {
            studio: StudioLoop::start(parts, files)?,
            textures: Textures::default(),
            frame_log: FrameLog::of_environment(),
        })
    }

    /// What it shows.
    #[must_use]
    pub fn studio(&self) -> &Studio {
        self.studio.studio()
    }
}

impl eframe::App for StudioWindow {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let before = frame.info().cpu_usage;
        self.frame_log.frame(before, self.studio.studio());
        let now = ctx.input(|input| input.time);
        self.studio.turn(Duration::from_secs_f64(now.max(0.0)));
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        // egui may draw a pass twice and throws the first one away; so do we.
        self.studio.commands().clear();
        self.textures.begin_pass();
        let view = View {
            studio: self.studio.studio(),
            commands: self.studio.commands(),
            textures: &self.textures,
        };
        keys::read(ui.ctx(), view);
        show(ui, view);
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        if !dropped.is_empty() {
            let paths = dropped.iter().map(|file| file.path().to_owned()).collect();
            view.send(Command::OpenPictures(paths));
        }
        if !view.commands.is_empty() {
            ui.ctx().request_repaint();
        } else if let Some(wait) = view.studio.next_change() {
            ui.ctx().request_repaint_after(wait);
        }
    }
}

fn show(ui: &mut egui::Ui, view: View<'_>) {
    let plain = |fill| egui::Frame::NONE.fill(fill);
    Panel::top("top bar")
        .exact_size(tokens::TOP_BAR)
        .resizable(false)
        .frame(plain(tokens::PANEL).inner_margin(egui::Margin::symmetric(16, 0)))
        .show(ui, |ui| panels::top_bar(ui, view));
    Panel::bottom("timeline")
        .exact_size(tokens::TIMELINE)
        .resizable(false)
        .frame(plain(tokens::PANEL).inner_margin(egui::Margin::symmetric(16, 12)))
        .show(ui, |ui| panels::timeline(ui, view));
    Panel::left("shelf")
        .exact_size(tokens::SHELF)
        .resizable(false)
        .frame(plain(tokens::PANEL))
        .show(ui, |ui| panels::shelf(ui, view));
    Panel::right("direction")
        .exact_size(tokens::DIRECTION)
        .resizable(false)
        .frame(plain(tokens::PANEL))
        .show(ui, |ui| panels::direction(ui, view));
    CentralPanel::default()
        .frame(plain(tokens::GROUND))
        .show(ui, |ui| panels::stage(ui, view));
}
