//! One camera axis: what its row in the panel shows, and what a change of the row sends.

use std::time::Duration;

use egui::Ui;

use super::send::send;
use crate::app::command::camera::{CameraCommand, GhostOf};
use crate::app::query::camera::ghost_time;
use crate::app::query::camera_axes::{CameraAxis, axes};
use crate::app::query::camera_stack;
use crate::library::camera_moves::MoveCard;
use crate::ui::panels::stage::ghost::wish;
use crate::ui::view::View;
use crate::ui::widgets::{AxisAttention, AxisChange, AxisEnd, AxisRow};

/// Length of one cycle of an animated icon, in seconds.
const ROUND: f64 = 1.3;
/// How long icons stay animated after the pointer comes to rest, in seconds.
const ATTENTION: f32 = 8.0;
/// Time between two states of an animated icon, in seconds: enough for an icon, and it leaves the CPU to
/// the engine.
const ICON_STEP: f64 = 1.0 / 15.0;
/// Points of the small curve in a row.
const COURSE: usize = 25;
/// Number of keys for axes: 1 to 9.
const KEYS: usize = 9;

/// Draws the row.
pub(super) fn axis(ui: &mut Ui, view: View<'_>, axis: &CameraAxis<'_>) {
    let cards = view.studio.available_moves();
    let value = axis.strength(&view.studio.moves(), cards);
    // At rest it shows the move that a click begins with.
    let shown = if value == 0.0 {
        axis.first
    } else {
        axis.acting(value)
    };
    let t = icon_time(ui, view);
    let hint = hint(view, axis);
    let moves = view.studio.moves();
    let curve = camera_stack::curve_of(&moves, cards, &axis.plus.name);
    let course = curve.map_or_else(|| vec![value; 2], |curve| curve.over(COURSE));
    let edited = view
        .studio
        .edited_curve()
        .filter(|_| view.studio.edits_time());
    let row = AxisRow {
        title: &axis.title,
        hint: &hint,
        pose: shown.path.as_ref().map(|path| path.at(t)),
        value,
        range: axis.range(),
        minus: axis.minus.map(|card| end(axis, card)),
        plus: end(axis, axis.plus),
        suggested: view.studio.suggested_moves().is_some(),
        course: &course,
        edited: edited.is_some_and(|edited| edited.name == axis.plus.name),
    };
    let happened = row.show(ui);
    let moved = |card: &MoveCard| GhostOf::Move(card.name.clone());
    match (happened.attention, axis.minus) {
        (Some(AxisAttention::Strength), _) if value == 0.0 => wish(ui.ctx(), moved(axis.first)),
        (Some(AxisAttention::Strength), _) => wish(ui.ctx(), GhostOf::Stack),
        (Some(AxisAttention::Minus), Some(minus)) => wish(ui.ctx(), moved(minus)),
        (Some(AxisAttention::Minus | AxisAttention::Plus), _) => wish(ui.ctx(), moved(axis.plus)),
        (None, _) => {}
    }
    let click = |card: &MoveCard| CameraCommand::Click(card.name.clone());
    let command = match (happened.change, axis.minus) {
        (Some(AxisChange::To(strength)), _) => CameraCommand::Strength {
            name: axis.plus.name.clone(),
            strength,
        },
        (Some(AxisChange::Next), _) => {
            let same = |other: &CameraAxis<'_>| other.plus.name == axis.plus.name;
            let Some(place) = axes(cards).iter().position(same) else {
                return;
            };
            CameraCommand::ClickNth(place)
        }
        (Some(AxisChange::Course), _) => CameraCommand::EditCurve(Some(axis.plus.name.clone())),
        (Some(AxisChange::Minus), Some(minus)) => click(minus),
        (Some(AxisChange::Minus | AxisChange::Plus), _) => click(axis.plus),
        (None, _) => return,
    };
    send(view, command);
}

fn end<'a>(axis: &CameraAxis<'_>, card: &'a MoveCard) -> AxisEnd<'a> {
    AxisEnd {
        title: &card.title,
        word: axis.direction(card),
        usable: card.is_usable(),
    }
}

/// Where animated icons are in their cycle; they stop at its end while the artist is inactive.
fn icon_time(ui: &Ui, view: View<'_>) -> f32 {
    let (time, still) = ui.input(|input| (input.time, input.pointer.time_since_last_movement()));
    let attended = still < ATTENTION && ui.input(|input| input.focused);
    if !attended || view.studio.preferences.reduce_motion {
        return 1.0;
    }
    let step = Duration::from_secs_f64(ICON_STEP);
    view.repaint_after(ui.ctx(), step);
    let since = Duration::from_secs_f64(time.max(0.0));
    ghost_time(since, Duration::from_secs_f64(ROUND))
}

/// The axis's name and key, or why it cannot be used.
fn hint(view: View<'_>, axis: &CameraAxis<'_>) -> String {
    let all = axes(view.studio.available_moves());
    let place = all
        .iter()
        .position(|other| other.plus.name == axis.plus.name);
    let mut words = match place.filter(|place| *place < KEYS) {
        Some(place) => format!("{} ({})", axis.title, place + 1),
        None => axis.title.clone(),
    };
    for card in axis.minus.into_iter().chain([axis.plus]) {
        if !card.fits() && card.is_usable() {
            words = format!(
                "{words}\nThe LoRA of {} does not fit this model, so the guide moves the camera.",
                card.title
            );
        } else if !card.is_usable() {
            words = format!(
                "{words}\n{} does not fit this model: {}",
                card.title, card.fit
            );
        } else if card.path.is_none() {
            words = format!(
                "{words}\n{} has no preview: its file contains no camera path.",
                card.title
            );
        }
        if let Some(note) = &card.note {
            words = format!("{words}\n{note}");
        }
    }
    words
}
