//! Exports, and the contents of the export sheet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::stage::put_on_stage;
use super::{folder, notice};
use crate::app::Command;
use crate::app::command::export::ExportCommand;
use crate::app::command::project::FolderUse;
use crate::app::command::window::Overlay;
use crate::app::protocol::effect::Effect;
use crate::app::state::export_form::{
    ANIMATIC_NAME, NameParts, SEQUENCE_NAME, TAKE_NAME, file_name,
};
use crate::app::state::job::ExportJob;
use crate::app::state::notice::NoticeAction;
use crate::app::state::shelf::ShelfTake;
use crate::app::state::{Shown, Studio};
use crate::error::{ExportError, ProjectError};
use crate::export::Written;
use crate::motion::MotionPictures;
use crate::project::animatic::Animatic;
use crate::project::file::{UNTITLED, project_name};
use crate::project::render::{ExportPlace, ExportTask, FrameSource};

pub(super) fn command(studio: &mut Studio, command: ExportCommand) -> Vec<Effect> {
    let form = &mut studio.session.export;
    match command {
        ExportCommand::Quick if form.used => return begin(studio),
        ExportCommand::Quick => studio.session.overlay = Some(Overlay::Export),
        ExportCommand::Animatic => {
            put_on_stage(studio, Shown::Picture, false);
            studio.session.overlay = Some(Overlay::Export);
        }
        ExportCommand::Format(kind) => form.kind = kind,
        ExportCommand::Scale(scale) => form.delivery.scale = scale,
        ExportCommand::PingPong(ping_pong) => form.delivery.ping_pong = ping_pong,
        ExportCommand::Plays(plays) => form.delivery.plays = plays,
        ExportCommand::Quality(quality) => form.delivery.quality = quality,
        ExportCommand::Recipe(recipe) => form.recipe = recipe,
        ExportCommand::Name(name) if studio.session.shown == Shown::Sequence => {
            form.sequence_name = name;
        }
        ExportCommand::Name(name) if studio.session.shown == Shown::Picture => {
            form.animatic_name = name;
        }
        ExportCommand::Name(name) => form.name = name,
        ExportCommand::ChooseFolder => return folder::choose(studio, FolderUse::Exports),
        ExportCommand::Begin => return begin(studio),
        ExportCommand::Cancel => {
            if let Some(export) = &mut studio.runtime.export {
                export.stopping = true;
                return vec![Effect::CancelExport];
            }
        }
        ExportCommand::ShowInFolder(path) => return vec![Effect::ShowInFolder(path)],
    }
    Vec::new()
}

pub(super) fn folder_known(studio: &mut Studio, folder: PathBuf) -> Vec<Effect> {
    studio.session.export.folder.get_or_insert(folder);
    Vec::new()
}

fn begin(studio: &mut Studio) -> Vec<Effect> {
    if studio.runtime.export.is_some() {
        return Vec::new();
    }
    let Some(place) = studio.export_place() else {
        return Vec::new();
    };
    let Some(mut frames) = frame_source(studio) else {
        if studio.session.shown == Shown::Sequence && !studio.sequence().is_empty() {
            return notice::error(
                studio,
                "Couldn't export the clip",
                &ProjectError::TakeNeeded,
            );
        }
        return Vec::new();
    };
    let form = &mut studio.session.export;
    form.used = true;
    let delivery = form.delivery;
    frames.record_excerpt(delivery, place.kind);
    if !form.recipe {
        frames.metadata.comment.clear();
    }
    let path = place.named(&place.name);
    let task = ExportTask {
        frames,
        delivery,
        place,
    };
    // Progress and result are shown outside the sheet, which would cover them.
    if studio.session.overlay == Some(Overlay::Export) {
        studio.session.overlay = None;
    }
    studio.runtime.written = None;
    studio.runtime.export = Some(ExportJob {
        path,
        done: 0,
        total: task.frames(),
        stopping: false,
    });
    vec![Effect::Export(Box::new(task))]
}

/// The frames on the stage, within the playback range.
fn frame_source(studio: &Studio) -> Option<FrameSource> {
    if studio.session.shown == Shown::Picture {
        return animatic(studio);
    }
    let range = studio.session.playback.bounds(studio.timing()?);
    if studio.session.shown == Shown::Sequence {
        let take = |id| studio.take_named(id).map(|take| take.take.clone());
        return FrameSource::of_sequence(studio.sequence(), take, range);
    }
    FrameSource::of_take(&studio.shown_take()?.take, range)
}

/// The picture on the stage and everything that moves in it.
fn animatic(studio: &Studio) -> Option<FrameSource> {
    let (picture, settings) = (studio.picture()?, studio.settings()?);
    let side = |side: usize| u32::try_from(side).ok();
    let direction = studio.direction();
    let own = (picture.picture.width, picture.picture.height);
    let animatic = Animatic {
        picture: Arc::clone(&picture.picture),
        fit: direction.fit.within(own),
        matte: direction.matte.unwrap_or(studio.preferences.matte),
        motion: studio.motion_shown(),
        size: (side(settings.size.0)?, side(settings.size.1)?),
        frames: settings.frames,
        pictures: MotionPictures::default(),
    };
    let ready = studio.can_export_animatic();
    ready.then(|| FrameSource::of_animatic(animatic, settings.fps))
}

impl Studio {
    /// Whether something on the stage can be exported.
    #[must_use]
    pub fn can_export(&self) -> bool {
        match self.session.shown {
            Shown::Take(_) => self.shown_take().is_some(),
            Shown::Sequence => !self.sequence().is_empty(),
            Shown::Picture => self.can_export_animatic(),
            Shown::Job(_) => false,
        }
    }

