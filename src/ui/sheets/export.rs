//! Exporting what is on the stage to a file. Everything else stays usable meanwhile.

use egui::{Context, RichText, ScrollArea, TextEdit, Ui};

use crate::app::Command;
use crate::app::command::export::ExportCommand;
use crate::app::command::sequence::SequenceCommand;
use crate::app::state::Shown;
use crate::app::state::export_form::WORDS;
use crate::export::{OutputKind, Quality, Scale};
use crate::ui::focus;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::{
    Sheet, bar, checkbox, choice, line, main_button, name, quiet_button, row_label, text_button,
};

/// Width of the sheet.
const WIDTH: f32 = 440.0;
/// What including a recipe in the file means.
const RECIPE: &str = "A take can be made again from its recipe. The recipe contains the settings and the names of the picture, the model and the camera moves, but not the folders that these are in.";
/// The offered numbers of plays; zero plays for ever.
const PLAYS: [u16; 5] = [0, 1, 2, 3, 5];

/// Draws the sheet.
pub(in crate::ui) fn export(ctx: &Context, view: View<'_>) {
    let sheet = Sheet {
        title: "Export",
        width: WIDTH,
        alone: false,
    };
    sheet.show(ctx, view, |ui| {
        // The export button stays in view, however low the window is.
        let below = match view.studio.runtime.written {
            Some(_) => tokens::MAIN_BUTTON + tokens::CONTROL + 3.0 * tokens::GAP_SMALL,
            None => tokens::MAIN_BUTTON + 2.0 * tokens::GAP_SMALL,
        };
        ScrollArea::vertical()
            .auto_shrink([false, true])
            .max_height((ui.available_height() - below).max(tokens::CONTROL))
            .show(ui, |ui| {
                what(ui, view);
                format(ui, view);
                plays(ui, view);
                place(ui, view);
            });
        ui.add_space(tokens::GAP_SMALL);
        action(ui, view);
    });
}

fn send(view: View<'_>, command: ExportCommand) {
    view.send(Command::Export(command));
}

/// Offers the take and the sequence where there are both: what the stage shows is exported.
fn what(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let sequence = studio.session.shown == Shown::Sequence;
    let Some(lead) = studio.sequence().lead() else {
        return;
    };
    // Beside the sequence, the take that was on the stage before it.
    let before = studio.session.take_before.unwrap_or(lead.take);
    let beside = || studio.take_named(before).filter(|_| sequence);
    let Some(take) = studio.shown_take().or_else(beside) else {
        return;
    };
    let clips = match studio.sequence().clips().len() {
        1 => "Sequence of 1 clip".to_owned(),
        clips => format!("Sequence of {clips} clips"),
    };
    let number = format!("Take {}", take.number);
    row_label(ui, "What");
    let offered = [(false, number.as_str()), (true, clips.as_str())];
    match choice(ui, "What to export", Some(sequence), &offered) {
        Some(true) => view.send(Command::Sequence(SequenceCommand::Show)),
        Some(false) => view.send(Command::ShowTake(take.id)),
        None => {}
    }
}

fn format(ui: &mut Ui, view: View<'_>) {
    let form = &view.studio.session.export;
    row_label(ui, "Format");
    let films = [
        (OutputKind::Mp4, "MP4"),
        (OutputKind::WebM, "WebM"),
        (OutputKind::Mov, "MOV"),
        (OutputKind::Mkv, "MKV"),
    ];
    let rest = [
        (OutputKind::Gif, "GIF"),
        (OutputKind::WebP, "WebP"),
        (OutputKind::Apng, "APNG"),
        (OutputKind::Folder, "PNG files"),
    ];
    for (group, kinds) in [("Films", films), ("Animations and pictures", rest)] {
        if let Some(kind) = choice(ui, group, Some(form.kind), &kinds) {
            send(view, ExportCommand::Format(kind));
        }
    }
    row_label(ui, "Size");
    let sizes = Scale::ALL.map(|scale| {
        let factor = match scale {
            Scale::Half => "½×",
            Scale::One => "1×",
            Scale::Two => "2×",
            Scale::Four => "4×",
        };
        let (width, height) = scale.of(size(view));
        (scale, format!("{factor}  {width} × {height}"))
    });
    let words: Vec<_> = sizes
        .iter()
        .map(|(scale, words)| (*scale, words.as_str()))
        .collect();
    if let Some(scale) = choice(ui, "Size", Some(form.delivery.scale), &words) {
        send(view, ExportCommand::Scale(scale));
    }
    if form.kind.has_quality() {
        row_label(ui, "Quality");
        let words = [
            (Quality::Small, "Small file"),
            (Quality::Good, "Good"),
            (Quality::Best, "Best"),
        ];
        if let Some(quality) = choice(ui, "Quality", Some(form.delivery.quality), &words) {
            send(view, ExportCommand::Quality(quality));
        }
    }
}

/// Width and height of what is on the stage.
fn size(view: View<'_>) -> (u32, u32) {
    let studio = view.studio;
    let size = match studio.session.shown {
        Shown::Sequence => studio.sequence().size(),
        Shown::Picture => studio.settings().map(|settings| {
            let (width, height) = settings.size;
            (width as u32, height as u32)
        }),
        _ => studio.clip_source().and_then(|clip_source| {
            clip_source
                .frames
                .first()
                .map(|frame| (frame.width, frame.height))
        }),
    };
    size.unwrap_or((0, 0))
}

