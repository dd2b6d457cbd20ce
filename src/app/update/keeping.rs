//! Finished takes, and pictures without a file of their own, on their way to the disk: written as
//! soon as they are there, and again until they are.

use std::sync::Arc;

use super::{notice, project};
use crate::app::effect::Effect;
use crate::app::keeper::Keep;
use crate::app::project_file::{TakeEntry, kept_picture};
use crate::app::state::{PictureId, ShelfPicture, Studio, TakeId};
use crate::error::ProjectError;

/// What keeps a finished take: first that it exists, then its frames.
pub(super) fn keep_take(studio: &mut Studio, id: TakeId) -> Vec<Effect> {
    let mut effects = project::save(studio);
    effects.extend(take(studio, id));
    effects
}

fn take(studio: &Studio, id: TakeId) -> Option<Effect> {
    let place = studio.project.home.clone()?;
    let shelf = studio.take_named(id)?;
    let keep = Keep::Take(TakeEntry::of(shelf), Arc::clone(&shelf.take));
    Some(Effect::Keep { place, keep })
}

/// What keeps a picture that has no file of its own; nothing where it has one.
pub(super) fn keep_picture(studio: &Studio, id: PictureId) -> Option<Effect> {
    let place = studio.project.home.clone()?;
    let shelf = studio.picture_named(id)?;
    if shelf.path.is_some() {
        return None;
    }
    let path = kept_picture(&place, &shelf.print, shelf.sample);
    let keep = Keep::Picture(id, path, Arc::clone(&shelf.picture));
    Some(Effect::Keep { place, keep })
}

/// The file that a recipe names: the picture's own, or the one in the project's folder.
pub(super) fn file_of(studio: &Studio, picture: &ShelfPicture) -> Option<std::path::PathBuf> {
    let home = studio.project.home.as_deref();
    let kept = home.map(|home| kept_picture(home, &picture.print, picture.sample));
    picture.path.clone().or(kept)
}

pub(super) fn take_kept(
    studio: &mut Studio,
    take: TakeId,
    kept: Result<(), ProjectError>,
) -> Vec<Effect> {
    if kept.is_err() {
        studio.runtime.unkept.takes.insert(take);
    }
    kept_or_not(studio, kept)
}

pub(super) fn picture_kept(
    studio: &mut Studio,
    picture: PictureId,
    kept: Result<(), ProjectError>,
) -> Vec<Effect> {
    if kept.is_err() {
        studio.runtime.unkept.pictures.insert(picture);
    }
    kept_or_not(studio, kept)
}

fn kept_or_not(studio: &mut Studio, kept: Result<(), ProjectError>) -> Vec<Effect> {
    match kept {
        Ok(()) => Vec::new(),
        Err(error) => {
            project::try_again_later(studio);
            notice::trouble(studio, "Not everything is saved", &error)
        }
    }
}

/// Writes again what the disk has refused.
pub(super) fn again(studio: &mut Studio) -> Vec<Effect> {
    let unkept = std::mem::take(&mut studio.runtime.unkept);
    let pictures = unkept.pictures.into_iter();
    let mut effects: Vec<_> = pictures.filter_map(|id| keep_picture(studio, id)).collect();
    effects.extend(unkept.takes.into_iter().filter_map(|id| take(studio, id)));
    effects
}

/// Writes what came after `next` was the number of the next thing: a copy of the project that was
/// asked for then does not have it.
pub(super) fn later_than(studio: &Studio, next: u64) -> Vec<Effect> {
    let pictures = studio.project.pictures.iter();
    let pictures = pictures.filter(|picture| picture.id.0 >= next);
    let takes = studio.project.takes.iter().filter(|take| take.id.0 >= next);
    pictures
        .filter_map(|picture| keep_picture(studio, picture.id))
        .chain(takes.filter_map(|shelf| take(studio, shelf.id)))
        .collect()
}
