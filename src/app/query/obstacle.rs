//! Reasons why the open project cannot be closed, or copied, for now.

use crate::app::command::project::ProjectCommand;
use crate::app::state::Studio;
use crate::error::ProjectError;

impl ProjectCommand {
    /// Why the open project cannot be closed for now.
    #[must_use]
    pub fn obstacle(&self, studio: &Studio) -> Option<ProjectError> {
        match self {
            Self::New | Self::Open(_) | Self::AskOpen => studio.holds_project(),
            Self::SaveAs(_) | Self::AskSaveAs | Self::AskName | Self::Rename(_) => {
                let busy = studio.runtime.job.is_some();
                busy.then_some(ProjectError::Busy)
            }
            Self::Save
            | Self::CancelRename
            | Self::Forget(_)
            | Self::AskFind(_)
            | Self::Find { .. } => None,
        }
    }
}

impl Studio {
    /// What would be lost if another project replaced the open one.
    #[must_use]
    pub fn holds_project(&self) -> Option<ProjectError> {
        let (runtime, project) = (&self.runtime, &self.project);
        match () {
            // The take of a job belongs to the project in which the job was started.
            () if runtime.job.is_some() => Some(ProjectError::Busy),
            () if project.home.is_none() && !project.takes.is_empty() => {
                Some(ProjectError::Nowhere)
            }
            () if !runtime.unsaved.is_empty() => Some(ProjectError::Unsaved),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ids::PictureId;
    use crate::project::take_request::TakeRequest;

    #[test]
    fn a_project_is_not_left_while_something_of_it_would_be_lost() {
        let held = |change: fn(&mut Studio)| {
            let mut studio = Studio::default();
            studio.project.home = Some("here".into());
            change(&mut studio);
            ProjectCommand::New.obstacle(&studio)
        };
        assert!(held(|_| ()).is_none());
        let refused = |studio: &mut Studio| {
            studio.runtime.unsaved.pictures.insert(PictureId(17));
        };
        assert!(matches!(held(refused), Some(ProjectError::Unsaved)));
        let waiting = |studio: &mut Studio| {
            studio.runtime.queue.add(
                TakeRequest {
                    picture: PictureId(0),
                    direction: Default::default(),
                    device: None,
                },
                None,
            );
        };
        assert!(held(waiting).is_none(), "they are saved with the project");
    }
}
