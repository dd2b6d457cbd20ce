//! The strength of a camera move over the frames of the next take, as it is edited in the timeline.

use std::ops::RangeInclusive;

use super::camera_axes::axes;
use super::camera_stack;
use crate::app::command::camera::CameraCommand;
use crate::app::state::{Shown, Studio};
use crate::media::curve::StrengthCurve;

/// A usual course of a strength over the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveShape {
    /// The same strength at all frames.
    Steady,
    /// The camera starts at rest.
    EaseIn,
    /// The camera comes to rest.
    EaseOut,
    /// The camera moves away and comes back.
    RiseAndFall,
}

impl CurveShape {
    /// All shapes, in display order.
    pub const ALL: [Self; 4] = [Self::Steady, Self::EaseIn, Self::EaseOut, Self::RiseAndFall];

    /// Its name in the interface.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Steady => "Steady",
            Self::EaseIn => "Ease in",
            Self::EaseOut => "Ease out",
            Self::RiseAndFall => "Rise and fall",
        }
    }

    /// The curve of this shape with its largest strength; `None` for a steady one.
    ///
    /// A path at constant speed, scaled by a strength s(t), is at t·s(t): it starts at rest if s = t, and comes to rest if
    /// s = 1 − t/2.
    #[must_use]
    pub fn curve(self, most: f32) -> Option<StrengthCurve> {
        match self {
            Self::Steady => None,
            Self::EaseIn => Some(StrengthCurve::line(0.0, most)),
            Self::EaseOut => Some(StrengthCurve::line(most, most / 2.0)),
            Self::RiseAndFall => StrengthCurve::through([(0.0, 0.0), (0.5, most), (1.0, 0.0)]),
        }
    }
}

/// The curve that is edited.
#[derive(Clone, Debug, PartialEq)]
pub struct EditedCurve {
    /// The move whose strengths are above zero.
    pub name: String,
    /// The name of its axis.
    pub title: String,
    /// The words for strengths below and above zero.
    pub words: [String; 2],
    /// The valid strengths.
    pub range: RangeInclusive<f32>,
    /// The strength furthest from zero.
    pub most: f32,
    /// The curve; `None` if the strength is the same at all frames.
    pub curve: Option<StrengthCurve>,
}

impl EditedCurve {
    /// Its keyframes: times from 0 to 1, and strengths.
    #[must_use]
    pub fn keys(&self) -> Vec<(f32, f32)> {
        match &self.curve {
            Some(curve) => curve.points().collect(),
            None => vec![(0.0, self.most), (1.0, self.most)],
        }
    }

    /// The strength at `t`.
    #[must_use]
    pub fn at(&self, t: f32) -> f32 {
        self.curve.as_ref().map_or(self.most, |curve| curve.at(t))
    }

    /// The shape that it has, if it is a usual one.
    #[must_use]
    pub fn shape(&self) -> Option<CurveShape> {
        let has = |shape: &CurveShape| shape.curve(self.most) == self.curve;
        CurveShape::ALL.into_iter().find(has)
    }

    /// The command that gives it other keyframes.
    #[must_use]
    pub fn with_keys(&self, keys: impl IntoIterator<Item = (f32, f32)>) -> Option<CameraCommand> {
        Some(self.changed(Some(StrengthCurve::through(keys)?)))
    }

    /// The command that gives it another course.
    #[must_use]
    pub fn changed(&self, curve: Option<StrengthCurve>) -> CameraCommand {
        CameraCommand::Curve {
            name: self.name.clone(),
            curve,
        }
    }

    /// The command that adds a keyframe to the curve where it is at `t`; `None` if it has one there.
    #[must_use]
    pub fn with_key_at(&self, t: f32) -> Option<CameraCommand> {
        if self.keys().iter().any(|key| is_same_time(key.0, t)) {
            return None;
        }
        // Hundredths, as in the sliders.
        self.with_key(t, (self.at(t) * 100.0).round() / 100.0)
    }

    /// The command that adds a keyframe.
    #[must_use]
    pub fn with_key(&self, t: f32, strength: f32) -> Option<CameraCommand> {
        let mut keys = self.keys();
        let after = keys.iter().position(|key| key.0 > t);
        keys.insert(after.unwrap_or(keys.len()), (t, strength));
        self.with_keys(keys)
    }

    /// The command that removes the keyframe at `t`; `None` if there is none, or no other.
    #[must_use]
    pub fn without_key_at(&self, t: f32) -> Option<CameraCommand> {
        let keys = self.keys();
        let index = keys.iter().position(|key| is_same_time(key.0, t))?;
        self.without_key(index)
    }

