//! Messages, over the upper right corner of the stage: words and buttons below the picture stay
//! free. While a sheet is open they lie above it, in the corner of the window that it reaches last.

use egui::{
    Align, Align2, Area, Color32, Frame, Layout, Margin, Order, Rect, RichText, Role, Stroke, Ui,
    UiBuilder, vec2,
};

use crate::app::Command;
use crate::app::state::notice::{Notice, Severity};
use crate::ui::focus;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, icon_button};

/// Draws them.
pub(in crate::ui::panels) fn notices(ui: &Ui, room: Rect, view: View<'_>) {
    if view.studio.runtime.notices.is_empty() {
        return;
    }
    let (gap, covered) = (tokens::GAP_PANEL, view.studio.session.overlay.is_some());
    let (order, pivot, at, room) = if covered {
        let window = ui.ctx().content_rect();
        let at = window.right_bottom() - vec2(gap, gap);
        (Order::Tooltip, Align2::RIGHT_BOTTOM, at, window)
    } else {
        let at = room.right_top() + vec2(-gap, gap);
        (Order::Foreground, Align2::RIGHT_TOP, at, room)
    };
    let width = tokens::NOTICE.min(room.width() - 2.0 * gap);
    Area::new(focus::notices())
        .order(order)
        .pivot(pivot)
        .fixed_pos(at)
        .show(ui.ctx(), |ui| {
            ui.set_width(width);
            for notice in &view.studio.runtime.notices {
                // Assistive technology says it when it comes, and what its buttons are about.
                let role = match notice.severity {
                    Severity::Info => Role::Status,
                    Severity::Warning | Severity::Error => Role::Alert,
                };
                let words = format!("{}: {}", notice.title, notice.detail);
                let said = UiBuilder::new()
                    .id_salt(("notice", notice.id))
                    .accessibility_role(role)
                    .accessibility_label(words);
                ui.scope_builder(said, |ui| card(ui, view, notice));
            }
        });
}

fn card(ui: &mut Ui, view: View<'_>, notice: &Notice) {
    let colour = match notice.severity {
        Severity::Info => ui.colours().good,
        Severity::Warning => ui.colours().caution,
        Severity::Error => ui.colours().trouble,
    };
    let frame = Frame::NONE
        .fill(ui.colours().floating)
        .stroke(Stroke::new(tokens::STROKE, ui.colours().outline))
        .corner_radius(tokens::RADIUS)
        .inner_margin(Margin {
            left: 16,
            right: 8,
            top: 8,
            bottom: 12,
        });
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(RichText::new(&notice.title).color(ui.colours().text));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, true, false, Icon::Close, "Dismiss").clicked() {
                    view.send(Command::DismissNotice(notice.id));
                }
            });
        });
        let detail = RichText::new(&notice.detail).size(tokens::FONT_SMALL);
        ui.label(detail.color(ui.colours().text_weak));
        if !notice.actions.is_empty() {
            ui.add_space(tokens::GAP);
            ui.horizontal_wrapped(|ui| {
                for action in &notice.actions {
                    if ui.button(&action.words).clicked() {
                        view.send(action.command.clone());
                        view.send(Command::DismissNotice(notice.id));
                    }
                }
            });
        }
    });
    stripe(ui, shown.response.rect, colour);
}

/// Says with a colour what the words say too.
fn stripe(ui: &Ui, card: Rect, colour: Color32) {
    let mut edge = card.shrink2(vec2(0.0, tokens::GAP_SMALL));
    edge.set_left(card.left() + tokens::GAP + 1.0);
    edge.set_width(3.0);
    ui.painter().rect_filled(edge, tokens::RADIUS_SMALL, colour);
}
