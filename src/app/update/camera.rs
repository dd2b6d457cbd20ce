//! The camera: the stack of moves, its preview, installing and removing moves.

use std::path::PathBuf;

use super::notice;
use super::stage::put_on_stage;
use crate::app::command::camera::{CameraCommand, GhostOf};
use crate::app::command::draw::Tool;
use crate::app::protocol::camera::{CameraEffect, CameraEvent};
use crate::app::protocol::effect::Effect;
use crate::app::query::{camera_axes, camera_pad, camera_stack};
use crate::app::state::camera::Ghost;
use crate::app::state::{Shown, Studio};
use crate::error::CameraError;
use crate::library::camera_moves::{MoveCard, MoveInspection};
use crate::project::direction::CameraMove;

pub(super) fn command(studio: &mut Studio, command: CameraCommand) -> Vec<Effect> {
    match command {
        CameraCommand::Click(name) => choose(studio, |moves, cards| click(moves, cards, &name)),
        CameraCommand::ClickNth(index) => {
            choose(studio, |moves, cards| next_of_axis(moves, cards, index));
        }
        CameraCommand::Strength { name, strength } => change(studio, |moves, cards| {
            set_strength(moves, cards, &name, strength)
        }),
        CameraCommand::Remove(name) => {
            change(studio, |moves, cards| {
                camera_stack::without(moves, cards, &name)
            });
        }
        CameraCommand::Clear => clear(studio, true),
        CameraCommand::Suggest => clear(studio, false),
        CameraCommand::Stack { moves, path } => {
            let moves = camera_stack::joined(&moves, studio.available_moves());
            set(studio, moves, true);
            studio.project.document.direction.path = path;
        }
        CameraCommand::DrawPath => draw_path(studio),
        CameraCommand::Perform(performs) => studio.session.camera.performs = performs,
        CameraCommand::Path(path) => {
            studio.session.camera.performs = false;
            let direction = &mut studio.project.document.direction;
            (direction.path, direction.camera_chosen) = (path, true);
        }
        CameraCommand::Curve { name, curve } => change(studio, |moves, cards| {
            camera_stack::with_curve(moves, cards, &name, curve.as_ref())
        }),
        CameraCommand::EditCurve(name) => edit_curve(studio, name),
        CameraCommand::Aim { axis, far } => {
            change(studio, |moves, cards| {
                camera_pad::aim(moves, cards, axis, far)
            });
        }
        CameraCommand::Preview(of) => preview(studio, of),
        CameraCommand::ShowPad(shown) => {
            studio.session.camera.pad = shown;
            if shown {
                studio.session.draw.tool = Tool::Select;
                studio.session.camera.curve = None;
            }
            // A path is drawn over the picture.
            if shown && studio.direction().path.is_some() {
                show_path(studio);
            }
        }
        CameraCommand::Choose => return ask(studio),
        CameraCommand::Install => return install(studio),
        CameraCommand::Decline => {
            let arrivals = &mut studio.runtime.camera.arrivals;
            if !arrivals.is_empty() {
                arrivals.remove(0);
            }
        }
        CameraCommand::AskRemoval(name) => studio.runtime.camera.removing = name,
        CameraCommand::Uninstall(name) => {
            studio.runtime.camera.removing = None;
            return effect(CameraEffect::Uninstall(name));
        }
    }
    Vec::new()
}

pub(super) fn event(studio: &mut Studio, event: CameraEvent) -> Vec<Effect> {
    match event {
        CameraEvent::Listed { model, cards } => {
            // The answer is for a model that is no longer selected; another is on its way.
            if model == studio.direction().model {
                studio.runtime.camera.cards = cards;
                studio.runtime.camera.listed = true;
                studio.runtime.camera.compared_with = model;
            }
        }
        CameraEvent::Chosen(path) => {
            studio.runtime.dialog = false;
            if let Some(path) = path {
                return inspect(studio, path);
            }
        }
        CameraEvent::Inspected(found) => {
            inspection_done(studio);
            return inspected(studio, found);
        }
        CameraEvent::Installed(done) => {
            inspection_done(studio);
            match done {
                Ok(name) => {
                    let words = format!("{name} is now in the list of camera moves.");
                    notice::info(studio, "Camera move installed", &words);
                }
                Err(error) => {
                    return notice::error(studio, "Couldn't install the camera move", &error);
                }
            }
            return list(studio);
        }
        CameraEvent::Uninstalled(done) => {
            match done {
                Ok(name) => {
                    let words = format!("{name} was deleted from this machine.");
                    notice::info(studio, "Camera move removed", &words);
                }
                Err(error) => {
                    return notice::error(studio, "Couldn't remove the camera move", &error);
                }
            }
            return list(studio);
        }
    }
    Vec::new()
}

/// Requests a new list of the available moves, compared with the selected model.
pub(super) fn list(studio: &Studio) -> Vec<Effect> {
    let model = studio.direction().model.clone();
    effect(CameraEffect::List { model })
}

/// Inspects a LoRA file.
pub(super) fn inspect(studio: &mut Studio, path: PathBuf) -> Vec<Effect> {
    studio.runtime.camera.busy += 1;
    let model = studio.direction().model.clone();
    effect(CameraEffect::Inspect { path, model })
}

fn effect(effect: CameraEffect) -> Vec<Effect> {
    vec![Effect::Camera(effect)]
}

