//! The studio window: draws the state and sends commands.
//!
//! Must not change the state, wait for anything, or know how a command is carried out.

mod attention;
mod focus;
mod frame_log;
mod input;
mod leaving;
pub mod paint;
mod panels;
mod regions;
mod sheets;
mod style;
mod view;
mod widgets;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{self, Margin, ViewportBuilder};

use crate::app::command::window::{Overlay, Panel, WindowCommand};
use crate::app::{Command, Commands, Parts, Studio, StudioLoop, window_left};
use crate::engine::protocol::Wake;
use crate::error::StudioError;
use crate::system::priority::keep_work_on_this_thread;
use attention::Attention;
use frame_log::FrameLog;
use input::pointer::PointerQueue;
use paint::ghost::GhostPainter;
use paint::pace::Pace;
use paint::textures::Textures;
use regions::{Regions, edge, region};
use style::tokens::Themed as _;
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
            .with_inner_size(window_left().unwrap_or(style::tokens::WINDOW))
            .with_min_inner_size(style::tokens::WINDOW_MIN),
        renderer: eframe::Renderer::Wgpu,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(|cc| {
        keep_work_on_this_thread();
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

/// Why there is no window; the studio's own errors pass unchanged.
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

/// The message without its location in the window library's source, on one line.
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
    /// Built when the window first draws, because it needs the window's device.
    ghosts: Option<GhostPainter>,
    /// Known with the device, too.
    pace: Option<Pace>,
    frame_log: FrameLog,
    attention: Attention,
}

impl StudioWindow {
    /// Creates a window on a new studio.
    ///
    /// # Errors
    /// Fails as [`StudioLoop::start`] does.
    pub fn new(
        ctx: &egui::Context,
        parts: Parts,
        files: Vec<PathBuf>,
    ) -> Result<Self, StudioError> {
        style::theme::apply(ctx);
        ctx.add_plugin(PointerQueue::default());
        Ok(Self {
            studio: StudioLoop::start(parts, files)?,
            textures: Textures::default(),
            ghosts: None,
            pace: None,
            frame_log: FrameLog::of_environment(),
            attention: Attention::default(),
        })
    }

    /// The studio that the window shows.
    #[must_use]
    pub fn studio(&self) -> &Studio {
        self.studio.studio()
    }

    /// Where commands wait for the next turn, as those of keys and buttons do.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        self.studio.commands()
    }
}

impl eframe::App for StudioWindow {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let before = frame.info().cpu_usage;
        self.frame_log.frame(before, self.studio.studio());
        let now = ctx.input(|input| input.time);
        self.studio.turn(Duration::from_secs_f64(now.max(0.0)));
        self.attention.watch(ctx, self.studio.studio());
    }

    fn on_exit(&mut self) {
        self.studio.close();
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        // egui may draw a pass twice and discard the first; the commands of the first are discarded too.
        self.studio.commands().clear();
        self.textures.draw_on(frame.wgpu_render_state());
        let most = usize::from(self.studio.studio().preferences.ready) << 20;
        self.textures.begin_pass(most);
        let state = frame.wgpu_render_state();
        let ghosts = self.ghosts.get_or_insert_with(|| GhostPainter::new(state));
        let pace = self.pace.get_or_insert_with(|| Pace::new(state));
        pace.measure(ui);
        let view = View {
            studio: self.studio.studio(),
            commands: self.studio.commands(),
            textures: &self.textures,
            ghosts,
            rest: pace.rest(self.studio.studio().is_computing()),
        };
        style::theme::follow(ui.ctx(), &view.studio.preferences);
        held(ui.ctx(), view);
        focus::begin(ui.ctx(), view);
        input::keys::read(ui.ctx(), view);
        leaving::watch(ui.ctx(), view);
        leaving::measure(ui.ctx(), view);
        show(ui, view);
        focus::end(ui.ctx());
        let dropped = ui.input(|input| input.raw.dropped_files.clone());
        if !dropped.is_empty() {
            let paths = dropped.iter().map(|file| file.path().to_owned()).collect();
            view.send(Command::OpenPictures(paths));
        }
        if !view.commands.is_empty() {
            ui.ctx().request_repaint();
        } else if let Some(wait) = view.studio.next_change() {
            view.repaint_after(ui.ctx(), wait);
        }
    }
}

/// Groups everything that one pointer drag changes into one edit, and what one key changes until it is
/// released.
fn held(ctx: &egui::Context, view: View<'_>) {
    let (pressed, released, down) = ctx.input(|input| {
        let pointer = &input.pointer;
        (
            pointer.any_pressed(),
            pointer.any_released(),
            pointer.any_down(),
        )
    });
    if pressed || released {
        // A click may begin and end in one frame.
        view.send(Command::Window(WindowCommand::Dragging(down)));
    }
    if focus::begins_edit(ctx) {
        view.send(Command::Window(WindowCommand::NewEdit));
    }
}

fn show(ui: &mut egui::Ui, view: View<'_>) {
    let (panel, ground) = (ui.colours().panel, ui.colours().ground);
    // One fill for all panels and one for the stage; both are drawn by the canvas, which costs next to nothing.
    let room = ui.max_rect();
    ui.painter().add(view.textures.fill(room, panel));
    let regions = Regions::new(room, &view.studio.session.layout);
    let (none, bar) = (Margin::ZERO, Margin::symmetric(16, 0));
    region(ui, regions.bar, "Top bar", bar, |ui| {
        panels::top_bar(ui, view);
    });
    regions::line_below(ui, regions.bar);
    if let Some(rect) = regions.shelf {
        region(ui, rect, "Shelf", none, |ui| panels::shelf(ui, view));
        edge(ui, Panel::Shelf, rect, view);
    }
    region(ui, regions.stage, "Stage", none, |ui| {
        ui.painter().add(view.textures.fill(regions.stage, ground));
        panels::stage(ui, view);
    });
    if let Some(rect) = regions.direction {
        region(ui, rect, "Direction", none, |ui| {
            panels::direction(ui, view);
        });
        edge(ui, Panel::Direction, rect, view);
    }
    if let Some(rect) = regions.timeline {
        let below = Margin::symmetric(16, 12);
        region(ui, rect, "Timeline", below, |ui| panels::timeline(ui, view));
        edge(ui, Panel::Timeline, rect, view);
    }
    panels::notices(ui, regions.shelf, regions.stage, view);
    panels::ask_for_ghost(ui.ctx(), view);
    match view.studio.session.overlay {
        Some(Overlay::Palette) => sheets::palette(ui.ctx(), view),
        Some(Overlay::Shortcuts) => sheets::shortcuts(ui.ctx(), view),
        Some(Overlay::Settings) => sheets::settings(ui.ctx(), view),
        Some(Overlay::Models) => sheets::models(ui.ctx(), view),
        Some(Overlay::Words) => sheets::words(ui.ctx(), view),
        Some(Overlay::Export) => sheets::export(ui.ctx(), view),
        Some(Overlay::Quit) => sheets::quit(ui.ctx(), view),
        None => {}
    }
}
