//! Finished takes: starred, removed, made again, continued.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stage::{REMOVED, next_number, put_on_stage};
use super::{history, notice, picture, queue, save};
use crate::app::Command;
use crate::app::command::takes::{ShelfCommand, TakeCommand};
use crate::app::command::window::{Overlay, Panel, WindowCommand};
use crate::app::protocol::effect::{Effect, FrameEffect};
use crate::app::protocol::sources::{Found, Search};
use crate::app::query::camera_stack;
use crate::app::state::notice::NoticeAction;
use crate::app::state::shelf::ShelfTake;
use crate::app::state::take_filter::ShelfFilter;
use crate::app::state::{Shown, Studio};
use crate::error::{ClipboardError, ProjectError, excerpt};
use crate::library::steering::steer_cards;
use crate::media::frame::Frame;
use crate::project::direction::{Direction, ResolvedDirection};
use crate::project::from_recipe::{Names, direction_of, drawing_of};
use crate::project::ids::{PictureId, TakeId};
use crate::project::take_request::TakeRequest;
use crate::request::{Recipe, RequestDraft, Steer, Take};

/// Title of the notice while the sources of a take are searched for.
const LOOKING: &str = "Looking for the files this take was made from";
/// Title of the notice that a take was opened from a file.
const OPENED: &str = "Take opened";
/// Factor for "more motion".
const MOTION_STEP: f32 = 1.5;
/// Motion buckets that models were trained on (spec §4.4).
const MOTION: std::ops::RangeInclusive<f32> = 1.0..=255.0;

pub(super) fn command(studio: &mut Studio, command: TakeCommand) -> Vec<Effect> {
    match command {
        TakeCommand::Star(take) => {
            let stars = &mut studio.project.document.stars;
            if !stars.remove(&take) {
                stars.insert(take);
            }
            Vec::new()
        }
        TakeCommand::Remove(take) => remove(studio, take),
        TakeCommand::Recipe(take) | TakeCommand::Again(take) | TakeCommand::Motion { take, .. } => {
            remake(studio, command, take)
        }
        TakeCommand::Extend => extend(studio),
        TakeCommand::CopyFrame => seen_frame(studio)
            .map(|(frame, _)| Effect::Frame(FrameEffect::Copy(frame)))
            .into_iter()
            .collect(),
        TakeCommand::SaveFrame => save_frame(studio),
    }
}

/// More or less motion, by at least one whole step.
fn changed_motion(motion: f32, more: bool) -> f32 {
    let changed = if more {
        (motion * MOTION_STEP).max(motion + 1.0)
    } else {
        (motion / MOTION_STEP).min(motion - 1.0)
    };
    changed.round().clamp(*MOTION.start(), *MOTION.end())
}

/// Removes a take from the shelf; an older neighbour, if there is one, replaces it on the stage.
fn remove(studio: &mut Studio, take: TakeId) -> Vec<Effect> {
    let shelf: Vec<TakeId> = studio.shelf_takes().map(|take| take.id).collect();
    let Some(index) = shelf.iter().position(|&id| id == take) else {
        return Vec::new();
    };
    studio.project.document.hidden_takes.insert(take);
    if studio
        .session
        .compare
        .is_some_and(|compare| compare.other == take)
    {
        studio.session.compare = None;
    }
    if studio.session.shown == Shown::Take(take) {
        let next = shelf.get(index + 1).or(shelf[..index].last());
        let shown = next.map_or(Shown::Picture, |&next| Shown::Take(next));
        put_on_stage(studio, shown, next.is_some());
    }
    notice::info(
        studio,
        REMOVED,
        "Undo restores the take. No file is deleted.",
    );
    Vec::new()
}

/// Carries out a command that needs a take's sources, after searching for missing ones.
fn remake(studio: &mut Studio, command: TakeCommand, take: TakeId) -> Vec<Effect> {
    studio.runtime.notices.retain(|one| one.title != OPENED);
    let Some(shelf) = studio.take_named(take) else {
        return Vec::new();
    };
    let recipe = &shelf.take.recipe;
    let picture = studio.picture_of(shelf).map(|picture| picture.id);
    if let (Some(picture), Some(names)) = (picture, studio.names_of(recipe)) {
        return carry_out(studio, command, take, picture, names);
    }
    let search = Search {
        then: command,
        recipe: recipe.clone(),
        project: studio.project.home.clone(),
        brought_from: shelf.brought_from.clone(),
        picture: picture.is_none(),
    };
    notice::info(
        studio,
        LOOKING,
        "Finding a picture that was moved or renamed can take a moment.",
    );
    vec![Effect::SearchSources(Box::new(search))]
}

