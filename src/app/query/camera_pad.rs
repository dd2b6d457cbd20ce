//! The pad: converting a drag, turn or zoom on the picture to strengths of the moves that produce it.
//!
//! A move's path says what it does, so moves from other sources work too.

use super::camera_stack::{card, opposite, strength_of, with_strength, without};
use crate::app::command::camera::Axis;
use crate::library::camera_moves::MoveCard;
use crate::media::camera::Pose;
use crate::project::direction::CameraMove;

/// The moves along an axis; a missing one cannot be requested.
#[derive(Clone, Copy, Debug)]
pub struct AxisMoves<'a> {
    /// The move to the right, down, closer or clockwise, and its distance at strength 1.
    pub forward: Option<(&'a MoveCard, f32)>,
    /// The move in the opposite direction, and its distance at strength 1, which is negative.
    pub back: Option<(&'a MoveCard, f32)>,
}

impl AxisMoves<'_> {
    /// Whether no installed move follows this axis.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forward.is_none() && self.back.is_none()
    }
}

/// The axis that a pose mainly follows, and its distance; `None` at rest, and for changes of depth.
#[must_use]
pub fn main_axis(pose: Pose) -> Option<(Axis, f32)> {
    let depth = (pose.orbit.abs() / 0.1).max(pose.dolly.abs() / 0.2);
    let size = |axis: &Axis| (axis.component(pose) / axis.unit()).abs();
    let axis = Axis::ALL
        .into_iter()
        .max_by(|one, other| size(one).total_cmp(&size(other)))?;
    (size(&axis) > 0.05 && size(&axis) >= depth).then(|| (axis, axis.component(pose)))
}

/// The usable moves along an axis; those in the stack first.
#[must_use]
pub fn axis_moves<'a>(moves: &[CameraMove], cards: &'a [MoveCard], axis: Axis) -> AxisMoves<'a> {
    let along = |forward: bool| {
        let goes =
            |card: &&'a MoveCard| reach(card, axis).is_some_and(|far| (far > 0.0) == forward);
        let mut fitting: Vec<&MoveCard> = cards
            .iter()
            .filter(|card| card.is_usable())
            .filter(goes)
            .collect();
        // The sort is stable: among the others, the library's order decides.
        fitting.sort_by_key(|card| strength_of(moves, cards, &card.name) == 0.0);
        let first = fitting.first()?;
        Some((*first, reach(first, axis)?))
    };
    let (forward, mut back) = (along(true), along(false));
    // Only moves that are each other's opposites share an entry; otherwise the second one would stay in the stack.
    if let Some((one, _)) = forward
        && let Some(other) = opposite(cards, &one.name)
        && let Some(far) = reach(other, axis).filter(|far| *far < 0.0)
    {
        back = Some((other, far));
    }
    AxisMoves { forward, back }
}

/// The distance of a move along its main axis.
fn reach(card: &MoveCard, axis: Axis) -> Option<f32> {
    let (main, far) = main_axis(card.path.as_ref()?.end())?;
    (main == axis).then_some(far)
}

/// The distance of the stack along an axis, by the moves of that axis.
#[must_use]
pub fn aimed(moves: &[CameraMove], cards: &[MoveCard], axis: Axis) -> f32 {
    let pair = axis_moves(moves, cards, axis);
    let forward = pair.forward.map_or(0.0, |(card, far)| {
        far * strength_of(moves, cards, &card.name).max(0.0)
    });
    let back = pair.back.map_or(0.0, |(card, far)| {
        far * strength_of(moves, cards, &card.name).max(0.0)
    });
    forward + back
}

/// The stack with distance `far` along an axis, if there are moves for it.
#[must_use]
pub fn aim(moves: &[CameraMove], cards: &[MoveCard], axis: Axis, far: f32) -> Vec<CameraMove> {
    let pair = axis_moves(moves, cards, axis);
    let (this, that) = if far >= 0.0 {
        (pair.forward, pair.back)
    } else {
        (pair.back, pair.forward)
    };
    let mut moves = moves.to_vec();
    match (this, that) {
        (Some((this, reach)), that) => {
            if let Some((that, _)) = that
                && opposite(cards, &this.name).is_none_or(|other| other.name != that.name)
            {
                moves = without(&moves, cards, &that.name);
            }
            with_strength(&moves, cards, &this.name, far / reach)
        }
        // No move goes this way; the least that can be done is to remove the opposite one.
        (None, Some((that, _))) if card(cards, &that.name).is_some() => {
            let present = moves.iter().any(|entry| entry.name == that.name);
            if present {
                moves = with_strength(&moves, cards, &that.name, 0.0);
            }
            moves
        }
        (None, _) => moves,
    }
}
