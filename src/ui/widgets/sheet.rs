//! A sheet over the panels: a title, a close button, contents.

use egui::accesskit::Role;
use egui::{
    Align, Align2, Area, Context, Frame, Id, Layout, Margin, Modal, Order, RichText, Stroke, Ui,
    vec2,
};

use super::bounded;
use super::button::icon_button;
use crate::app::Command;
use crate::app::command::window::WindowCommand;
use crate::ui::focus;
use crate::ui::style::icon::Icon;
use crate::ui::style::theme;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;

/// The sheet that is open over the panels.
pub(in crate::ui) struct Sheet<'a> {
    /// Its name, also shown as its heading.
    pub(in crate::ui) title: &'a str,
    /// Its width, if the window has room for it.
    pub(in crate::ui) width: f32,
    /// Whether everything below is blocked until it is closed.
    pub(in crate::ui) alone: bool,
}

/// Gives buttons on a floating ground a background of their own; otherwise it would be nearly that of the ground.
fn raise_buttons(ui: &mut Ui) {
    let (rest, hovered) = (ui.colours().hovered, ui.colours().pressed);
    let widgets = &mut ui.visuals_mut().widgets;
    widgets.inactive.weak_bg_fill = rest;
    widgets.hovered.weak_bg_fill = hovered;
}

impl Sheet<'_> {
    /// Draws the sheet; a click outside closes it, if it blocks the rest.
    pub(in crate::ui) fn show<R>(
        &self,
        ctx: &Context,
        view: View<'_>,
        contents: impl FnOnce(&mut Ui) -> R,
    ) -> R {
        let room = ctx.content_rect();
        let width = self.width.min(room.width() - 4.0 * tokens::GAP_GROUP);
        // From below the top bar to just above the window's lower edge, including all margins.
        let around = tokens::TOP_BAR + 3.0 * tokens::GAP_PANEL + tokens::GAP_SMALL;
        let most = (room.height() - around).max(160.0);
        let colours = ctx.colours();
        let frame = Frame::NONE
            .fill(colours.floating)
            .stroke(Stroke::new(tokens::STROKE, colours.outline))
            .corner_radius(tokens::RADIUS_LARGE)
            .inner_margin(Margin::same(tokens::GAP_PANEL as i8));
        let id = Id::unique(("sheet", self.title));
        let area = Area::new(id)
            .order(Order::Foreground)
            .anchor(
                Align2::CENTER_TOP,
                vec2(0.0, tokens::TOP_BAR + tokens::GAP_PANEL),
            )
            .constrain_to(room);
        focus::note_sheet(ctx, area.layer());
        let inside = |ui: &mut Ui| {
            self.speak(ui);
            ui.set_width(width);
            ui.set_max_height(most);
            self.head(ui, view);
            raise_buttons(ui);
            let inner = contents(ui);
            bounded(ui, ui.min_rect());
            inner
        };
        if !self.alone {
            return area.show(ctx, |ui| frame.show(ui, inside).inner).inner;
        }
        let modal = Modal::new(id)
            .area(area)
            .backdrop_color(colours.backdrop)
            .frame(frame)
            .show(ctx, inside);
        if modal.backdrop_response.clicked() {
            view.send(Command::Window(WindowCommand::Close));
        }
        modal.inner
    }

    /// Reports to assistive technology that this is a dialog, and its name.
    fn speak(&self, ui: &Ui) {
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
            node.set_role(Role::Dialog);
            node.set_label(self.title);
            if self.alone {
                node.set_modal();
            }
        });
    }

    fn head(&self, ui: &mut Ui, view: View<'_>) {
        ui.horizontal(|ui| {
            ui.label(RichText::new(self.title).font(theme::strong(tokens::FONT_TITLE)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let close = format!("Close {}", self.title.to_lowercase());
                if icon_button(ui, true, false, Icon::Close, &close).clicked() {
                    view.send(Command::Window(WindowCommand::Close));
                }
            });
        });
    }
}
