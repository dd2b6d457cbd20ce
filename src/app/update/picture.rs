//! Pictures: opened, refused, chosen, shown.

use std::path::PathBuf;

use super::{next_number, notice, put_on_stage};
use crate::app::effect::Effect;
use crate::app::opening::OpenedPicture;
use crate::app::state::{PictureId, ShelfPicture, Shown, Studio};
use crate::error::PictureError;

pub(super) fn open(studio: &mut Studio, paths: Vec<PathBuf>) -> Vec<Effect> {
    if paths.is_empty() {
        return Vec::new();
    }
    studio.runtime.opening += paths.len();
    let matte = studio.preferences.matte;
    vec![Effect::OpenPictures { paths, matte }]
}

pub(super) fn ask(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.dialog {
        return Vec::new();
    }
    studio.runtime.dialog = true;
    vec![Effect::AskForPictures]
}

pub(super) fn chosen(studio: &mut Studio, paths: Vec<PathBuf>) -> Vec<Effect> {
    studio.runtime.dialog = false;
    open(studio, paths)
}

pub(super) fn opened(studio: &mut Studio, opened: OpenedPicture) -> Vec<Effect> {
    let id = PictureId(next_number(studio));
    let from_artist = opened.path.is_some();
    studio.project.pictures.push(ShelfPicture {
        id,
        name: opened.name,
        path: opened.path,
        picture: opened.picture,
        view: opened.view,
        thumb: opened.thumb,
    });
    // What an artist brings goes on the stage; samples wait to be asked.
    if from_artist {
        studio.runtime.opening = studio.runtime.opening.saturating_sub(1);
        return show(studio, id);
    }
    Vec::new()
}

pub(super) fn refused(studio: &mut Studio, error: &PictureError) -> Vec<Effect> {
    studio.runtime.opening = studio.runtime.opening.saturating_sub(1);
    notice::trouble(studio, "That picture was not opened", error)
}

pub(super) fn show(studio: &mut Studio, id: PictureId) -> Vec<Effect> {
    if studio.picture_named(id).is_some() {
        studio.session.picture = Some(id);
        put_on_stage(studio, Shown::Picture, false);
    }
    Vec::new()
}
