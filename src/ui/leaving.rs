//! Closing the window, with a question only where something would be lost.

use egui::{Context, ViewportCommand};

use super::view::View;
use crate::app::Command;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::app::state::layout::Leaving;

/// Cancels closing where something would be lost, and closes the window once the artist has decided.
pub(super) fn watch(ctx: &Context, view: View<'_>) {
    let session = &view.studio.session;
    let busy = view.studio.is_at_work();
    let asked = ctx.input(|input| input.viewport().close_requested());
    match session.leaving {
        None if asked && view.studio.would_lose() => {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            if session.overlay != Some(Overlay::Quit) {
                view.send(Command::Window(WindowCommand::Show(Overlay::Quit)));
            }
        }
        Some(Leaving::Now) if !asked => ctx.send_viewport_cmd(ViewportCommand::Close),
        Some(Leaving::WhenIdle) if asked && busy => {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        }
        Some(Leaving::WhenIdle) if !asked && !busy => {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        None | Some(_) => {}
    }
}

/// Remembers how large the window is.
pub(super) fn measure(ctx: &Context, view: View<'_>) {
    let (inner, full) = ctx.input(|input| {
        let viewport = input.viewport();
        let full = viewport.maximized == Some(true) || viewport.fullscreen == Some(true);
        (viewport.inner_rect, full)
    });
    let Some(inner) = inner.filter(|_| !full) else {
        return;
    };
    let size = inner.size() * ctx.zoom_factor();
    let size = [size.x.round(), size.y.round()];
    if view.studio.session.layout.window != Some(size) {
        view.send(Command::Window(WindowCommand::Measured(size)));
    }
}