    /// The file name of the next export, without its extension.
    #[must_use]
    pub fn export_name(&self) -> String {
        let lead = self.sequence().lead();
        let take = match self.session.shown {
            Shown::Sequence => lead.and_then(|lead| self.take_named(lead.take)),
            _ => self.shown_take(),
        };
        let mut parts = take.map_or_else(NameParts::default, |take| name_parts(self, take));
        match self.session.shown {
            Shown::Sequence => "sequence".clone_into(&mut parts.take),
            Shown::Picture => parts = animatic_parts(self),
            Shown::Take(_) | Shown::Job(_) => {}
        }
        let home = self.project.home.as_deref().map(project_name);
        let named = home.filter(|name| !is_untitled(name));
        parts.project = named.unwrap_or_else(|| format!("{} {}", parts.picture, parts.take));
        let usual = match self.session.shown {
            Shown::Sequence => SEQUENCE_NAME,
            Shown::Picture => ANIMATIC_NAME,
            _ => TAKE_NAME,
        };
        let template = Some(self.export_template()).filter(|own| !own.trim().is_empty());
        file_name(template.unwrap_or(usual), &parts)
    }

    /// The template that was entered for that name; empty for the usual one.
    #[must_use]
    pub fn export_template(&self) -> &str {
        match self.session.shown {
            Shown::Sequence => &self.session.export.sequence_name,
            Shown::Picture => &self.session.export.animatic_name,
            _ => &self.session.export.name,
        }
    }

    /// The file of the next export; an existing file is not replaced.
    #[must_use]
    pub fn export_file(&self) -> Option<PathBuf> {
        let place = self.export_place()?;
        let found = self.runtime.export_free.as_ref();
        let free = found.filter(|(asked, _)| *asked == place);
        Some(free.map_or_else(|| place.named(&place.name), |(_, free)| free.clone()))
    }

    /// Where it should go, if a folder is known.
    fn export_place(&self) -> Option<ExportPlace> {
        let form = &self.session.export;
        Some(ExportPlace {
            folder: form.folder.clone()?,
            name: self.export_name(),
            kind: form.kind,
        })
    }
}

/// Whether a project has a default name: "Untitled", "Untitled 2", …
fn is_untitled(name: &str) -> bool {
    let rest = name.strip_prefix(UNTITLED).map(str::trim);
    rest.is_some_and(|rest| rest.is_empty() || rest.parse::<u32>().is_ok())
}

/// Asks for a free file name for the next export, if the sheet is open and the place may have changed.
pub(super) fn refresh(studio: &mut Studio) -> Option<Effect> {
    if studio.session.overlay != Some(Overlay::Export) {
        // Files may appear or disappear until the next check.
        studio.runtime.export_asked = None;
        return None;
    }
    let place = studio.export_place();
    if place == studio.runtime.export_asked || studio.runtime.export.is_some() {
        return None;
    }
    studio.runtime.export_asked.clone_from(&place);
    Some(Effect::FindFreePlace(place?))
}

pub(super) fn place_found(studio: &mut Studio, place: ExportPlace, free: PathBuf) -> Vec<Effect> {
    studio.runtime.export_free = Some((place, free));
    Vec::new()
}

fn animatic_parts(studio: &Studio) -> NameParts {
    let stem = studio.picture().and_then(|picture| {
        let stem = Path::new(&picture.name).file_stem()?;
        Some(stem.to_string_lossy().into_owned())
    });
    let fps = studio.settings().map(|settings| settings.fps.to_string());
    NameParts {
        picture: stem.unwrap_or_else(|| "kinora".to_owned()),
        take: "animatic".to_owned(),
        model: studio.direction().model.clone(),
        fps: fps.unwrap_or_default(),
        ..NameParts::default()
    }
}

fn name_parts(studio: &Studio, take: &ShelfTake) -> NameParts {
    let stem = Path::new(studio.picture_name_of(take)).file_stem();
    let stem = stem.unwrap_or_else(|| "kinora".as_ref());
    let picture = stem.to_string_lossy().into_owned();
    let recipe = &take.take.recipe;
    NameParts {
        name: match studio.take_title(take) {
            "" => format!("{picture} take {}", take.number),
            title => title.to_owned(),
        },
        picture,
        take: take.number.to_string(),
        seed: recipe.request.seed.to_string(),
        model: recipe.model.stem().to_owned(),
        fps: recipe.request.fps.to_string(),
        project: String::new(),
    }
}

pub(super) fn advanced(studio: &mut Studio, done: usize) -> Vec<Effect> {
    if let Some(export) = &mut studio.runtime.export {
        export.done = done;
    }
    Vec::new()
}

pub(super) fn finished(studio: &mut Studio, path: PathBuf, written: &Written) -> Vec<Effect> {
    studio.runtime.export = None;
    // The file name is in use now.
    studio.runtime.export_asked = None;
    let words = format!(
        "{} frames, {} × {}: {}",
        written.frames,
        written.width,
        written.height,
        path.display()
    );
    let show = NoticeAction {
        words: "Show in folder".to_owned(),
        command: Command::Export(ExportCommand::ShowInFolder(path.clone())),
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let title = format!("Exported {file}");
    studio.runtime.written = Some(path);
    notice::info_with_actions(studio, &title, &words, vec![show]);
    for note in &written.notes {
        notice::warning(studio, "Note", note);
    }
    Vec::new()
}

pub(super) fn stopped(studio: &mut Studio) -> Vec<Effect> {
    studio.runtime.export = None;
    notice::info(
        studio,
        "Export cancelled",
        "The unfinished file was deleted.",
    );
    Vec::new()
}

pub(super) fn failed(studio: &mut Studio, error: &ExportError) -> Vec<Effect> {
    studio.runtime.export = None;
    notice::error(studio, "Couldn't export the clip", error)
}