    /// The command that removes a keyframe, counted from zero; `None` if there is no other.
    #[must_use]
    pub fn without_key(&self, index: usize) -> Option<CameraCommand> {
        let mut keys = self.keys();
        if keys.len() < 2 || index >= keys.len() {
            return None;
        }
        keys.remove(index);
        self.with_keys(keys)
    }
}

/// The time of one of `frames` frames, from 0 at the first to 1 at the last.
#[must_use]
pub fn time_of(frame: usize, frames: usize) -> f32 {
    let last = frames.saturating_sub(1).max(1);
    (frame as f32 / last as f32).min(1.0)
}

/// Whether two times are those of the same frame: no take has as many frames as this distinguishes.
#[must_use]
pub fn is_same_time(one: f32, other: f32) -> bool {
    (one - other).abs() < 1e-4
}

impl Studio {
    /// Whether the timeline shows the frames of the next take, to edit what happens at each of them.
    #[must_use]
    pub fn edits_time(&self) -> bool {
        let ready = self.session.shown == Shown::Picture && self.picture().is_some();
        let edited = self.edited_curve().is_some() || self.edited_path().is_some();
        ready && self.settings().is_some() && edited
    }

    /// The curve that is edited in the timeline; `None` if its move is no longer in the stack.
    #[must_use]
    pub fn edited_curve(&self) -> Option<EditedCurve> {
        let name = self.session.camera.curve.as_ref()?;
        let cards = self.available_moves();
        let axes = axes(cards);
        let axis = axes.iter().find(|axis| axis.plus.name == *name)?;
        let moves = self.moves();
        let most = axis.strength(&moves, cards);
        let curve = camera_stack::curve_of(&moves, cards, name);
        if most == 0.0 && curve.is_none() {
            return None;
        }
        let minus = axis.minus.map_or("", |minus| axis.direction(minus));
        Some(EditedCurve {
            name: name.clone(),
            title: axis.title.clone(),
            words: [minus, axis.direction(axis.plus)].map(str::to_owned),
            range: axis.range(),
            most,
            curve,
        })
    }

    /// The time of the playhead in the next take, from 0 at the first frame to 1 at the last.
    #[must_use]
    pub fn time_in_next(&self) -> f32 {
        let frames = self.settings().map_or(0, |settings| settings.frames);
        time_of(self.playhead(), frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(most: f32) -> EditedCurve {
        EditedCurve {
            name: "pan-right".to_owned(),
            title: "Pan".to_owned(),
            words: ["left".to_owned(), "right".to_owned()],
            range: -1.2..=1.2,
            most,
            curve: None,
        }
    }

    #[test]
    fn shapes_start_and_end_at_rest() {
        // The place of the content along a straight path, and its speed by differences.
        let place =
            |shape: CurveShape, t: f32| t * shape.curve(1.0).map_or(1.0, |curve| curve.at(t));
        let speed = |shape, t: f32| (place(shape, t + 5e-3) - place(shape, t - 5e-3)) / 1e-2;
        assert!(speed(CurveShape::EaseIn, 0.005) < 0.02);
        assert!(speed(CurveShape::EaseIn, 0.9) > 1.5);
        assert!(speed(CurveShape::EaseOut, 0.1) > 0.8);
        assert!(speed(CurveShape::EaseOut, 0.995) < 0.02);
        assert_eq!(place(CurveShape::RiseAndFall, 1.0), 0.0);
        for shape in CurveShape::ALL {
            let mut curve = steady(-0.8);
            curve.curve = shape.curve(-0.8);
            assert_eq!(curve.shape(), Some(shape));
        }
    }

    #[test]
    fn keyframes_are_added_on_the_curve_and_removed() {
        let mut curve = steady(0.8);
        curve.curve = CurveShape::EaseIn.curve(0.8);
        let Some(CameraCommand::Curve { curve: made, .. }) = curve.with_key_at(0.25) else {
            panic!("a keyframe is added");
        };
        curve.curve = made;
        assert_eq!(curve.keys(), [(0.0, 0.0), (0.25, 0.2), (1.0, 0.8)]);
        assert_eq!(curve.shape(), None);
        assert_eq!(curve.with_key_at(0.25), None, "there is one");
        assert_eq!(curve.without_key_at(0.5), None, "there is none");
        let Some(CameraCommand::Curve { curve: made, .. }) = curve.without_key_at(0.25) else {
            panic!("a keyframe is removed");
        };
        assert_eq!(made, CurveShape::EaseIn.curve(0.8));
    }
}
