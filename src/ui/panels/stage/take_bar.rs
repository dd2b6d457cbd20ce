//! Actions for what plays on the stage, and the settings that it was made with.

use egui::{Align, Label, Layout, Rect, RichText, Ui, UiBuilder};

use super::film_bar::film_bar;
use super::take_line::{fitting, take_line};
use crate::app::command::takes::CompareMode;
use crate::app::state::Shown;
use crate::ui::input::action::Action;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{Icon, action_icon, icon_menu, menu_entry, worded_action, worded_width};

/// Height of the bar and the line below it.
pub(in crate::ui::panels) const HEIGHT: f32 = tokens::CONTROL + tokens::CHIP + tokens::GAP;

/// The most common actions on a take, with their labels; where there is no room for labels, only icons are
/// shown.
const NAMED: [(Action, &str); 4] = [
    (Action::Again, "Again"),
    (Action::Extend, "Extend"),
    (Action::AddClip, "Add to sequence"),
    (Action::Export, "Export"),
];

/// The other actions on a take.
const MENU: [Action; 7] = [
    Action::Rename,
    Action::Recipe,
    Action::LessMotion,
    Action::MoreMotion,
    Action::CopyFrame,
    Action::SaveFrame,
    Action::Remove,
];

/// Actions for comparing two takes.
const COMPARING: [Action; 5] = [
    Action::Compare,
    Action::CompareWipe,
    Action::CompareSide,
    Action::CompareDifference,
    Action::SwapCompared,
];

/// Draws the bar below what plays.
pub(in crate::ui::panels) fn take_bar(ui: &mut Ui, room: Rect, view: View<'_>) {
    let (buttons, line) = room.split_top_bottom_at_y(room.top() + tokens::CONTROL + tokens::GAP);
    let layout = Layout::left_to_right(Align::Center);
    match view.studio.shown_take() {
        Some(take) => {
            let bar = Bar::of(ui, view, buttons.width());
            let mut row = Rect::from_center_size(buttons.center(), buttons.size());
            row.set_left(bar.left(ui, buttons));
            let mut row = ui.new_child(UiBuilder::new().max_rect(row).layout(layout));
            row.spacing_mut().item_spacing.x = GAP;
            bar.show(&mut row, view, view.studio.is_starred(take.id));
            take_line(ui, line, view, take);
        }
        None => {
            if view.studio.session.shown == Shown::Sequence {
                film_bar(ui, buttons, view);
            }
            words(ui, line, &other(view));
        }
    }
}

/// The gap between two buttons.
const GAP: f32 = tokens::GAP / 2.0;

/// How the named actions are shown, from wide to narrow.
#[derive(Clone, Copy, PartialEq)]
enum NamedAs {
    Words,
    Icons,
    Entries,
}

/// What the bar has room for.
struct Bar {
    /// How the named actions are shown.
    named: NamedAs,
    /// The actions for comparing takes.
    comparing: &'static [Action],
}

impl Bar {
    fn of(ui: &Ui, view: View<'_>, room: f32) -> Self {
        let comparing = if view.studio.compared().is_some() {
            &COMPARING[..]
        } else {
            &COMPARING[..1]
        };
        let of = |named| Self { named, comparing };
        [NamedAs::Words, NamedAs::Icons]
            .map(of)
            .into_iter()
            .find(|bar| bar.width(ui) <= room)
            .unwrap_or_else(|| of(NamedAs::Entries))
    }

    /// Where the bar begins: in the middle without the ways of comparing, so that the button that starts a comparison
    /// stays under the pointer; further to the left only if there would be no room.
    fn left(&self, ui: &Ui, room: Rect) -> f32 {
        let plain = Self {
            named: self.named,
            comparing: &COMPARING[..1],
        };
        let middle = room.center().x - plain.width(ui) / 2.0;
        let most = room.right() - self.width(ui);
        middle.min(most).max(room.left())
    }

    fn width(&self, ui: &Ui) -> f32 {
        let named = NAMED.map(|(_, words)| self.named_width(ui, words) + GAP);
        // The star and the menu are at its ends.
        let icons = (self.comparing.len() + 2) as f32 * (tokens::CONTROL + GAP);
        named.iter().sum::<f32>() + icons + 3.0 * tokens::GAP_SMALL
    }

