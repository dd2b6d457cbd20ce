//! Turns key presses into commands, by the table of actions.

use egui::{Context, Event, Id, Key, KeyboardShortcut, Modifiers, Popup};

use super::action::Action;
use crate::app::Command;
use crate::app::command::window::{Overlay, WindowCommand};
use crate::ui::view::View;

/// Sends a command for each key that was pressed.
pub(in crate::ui) fn read(ctx: &Context, view: View<'_>) {
    let typing = ctx.text_edit_focused();
    let focused = ctx.memory(egui::Memory::focused).is_some();
    // Escape closes a menu, and arrows move through it.
    let menu = Popup::is_any_open(ctx);
    // egui has dropped the focus before Escape is read here: the key left a field, and is used up.
    let left_field = ctx.data_mut(|data| {
        let before = data.get_temp_mut_or_default::<bool>(Id::unique("typing before"));
        std::mem::replace(before, typing) && !typing
    });
    if view.studio.session.overlay.is_some()
        && !menu
        && pressed(
            ctx,
            KeyboardShortcut::new(Modifiers::NONE, Key::Escape),
            false,
        )
    {
        view.send(Command::Window(WindowCommand::Close));
    }
    // egui turns the key into the content of the clipboard; a worker reads the clipboard again.
    let pasted = ctx.input(|input| {
        let events = &mut input.events.iter();
        events.any(|event| matches!(event, Event::Paste(_) | Event::PasteImage(_)))
    });
    if pasted && !typing {
        view.send(Command::Paste);
    }
    // The sheet of an export does not stop playback, so its keys still work.
    let overlay = view.studio.session.overlay;
    let covered = overlay.is_some_and(|overlay| overlay != Overlay::Export);
    for &action in Action::ALL {
        for &key in action.row().keys {
            if (covered && !may_cover(key))
                || (typing && !past_text(key))
                || (focused && belongs_to_focus(key))
                || (menu && !key.modifiers.command)
                || (overlay.is_some() && key.logical_key == Key::Enter)
                || (left_field && key.logical_key == Key::Escape)
                || (action.shares_keys() && action.by_key(view.studio).is_none())
            {
                continue;
            }
            if pressed(ctx, key, action.repeats())
                && let Some(command) = action.by_key(view.studio)
            {
                view.send(command);
            }
        }
    }
}

/// Whether a key works while a sheet is open: only those with no meaning for a list or a field do.
fn may_cover(key: KeyboardShortcut) -> bool {
    key.modifiers.command || is_function(key.logical_key)
}

fn is_function(key: Key) -> bool {
    key == Key::F1
}

/// Whether a key works while a text field is edited: a field keeps letters and its own undo.
fn past_text(key: KeyboardShortcut) -> bool {
    let own = [Key::Z, Key::Y, Key::A, Key::C, Key::V, Key::X];
    is_function(key.logical_key) || (key.modifiers.command && !own.contains(&key.logical_key))
}

/// Whether the focused control handles the key itself.
fn belongs_to_focus(key: KeyboardShortcut) -> bool {
    let own = [
        Key::Enter,
        Key::Space,
        Key::Escape,
        Key::ArrowLeft,
        Key::ArrowRight,
        Key::ArrowUp,
        Key::ArrowDown,
        Key::Home,
        Key::End,
    ];
    !key.modifiers.command && own.contains(&key.logical_key)
}

/// Takes a press of exactly this key out of the input.
fn pressed(ctx: &Context, wanted: KeyboardShortcut, repeats: bool) -> bool {
    ctx.input_mut(|input| {
        let mut found = false;
        input.events.retain(|event| {
            let Event::Key {
                key,
                pressed: true,
                repeat,
                modifiers,
                ..
            } = event
            else {
                return true;
            };
            let same = *key == wanted.logical_key && modifiers.matches_exact(wanted.modifiers);
            found |= same && (repeats || !repeat);
            !same
        });
        found
    })
}
