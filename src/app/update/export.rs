//! Clips being written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::notice;
use crate::app::effect::Effect;
use crate::app::job::ExportJob;
use crate::app::state::{ShelfTake, Studio, TakeId};
use crate::error::ExportError;
use crate::export::Written;

pub(super) fn ask(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.dialog || studio.runtime.export.is_some() {
        return Vec::new();
    }
    let Some(take) = studio.shown_take() else {
        return Vec::new();
    };
    let effect = Effect::AskForClipPlace {
        take: take.id,
        name: suggested_name(studio, take),
    };
    studio.runtime.dialog = true;
    vec![effect]
}

/// The picture's name without its ending, and the take's number.
fn suggested_name(studio: &Studio, take: &ShelfTake) -> String {
    let name = studio
        .picture_named(take.picture)
        .map_or("kinora", |picture| picture.name.as_str());
    let stem = Path::new(name)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    format!("{} take {}.mp4", stem, take.number)
}

pub(super) fn begin(studio: &mut Studio, take: TakeId, path: Option<PathBuf>) -> Vec<Effect> {
    studio.runtime.dialog = false;
    let (Some(shelf), Some(path)) = (studio.take_named(take), path) else {
        return Vec::new();
    };
    let take = Arc::clone(&shelf.take);
    studio.runtime.export = Some(ExportJob {
        path: path.clone(),
        done: 0,
        total: take.frames.len(),
        stopping: false,
    });
    vec![Effect::Export { take, path }]
}

pub(super) fn cancel(studio: &mut Studio) -> Vec<Effect> {
    match &mut studio.runtime.export {
        Some(export) => {
            export.stopping = true;
            vec![Effect::CancelExport]
        }
        None => Vec::new(),
    }
}

pub(super) fn advanced(studio: &mut Studio, done: usize) -> Vec<Effect> {
    if let Some(export) = &mut studio.runtime.export {
        export.done = done;
    }
    Vec::new()
}

pub(super) fn finished(studio: &mut Studio, path: &Path, written: &Written) -> Vec<Effect> {
    studio.runtime.export = None;
    let words = format!(
        "{} frames, {} × {}: {}",
        written.frames,
        written.width,
        written.height,
        path.display()
    );
    notice::news(studio, "The clip is written", &words);
    for note in &written.notes {
        notice::warning(studio, "Good to know", note);
    }
    Vec::new()
}

pub(super) fn stopped(studio: &mut Studio) -> Vec<Effect> {
    studio.runtime.export = None;
    notice::news(
        studio,
        "The export was cancelled",
        "Nothing was left behind.",
    );
    Vec::new()
}

pub(super) fn failed(studio: &mut Studio, error: &ExportError) -> Vec<Effect> {
    studio.runtime.export = None;
    notice::trouble(studio, "The clip was not written", error)
}
