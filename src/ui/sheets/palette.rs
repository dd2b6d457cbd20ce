//! The palette: every action, found by typing, with the keyboard alone.

use egui::{
    Align2, Context, FontId, Id, Key, Modifiers, Rect, Role, ScrollArea, Sense, TextEdit, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::app::Command;
use crate::app::command::window::WindowCommand;
use crate::ui::input::action::Action;
use crate::ui::input::fuzzy;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Sheet, name, paint_icon, row_label};

/// Width of the sheet.
const WIDTH: f32 = 520.0;
/// Height of an entry.
const ENTRY: f32 = 36.0;

/// What was typed and which entry is highlighted; kept as long as the palette is open.
#[derive(Clone, Default)]
struct Typed {
    query: String,
    lit: usize,
    pass: u64,
}

/// Draws the palette.
pub(in crate::ui) fn palette(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Find an action",
        width: WIDTH,
        alone: true,
    };
    sheet.show(ctx, view, |ui| contents(ui, view));
}

fn contents(ui: &mut Ui, view: View<'_>) {
    let id = Id::unique("palette");
    let pass = ui.ctx().cumulative_pass_nr();
    let mut typed: Typed = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    // The palette was not drawn in the last passes: it was closed and begins empty.
    if typed.pass + 2 < pass {
        typed = Typed::default();
    }
    typed.pass = pass;
    let pressed = |ui: &Ui, key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let back = ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::Tab));
    let up = pressed(ui, Key::ArrowUp) || back;
    let down = pressed(ui, Key::ArrowDown) || pressed(ui, Key::Tab);
    let chosen = pressed(ui, Key::Enter);
    let field = TextEdit::singleline(&mut typed.query)
        .hint_text("Type a few letters")
        .desired_width(f32::INFINITY)
        .show(ui)
        .response;
    name(ui, &field.response, "Find an action");
    field.response.request_focus();
    if field.response.changed() {
        typed.lit = 0;
    }
    let found = found(&typed.query, view);
    let last = found.len().saturating_sub(1);
    typed.lit = match (up, down) {
        (true, _) => typed.lit.checked_sub(1).unwrap_or(last),
        (_, true) => (typed.lit + 1) % found.len().max(1),
        _ => typed.lit.min(last),
    };
    ui.add_space(tokens::GAP);
    let mut clicked = None;
    if found.is_empty() {
        row_label(ui, "No action has these letters in its name.");
    }
    ScrollArea::vertical()
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, &action) in found.iter().enumerate() {
                let lit = index == typed.lit;
                let response = entry(ui, view, action, lit);
                if lit && (up || down) {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    clicked = Some(action);
                }
            }
        });
    let lit = found.get(typed.lit).copied().filter(|_| chosen);
    ui.data_mut(|data| data.insert_temp(id, typed));
    let Some(command) = clicked
        .or(lit)
        .and_then(|action| action.command(view.studio))
    else {
        return;
    };
    // The palette closes first, because the action may open another sheet.
    view.send(Command::Window(WindowCommand::Close));
    view.send(command);
}

/// Words that film-makers and other programs use, and the end of the name of the action that they mean here.
const ALSO: [(&str, &str); 7] = [
    ("push in", ": zoom"),
    ("pull out", ": zoom"),
    ("truck", ": pan"),
    ("pedestal", ": tilt"),
    ("arc", ": orbit"),
    ("shake", ": handheld"),
    ("reproduce", "use these settings"),
];

/// The score of an action that is known by another word, below all that have the letters in their names.
fn also_called(query: &str, name: &str) -> Option<i32> {
    let (query, name) = (query.trim().to_lowercase(), name.to_lowercase());
    let mut words = ALSO.iter();
    words
        .any(|(word, meant)| !query.is_empty() && word.starts_with(&query) && name.ends_with(meant))
        .then_some(-1000)
}

/// Actions whose names contain the letters, best match first; unavailable ones come last.
fn found(query: &str, view: View<'_>) -> Vec<Action> {
    let mut scored: Vec<(bool, i32, Action)> = Action::ALL
        .iter()
        .filter(|&&action| action != Action::Palette)
        .filter_map(|&action| {
            let name = action.name(view.studio);
            let score = fuzzy::score(query, &name).or_else(|| also_called(query, &name))?;
            Some((action.command(view.studio).is_none(), score, action))
        })
        .collect();
    let ordered = !query.trim().is_empty();
    scored.sort_by_key(|&(cannot, score, _)| (cannot, if ordered { -score } else { 0 }));
    scored.into_iter().map(|(_, _, action)| action).collect()
}

fn entry(ui: &mut Ui, view: View<'_>, action: Action, lit: bool) -> egui::Response {
    let row = action.row();
    let able = action.command(view.studio).is_some();
    let words = action.name(view.studio);
    let size = vec2(ui.available_width(), ENTRY);
    // The field keeps the focus: arrows and Tab highlight the entries.
    let (rect, response) = ui.allocate_exact_size(size, Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, able, lit, &words));
    let colours = ui.colours();
    if lit || response.hovered() {
        let fill = if lit {
            colours.accent_ground
        } else {
            colours.raised
        };
        ui.painter().rect_filled(rect, tokens::RADIUS, fill);
    }
    let (ink, weak) = match (able, lit) {
        (false, _) => (colours.text_off, colours.text_off),
        (true, true) => (colours.text, colours.text),
        (true, false) => (colours.text, colours.text_weak),
    };
    let inner = rect.shrink2(vec2(tokens::GAP_SMALL, 0.0));
    let icon = Rect::from_center_size(
        pos2(inner.left() + tokens::ICON / 2.0, inner.center().y),
        vec2(tokens::ICON, tokens::ICON),
    );
    paint_icon(ui.painter(), icon, row.icon, weak);
    let body = FontId::proportional(tokens::FONT_BODY);
    let at = pos2(icon.right() + tokens::GAP_SMALL, inner.center().y);
    let name = ui.painter().text(at, Align2::LEFT_CENTER, words, body, ink);
    // The group is beside the name, so that only keys are at the right end.
    let group = pos2(name.right() + tokens::GAP_SMALL, inner.center().y);
    let tiny = FontId::proportional(tokens::FONT_TINY);
    let title = row.group.title();
    ui.painter()
        .text(group, Align2::LEFT_CENTER, title, tiny, colours.text_off);
    let key = row.keys.first().map(|key| ui.ctx().format_shortcut(key));
    let small = FontId::proportional(tokens::FONT_SMALL);
    let right = inner.right_center();
    if let Some(key) = key {
        ui.painter()
            .text(right, Align2::RIGHT_CENTER, key, small, weak);
    }
    response.on_hover_text(row.sentence)
}
