//! Pictures of the project whose files are missing: reported, shown on the shelf by name, and found again.

use std::path::PathBuf;

use super::{notice, picture, queue, save};
use crate::app::Command;
use crate::app::command::project::ProjectCommand;
use crate::app::protocol::effect::{Effect, ProjectEffect};
use crate::app::protocol::opened_picture::OpenedPicture;
use crate::app::state::Studio;
use crate::app::state::notice::{NoticeAction, Topic};
use crate::error::{PictureError, ProjectError};
use crate::project::ids::PictureId;

/// A picture of the project was opened, or could not be.
pub(super) fn restored(
    studio: &mut Studio,
    id: PictureId,
    opened: Result<Box<OpenedPicture>, ProjectError>,
) -> Vec<Effect> {
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            studio.project.missing_pictures.insert(id);
            let find = NoticeAction {
                words: "Find it…".to_owned(),
                command: Command::Project(ProjectCommand::AskFind(id)),
            };
            let (topic, title) = (Topic::MissingPicture, "Picture missing");
            return notice::error_about(studio, topic, title, &error, vec![find]);
        }
    };
    // The user may have opened it in the meantime.
    if let Some(before) = picture::no_longer_absent(studio, id) {
        if before
            .fingerprint
            .is_some_and(|fingerprint| fingerprint != opened.fingerprint)
        {
            let words = format!(
                "{} has changed since takes were made from it; those takes cannot be made again",
                before.path.unwrap_or_default().display()
            );
            let (topic, title) = (Topic::ChangedPicture, "Picture changed on disk");
            notice::warning_about(studio, topic, title, &words);
        }
        picture::put_on_shelf(studio, id, *opened);
    }
    // A take of this picture may be waiting for it.
    queue::start_next(studio)
}

/// Asks for the file of a missing picture.
pub(super) fn ask(studio: &mut Studio, picture: PictureId) -> Vec<Effect> {
    let mut absent = studio.project.absent_pictures.iter();
    let (Some(entry), false) = (absent.find(|one| one.id == picture), studio.runtime.dialog) else {
        return Vec::new();
    };
    let name = entry.name.clone();
    studio.runtime.dialog = true;
    let epoch = studio.project.epoch;
    let ask = ProjectEffect::AskForPicture {
        epoch,
        picture,
        name,
    };
    vec![ask.into()]
}

/// The dialog for the file of a missing picture was closed.
pub(super) fn located(
    studio: &mut Studio,
    picture: PictureId,
    path: Option<PathBuf>,
) -> Vec<Effect> {
    studio.runtime.dialog = false;
    path.map_or_else(Vec::new, |path| find(studio, picture, path, false))
}

/// Opens a missing picture from a file, and looks for the others in its folder.
pub(super) fn find(
    studio: &Studio,
    picture: PictureId,
    path: PathBuf,
    anyway: bool,
) -> Vec<Effect> {
    let project = &studio.project;
    let (mut wanted, others): (Vec<_>, Vec<_>) = project
        .absent_pictures
        .iter()
        .filter(|absent| project.missing_pictures.contains(&absent.id))
        .cloned()
        .partition(|absent| absent.id == picture);
    let Some(wanted) = wanted.pop() else {
        return Vec::new();
    };
    let find = ProjectEffect::FindPictures {
        epoch: project.epoch,
        wanted,
        path,
        anyway,
        others,
        matte: studio.preferences.matte,
    };
    vec![find.into()]
}

/// A missing picture was opened from another file, or could not be.
pub(super) fn found(
    studio: &mut Studio,
    id: PictureId,
    path: PathBuf,
    opened: Result<Box<OpenedPicture>, PictureError>,
    anyway: bool,
) -> Vec<Effect> {
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return notice::error(studio, &format!("Couldn't open {name}"), &error);
        }
    };
    let absent = &studio.project.absent_pictures;
    let Some(entry) = absent.iter().find(|absent| absent.id == id) else {
        return Vec::new();
    };
    let wanted = entry.fingerprint.as_ref();
    if !anyway && wanted.is_some_and(|wanted| *wanted != opened.fingerprint) {
        let words = format!(
            "{} is not the picture that this project used as {}, so takes that were made from the original cannot be made again from it.",
            path.display(),
            entry.name
        );
        let command = Command::Project(ProjectCommand::Find {
            picture: id,
            path,
            anyway: true,
        });
        let offer = NoticeAction {
            words: "Use it anyway".to_owned(),
            command,
        };
        notice::with_actions(studio, "This is another picture", &words, vec![offer]);
        return Vec::new();
    }
    picture::no_longer_absent(studio, id);
    picture::put_on_shelf(studio, id, *opened);
    if studio.project.missing_pictures.is_empty() {
        let notices = &mut studio.runtime.notices;
        notices.retain(|notice| notice.topic != Some(Topic::MissingPicture));
    }
    save::touch(studio);
    Vec::new()
}
