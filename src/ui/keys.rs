//! Keys to commands, while no field or button has the keyboard.

use eframe::egui::{Context, Key, Modifiers};

use super::view::View;
use crate::app::Command;
use crate::engine::protocol::StopMode;

/// Frames that Shift jumps over.
const JUMP: isize = 5;

/// Sends a command for each key that was pressed.
pub(super) fn read(ctx: &Context, view: View<'_>) {
    let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::O) {
        view.send(Command::ChoosePictures);
    }
    if pressed(Modifiers::COMMAND, Key::E) {
        view.send(Command::Export);
    }
    // What has the focus answers to Enter, Space, Escape and the arrows itself.
    if ctx.memory(eframe::egui::Memory::focused).is_some() {
        return;
    }
    if pressed(Modifiers::NONE, Key::Enter) && view.studio.runtime.jobs.is_empty() {
        view.send(Command::Generate);
    }
    if pressed(Modifiers::NONE, Key::Space) {
        view.send(Command::PlayPause);
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        view.send(Command::Stop(StopMode::Keep));
    }
    let last = view
        .studio
        .footage()
        .map_or(0, |footage| footage.frames.len());
    for (modifiers, key, command) in [
        (Modifiers::SHIFT, Key::ArrowLeft, Command::Step(-JUMP)),
        (Modifiers::SHIFT, Key::ArrowRight, Command::Step(JUMP)),
        (Modifiers::NONE, Key::ArrowLeft, Command::Step(-1)),
        (Modifiers::NONE, Key::ArrowRight, Command::Step(1)),
        (Modifiers::NONE, Key::Home, Command::Seek(0)),
        (Modifiers::NONE, Key::End, Command::Seek(last)),
    ] {
        if pressed(modifiers, key) {
            view.send(command);
        }
    }
}
