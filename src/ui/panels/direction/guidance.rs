//! Guidance: how strongly each frame follows the picture, as numbers and as a curve over the frames.

use std::ops::RangeInclusive;

use egui::{Sense, Ui, vec2};

use super::slider::setting_sliders;
use crate::app::query::setting::Setting;
use crate::app::query::setting_names::shapes;
use crate::app::{Choice, Command};
use crate::project::direction::ResolvedDirection;
use crate::request::Defaults;
use crate::sampler::{Guidance, GuidanceShape};
use crate::ui::style::tokens;
use crate::ui::view::View;
use crate::ui::widgets::{Curve, CurveHandle, choice, line, revert, row_label};

/// Height of the curve.
const CURVE: f32 = 56.0;
/// The curve's range; a larger value from a model or a recipe extends it.
const USUAL: RangeInclusive<f32> = 1.0..=6.0;

/// Draws the section.
pub(super) fn guidance(
    ui: &mut Ui,
    view: View<'_>,
    settings: &ResolvedDirection,
    defaults: &Defaults,
) {
    setting_sliders(ui, view, Setting::Guidance, "", (settings, defaults));
    let suggested = (defaults.guidance.min, defaults.guidance.max);
    let shape = settings.guidance_shape;
    let present = (settings.guidance, shape);
    let differs = present != (suggested, defaults.guidance.shape);
    let (reverted, ()) = line(
        ui,
        |ui| {
            row_label(ui, "Guidance over the frames");
            differs && revert(ui, "Guidance curve")
        },
        |_| (),
    );
    if reverted {
        view.send(Command::Direct(Choice::GuidanceCurve(None)));
    }
    if let Some(shape) = choice(ui, "Guidance over the frames", Some(shape), &shapes()) {
        let shape = (shape != defaults.guidance.shape).then_some(shape);
        view.send(Command::Direct(Choice::GuidanceShape(shape)));
    }
    ui.add_space(tokens::GAP);
    curve(ui, view, settings, defaults);
    ui.add_space(tokens::GAP_SMALL);
}

/// Draws the same values as a curve, with a step for each frame.
fn curve(ui: &mut Ui, view: View<'_>, settings: &ResolvedDirection, defaults: &Defaults) {
    let suggested = defaults.guidance;
    let (min, max) = settings.guidance;
    let shape = settings.guidance_shape;
    let present = Guidance { min, max, shape };
    let last = settings.frames.saturating_sub(1);
    let (peak, name) = match shape {
        GuidanceShape::Linear => (last, "Guidance curve, last frame"),
        GuidanceShape::Triangle => (last / 2, "Guidance curve, middle frame"),
    };
    let handles = [
        CurveHandle {
            name: "Guidance curve, first frame",
            frame: 0,
            value: min,
        },
        CurveHandle {
            name,
            frame: peak,
            value: max,
        },
    ];
    let curve = Curve {
        values: &present.scales(settings.frames),
        range: USUAL.start().min(min.min(max))..=USUAL.end().max(min.max(max)),
        step: 0.1,
        handles: if last == 0 { &handles[..1] } else { &handles },
    };
    let size = vec2(ui.available_width(), CURVE);
    let (lane, _) = ui.allocate_exact_size(size, Sense::hover());
    let Some((handle, change)) = curve.show(ui, lane) else {
        return;
    };
    let to = |suggested: f32| change.value().map_or(suggested, |value| value as f32);
    let changed = match handle {
        0 => (to(suggested.min), max),
        _ => (min, to(suggested.max)),
    };
    let changed = (changed != (suggested.min, suggested.max)).then_some(changed);
    view.send(Command::Direct(Choice::Guidance(changed)));
}