/// Handles the outcome of a search for a take's sources.
pub(super) fn sources_found(
    studio: &mut Studio,
    command: TakeCommand,
    found: Found,
) -> Vec<Effect> {
    studio
        .runtime
        .notices
        .retain(|notice| notice.title != LOOKING);
    // In another project that ID belongs to another take.
    if studio.project.home != found.project {
        return Vec::new();
    }
    let Some(shelf) = command.take().and_then(|take| studio.take_named(take)) else {
        return Vec::new();
    };
    let (id, recipe) = (shelf.id, shelf.take.recipe.clone());
    let mut effects = Vec::new();
    if let Some(opened) = found.picture {
        effects.extend(picture::add_found(studio, *opened));
    }
    let picture = studio
        .take_named(id)
        .and_then(|take| studio.picture_of(take));
    let Some(picture) = picture.map(|picture| picture.id) else {
        effects.extend(queue::picture_needed(studio, recipe.picture.as_ref()));
        return effects;
    };
    let Some(model) = found.model else {
        let name = excerpt(recipe.model.name);
        let models = Command::Window(WindowCommand::Show(Overlay::Models));
        let offer = NoticeAction {
            words: "Models…".to_owned(),
            command: models,
        };
        effects.extend(cannot(
            studio,
            &ProjectError::ModelNeeded { name },
            vec![offer],
        ));
        return effects;
    };
    let guided = studio.can_guide(&recipe);
    let mut moves = Vec::new();
    for (lora, found) in recipe.loras.into_iter().zip(found.loras) {
        let Some(found) = found else {
            let name = excerpt(lora.named.name);
            effects.extend(cannot(
                studio,
                &ProjectError::MoveNeeded { name },
                Vec::new(),
            ));
            return effects;
        };
        moves.push(found);
    }
    for other in moves.iter().chain([&model]).filter(|found| !found.same) {
        let words = format!("{} is not the same as when this take was made", other.name);
        notice::warning(studio, "The new take will differ", &words);
    }
    let names = Names {
        model: model.name,
        moves: moves.into_iter().map(|found| found.name).collect(),
        guided,
    };
    effects.extend(carry_out(studio, command, id, picture, names));
    effects
}

fn cannot(studio: &mut Studio, error: &ProjectError, offers: Vec<NoticeAction>) -> Vec<Effect> {
    notice::error_with_actions(studio, "Couldn't make the take again", error, offers)
}

/// Carries out a command with all sources found.
fn carry_out(
    studio: &mut Studio,
    command: TakeCommand,
    take: TakeId,
    picture: PictureId,
    names: Names,
) -> Vec<Effect> {
    let Some(shelf) = studio.take_named(take) else {
        return Vec::new();
    };
    let recipe = &shelf.take.recipe;
    if command == TakeCommand::Recipe(take) {
        let card = studio.model().filter(|card| card.name == names.model);
        let defaults = card.map(|card| &card.defaults);
        let (known, guided) = (defaults.is_some(), names.guided);
        let mut direction = direction_of(recipe, &shelf.prompt, names, defaults);
        if guided {
            redraw(studio, recipe, picture, &mut direction);
            leave_steering_to_model(studio, &mut direction);
        }
        direction.moves = camera_stack::joined(&direction.moves, studio.available_moves());
        let others = &studio.direction().drawings;
        let others = others.iter().filter(|(other, _)| **other != picture);
        let others = others.map(|(other, drawing)| (*other, drawing.clone()));
        direction.drawings.extend(others);
        let number = shelf.number;
        let mut words = "All settings now match that take, including its seed.".to_owned();
        if let Some(done) = recipe.request.stop_after {
            let steps = recipe.request.steps;
            words +=
                &format!(" Denoising ends after step {done} of {steps}, as it did for that take.");
        }
        let usual = studio.preferences.matte;
        direction.matte = direction.matte.filter(|&matte| matte != usual);
        let before = studio.project.document.clone();
        let document = &mut studio.project.document;
        (document.direction, document.picture) = (direction, Some(picture));
        if known {
            leave_to_suggestions(studio);
        }
        let title = format!("Settings restored from take {number}");
        notice::info(studio, &title, &words);
        return history::update_dependents(studio, &before);
    }
    let guided = names.guided;
    let mut direction = direction_of(recipe, &shelf.prompt, names, None);
    if guided {
        redraw(studio, recipe, picture, &mut direction);
    }
    let draft = &mut direction.draft;
    // A new variation does all steps.
    draft.stop_after = None;
    match command {
        TakeCommand::Motion { more, .. } => {
            draft.motion_bucket = draft
                .motion_bucket
                .map(|motion| changed_motion(motion, more));
        }
        _ => draft.seed = None,
    }
    let request = TakeRequest {
        picture,
        direction,
        device: None,
    };
    queue::add(studio, request)
}

