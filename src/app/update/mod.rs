//! The one writer: what each command and each fact does to the state, and what is to be done
//! outside of it.
//!
//! Pure: no clock, no threads, no files. Bodies live by noun in the files below.

mod export;
mod history;
mod job;
mod notice;
mod picture;
mod playback;
mod settings;
mod window;

use std::time::Duration;

use super::command::Command;
use super::effect::Effect;
use super::fact::Fact;
use super::state::{Shown, Studio};

/// Time passes.
pub(super) fn tick(studio: &mut Studio, now: Duration) {
    let passed = now.saturating_sub(studio.runtime.now);
    studio.runtime.now = now;
    playback::advance(studio, passed);
    notice::expire(studio);
}

/// Carries out a wish of the artist, and takes note of what it did to the document.
pub(super) fn command(studio: &mut Studio, command: Command) -> Vec<Effect> {
    let edit = command.edit();
    let effects = carry_out(studio, command);
    history::record(studio, Some(edit));
    effects
}

/// Takes in what a worker reported.
pub(super) fn fact(studio: &mut Studio, fact: Fact) -> Vec<Effect> {
    let edit = fact.edit();
    let effects = take_in(studio, fact);
    history::record(studio, edit);
    effects
}

fn carry_out(studio: &mut Studio, command: Command) -> Vec<Effect> {
    match command {
        Command::LookAround => settings::look_around(studio),
        Command::OpenPictures(paths) => picture::open(studio, paths),
        Command::ChoosePictures => picture::ask(studio),
        Command::ShowPicture(id) => picture::show(studio, id),
        Command::ShowTake(id) => playback::show_take(studio, id),
        Command::ShowJob => playback::show_job(studio),
        Command::Direct(choice) => settings::direct(studio, choice),
        Command::RollSeed => vec![Effect::DrawSeed],
        Command::Generate => job::generate(studio),
        Command::Stop(mode) => job::stop(studio, mode),
        Command::PlayPause => playback::play_pause(studio),
        Command::ToggleLoop => playback::toggle_loop(studio),
        Command::Seek(frame) => playback::seek(studio, frame),
        Command::Step(frames) => playback::step(studio, frames),
        Command::Export => export::ask(studio),
        Command::CancelExport => export::cancel(studio),
        Command::DismissNotice(id) => notice::dismiss(studio, id),
        Command::Undo => history::undo(studio),
        Command::Redo => history::redo(studio),
        Command::Window(command) => window::command(studio, command),
        Command::Prefer(preference) => window::prefer(studio, preference),
    }
}

fn take_in(studio: &mut Studio, fact: Fact) -> Vec<Effect> {
    match fact {
        Fact::PictureOpened(opened) => picture::opened(studio, *opened),
        Fact::PictureRefused(error) => picture::refused(studio, &error),
        Fact::PicturesChosen(paths) => picture::chosen(studio, paths),
        Fact::ClipPlaceChosen { take, path } => export::begin(studio, take, path),
        Fact::Troubled(error) => notice::trouble(studio, "That did not work", &error),
        Fact::ModelsListed(models) => settings::listed(studio, models),
        Fact::ModelInspected { name, card } => settings::inspected(studio, &name, card),
        Fact::SeedDrawn(seed) => settings::seed_drawn(studio, seed),
        Fact::JobQueued { job, picture } => job::queued(studio, job, picture),
        Fact::JobRefused(error) => notice::trouble(studio, "The take was not begun", &error),
        Fact::Engine(event) => job::heard(studio, event),
        Fact::PreviewLeft(preview) => job::previewed(studio, preview),
        Fact::CellsMade { take, cells } => {
            let found = studio
                .project
                .takes
                .iter_mut()
                .find(|shelf| shelf.id == take);
            if let Some(found) = found {
                found.cells = cells;
            }
            Vec::new()
        }
        Fact::ExportAdvanced { done } => export::advanced(studio, done),
        Fact::ExportFinished { path, written } => export::finished(studio, &path, &written),
        Fact::ExportStopped => export::stopped(studio),
        Fact::ExportFailed(error) => export::failed(studio, &error),
    }
}

/// Puts something on the stage, from its beginning.
fn put_on_stage(studio: &mut Studio, shown: Shown, playing: bool) {
    studio.session.shown = shown;
    studio.session.playback.position = Duration::ZERO;
    studio.session.playback.playing = playing;
}

/// The next number for a picture or take.
fn next_number(studio: &mut Studio) -> u64 {
    let number = studio.project.next;
    studio.project.next += 1;
    number
}
