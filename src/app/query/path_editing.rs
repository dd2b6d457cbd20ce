//! The path of the camera that is drawn on the stage: its keyframes, as they are edited at the playhead.

use super::curve_editing::{is_same_time, time_of};
use crate::app::command::camera::{Axis, CameraCommand};
use crate::app::state::{Shown, Studio};
use crate::media::camera::{CameraPath, Easing, Pose};

/// A keyframe: time from 0 to 1, pose, and how the pose changes until the next keyframe.
pub type Key = (f32, Pose, Easing);

/// The easings that a keyframe can have, with their names in the interface.
pub const EASINGS: [(Easing, &str); 5] = [
    (Easing::Linear, "Steady"),
    (Easing::EaseIn, "Ease in"),
    (Easing::EaseOut, "Ease out"),
    (Easing::EaseInOut, "Ease both"),
    (Easing::Hold, "Hold"),
];

/// The path that is edited, and the frame under the playhead.
#[derive(Clone, Debug, PartialEq)]
pub struct EditedPath {
    /// The path.
    pub path: CameraPath,
    /// The frame under the playhead, counted from zero.
    pub frame: usize,
    /// Number of frames of the next take.
    pub frames: usize,
}

impl EditedPath {
    /// Its keyframes, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.path.keys().collect()
    }

    /// The time of a frame.
    #[must_use]
    pub fn time_of(&self, frame: usize) -> f32 {
        time_of(frame, self.frames)
    }

    /// The frame nearest to a time.
    #[must_use]
    pub fn frame_of(&self, t: f32) -> usize {
        let last = self.frames.saturating_sub(1);
        ((t * last as f32).round() as usize).min(last)
    }

    /// The pose at the playhead.
    #[must_use]
    pub fn pose(&self) -> Pose {
        self.path.at(self.time_of(self.frame))
    }

    /// The keyframe at the playhead, counted from zero.
    #[must_use]
    pub fn key_here(&self) -> Option<usize> {
        let t = self.time_of(self.frame);
        self.path.keys().position(|key| is_same_time(key.0, t))
    }

    /// The keyframe at or before the playhead, whose easing is in effect; `None` at the last one, which leads nowhere.
    #[must_use]
    pub fn key_in_effect(&self) -> Option<usize> {
        let t = self.time_of(self.frame) + 1e-4;
        let before = self.path.keys().filter(|key| key.0 <= t).count();
        let count = self.path.keys().count();
        before.checked_sub(1).filter(|index| index + 1 < count)
    }

    /// The command that puts the content into a pose at the playhead, where a keyframe is added unless there is one. `None`
    /// at the first frame, which is the picture itself.
    #[must_use]
    pub fn posed(&self, pose: Pose) -> Option<CameraCommand> {
        if self.frame == 0 {
            return None;
        }
        let t = self.time_of(self.frame);
        let mut keys = self.keys();
        match self.key_here() {
            Some(index) => keys[index].1 = pose,
            None => {
                let after = keys.iter().position(|key| key.0 > t).unwrap_or(keys.len());
                // A keyframe within a movement leaves its easing to what follows.
                let easing = keys[after.saturating_sub(1)].2;
                keys.insert(after, (t, pose, easing));
            }
        }
        Some(changed(keys))
    }

    /// The command that adds a keyframe to the path where it is at the playhead; `None` if there is one.
    #[must_use]
    pub fn with_key_here(&self) -> Option<CameraCommand> {
        if self.key_here().is_some() {
            return None;
        }
        self.posed(self.pose())
    }

    /// The command that removes a keyframe; `None` for the first one, and if there is no other.
    #[must_use]
    pub fn without_key(&self, index: usize) -> Option<CameraCommand> {
        let mut keys = self.keys();
        if index == 0 || keys.len() <= 2 || index >= keys.len() {
            return None;
        }
        keys.remove(index);
        Some(changed(keys))
    }

    /// The command that moves a keyframe to another frame, at least one away from its neighbours; `None` for the first one.
    #[must_use]
    pub fn retimed(&self, index: usize, frame: usize) -> Option<CameraCommand> {
        let mut keys = self.keys();
        let before = self.frame_of(keys.get(index.checked_sub(1)?)?.0) + 1;
        let last = self.frames.saturating_sub(1);
        let after = keys
            .get(index + 1)
            .map_or(last, |key| self.frame_of(key.0).saturating_sub(1));
        keys[index].0 = self.time_of(frame.clamp(before.min(after), after));
        Some(changed(keys))
    }

    /// The command that gives a keyframe another pose.
    #[must_use]
    pub fn moved(&self, index: usize, pose: Pose) -> Option<CameraCommand> {
        let mut keys = self.keys();
        keys.get_mut(index).filter(|_| index > 0)?.1 = pose;
        Some(changed(keys))
    }

    /// The command that changes how the path continues from the keyframe in effect.
    #[must_use]
    pub fn eased(&self, easing: Easing) -> Option<CameraCommand> {
        let mut keys = self.keys();
        let key = &mut keys[self.key_in_effect()?];
        if key.2 == easing {
            return None;
        }
        key.2 = easing;
        Some(changed(keys))
    }
}