    fn named_width(&self, ui: &Ui, words: &str) -> f32 {
        match self.named {
            NamedAs::Words => worded_width(ui, words),
            NamedAs::Icons => tokens::CONTROL,
            NamedAs::Entries => -GAP,
        }
    }

    fn show(self, ui: &mut Ui, view: View<'_>, starred: bool) {
        action_icon(ui, view, Action::Star, starred);
        ui.add_space(tokens::GAP_SMALL);
        for (action, words) in NAMED {
            match self.named {
                NamedAs::Words => worded_action(ui, view, action, words),
                NamedAs::Icons => {
                    action_icon(ui, view, action, false);
                }
                NamedAs::Entries => {}
            }
        }
        ui.add_space(tokens::GAP_SMALL);
        let compared = view.studio.compared();
        for &action in self.comparing {
            let mode = |mode| compared.is_some_and(|(_, compare)| compare.mode == mode);
            let lit = match action {
                Action::Compare => compared.is_some(),
                Action::CompareWipe => mode(CompareMode::Wipe),
                Action::CompareSide => mode(CompareMode::Side),
                Action::CompareDifference => mode(CompareMode::Difference),
                _ => false,
            };
            action_icon(ui, view, action, lit);
        }
        ui.add_space(tokens::GAP_SMALL);
        icon_menu(ui, Icon::More, "More about this take", |ui| {
            if self.named == NamedAs::Entries {
                for (action, _) in NAMED {
                    menu_entry(ui, view, action);
                }
            }
            for action in MENU {
                menu_entry(ui, view, action);
            }
        });
    }
}

/// The words about the sequence or a job, where no take plays.
fn other(view: View<'_>) -> Vec<String> {
    let studio = view.studio;
    if studio.session.shown == Shown::Sequence {
        return sequence_words(view);
    }
    let job = studio.shown_job().into_iter();
    job.map(|job| {
        let step = job.preview.as_ref().map_or(0, |preview| preview.step);
        format!("Preview after step {step} of {}", job.steps.1)
    })
    .collect()
}

/// The sequence in one line with everything that happens to its clips automatically; then shorter forms.
fn sequence_words(view: View<'_>) -> Vec<String> {
    let sequence = view.studio.sequence();
    let (Some(lead), Some(timing)) = (sequence.lead(), sequence.timing()) else {
        return Vec::new();
    };
    let clips = match sequence.clips().len() {
        1 => "1 clip".to_owned(),
        clips => format!("{clips} clips"),
    };
    let (width, height) = sequence.size().unwrap_or(lead.size);
    let seconds = timing.duration().as_secs_f64();
    let plain = format!(
        "Sequence of {clips} · {width} × {height} at {} fps · {seconds:.1} s",
        lead.rate
    );
    let mut words = plain.clone();
    match sequence.fitted() {
        0 => {}
        1 => words.push_str(" · 1 clip is adapted to the size and frame rate of the film"),
        some => words.push_str(&format!(
            " · {some} clips are adapted to the size and frame rate of the film"
        )),
    }
    let bytes = width as usize * height as usize * 4 * timing.frames;
    let room = view.textures.room_to_prepare();
    if bytes > room {
        words.push_str(&format!(
            " · too long to keep in memory (needs {} MB, but may use only {} MB), so frames are loaded when they are needed",
            bytes >> 20,
            room >> 20
        ));
    }
    vec![words, plain, format!("{clips} · {seconds:.1} s"), clips]
}

/// Draws one line of small text in the middle, in its longest form that fits.
pub(in crate::ui::panels) fn words(ui: &mut Ui, line: Rect, forms: &[String]) {
    let layout = Layout::centered_and_justified(egui::Direction::LeftToRight);
    let words = fitting(ui, forms, line.width());
    let mut line = ui.new_child(UiBuilder::new().max_rect(line).layout(layout));
    let text = RichText::new(words)
        .size(tokens::FONT_SMALL)
        .color(ui.colours().text_weak);
    let label = line.add(Label::new(text).truncate());
    if let Some(all) = forms.first().filter(|all| *all != words) {
        label.on_hover_text(all);
    }
}
