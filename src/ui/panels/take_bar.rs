//! What can be done with what plays on the stage, and what it was made with.

use eframe::egui::{Align, Label, Layout, Rect, RichText, Ui, UiBuilder};

use crate::app::Command;
use crate::app::compare::{CompareCommand, Way};
use crate::app::state::{ShelfTake, Shown};
use crate::ui::action::Action;
use crate::ui::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, action_icon, icon_button};

/// Height of the bar and the line below it.
pub(super) const HEIGHT: f32 = tokens::CONTROL + tokens::CHIP + tokens::GAP;

/// What can be done with a take, in groups.
const ACTIONS: [&[Action]; 3] = [
    &[Action::Star, Action::Recipe],
    &[
        Action::Again,
        Action::LessMotion,
        Action::MoreMotion,
        Action::Extend,
    ],
    &[
        Action::AddClip,
        Action::CopyFrame,
        Action::SaveFrame,
        Action::Remove,
    ],
];

/// Draws it below what plays.
pub(super) fn take_bar(ui: &mut Ui, room: Rect, view: View<'_>) {
    let (buttons, line) = room.split_top_bottom_at_y(room.top() + tokens::CONTROL + tokens::GAP);
    let layout = Layout::left_to_right(Align::Center);
    match view.studio.shown_take() {
        Some(take) => {
            let width = width_of_bar(view);
            let mut row = Rect::from_center_size(buttons.center(), buttons.size());
            row.set_left((buttons.center().x - width / 2.0).max(buttons.left()));
            let mut row = ui.new_child(UiBuilder::new().max_rect(row).layout(layout));
            row.spacing_mut().item_spacing.x = tokens::GAP / 2.0;
            bar(&mut row, view, take);
            words(ui, line, &about(view, take));
        }
        None => words(ui, line, &other(view)),
    }
}

/// Buttons are equally wide, so the bar's width is known before it is drawn.
fn width_of_bar(view: View<'_>) -> f32 {
    let buttons: usize = ACTIONS.iter().map(|group| group.len()).sum();
    let comparing = if view.studio.compared().is_some() {
        4
    } else {
        0
    };
    let count = (buttons + 1 + comparing) as f32;
    count * (tokens::CONTROL + tokens::GAP / 2.0) + 3.0 * tokens::GAP_PANEL
}

fn bar(ui: &mut Ui, view: View<'_>, take: &ShelfTake) {
    let starred = view.studio.is_starred(take.id);
    for group in ACTIONS {
        for &action in group {
            let lit = action == Action::Star && starred;
            action_icon(ui, view, action, lit);
        }
        ui.add_space(tokens::GAP_PANEL);
    }
    let compared = view.studio.compared();
    action_icon(ui, view, Action::Compare, compared.is_some());
    let Some((_, compare)) = compared else {
        return;
    };
    for (way, icon, name) in [
        (Way::Wipe, Icon::Wipe, "Wipe"),
        (Way::Side, Icon::Side, "Side by side"),
        (Way::Difference, Icon::Difference, "Difference"),
    ] {
        if icon_button(ui, true, compare.way == way, icon, name).clicked() {
            view.send(Command::Compare(CompareCommand::Way(way)));
        }
    }
    action_icon(ui, view, Action::SwapCompared, false);
}

/// A take in one line.
fn about(view: View<'_>, take: &ShelfTake) -> String {
    let request = &take.take.recipe.request;
    let name = view
        .studio
        .picture_named(take.picture)
        .map_or("", |picture| picture.name.as_str());
    let stopped = if take.take.complete {
        ""
    } else {
        " · stopped early"
    };
    let prompt = match take.prompt.trim() {
        "" => String::new(),
        prompt => format!(" · “{prompt}”"),
    };
    format!(
        "Take {} of {name}{prompt} · {} × {} · seed {}{stopped}",
        take.number, request.width, request.height, request.seed
    )
}

/// What plays when it is no take.
fn other(view: View<'_>) -> String {
    let studio = view.studio;
    if studio.session.shown == Shown::Sequence {
        return sequence_words(view);
    }
    studio.shown_job().map_or_else(String::new, |job| {
        let step = job.preview.as_ref().map_or(0, |preview| preview.step);
        format!("Preview after step {step} of {}", job.steps.1)
    })
}

/// The sequence in one line, and everything that is done to its clips unasked.
fn sequence_words(view: View<'_>) -> String {
    let sequence = view.studio.sequence();
    let (Some(lead), Some(timing)) = (sequence.lead(), sequence.timing()) else {
        return String::new();
    };
    let clips = match sequence.clips().len() {
        1 => "1 clip".to_owned(),
        clips => format!("{clips} clips"),
    };
    let (width, height) = lead.size;
    let mut words = format!(
        "Sequence of {clips} · {width} × {height} at {} · {:.1} s",
        lead.rate,
        timing.duration().as_secs_f64()
    );
    match sequence.fitted() {
        0 => {}
        1 => words.push_str(" · 1 clip is fitted to the size and rate of the first"),
        some => words.push_str(&format!(
            " · {some} clips are fitted to the size and rate of the first"
        )),
    }
    let bytes = width as usize * height as usize * 4 * timing.frames;
    let room = view.textures.room_to_prepare();
    if bytes > room {
        words.push_str(&format!(
            " · too long to be kept ready whole ({} of {} MB): frames come as they are needed",
            bytes >> 20,
            room >> 20
        ));
    }
    words
}

fn words(ui: &mut Ui, line: Rect, words: &str) {
    let layout = Layout::centered_and_justified(eframe::egui::Direction::LeftToRight);
    let mut line = ui.new_child(UiBuilder::new().max_rect(line).layout(layout));
    let text = RichText::new(words)
        .size(tokens::FONT_SMALL)
        .color(ui.colours().text_weak);
    line.add(Label::new(text).truncate());
}
