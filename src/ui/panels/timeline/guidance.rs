//! The curves lane: what changes over the frames of the next take.
//!
//! That is guidance alone: the model takes one scale for each frame. A camera move is an update of
//! the weights, the same for all frames, so its strength has no curve; its path lies in the move.

use egui::{Rect, RichText, Ui, UiBuilder, pos2, vec2};

use crate::app::{Choice, Command};
use crate::sampler::{Guidance, GuidanceShape};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Change, Curve, CurveHandle, choice, revert};

/// Height of the lane with its head.
pub(in crate::ui) const CURVES: f32 = 84.0;
/// Width of the choice of a shape.
const SHAPES: f32 = 220.0;
/// What the lane shows; a larger value from a model or a recipe makes it higher.
const USUAL: std::ops::RangeInclusive<f32> = 1.0..=6.0;

/// Draws the lane; `cells` is where the frames lie above it, so that each value stands below its
/// frame.
pub(in crate::ui) fn curves(ui: &mut Ui, lane: Rect, cells: Rect, view: View<'_>) {
    let (Some(settings), Some(card)) = (view.studio.settings(), view.studio.model()) else {
        return;
    };
    let draft = &view.studio.direction().draft;
    let suggested = card.defaults.guidance;
    let (min, max) = settings.guidance;
    let shape = draft.guidance_shape.unwrap_or(suggested.shape);
    let present = Guidance { min, max, shape };
    let mut head = lane;
    head.set_height(tokens::CONTROL);
    let mut head = ui.new_child(UiBuilder::new().max_rect(head));
    heading(&mut head, view, present, suggested);
    let curve = Rect::from_min_max(
        pos2(cells.left(), lane.top() + tokens::CONTROL + tokens::GAP),
        pos2(cells.right(), lane.bottom()),
    );
    line(ui, curve, view, present, suggested, settings.frames);
}

/// The name of the lane, its way back, and the shape.
fn heading(ui: &mut Ui, view: View<'_>, present: Guidance, suggested: Guidance) {
    let shapes = [
        (GuidanceShape::Linear, "Ramp"),
        (GuidanceShape::Triangle, "There and back"),
    ];
    ui.horizontal(|ui| {
        ui.set_height(tokens::CONTROL);
        let title = RichText::new("Guidance over the frames").color(ui.colours().text_weak);
        ui.label(title).on_hover_text(
            "How strongly each frame follows the picture. A camera move has no curve: it is the \
             same change of the model for all frames.",
        );
        let size = vec2(SHAPES, tokens::CONTROL);
        let chosen = ui.allocate_ui(size, |ui| {
            ui.set_width(SHAPES);
            choice(ui, "Guidance over the frames", Some(present.shape), &shapes)
        });
        if let Some(shape) = chosen.inner {
            send(view, Some(Guidance { shape, ..present }));
        }
        if present != suggested && revert(ui, "Guidance curve") {
            send(view, None);
        }
    });
}

fn line(
    ui: &mut Ui,
    lane: Rect,
    view: View<'_>,
    present: Guidance,
    suggested: Guidance,
    frames: usize,
) {
    let last = frames.saturating_sub(1);
    let peak = match present.shape {
        GuidanceShape::Linear => last,
        GuidanceShape::Triangle => last / 2,
    };
    let handles = [
        CurveHandle {
            name: "Guidance curve, first frame",
            frame: 0,
            value: present.min,
        },
        CurveHandle {
            name: match present.shape {
                GuidanceShape::Linear => "Guidance curve, last frame",
                GuidanceShape::Triangle => "Guidance curve, middle frame",
            },
            frame: peak,
            value: present.max,
        },
    ];
    let least = USUAL.start().min(present.min.min(present.max));
    let most = USUAL.end().max(present.min.max(present.max));
    let curve = Curve {
        values: &present.scales(frames),
        range: least..=most,
        step: 0.1,
        handles: if last == 0 { &handles[..1] } else { &handles },
        playhead: view.studio.clip_source().map(|_| view.studio.playhead()),
    };
    let Some((handle, change)) = curve.show(ui, lane) else {
        return;
    };
    let to = |suggested: f32| match change {
        Change::To(value) => value as f32,
        Change::Revert => suggested,
    };
    let changed = match handle {
        0 => Guidance {
            min: to(suggested.min),
            ..present
        },
        _ => Guidance {
            max: to(suggested.max),
            ..present
        },
    };
    send(view, (changed != suggested).then_some(changed));
}

/// `None` goes back to the model's own.
fn send(view: View<'_>, guidance: Option<Guidance>) {
    view.send(Command::Direct(Choice::GuidanceCurve(guidance)));
}
