//! The only code that changes the state: the effect of each command and each event.
//!
//! Pure: no clock, no threads, no files.

mod camera;
mod compare;
mod direction;
mod draw;
mod export;
mod folder;
mod forecast;
mod history;
mod home;
mod job;
mod missing;
mod models;
mod notice;
mod picture;
mod playback;
mod preset;
mod project;
mod queue;
mod save;
mod sequence;
mod stage;
mod startup;
mod take;
mod window;
mod words;
mod words_job;

use std::path::PathBuf;
use std::time::Duration;

use super::command::Command;
use super::state::Studio;
use crate::app::command::project::ProjectCommand;
use crate::app::protocol::effect::Effect;
use crate::app::protocol::event::{Event, ProjectEvent};
use crate::error::{ProjectError, StudioError};
use crate::library::path_kind::{Evidence, PathKind, classify};

pub(in crate::app) use project::close;

/// Reports that the preferences could not be read.
pub(super) fn report_preferences_error(studio: &mut Studio, error: &ProjectError) {
    notice::error(studio, "Preferences were reset to their defaults", error);
}

/// Advances time.
pub(super) fn tick(studio: &mut Studio, now: Duration) -> Vec<Effect> {
    let passed = now.saturating_sub(studio.runtime.now);
    studio.runtime.now = now;
    playback::advance(studio, passed);
    notice::expire(studio);
    let mut effects = save::autosave(studio);
    let busy = studio.runtime.job.is_some();
    if studio.runtime.memory.due(now, busy) {
        effects.push(Effect::MeasureMemory);
    }
    effects
}

/// Carries out a command, and records what it changed in the document.
pub(super) fn command(studio: &mut Studio, command: Command) -> Vec<Effect> {
    let edit = command.edit();
    let mut effects = if studio.runtime.project_awaited && command.adds_pictures() {
        // There is no project yet to add them to.
        studio.runtime.awaiting.push(command);
        Vec::new()
    } else {
        carry_out(studio, command)
    };
    history::record(studio, edit);
    effects.extend(forecast::refresh(studio));
    effects.extend(words::refresh(studio));
    effects.extend(export::refresh(studio));
    effects
}

/// Handles an event from a worker.
pub(super) fn event(studio: &mut Studio, event: Event) -> Vec<Effect> {
    let edit = event.edit();
    let mut effects = handle(studio, event);
    effects.extend(resume(studio));
    history::record(studio, edit);
    effects.extend(forecast::refresh(studio));
    effects.extend(words::refresh(studio));
    effects.extend(export::refresh(studio));
    effects
}

/// Carries out the commands that were waiting for the project, once it is open.
fn resume(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.project_awaited {
        return Vec::new();
    }
    let awaiting = std::mem::take(&mut studio.runtime.awaiting);
    let resumed = awaiting.into_iter();
    resumed
        .flat_map(|command| carry_out(studio, command))
        .collect()
}

fn carry_out(studio: &mut Studio, command: Command) -> Vec<Effect> {
    match command {
        Command::StartUp => startup::run(studio),
        Command::OpenPictures(paths) => open(studio, paths),
        Command::StopOpening => picture::stop_opening(studio),
        Command::ChoosePictures => picture::ask(studio),
        Command::Paste => picture::paste(studio),
        Command::ShowPicture(id) => picture::show(studio, id),
        Command::ShowTake(id) => playback::show_take(studio, id),
        Command::ShowJob => playback::show_job(studio),
        Command::Direct(choice) => direction::direct(studio, choice),
        Command::Camera(command) => camera::command(studio, command),
        Command::Draw(command) => {
            draw::command(studio, command);
            Vec::new()
        }
        Command::RollSeed => vec![Effect::DrawSeed],
        Command::Generate => queue::generate(studio),
        Command::Queue(command) => queue::command(studio, command),
        Command::Preset(command) => preset::command(studio, command),
        Command::Stop(mode) => job::stop(studio, mode),
        Command::Play(command) => playback::command(studio, command),
        Command::Sequence(command) => sequence::command(studio, command),
        Command::Take(command) => take::command(studio, command),
        Command::Compare(command) => compare::command(studio, command),
        Command::Shelf(command) => take::search(studio, command),
        Command::Zoom(command) => {
            studio.session.zoom.apply(command);
            Vec::new()
        }
        Command::Export(command) => export::command(studio, command),
        Command::Folder(command) => folder::command(studio, command),
        Command::DismissNotice(id) => notice::dismiss(studio, id),
        Command::DismissNotices => notice::dismiss_all(studio),
        Command::AnswerNotice(id, index) => notice::answered(studio, id, index),
        Command::Undo => history::undo(studio),
        Command::Redo => history::redo(studio),
        Command::Window(command) => window::command(studio, command),
        Command::Project(command) => project::command(studio, command),
        Command::Prefer(preference) => window::prefer(studio, preference),
        Command::Models(command) => models::command(studio, command),
        Command::Words(command) => words_job::command(studio, command),
    }
}