/// Restores what a recipe's guide draws over its picture.
fn redraw(studio: &Studio, recipe: &Recipe, picture: PictureId, direction: &mut Direction) {
    let shown = studio.picture_named(picture).map(|shown| &shown.picture);
    let drawing = shown.and_then(|shown| drawing_of(recipe, (shown.width, shown.height)));
    if let Some(drawing) = drawing {
        direction.draw(picture, drawing);
    }
}

/// Leaves it to the model how moves reach it, if that makes no difference: a recipe says how it was done, and not
/// whether that was chosen.
fn leave_steering_to_model(studio: &Studio, direction: &mut Direction) {
    let library = &studio.runtime.camera;
    if library.compared_with != direction.model {
        return;
    }
    let moves = camera_stack::loras(&direction.moves, &library.cards);
    let steered = |how| steer_cards(&library.cards, (&moves, direction.path.as_ref()), how).ok();
    if steered(Steer::Auto) == steered(direction.steer) {
        direction.steer = Steer::Auto;
    }
}

/// Names a preset that sets the same numbers, and leaves the frame to the picture if it suggests the same one, so that
/// only what differs from them is shown as chosen.
fn leave_to_suggestions(studio: &mut Studio) {
    let usual = studio.usual_size();
    let defaults = studio.model().map(|card| card.defaults.clone());
    let presets = &studio.runtime.presets;
    let draft = &studio.project.document.direction.draft;
    let preset = defaults.and_then(|defaults| {
        let resolved = |draft: &RequestDraft| ResolvedDirection::of(draft, &defaults);
        let named = presets.iter().any(|preset| preset.is_in(draft));
        let mut others = presets.iter().map(|preset| preset.apply(draft));
        others.find(|other| !named && resolved(other) == resolved(draft))
    });
    let direction = &mut studio.project.document.direction;
    if let Some(draft) = preset {
        direction.draft = draft;
    }
    let draft = &mut direction.draft;
    let size = draft.width.zip(draft.height);
    if size.is_some() && size == usual {
        (draft.width, draft.height) = (None, None);
        direction.frame_chosen = false;
    }
}

/// The take and the frame under the playhead; during a cross-fade those of the later clip.
fn under_playhead(studio: &Studio) -> Option<(&ShelfTake, usize)> {
    let playhead = studio.playhead();
    if studio.session.shown != Shown::Sequence {
        return studio.shown_take().map(|take| (take, playhead));
    }
    let mix = studio.sequence().mix_at(playhead)?;
    let layer = mix.over.unwrap_or(mix.under);
    Some((studio.take_named(layer.take)?, layer.frame))
}

/// Adds a take that was made elsewhere to this project.
pub(super) fn imported(
    studio: &mut Studio,
    take: Arc<Take>,
    cells: Vec<Frame>,
    from: PathBuf,
) -> Vec<Effect> {
    picture::file_done(studio);
    let id = TakeId(next_number(studio));
    let wanted = take.recipe.picture.as_ref();
    let picture = wanted.and_then(|wanted| studio.picture_like(wanted));
    let shelf = ShelfTake {
        id,
        number: next_take(studio),
        picture: picture.map(|picture| picture.id),
        brought_from: Some(from),
        prompt: String::new(),
        take,
        cells,
    };
    studio.project.takes.push(shelf);
    save::touch(studio);
    put_on_stage(studio, Shown::Take(id), true);
    // One such notice is enough if several takes are opened.
    studio.runtime.notices.retain(|one| one.title != OPENED);
    let words = "To make it again exactly, use its settings and press Generate.";
    let offer = NoticeAction {
        words: "Use these settings".to_owned(),
        command: Command::Take(TakeCommand::Recipe(id)),
    };
    notice::info_with_actions(studio, OPENED, words, vec![offer]);
    save::save_take(studio, id)
}

