//! Which command each action about keyframes sends, and when it is available.

use super::action::Action;
use crate::app::Studio;
use crate::app::command::camera::CameraCommand;
use crate::app::query::camera_axes::axes;
use crate::app::query::curve_editing::CurveShape;
use crate::app::query::path_editing::EditedPath;
use crate::media::camera::Easing;

impl Action {
    /// The command about keyframes that this action sends; `None` while it is unavailable.
    pub(super) fn about_keyframes(self, studio: &Studio) -> Option<CameraCommand> {
        match self {
            Self::EditCurve => return next_curve(studio),
            Self::DrawPath => return studio.picture().map(|_| CameraCommand::DrawPath),
            Self::RemovePath => {
                let path = studio.direction().path.as_ref();
                return path.map(|_| CameraCommand::Path(None));
            }
            _ => {}
        }
        if let Some(path) = studio.edited_path() {
            return self.about_path(&path, studio.session.camera.performs);
        }
        let edited = studio.edited_curve().filter(|_| studio.edits_time())?;
        let t = studio.time_in_next();
        let shaped = |shape: CurveShape| {
            let other = edited.shape() != Some(shape);
            other.then(|| edited.changed(shape.curve(edited.most)))
        };
        match self {
            Self::AddKeyframe => edited.with_key_at(t),
            Self::RemoveKeyframe => edited.without_key_at(t),
            Self::SteadyStrength => shaped(CurveShape::Steady),
            Self::EaseIn => shaped(CurveShape::EaseIn),
            Self::EaseOut => shaped(CurveShape::EaseOut),
            Self::RiseAndFall => shaped(CurveShape::RiseAndFall),
            _ => None,
        }
    }

    fn about_path(self, path: &EditedPath, performs: bool) -> Option<CameraCommand> {
        match self {
            Self::PerformPath => Some(CameraCommand::Perform(!performs)),
            Self::AddKeyframe => path.with_key_here(),
            Self::RemoveKeyframe => path.without_key(path.key_here()?),
            Self::SteadyStrength => path.eased(Easing::Linear),
            Self::EaseIn => path.eased(Easing::EaseIn),
            Self::EaseOut => path.eased(Easing::EaseOut),
            Self::EaseBoth => path.eased(Easing::EaseInOut),
            Self::HoldPose => path.eased(Easing::Hold),
            _ => None,
        }
    }
}

/// Shows the curve of the first move in the stack, or of the one after the curve that is shown; after the last one, none.
fn next_curve(studio: &Studio) -> Option<CameraCommand> {
    studio.picture()?;
    let cards = studio.available_moves();
    let moves = studio.moves();
    let all = axes(cards);
    let mut acting = all
        .iter()
        .filter(|axis| axis.strength(&moves, cards) != 0.0)
        .map(|axis| &axis.plus.name);
    let shown = studio.edited_curve().filter(|_| studio.edits_time());
    let next = match shown {
        None => Some(acting.next()?),
        Some(shown) => acting.skip_while(|name| **name != shown.name).nth(1),
    };
    Some(CameraCommand::EditCurve(next.cloned()))
}