/// A move that cannot be used is not added to the stack; one that is in it can always be removed.
fn click(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> Vec<CameraMove> {
    let present = camera_stack::strength_of(moves, cards, name) > 0.0;
    let usable = camera_stack::card(cards, name).is_some_and(MoveCard::is_usable);
    if present || usable {
        camera_stack::clicked(moves, cards, name)
    } else {
        moves.to_vec()
    }
}

/// A strength of zero removes a move from the stack.
fn set_strength(
    moves: &[CameraMove],
    cards: &[MoveCard],
    name: &str,
    strength: f32,
) -> Vec<CameraMove> {
    if strength == 0.0 {
        camera_stack::without(moves, cards, name)
    } else {
        camera_stack::with_strength(moves, cards, name, strength)
    }
}

/// Carries out the number key of an axis, skipping moves that cannot be used.
fn next_of_axis(moves: &[CameraMove], cards: &[MoveCard], index: usize) -> Vec<CameraMove> {
    let axes = camera_axes::axes(cards);
    let Some(axis) = axes.get(index) else {
        return moves.to_vec();
    };
    let next = axis.next(axis.strength(moves, cards));
    if next != 0.0 && !axis.acting(next).is_usable() {
        return moves.to_vec();
    }
    // The edit is named after the move in effect, as for a click on that move.
    set_strength(moves, cards, &axis.acting(next).name, next.abs())
}

/// Changes the camera as shown, including a suggested one, so that a drag starts from there.
fn change(studio: &mut Studio, change: impl FnOnce(&[CameraMove], &[MoveCard]) -> Vec<CameraMove>) {
    let before = studio.moves().into_owned();
    let after = change(&before, studio.available_moves());
    if after != before {
        set(studio, after, true);
    }
}

/// Changes the camera chosen by the user, which replaces a suggestion.
fn choose(studio: &mut Studio, change: impl FnOnce(&[CameraMove], &[MoveCard]) -> Vec<CameraMove>) {
    let before = &studio.direction().moves;
    let after = change(before, studio.available_moves());
    if after != *before {
        set(studio, after, true);
    }
}

fn set(studio: &mut Studio, moves: Vec<CameraMove>, chosen: bool) {
    let direction = &mut studio.project.document.direction;
    (direction.moves, direction.camera_chosen) = (moves, chosen);
}

fn clear(studio: &mut Studio, chosen: bool) {
    set(studio, Vec::new(), chosen);
    studio.project.document.direction.path = None;
}

/// Begins a path where the moves end, in their place, and shows it.
fn draw_path(studio: &mut Studio) {
    if studio.picture().is_none() {
        return;
    }
    if studio.direction().path.is_none() {
        let path = studio.path_of_moves();
        set(studio, Vec::new(), true);
        studio.project.document.direction.path = Some(path);
    }
    studio.session.camera.pad = true;
    studio.session.camera.curve = None;
    studio.session.draw.tool = Tool::Select;
    studio.session.draw.plays = false;
    show_path(studio);
}

/// Shows the path over the picture, at its end, where the first drag changes it.
fn show_path(studio: &mut Studio) {
    put_on_stage(studio, Shown::Picture, false);
    if let Some(timing) = studio.timing() {
        studio.session.playback.pause_on(timing, timing.frames);
    }
}

fn preview(studio: &mut Studio, of: Option<GhostOf>) {
    let now = studio.runtime.now;
    let present = &mut studio.session.camera.ghost;
    // Requesting the same preview again does not restart it.
    if present.as_ref().map(|ghost| &ghost.of) != of.as_ref() {
        *present = of.map(|of| Ghost { of, since: now });
    }
}

/// Shows the curve of a move over the frames of the next take, which plays meanwhile.
fn edit_curve(studio: &mut Studio, name: Option<String>) {
    let camera = &mut studio.session.camera;
    camera.curve = name.filter(|name| camera.curve.as_ref() != Some(name));
    if camera.curve.is_none() {
        return;
    }
    camera.pad = false;
    studio.session.draw.tool = Tool::Select;
    studio.session.draw.plays = false;
    let plays = !studio.preferences.reduce_motion;
    put_on_stage(studio, Shown::Picture, plays);
}

fn ask(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.dialog {
        return Vec::new();
    }
    studio.runtime.dialog = true;
    effect(CameraEffect::Ask)
}

fn install(studio: &mut Studio) -> Vec<Effect> {
    let arrivals = &mut studio.runtime.camera.arrivals;
    if arrivals.is_empty() {
        return Vec::new();
    }
    let MoveInspection { path, card, .. } = arrivals.remove(0);
    studio.runtime.camera.busy += 1;
    effect(CameraEffect::Install {
        path,
        name: card.name,
    })
}

fn inspected(studio: &mut Studio, found: Result<Box<MoveInspection>, CameraError>) -> Vec<Effect> {
    match found {
        Ok(inspection) => {
            let arrivals = &mut studio.runtime.camera.arrivals;
            // Inspecting the same file again replaces the earlier result.
            arrivals.retain(|one| one.path != inspection.path);
            arrivals.push(*inspection);
            Vec::new()
        }
        Err(error) => notice::error(studio, "Not a camera move", &error),
    }
}

pub(super) fn inspection_done(studio: &mut Studio) {
    let busy = &mut studio.runtime.camera.busy;
    *busy = busy.saturating_sub(1);
}
