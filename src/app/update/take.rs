//! What is done with finished takes: liked, removed, made again, continued, looked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stage::{REMOVED, next_number, put_on_stage};
use super::{history, notice, picture, queue, save};
use crate::app::command::takes::{ShelfCommand, TakeCommand};
use crate::app::protocol::effect::{Effect, FrameEffect};
use crate::app::state::shelf::ShelfTake;
use crate::app::state::{Shown, Studio};
use crate::engine::protocol::Take;
use crate::error::ClipboardError;
use crate::media::frame::Frame;
use crate::project::direction::Direction;
use crate::project::from_recipe::direction_of;
use crate::project::ids::{NO_PICTURE, TakeId};
use crate::project::take_request::Wanted;

/// Factor between "more motion" and what there was.
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
        TakeCommand::Recipe(take) => recipe(studio, take),
        TakeCommand::Again(take) => again(studio, take, |direction| direction.draft.seed = None),
        TakeCommand::Motion { take, more } => again(studio, take, |direction| {
            let motion = &mut direction.draft.motion_bucket;
            *motion = motion.map(|motion| changed_motion(motion, more));
        }),
        TakeCommand::Extend => extend(studio),
        TakeCommand::CopyFrame => seen_frame(studio)
            .map(|(frame, _)| Effect::Frame(FrameEffect::Copy(frame)))
            .into_iter()
            .collect(),
        TakeCommand::SaveFrame => save_frame(studio),
    }
}

/// More or less of it, by at least one whole step.
fn changed_motion(motion: f32, more: bool) -> f32 {
    let changed = if more {
        (motion * MOTION_STEP).max(motion + 1.0)
    } else {
        (motion / MOTION_STEP).min(motion - 1.0)
    };
    changed.round().clamp(*MOTION.start(), *MOTION.end())
}

/// Takes it off the shelf; its neighbour, an older one if there is one, takes the stage.
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
    notice::news(
        studio,
        REMOVED,
        "Undo brings it back; nothing of it is deleted.",
    );
    Vec::new()
}

/// The direction that makes a take again, with every choice in it.
fn whole_direction(shelf: &ShelfTake) -> Direction {
    direction_of(&shelf.take.recipe, &shelf.prompt, None)
}

fn recipe(studio: &mut Studio, take: TakeId) -> Vec<Effect> {
    let Some(shelf) = studio.take_named(take) else {
        return Vec::new();
    };
    let card = studio.model();
    let defaults = card
        .filter(|card| card.name == shelf.take.recipe.model)
        .map(|card| &card.defaults);
    let direction = direction_of(&shelf.take.recipe, &shelf.prompt, defaults);
    let (number, picture) = (shelf.number, shelf.picture);
    let before = studio.project.document.clone();
    studio.project.document.direction = direction;
    if studio.picture_named(picture).is_some() {
        studio.project.document.picture = Some(picture);
        let words = format!("Everything is set as it was for take {number}, seed included.");
        notice::news(studio, "The recipe is back in Direction", &words);
    } else {
        queue::picture_needed(studio, picture);
    }
    history::follow(studio, &before)
}

fn again(studio: &mut Studio, take: TakeId, change: impl FnOnce(&mut Direction)) -> Vec<Effect> {
    let Some(shelf) = studio.take_named(take) else {
        return Vec::new();
    };
    let picture = shelf.picture;
    let mut direction = whole_direction(shelf);
    change(&mut direction);
    let wanted = Wanted {
        picture,
        direction,
        device: None,
    };
    queue::add(studio, wanted)
}

/// The take and frame under the playhead; in a cross-fade those of the clip that comes.
fn under_playhead(studio: &Studio) -> Option<(&ShelfTake, usize)> {
    let playhead = studio.playhead();
    if studio.session.shown != Shown::Sequence {
        return studio.shown_take().map(|take| (take, playhead));
    }
    let mix = studio.sequence().mix_at(playhead)?;
    let layer = mix.over.unwrap_or(mix.under);
    Some((studio.take_named(layer.take)?, layer.frame))
}

/// A take that was made elsewhere, or in another project, is one of this project from now on.
pub(super) fn brought(studio: &mut Studio, take: Arc<Take>, cells: Vec<Frame>) -> Vec<Effect> {
    picture::one_less(studio);
    let id = TakeId(next_number(studio));
    let path = take.recipe.picture.as_deref();
    let mut pictures = studio.project.pictures.iter();
    let picture = pictures.find(|picture| path.is_some() && picture.path.as_deref() == path);
    let shelf = ShelfTake {
        id,
        number: next_take(studio),
        picture: picture.map_or(NO_PICTURE, |picture| picture.id),
        prompt: String::new(),
        take,
        cells,
    };
    studio.project.takes.push(shelf);
    save::touch(studio);
    put_on_stage(studio, Shown::Take(id), true);
    save::keep_take(studio, id)
}

/// One more than any take of the project has.
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

/// The frame under the playhead, as it is seen, and a name for it.
fn seen_frame(studio: &Studio) -> Option<(Frame, String)> {
    let (take, index) = under_playhead(studio)?;
    let frame = take.take.frames.get(index)?.clone();
    let picture = studio
        .picture_named(take.picture)
        .map_or("kinora", |picture| picture.name.as_str());
    let stem = Path::new(picture).file_stem().unwrap_or_default();
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
        return notice::trouble(studio, "The frame was not copied", &error);
    }
    notice::news(
        studio,
        "The frame is on the clipboard",
        "Paste it where you like.",
    );
    Vec::new()
}

pub(super) fn frame_written(studio: &mut Studio, path: &Path) -> Vec<Effect> {
    notice::news(studio, "The frame is written", &path.display().to_string());
    Vec::new()
}

pub(super) fn search(studio: &mut Studio, command: ShelfCommand) -> Vec<Effect> {
    let filter = &mut studio.session.filter;
    match command {
        ShelfCommand::Search(words) => filter.words = words,
        ShelfCommand::ToggleStarred => filter.starred = !filter.starred,
    }
    Vec::new()
}
