//! Progress bars.

use std::time::Duration;

use egui::{Rect, Role, Sense, Ui, WidgetInfo, vec2};

use crate::app::state::job::{Job, Phase};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;

/// The parts of a job and the share of the bar that each gets.
const SHARES: [(Phase, f32); 3] = [
    (Phase::Prepare, 0.12),
    (Phase::Denoise, 0.68),
    (Phase::Decode, 0.2),
];

/// Time that the moving light takes from end to end, in seconds.
const ROUND: f64 = 1.6;
/// Width of the light, as a part of the bar.
const LIGHT: f32 = 0.3;
/// Time between two positions of the light: the engine may need the CPU.
const STEP: Duration = Duration::from_millis(66);

/// A bar that is filled to `fraction`, from zero to one.
pub(in crate::ui) fn bar(ui: &mut Ui, width: f32, fraction: f32, name: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, tokens::BAR), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(fraction));
        info
    });
    fill(ui, rect, fraction);
}

/// A bar in parts: preparing, denoising, decoding. A light runs from end to end of a part that has just
/// begun, unless animations are off.
pub(in crate::ui) fn phases(ui: &mut Ui, view: View<'_>, job: &Job) {
    let size = vec2(ui.available_width(), tokens::BAR);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress of the take");
        let done = SHARES.map(|(phase, share)| share * job.fraction(phase));
        info.value = Some(f64::from(done.iter().sum::<f32>()));
        info
    });
    let gap = tokens::GAP_SMALL / 2.0;
    let room = rect.width() - gap * (SHARES.len() - 1) as f32;
    let mut left = rect.left();
    for (phase, share) in SHARES {
        let part = Rect::from_min_size(
            egui::pos2(left, rect.top()),
            vec2(room * share, rect.height()),
        );
        left = part.right() + gap;
        fill(ui, part, job.fraction(phase));
        if phase == job.phase && job.fraction(phase) <= 0.0 {
            begun(ui, view, part);
        }
    }
}

/// A part that has begun and has no measurable progress yet.
fn begun(ui: &Ui, view: View<'_>, part: Rect) {
    let (ground, light) = (ui.colours().accent_dim, ui.colours().accent);
    ui.painter()
        .rect_filled(part, tokens::RADIUS_SMALL, ground.gamma_multiply(0.6));
    if view.studio.preferences.reduce_motion {
        return;
    }
    view.repaint_after(ui.ctx(), STEP);
    let at = ui.input(|input| (input.time / ROUND).fract()) as f32;
    let width = part.width() * LIGHT;
    let left = part.left() - width + (part.width() + width) * at;
    let moving = Rect::from_min_size(egui::pos2(left, part.top()), vec2(width, part.height()));
    ui.painter()
        .rect_filled(moving.intersect(part), tokens::RADIUS_SMALL, light);
}

fn fill(ui: &Ui, rect: Rect, fraction: f32) {
    ui.painter()
        .rect_filled(rect, tokens::RADIUS_SMALL, ui.colours().sunken);
    let mut done = rect;
    done.set_width(rect.width() * fraction.clamp(0.0, 1.0));
    if done.width() > 0.5 {
        ui.painter()
            .rect_filled(done, tokens::RADIUS_SMALL, ui.colours().accent);
    }
}
