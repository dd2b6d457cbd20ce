//! The studio window: draws the state and sends commands.
//!
//! Must not change the state, wait for anything, or know how a command is carried out.

mod action;
mod canvas;
mod frame_log;
mod fuzzy;
pub mod ghost;
mod keys;
mod leaving;
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

use crate::app::window::{Overlay, Part, WindowCommand};
use crate::app::{Command, Parts, Studio, StudioLoop, window_left};
use crate::engine::Wake;
use crate::engine::priority::keep_work_here;
use crate::error::StudioError;
use frame_log::FrameLog;
use ghost::GhostPainter;
use textures::Textures;
use tokens::Themed as _;
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
            .with_inner_size(window_left().unwrap_or(tokens::WINDOW))
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
    /// Built when the window first draws: the device is the window's.
    ghosts: Option<GhostPainter>,
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
            ghosts: None,
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

    fn on_exit(&mut self) {
        self.studio.close();
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        // egui may draw a pass twice and throws the first one away; so do we.
        self.studio.commands().clear();
        self.textures.draw_on(frame.wgpu_render_state());
        self.textures.begin_pass();
        let state = frame.wgpu_render_state();
        let ghosts = self.ghosts.get_or_insert_with(|| GhostPainter::new(state));
        let view = View {
            studio: self.studio.studio(),
            commands: self.studio.commands(),
            textures: &self.textures,
            ghosts,
        };
        theme::follow(ui.ctx(), &view.studio.preferences);
        keys::read(ui.ctx(), view);
        held(ui.ctx(), view);
        leaving::watch(ui.ctx(), view);
        leaving::measure(ui.ctx(), view);
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

/// What a pointer drags is one edit.
fn held(ctx: &egui::Context, view: View<'_>) {
    let (down, up) = ctx.input(|input| (input.pointer.any_pressed(), input.pointer.any_released()));
    if down || up {
        view.send(Command::Window(WindowCommand::Hold(down)));
    }
}

fn show(ui: &mut egui::Ui, view: View<'_>) {
    let (panel, ground) = (ui.colours().panel, ui.colours().ground);
    // One fill for all panels and one for the stage, of the kind that costs next to nothing.
    let whole = ui.max_rect();
    ui.painter().add(view.textures.fill(whole, panel));
    let plain = egui::Frame::NONE;
    Panel::top("top bar")
        .exact_size(tokens::TOP_BAR)
        .resizable(false)
        .frame(plain.inner_margin(egui::Margin::symmetric(16, 0)))
        .show(ui, |ui| panels::top_bar(ui, view));
    let below = plain.inner_margin(egui::Margin::symmetric(16, 12));
    fold(ui, view, Part::Timeline, below, panels::timeline);
    fold(ui, view, Part::Shelf, plain, panels::shelf);
    fold(ui, view, Part::Direction, plain, panels::direction);
    CentralPanel::default().frame(plain).show(ui, |ui| {
        let ground = view.textures.fill(ui.max_rect(), ground);
        ui.painter().add(ground);
        panels::stage(ui, view);
    });
    match view.studio.session.overlay {
        Some(Overlay::Palette) => panels::palette(ui.ctx(), view),
        Some(Overlay::Shortcuts) => panels::shortcuts(ui.ctx(), view),
        Some(Overlay::Settings) => panels::settings(ui.ctx(), view),
        Some(Overlay::Models) => panels::models(ui.ctx(), view),
        Some(Overlay::Export) => panels::export(ui.ctx(), view),
        Some(Overlay::Quit) => panels::quit(ui.ctx(), view),
        None => {}
    }
}

/// A panel that folds, and keeps the size that its edge is dragged to.
fn fold(
    ui: &mut egui::Ui,
    view: View<'_>,
    part: Part,
    frame: egui::Frame,
    contents: impl FnOnce(&mut egui::Ui, View<'_>),
) {
    let pane = view.studio.session.layout.of(part);
    if pane.folded {
        return;
    }
    let (panel, range) = match part {
        Part::Timeline => (Panel::bottom("timeline"), tokens::TIMELINE),
        Part::Shelf => (Panel::left("shelf"), tokens::SHELF),
        Part::Direction => (Panel::right("direction"), tokens::DIRECTION),
    };
    let shown = panel
        .resizable(true)
        .default_size(pane.size)
        .size_range(range)
        .frame(frame)
        .show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            contents(ui, view);
        });
    let size = match part {
        Part::Timeline => shown.response.rect.height(),
        Part::Shelf | Part::Direction => shown.response.rect.width(),
    };
    if (size - pane.size).abs() >= 1.0 {
        view.send(Command::Window(WindowCommand::Resize(part, size)));
    }
}
