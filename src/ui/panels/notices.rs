//! Messages, in the lower left corner of the window over the shelf, so that the picture stays free; over the stage
//! where the shelf is folded or narrow. While a sheet is open, messages are above it, in the lower right corner.

use egui::{
    Align2, Area, Color32, Frame, Label, Margin, Order, Rect, RichText, Role, ScrollArea, Stroke,
    Ui, UiBuilder, vec2,
};

use crate::app::Command;
use crate::app::state::notice::{Notice, NoticeDetail, Severity};
use crate::ui::focus;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, icon_button, line, quiet_button, row_label};

/// The largest height of a message's list of details.
const MOST_DETAILS: f32 = 160.0;

/// A shelf narrower than this has no room for messages.
const LEAST: f32 = 200.0;
/// The largest share of the shelf's height that messages take.
const SHARE: f32 = 0.6;

/// Draws the messages; `shelf` and `stage` are the places of these panels.
pub(in crate::ui) fn notices(ui: &Ui, shelf: Option<Rect>, stage: Rect, view: View<'_>) {
    if view.studio.runtime.notices.is_empty() {
        return;
    }
    let gap = tokens::GAP_SMALL;
    let shelf = shelf.filter(|shelf| shelf.width() >= LEAST);
    let (order, pivot, room) = if view.studio.session.overlay.is_some() {
        let window = ui.ctx().content_rect();
        (Order::Tooltip, Align2::RIGHT_BOTTOM, window)
    } else if let Some(shelf) = shelf {
        let (_, lower) = shelf.split_top_bottom_at_fraction(1.0 - SHARE);
        (Order::Foreground, Align2::LEFT_BOTTOM, lower)
    } else {
        (Order::Foreground, Align2::RIGHT_TOP, stage)
    };
    let room = room.shrink(gap);
    Area::new(focus::notices())
        .order(order)
        .pivot(pivot)
        .fixed_pos(pivot.pos_in_rect(&room))
        .show(ui.ctx(), |ui| {
            ui.set_width(tokens::NOTICE.min(room.width()));
            // Otherwise, the messages could be no higher than the ones that were shown in the previous frame.
            ui.set_max_height(room.height());
            all(ui, view, room.height());
        });
}

/// Draws all messages in at most `high` points.
fn all(ui: &mut Ui, view: View<'_>, high: f32) {
    let notices = &view.studio.runtime.notices;
    let mut high = high;
    if notices.len() > 1 {
        close_all(ui, view, notices.len());
        high -= tokens::CONTROL + tokens::GAP_PANEL;
    }
    ScrollArea::vertical()
        .id_salt("notices")
        .max_height(high.max(tokens::CONTROL))
        .stick_to_bottom(true)
        .show(ui, |ui| {
            for notice in notices {
                // Screen readers announce the message when it appears, and say what its buttons refer to.
                let role = match notice.severity {
                    Severity::Info => Role::Status,
                    Severity::Warning | Severity::Error => Role::Alert,
                };
                let said = UiBuilder::new()
                    .id_salt(("notice", notice.id))
                    .accessibility_role(role)
                    .accessibility_label(notice.spoken());
                ui.scope_builder(said, |ui| card(ui, view, notice));
            }
        });
}

fn ground(ui: &Ui) -> Frame {
    Frame::NONE
        .fill(ui.colours().floating)
        .stroke(Stroke::new(tokens::STROKE, ui.colours().outline))
        .corner_radius(tokens::RADIUS)
}

fn close_all(ui: &mut Ui, view: View<'_>, count: usize) {
    let margin = Margin::symmetric(16, 4);
    ground(ui).inner_margin(margin).show(ui, |ui| {
        line(
            ui,
            |ui| row_label(ui, &format!("{count} messages")),
            |ui| {
                if quiet_button(ui, "Close all").clicked() {
                    view.send(Command::DismissNotices);
                }
            },
        );
    });
}

fn card(ui: &mut Ui, view: View<'_>, notice: &Notice) {
    let colour = match notice.severity {
        Severity::Info => ui.colours().good,
        Severity::Warning => ui.colours().caution,
        Severity::Error => ui.colours().trouble,
    };
    let frame = ground(ui).inner_margin(Margin {
        left: 16,
        right: 8,
        top: 8,
        bottom: 12,
    });
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            let title = RichText::new(&notice.title).color(ui.colours().text);
            let width = ui.available_width() - tokens::CONTROL - ui.spacing().item_spacing.x;
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.add_space(tokens::GAP);
                ui.add(Label::new(title).wrap());
            });
            if icon_button(ui, true, false, Icon::Close, "Dismiss").clicked() {
                view.send(Command::DismissNotice(notice.id));
            }
        });
        if let [only] = &notice.details[..] {
            detail(ui, view, notice, 0, only);
            return;
        }
        ScrollArea::vertical()
            .id_salt(("details", notice.id))
            .max_height(MOST_DETAILS)
            .show(ui, |ui| {
                for (index, one) in notice.details.iter().enumerate() {
                    detail(ui, view, notice, index, one);
                }
            });
    });
    stripe(ui, shown.response.rect, colour);
}

/// Draws one detail of a message, with buttons for what can be done about it.
fn detail(ui: &mut Ui, view: View<'_>, notice: &Notice, index: usize, detail: &NoticeDetail) {
    let words = RichText::new(&detail.words).size(tokens::FONT_SMALL);
    ui.label(words.color(ui.colours().text_weak));
    if detail.actions.is_empty() {
        return;
    }
    ui.add_space(tokens::GAP);
    ui.horizontal_wrapped(|ui| {
        for action in &detail.actions {
            if ui.button(&action.words).clicked() {
                view.send(action.command.clone());
                view.send(Command::AnswerNotice(notice.id, index));
            }
        }
    });
}

/// Draws a stripe whose colour repeats the severity that the words express.
fn stripe(ui: &Ui, card: Rect, colour: Color32) {
    let mut edge = card.shrink2(vec2(0.0, tokens::GAP_SMALL));
    edge.set_left(card.left() + tokens::GAP + 1.0);
    edge.set_width(3.0);
    ui.painter().rect_filled(edge, tokens::RADIUS_SMALL, colour);
}
