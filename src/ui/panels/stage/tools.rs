//! The tools above the picture: selecting, painting what holds still or may move, cutting out; and the preview.

use egui::{Align, Layout, Rect, Slider, Ui, UiBuilder, vec2};

use crate::app::Command;
use crate::app::command::draw::{DrawCommand, MaskKind, Tool};
use crate::app::state::draw::RADII;
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{action_icon, name};

/// Height of the bar.
pub(super) const HEIGHT: f32 = tokens::CONTROL + tokens::GAP_SMALL;
/// Width of the slider for the brush.
const SLIDER: f32 = 88.0;
/// Gap between two groups of buttons.
const BETWEEN: f32 = tokens::GAP_SMALL;

/// The tools in the bar.
const TOOLS: [(Action, Tool); 4] = [
    (Action::SelectTool, Tool::Select),
    (Action::LockTool, Tool::Paint(MaskKind::Lock)),
    (Action::BrushTool, Tool::Paint(MaskKind::Brush)),
    (Action::CutOutTool, Tool::CutOut),
];

/// Draws the bar.
pub(super) fn tool_bar(ui: &mut Ui, room: Rect, view: View<'_>) {
    let present = view.studio.session.draw.tool;
    let own = own_width(present);
    let buttons = (TOOLS.len() + 3) as f32 * (tokens::CONTROL + tokens::GAP / 2.0);
    let width = (buttons + 2.0 * BETWEEN + own).min(room.width());
    let rect = Rect::from_center_size(room.center(), vec2(width, tokens::CONTROL));
    let ground = rect.expand2(vec2(tokens::GAP, tokens::GAP / 2.0));
    ui.painter()
        .rect_filled(ground, tokens::RADIUS, ui.colours().panel);
    let builder = UiBuilder::new()
        .max_rect(rect)
        .layout(Layout::left_to_right(Align::Center))
        .accessibility_role(egui::Role::Toolbar)
        .accessibility_label("Tools");
    let mut ui = ui.new_child(builder);
    ui.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
    for (action, tool) in TOOLS {
        action_icon(&mut ui, view, action, present == tool);
    }
    let path = view.studio.direction().path.is_some();
    action_icon(&mut ui, view, Action::DrawPath, path);
    ui.add_space(BETWEEN);
    match present {
        Tool::Select => {}
        Tool::Paint(kind) => {
            radius(&mut ui, view);
            action_icon(
                &mut ui,
                view,
                Action::Erase,
                view.studio.session.draw.erases,
            );
            if kind == MaskKind::Lock {
                action_icon(&mut ui, view, Action::LockAll, false);
                action_icon(&mut ui, view, Action::ClearLock, false);
            } else {
                action_icon(&mut ui, view, Action::ClearBrush, false);
            }
            ui.add_space(BETWEEN);
        }
        Tool::CutOut => {
            let brushes = view.studio.session.draw.brushes_cut_outs;
            action_icon(&mut ui, view, Action::BrushCutOut, brushes);
            radius(&mut ui, view);
            for action in [
                Action::LowerCutOut,
                Action::RaiseCutOut,
                Action::RemoveCutOut,
            ] {
                action_icon(&mut ui, view, action, false);
            }
            ui.add_space(BETWEEN);
        }
    }
    let plays = view.studio.session.draw.plays;
    action_icon(&mut ui, view, Action::PlayMotion, plays);
    action_icon(&mut ui, view, Action::ExportAnimatic, false);
}

/// Width of what belongs to one tool.
fn own_width(tool: Tool) -> f32 {
    let buttons = |count: f32| count * (tokens::CONTROL + tokens::GAP / 2.0);
    match tool {
        Tool::Select => -BETWEEN,
        Tool::Paint(MaskKind::Lock) => SLIDER + buttons(3.0),
        Tool::Paint(MaskKind::Brush) => SLIDER + buttons(2.0),
        Tool::CutOut => SLIDER + buttons(4.0),
    }
}

/// The size of the brush; each step of the slider is a part of the present size.
fn radius(ui: &mut Ui, view: View<'_>) {
    let mut value = view.studio.session.draw.radius;
    ui.spacing_mut().slider_width = SLIDER - tokens::GAP;
    let slider = Slider::new(&mut value, RADII)
        .logarithmic(true)
        .show_value(false);
    let response = ui.add(slider);
    name(ui, &response, "Brush size");
    let hint = format!(
        "Brush size: {:.1}% of the picture's width (keys [ and ])",
        200.0 * value
    );
    if response.on_hover_text(hint).changed() {
        view.send(Command::Draw(DrawCommand::Radius(value)));
    }
}