fn plays(ui: &mut Ui, view: View<'_>) {
    let form = &view.studio.session.export;
    let film = form.kind.is_film();
    row_label(ui, "Plays");
    let words = PLAYS.map(|plays| match plays {
        0 => "For ever".to_owned(),
        1 => "Once".to_owned(),
        plays => format!("{plays} times"),
    });
    let offered: Vec<_> = PLAYS
        .into_iter()
        .zip(words.iter().map(String::as_str))
        // A film cannot repeat for ever, and pictures do not play at all.
        .filter(|&(plays, _)| plays > 0 || !film)
        .collect();
    let present = if film {
        form.delivery.plays.max(1)
    } else {
        form.delivery.plays
    };
    if form.kind == OutputKind::Folder {
        let words = RichText::new("Pictures, numbered in order").small();
        ui.label(words.color(ui.colours().text_weak));
    } else if let Some(plays) = choice(ui, "Plays", Some(present), &offered) {
        send(view, ExportCommand::Plays(plays));
    }
    let mut ping_pong = form.delivery.ping_pong;
    let mut recipe = form.recipe;
    ui.horizontal(|ui| {
        let there = checkbox(ui, &mut ping_pong, "There and back (ping-pong)");
        if there.changed() {
            send(view, ExportCommand::PingPong(ping_pong));
        }
        // An animatic has none.
        if view.studio.session.shown == Shown::Picture {
            return;
        }
        ui.add_space(tokens::GAP_GROUP);
        let with_recipe = checkbox(ui, &mut recipe, "Include its recipe").on_hover_text(RECIPE);
        if with_recipe.changed() {
            send(view, ExportCommand::Recipe(recipe));
        }
    });
    if let Some((first, last)) = view.studio.session.playback.range {
        let words = format!(
            "Only the playback range: frames {} to {}",
            first + 1,
            last + 1
        );
        ui.label(RichText::new(words).small().color(ui.colours().text_weak));
    }
}

fn place(ui: &mut Ui, view: View<'_>) {
    let form = &view.studio.session.export;
    line(
        ui,
        |ui| row_label(ui, "Name"),
        |ui| {
            let words = format!("Placeholders: {}", WORDS.join(" "));
            ui.label(RichText::new(words).small().color(ui.colours().text_weak));
        },
    );
    let mut words = view.studio.export_template().to_owned();
    let usual = view.studio.export_name();
    let field = TextEdit::singleline(&mut words).hint_text(usual);
    let field = ui.add(field.desired_width(f32::INFINITY));
    name(ui, &field, "File name");
    if field.changed() {
        send(view, ExportCommand::Name(words));
    }
    let hint = format!("{} are replaced by their values", WORDS.join(" "));
    field.on_hover_text(hint);
    let folder = form
        .folder
        .as_ref()
        .map_or_else(|| "…".to_owned(), |folder| folder.display().to_string());
    let (_, change) = line(
        ui,
        |ui| row_label(ui, "Folder"),
        |ui| quiet_button(ui, "Change folder…"),
    );
    if change.clicked() {
        send(view, ExportCommand::ChooseFolder);
    }
    let place = view.studio.export_file();
    let whole = place.map_or(folder, |place| place.display().to_string());
    let text = RichText::new(&whole).small().color(ui.colours().text_weak);
    ui.add(egui::Label::new(text).truncate())
        .on_hover_text(whole);
}

fn action(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    if let Some(export) = &studio.runtime.export {
        let words = if export.stopping {
            "Cancelling…".to_owned()
        } else {
            format!("Writing frame {} of {}", export.done, export.total)
        };
        let (_, cancel) = line(
            ui,
            |ui| row_label(ui, &words),
            |ui| text_button(ui, !export.stopping, "Cancel export"),
        );
        if cancel.clicked() {
            send(view, ExportCommand::Cancel);
        }
        let fraction = export.done as f32 / export.total.max(1) as f32;
        let width = ui.available_width();
        bar(ui, width, fraction, "Progress of the export");
        return;
    }
    let ready = studio.can_export();
    let words = match studio.session.shown {
        Shown::Sequence => "Export the sequence",
        Shown::Picture => "Export the animatic",
        _ => "Export the take",
    };
    let button = main_button(ui, ready, words, "");
    focus::note_first(ui.ctx(), button.id);
    let button = if ready {
        button
    } else {
        button.on_hover_text(match studio.session.shown {
            Shown::Picture => {
                "Nothing moves in this picture yet: choose a camera move, or draw a cut-out"
            }
            _ => "First show a finished take or the sequence on the stage",
        })
    };
    if button.clicked() {
        send(view, ExportCommand::Begin);
    }
    written(ui, view);
}

/// Draws the row with the file that was written last.
pub(in crate::ui) fn written(ui: &mut Ui, view: View<'_>) {
    let Some(path) = &view.studio.runtime.written else {
        return;
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let (_, show) = line(
        ui,
        |ui| row_label(ui, &format!("Written: {file}")),
        |ui| quiet_button(ui, "Show in folder"),
    );
    if show.clicked() {
        send(view, ExportCommand::ShowInFolder(path.clone()));
    }
}