fn handle(studio: &mut Studio, event: Event) -> Vec<Effect> {
    match event {
        Event::PictureOpened(opened) => picture::opened(studio, *opened),
        Event::PictureRefused(error) => picture::refused(studio, &error),
        Event::OpeningBegan(name) => picture::opening(studio, name),
        Event::OpeningAdvanced(part) => picture::opening_advanced(studio, part),
        Event::PictureSkipped => picture::skipped(studio),
        Event::TakeImported { take, cells, from } => take::imported(studio, take, cells, from),
        Event::SourcesFound { then, found } => take::sources_found(studio, then, found),
        Event::TakeRefused(error) => picture::not_opened(studio, "the take", &error),
        Event::ProjectFound(folder) => project::found(studio, folder),
        Event::FolderOpened {
            path,
            pictures,
            all,
        } => picture::folder(studio, &path, pictures, all),
        Event::PastedFiles(paths) => picture::pasted_files(studio, paths),
        Event::PasteRefused(error) => picture::paste_refused(studio, &error),
        Event::PicturesChosen(paths) => picture::chosen(studio, paths),
        Event::ExportFolderKnown(folder) => export::folder_known(studio, folder),
        Event::FreePlaceFound { place, free } => export::place_found(studio, place, free),
        Event::FolderChosen(what, folder) => folder::chosen(studio, what, folder),
        Event::FramePlaceChosen { frame, path } => take::frame_placed(studio, frame, path),
        Event::FrameCopied(copied) => take::frame_copied(studio, copied),
        Event::FrameWritten(path) => take::frame_written(studio, &path),
        Event::FrameNotWritten(error) => notice::error(studio, "Couldn't save the frame", &error),
        Event::StudioFailed(error) => {
            let title = match error {
                StudioError::NoDialog => "Couldn't open the file dialog",
                StudioError::NoFileManager { .. } => "Couldn't open the folder",
                _ => "Something went wrong",
            };
            notice::error(studio, title, &error)
        }
        Event::Models(event) => models::event(studio, event),
        Event::Words(event) => words_job::event(studio, event),
        Event::ModelInspected { name, card } => direction::inspected(studio, &name, card),
        Event::Camera(event) => camera::event(studio, event),
        Event::SeedDrawn(seed) => direction::seed_drawn(studio, seed),
        Event::JobQueued { job, request } => job::queued(studio, job, *request),
        Event::JobRefused { error, request } => queue::refused(studio, *request, &error),
        Event::Forecast { job, forecast } => forecast::answered(studio, job, forecast.map(|f| *f)),
        Event::MemoryMeasured(found) => {
            studio.runtime.memory.answered(found);
            Vec::new()
        }
        Event::PresetsListed { presets, refused } => preset::listed(studio, presets, &refused),
        Event::PresetSaved(result) => preset::saved(studio, result),
        Event::Engine(event) if words_job::is_ours(studio, &event) => {
            words_job::engine_event(studio, event)
        }
        Event::Engine(event) => job::engine_event(studio, event),
        Event::PreviewLeft(preview) => job::previewed(studio, preview),
        Event::ExportAdvanced { done } => export::advanced(studio, done),
        Event::ExportFinished { path, written } => export::finished(studio, path, &written),
        Event::ExportStopped => export::stopped(studio),
        Event::ExportFailed(error) => export::failed(studio, &error),
        Event::ProjectRead { folder, read } => project::read(studio, folder, read),
        Event::ProjectChosen(folder) => project::chosen(studio, folder, ProjectCommand::Open),
        Event::OfProject { epoch, event } if epoch == studio.project.epoch => {
            of_project(studio, event)
        }
        Event::OfProject { event, .. } => project::handle_late_event(studio, event),
        Event::Saved => Vec::new(),
        Event::NotSaved(error) => notice::error(studio, "Some changes are not saved", &error),
    }
}

/// Handles an event about the open project.
fn of_project(studio: &mut Studio, event: ProjectEvent) -> Vec<Effect> {
    match event {
        ProjectEvent::CellsMade { take, cells } => {
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
        ProjectEvent::FrameOpened(opened) => picture::opened(studio, *opened),
        ProjectEvent::WordsOpened(opened) => picture::from_words(studio, *opened),
        ProjectEvent::PictureRestored { picture, opened } => {
            missing::restored(studio, picture, opened)
        }
        ProjectEvent::PictureLocated { picture, path } => missing::located(studio, picture, path),
        ProjectEvent::PictureFound {
            picture,
            path,
            opened,
            anyway,
        } => missing::found(studio, picture, path, opened, anyway),
        ProjectEvent::TakeRestored { entry, take } => project::take_restored(studio, &entry, take),
        ProjectEvent::PlaceChosen(to) => project::chosen(studio, to, ProjectCommand::SaveAs),
        ProjectEvent::Saved => save::saved(studio),
        ProjectEvent::NotSaved(error) => save::not_saved(studio, &error),
        ProjectEvent::Copied { to, claim, next } => project::copied(studio, to, claim, next),
        ProjectEvent::Renamed { to, outcome } => home::renamed(studio, to, outcome),
        ProjectEvent::TakeSaved { take, outcome } => save::take_saved(studio, take, outcome),
        ProjectEvent::PictureCollected {
            picture,
            copy,
            outcome,
        } => save::picture_collected(studio, picture, copy, outcome),
        ProjectEvent::PictureSaved { picture, outcome } => {
            save::picture_saved(studio, picture, outcome)
        }
    }
}

/// Opens files and folders: weights are inspected, anything else may be a picture.
fn open(studio: &mut Studio, paths: Vec<PathBuf>) -> Vec<Effect> {
    let is_weights = |path: &PathBuf| classify(path, Evidence::Name) == PathKind::Weights;
    let (weights, pictures): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_weights);
    let looked = weights
        .into_iter()
        .flat_map(|path| camera::inspect(studio, path))
        .collect::<Vec<_>>();
    let opened = picture::open(studio, pictures);
    looked.into_iter().chain(opened).collect()
}