/// The next number for a take.
pub(super) fn next_take(studio: &Studio) -> usize {
    let project = &studio.project;
    let here = project.takes.iter().map(|take| take.number);
    let absent = project.absent_takes.iter().map(|take| take.number);
    here.chain(absent).max().unwrap_or(0) + 1
}

fn extend(studio: &mut Studio) -> Vec<Effect> {
    let Some((take, index)) = under_playhead(studio) else {
        return Vec::new();
    };
    let Some(frame) = take.take.frames.get(index) else {
        return Vec::new();
    };
    let effect = FrameEffect::Open {
        name: format!("Take {} frame {}", take.number, index + 1),
        frame: frame.clone(),
        origin: (take.id, index),
        epoch: studio.project.epoch,
    };
    studio.session.playback.playing = false;
    vec![Effect::Frame(effect)]
}

/// The frame under the playhead as displayed, with a name for it.
fn seen_frame(studio: &Studio) -> Option<(Frame, String)> {
    let (take, index) = under_playhead(studio)?;
    let frame = take.take.frames.get(index)?.clone();
    let stem = Path::new(studio.picture_name_of(take)).file_stem();
    let stem = stem.unwrap_or_else(|| "kinora".as_ref());
    let name = format!(
        "{} take {} frame {}.png",
        stem.to_string_lossy(),
        take.number,
        index + 1
    );
    Some((frame, name))
}

fn save_frame(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.dialog {
        return Vec::new();
    }
    let Some((frame, name)) = seen_frame(studio) else {
        return Vec::new();
    };
    studio.session.playback.playing = false;
    studio.runtime.dialog = true;
    vec![Effect::Frame(FrameEffect::AskForPlace { frame, name })]
}

pub(super) fn frame_placed(
    studio: &mut Studio,
    frame: Frame,
    path: Option<PathBuf>,
) -> Vec<Effect> {
    studio.runtime.dialog = false;
    path.map(|path| Effect::Frame(FrameEffect::Write { frame, path }))
        .into_iter()
        .collect()
}

pub(super) fn frame_copied(studio: &mut Studio, copied: Result<(), ClipboardError>) -> Vec<Effect> {
    if let Err(error) = copied {
        return notice::error(studio, "Couldn't copy the frame", &error);
    }
    notice::info(studio, "Frame copied", "The frame is on the clipboard.");
    Vec::new()
}

pub(super) fn frame_written(studio: &mut Studio, path: &Path) -> Vec<Effect> {
    notice::info(studio, "Frame saved", &path.display().to_string());
    Vec::new()
}

pub(super) fn search(studio: &mut Studio, command: ShelfCommand) -> Vec<Effect> {
    let filter = &mut studio.session.filter;
    match command {
        ShelfCommand::Search(words) => filter.words = words,
        ShelfCommand::ToggleStarred => filter.starred = !filter.starred,
        ShelfCommand::Rename(take) => begin_rename(studio, take),
        ShelfCommand::Name(take, name) => {
            studio.session.renaming = None;
            rename(studio, take, name.trim());
        }
        ShelfCommand::CancelRename => studio.session.renaming = None,
    }
    Vec::new()
}

/// Makes sure that the take can be seen, which is renamed on its tile.
fn begin_rename(studio: &mut Studio, take: TakeId) {
    if !studio.shelf_takes().any(|one| one.id == take) {
        return;
    }
    if !studio.found_takes().any(|one| one.id == take) {
        studio.session.filter = ShelfFilter::default();
    }
    studio.session.layout.of_mut(Panel::Shelf).folded = false;
    studio.session.renaming = Some(take);
}

fn rename(studio: &mut Studio, take: TakeId, name: &str) {
    let Some(shelf) = studio.take_named(take) else {
        return;
    };
    let made = shelf.prompt.trim() == name;
    let names = &mut studio.project.document.take_names;
    if made {
        names.remove(&take);
    } else {
        names.insert(take, name.to_owned());
    }
}