fn changed(keys: Vec<Key>) -> CameraCommand {
    CameraCommand::Path(CameraPath::of_keys(keys))
}

/// A pose that is further along an axis.
#[must_use]
pub fn further(pose: Pose, axis: Axis, more: f32) -> Pose {
    match axis {
        Axis::Pan => Pose {
            x: pose.x + more,
            ..pose
        },
        Axis::Tilt => Pose {
            y: pose.y + more,
            ..pose
        },
        Axis::Zoom => Pose {
            scale: pose.scale * more.exp(),
            ..pose
        },
        Axis::Roll => Pose {
            roll: pose.roll + more,
            ..pose
        },
    }
}

impl Studio {
    /// The path that the pad edits in the timeline.
    #[must_use]
    pub fn edited_path(&self) -> Option<EditedPath> {
        if !self.session.camera.pad || self.session.shown != Shown::Picture {
            return None;
        }
        let path = self.direction().path.clone()?;
        let settings = self.settings()?;
        self.picture()?;
        let frames = settings.frames;
        let position = self.session.playback.position;
        let count = u32::try_from(frames).unwrap_or(u32::MAX);
        Some(EditedPath {
            path,
            frame: settings.fps.frame_at(position, count) as usize,
            frames,
        })
    }

    /// The path that the moves of the stack make together: what drawing a path begins with.
    #[must_use]
    pub fn path_of_moves(&self) -> CameraPath {
        let cards = self.available_moves();
        CameraPath::to(super::camera_stack::pose(&self.moves(), None, cards, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(path: CameraPath, frame: usize) -> EditedPath {
        EditedPath {
            path,
            frame,
            frames: 11,
        }
    }

    fn at(x: f32) -> Pose {
        Pose { x, ..Pose::REST }
    }

    fn path_of(command: Option<CameraCommand>) -> CameraPath {
        let Some(CameraCommand::Path(Some(path))) = command else {
            panic!("{command:?} is no path");
        };
        path
    }

    #[test]
    fn keyframes_are_set_moved_eased_and_removed() {
        let start = CameraPath::to(at(0.2));
        assert_eq!(
            edited(start.clone(), 0).posed(at(0.1)),
            None,
            "the picture itself"
        );
        let path = path_of(edited(start.clone(), 5).posed(at(0.3)));
        let times: Vec<f32> = path.keys().map(|key| key.0).collect();
        assert_eq!(times, [0.0, 0.5, 1.0]);
        assert_eq!(
            (path.at(0.25).x, path.at(0.5).x, path.at(1.0).x),
            (0.15, 0.3, 0.2)
        );
        // Setting it again changes it.
        let path = path_of(edited(path, 5).posed(at(0.4)));
        assert_eq!(path.keys().count(), 3);
        let late = edited(path, 7);
        assert_eq!((late.key_here(), late.key_in_effect()), (None, Some(1)));
        let eased = path_of(late.eased(Easing::EaseIn));
        assert_eq!(eased.at(0.75).x, 0.4 - 0.2 * 0.25);
        assert_eq!(
            edited(eased.clone(), 10).eased(Easing::Hold),
            None,
            "it leads nowhere"
        );
        // It stays a frame away from its neighbours.
        for (frame, expected) in [(0, 0.1), (3, 0.3), (10, 0.9)] {
            let moved = path_of(edited(eased.clone(), 0).retimed(1, frame));
            assert_eq!(moved.keys().nth(1).map(|key| key.0), Some(expected));
        }
        assert_eq!(edited(eased.clone(), 0).retimed(0, 3), None);
        assert_eq!(edited(eased.clone(), 0).without_key(0), None);
        let removed = path_of(edited(eased, 5).without_key(1));
        assert_eq!(removed, start);
        assert_eq!(edited(removed, 5).without_key(1), None, "two remain");
    }

    #[test]
    fn poses_go_further_along_every_axis() {
        for axis in Axis::ALL {
            let pose = further(further(Pose::REST, axis, 0.1), axis, 0.2);
            assert!((axis.component(pose) - 0.3).abs() < 1e-6, "{axis:?}");
        }
    }
}
