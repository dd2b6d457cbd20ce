//! Camera moves as axes: a move and its opposite are one axis, with a strength around zero.

use std::ops::RangeInclusive;

use super::camera_stack::{self, CLICK, NOTHING, opposite};
use crate::library::camera_moves::MoveCard;
use crate::project::direction::CameraMove;

/// The axes that every camera has, by the names of their moves, in display order.
const USUAL: [&[&str]; 7] = [
    &["pan-left", "pan-right"],
    &["tilt-up", "tilt-down"],
    &["zoom-in", "zoom-out"],
    &["roll-ccw", "roll-cw"],
    &["orbit-left", "orbit-right"],
    &["dolly-zoom"],
    &["handheld"],
];
/// Parts of names of moves to the right, up or in; a slider shows these above zero.
const PLUS: [&str; 7] = [
    "right",
    "up",
    "in",
    "cw",
    "clockwise",
    "forward",
    "forwards",
];

/// A move and its opposite, if there is one.
#[derive(Clone, Debug)]
pub struct CameraAxis<'a> {
    /// The name shown to the user, such as "Pan".
    pub title: String,
    /// The move for strengths above zero.
    pub plus: &'a MoveCard,
    /// The move for strengths below zero.
    pub minus: Option<&'a MoveCard>,
    /// The move that its number key starts with.
    pub first: &'a MoveCard,
    /// Its position among the axes that every camera has; `None` for any other move.
    usual: Option<usize>,
}

impl CameraAxis<'_> {
    /// Whether it is one of the axes that every camera has.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.usual.is_some()
    }

    /// Its strength in the stack: `plus` above zero, `minus` below zero.
    #[must_use]
    pub fn strength(&self, moves: &[CameraMove], cards: &[MoveCard]) -> f32 {
        camera_stack::strength_of(moves, cards, &self.plus.name)
    }

    /// The valid strengths.
    #[must_use]
    pub fn range(&self) -> RangeInclusive<f32> {
        let least = match self.minus {
            Some(minus) => -*minus.strengths.end(),
            None => *self.plus.strengths.start(),
        };
        least..=*self.plus.strengths.end()
    }

    /// The move for a strength.
    #[must_use]
    pub fn acting(&self, strength: f32) -> &MoveCard {
        match self.minus {
            Some(minus) if strength < 0.0 => minus,
            _ => self.plus,
        }
    }

    /// What distinguishes one of its moves from the other: "left" for "Pan left".
    #[must_use]
    pub fn direction<'a>(&self, card: &'a MoveCard) -> &'a str {
        card.title
            .strip_prefix(&self.title)
            .unwrap_or(&card.title)
            .trim()
    }

    /// The strength after the next press of its number key: its first move, the opposite, nothing.
    #[must_use]
    pub fn next(&self, strength: f32) -> f32 {
        let first = if self.first.name == self.plus.name {
            CLICK
        } else {
            -CLICK
        };
        match () {
            () if strength.abs() < NOTHING => first,
            () if self.minus.is_some() && strength * first > 0.0 => -first,
            () => 0.0,
        }
    }

    /// Whether the selected model can use it.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.plus.is_usable() || self.minus.is_some_and(MoveCard::is_usable)
    }
}

/// All axes: those that every camera has in their order, then any others.
#[must_use]
pub fn axes(cards: &[MoveCard]) -> Vec<CameraAxis<'_>> {
    let mut axes: Vec<CameraAxis<'_>> = Vec::new();
    for card in cards {
        let known = |axis: &CameraAxis<'_>| {
            axis.plus.name == card.name || axis.minus.is_some_and(|other| other.name == card.name)
        };
        if !axes.iter().any(known) {
            axes.push(axis(card, cards));
        }
    }
    // Others stay in the order of the list.
    axes.sort_by_key(|axis| axis.usual.unwrap_or(USUAL.len()));
    axes
}

fn axis<'a>(card: &'a MoveCard, cards: &'a [MoveCard]) -> CameraAxis<'a> {
    let usual = USUAL
        .iter()
        .position(|names| names.contains(&card.name.as_str()));
    let Some(other) = opposite(cards, &card.name) else {
        return CameraAxis {
            title: card.title.clone(),
            plus: card,
            minus: None,
            first: card,
            usual,
        };
    };
    let goes_up = |card: &MoveCard| card.name.split('-').any(|part| PLUS.contains(&part));
    let (plus, minus) = if goes_up(other) && !goes_up(card) {
        (other, card)
    } else {
        (card, other)
    };
    CameraAxis {
        title: common_title(&card.title, &other.title),
        plus,
        minus: Some(minus),
        first: card,
        usual,
    }
}

/// The words that both titles start with: "Pan" for "Pan left" and "Pan right".
fn common_title(one: &str, other: &str) -> String {
    let words = one.split_whitespace().zip(other.split_whitespace());
    let common: Vec<&str> = words
        .take_while(|(one, other)| one == other)
        .map(|(word, _)| word)
        .collect();
    if common.is_empty() {
        return format!("{one} / {other}");
    }
    common.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;
    use crate::library::camera_moves::moves_for;

    fn bundled() -> Vec<MoveCard> {
        let nowhere = tempfile::tempdir().unwrap();
        moves_for(
            &Library::at(nowhere.path().to_owned()),
            crate::library::POCKET,
        )
        .unwrap()
    }

    #[test]
    fn thirteen_moves_are_seven_axes_and_a_static_one() {
        let cards = bundled();
        let axes = axes(&cards);
        let titles: Vec<&str> = axes.iter().map(|axis| axis.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "Pan",
                "Tilt",
                "Zoom",
                "Roll",
                "Orbit",
                "Dolly zoom",
                "Handheld",
                "Static"
            ]
        );
        assert!(axes[..7].iter().all(CameraAxis::is_usual) && !axes[7].is_usual());
        let ends = |axis: &CameraAxis<'_>| {
            let minus = axis.minus.map(|card| axis.direction(card).to_owned());
            (minus, axis.direction(axis.plus).to_owned())
        };
        let both = |minus: &str, plus: &str| (Some(minus.to_owned()), plus.to_owned());
        assert_eq!(ends(&axes[0]), both("left", "right"));
        assert_eq!(ends(&axes[1]), both("down", "up"));
        assert_eq!(ends(&axes[2]), both("out", "in"));
        assert_eq!(ends(&axes[3]), both("anticlockwise", "clockwise"));
        assert_eq!(ends(&axes[5]).0, None);
        assert_eq!(axes[0].range(), -1.2..=1.2);
        assert_eq!(axes[6].range(), 0.0..=1.2);
    }

    #[test]
    fn a_number_key_goes_from_a_move_to_its_opposite_to_nothing() {
        let cards = bundled();
        let axes = axes(&cards);
        let rounds = |axis: &CameraAxis<'_>| {
            let first = axis.next(0.0);
            (first, axis.next(first), axis.next(axis.next(first)))
        };
        // A pan starts to the left, which is below zero.
        assert_eq!(rounds(&axes[0]), (-1.0, 1.0, 0.0));
        assert_eq!(rounds(&axes[2]), (1.0, -1.0, 0.0));
        assert_eq!(rounds(&axes[6]), (1.0, 0.0, 1.0));
        assert_eq!(
            axes[0].next(0.4),
            0.0,
            "the opposite of what it begins with"
        );
    }
}
