//! The stack of camera moves: the effect of clicks, sliders and the pad, and the LoRAs that result.
//!
//! A move and its opposite share one entry, signed: a negative strength means the opposite move.

use std::ops::RangeInclusive;

use crate::library::camera_moves::MoveCard;
use crate::media::camera::{CameraPath, Pose};
use crate::project::direction::CameraMove;
use crate::request::LoraChoice;

/// The strength that a click or a number key sets.
pub(super) const CLICK: f32 = 1.0;
/// Below this, an entry has no effect: half the last digit of a slider.
pub(super) const NOTHING: f32 = 0.005;
/// Strengths of an entry whose move is not installed.
const UNKNOWN_STRENGTHS: RangeInclusive<f32> = -2.0..=2.0;

/// An entry of the stack with its move.
#[derive(Clone, Debug)]
pub struct StackRow<'a> {
    /// The move's name, as in the stack.
    pub name: &'a str,
    /// The strength; negative for the opposite move.
    pub strength: f32,
    /// The valid strengths.
    pub strengths: RangeInclusive<f32>,
    /// The move of that name; `None` if it is not installed.
    pub card: Option<&'a MoveCard>,
    /// The opposite move, if it is installed.
    pub opposite: Option<&'a MoveCard>,
}

impl StackRow<'_> {
    /// The move in effect, according to the sign of the strength.
    #[must_use]
    pub fn acting(&self) -> Option<&MoveCard> {
        if self.strength < 0.0 && self.opposite.is_some() {
            return self.opposite;
        }
        self.card
    }

    /// The title of the move in effect.
    #[must_use]
    pub fn title(&self) -> &str {
        self.acting().map_or_else(
            || self.name.rsplit(['/', '\\']).next().unwrap_or(self.name),
            |card| &card.title,
        )
    }

    /// Whether it has no effect on the shot.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.strength.abs() < NOTHING
    }

    /// The path in effect and its factor.
    fn path(&self) -> Option<(&CameraPath, f32)> {
        if self.strength < 0.0
            && let Some(opposite) = self.opposite
        {
            return Some((opposite.path.as_ref()?, -self.strength));
        }
        Some((self.card?.path.as_ref()?, self.strength))
    }
}

/// Finds a move by name.
#[must_use]
pub fn card<'a>(cards: &'a [MoveCard], name: &str) -> Option<&'a MoveCard> {
    cards.iter().find(|card| card.name == name)
}

/// The installed move that is another's opposite, whichever of the two declares it.
#[must_use]
pub fn opposite<'a>(cards: &'a [MoveCard], name: &str) -> Option<&'a MoveCard> {
    let named = card(cards, name)
        .and_then(|one| one.opposite.as_deref())
        .and_then(|other| card(cards, other));
    named
        .or_else(|| {
            cards
                .iter()
                .find(|other| other.opposite.as_deref() == Some(name))
        })
        .filter(|other| other.name != name)
}

/// An entry with its move.
#[must_use]
pub fn row<'a>(entry: &'a CameraMove, cards: &'a [MoveCard]) -> StackRow<'a> {
    let card = card(cards, &entry.name);
    let opposite = opposite(cards, &entry.name);
    let strengths = card.map_or(UNKNOWN_STRENGTHS, |card| {
        let (least, most) = (*card.strengths.start(), *card.strengths.end());
        match opposite {
            // The opposite move looks better than this one with a negative strength.
            Some(opposite) => -*opposite.strengths.end()..=most,
            None => least..=most,
        }
    });
    StackRow {
        name: &entry.name,
        strength: entry.strength,
        strengths,
        card,
        opposite,
    }
}

/// All entries with their moves.
#[must_use]
pub fn rows<'a>(moves: &'a [CameraMove], cards: &'a [MoveCard]) -> Vec<StackRow<'a>> {
    moves.iter().map(|entry| row(entry, cards)).collect()
}

/// The strength of a move in the stack; that of its opposite counts as negative.
#[must_use]
pub fn strength_of(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> f32 {
    match entry_of(moves, cards, name) {
        Some((at, sign)) => sign * moves[at].strength,
        None => 0.0,
    }
}

/// The stack after a click on a move: adds it in place of its opposite, or removes it if it is there.
#[must_use]
pub fn clicked(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> Vec<CameraMove> {
    let present = strength_of(moves, cards, name);
    if present > NOTHING {
        return without(moves, cards, name);
    }
    with_strength(moves, cards, name, CLICK)
}

/// The stack with a move at a strength, clamped to the valid ones.
#[must_use]
pub fn with_strength(
    moves: &[CameraMove],
    cards: &[MoveCard],
    name: &str,
    strength: f32,
) -> Vec<CameraMove> {
    let mut moves = moves.to_vec();
    let (at, sign) = entry_of(&moves, cards, name).unwrap_or_else(|| {
        moves.push(CameraMove {
            name: name.to_owned(),
            strength: 0.0,
        });
        (moves.len() - 1, 1.0)
    });
    let strengths = row(&moves[at], cards).strengths;
    // Adding zero turns a negative zero, which would be displayed with its sign, into a positive one.
    moves[at].strength = (sign * strength).clamp(*strengths.start(), *strengths.end()) + 0.0;
    moves
}

/// The stack without a move and its opposite.
#[must_use]
pub fn without(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> Vec<CameraMove> {
    let mut moves = moves.to_vec();
    if let Some((at, _)) = entry_of(&moves, cards, name) {
        moves.remove(at);
    }
    moves
}

/// The index of a move or its opposite in the stack, and the sign that converts the entry's strength to the move's.
fn entry_of(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> Option<(usize, f32)> {
    let find = |name: &str| moves.iter().position(|entry| entry.name == name);
    if let Some(at) = find(name) {
        return Some((at, 1.0));
    }
    let other = opposite(cards, name)?;
    Some((find(&other.name)?, -1.0))
}

/// The effect of the stack in a few words: "Pan left + Zoom in"; empty if it has none.
#[must_use]
pub fn words(moves: &[CameraMove], cards: &[MoveCard]) -> String {
    let rows = rows(moves, cards);
    let acting = rows.iter().filter(|row| !row.is_nothing());
    let titles: Vec<&str> = acting.map(StackRow::title).collect();
    titles.join(" + ")
}

/// The pose of the whole stack at `t`, from 0 at the first frame to 1 at the last.
#[must_use]
pub fn pose(moves: &[CameraMove], cards: &[MoveCard], t: f32) -> Pose {
    let rows = rows(moves, cards);
    crate::media::camera::stacked(rows.iter().filter_map(StackRow::path), t)
}

/// Whether a preview shows everything that the stack does.
#[must_use]
pub fn is_shown_whole(moves: &[CameraMove], cards: &[MoveCard]) -> bool {
    rows(moves, cards)
        .iter()
        .all(|row| row.is_nothing() || row.path().is_some())
}

/// The LoRAs of the stack: one for each entry with an effect.
#[must_use]
pub fn loras(moves: &[CameraMove], cards: &[MoveCard]) -> Vec<LoraChoice> {
    rows(moves, cards)
        .iter()
        .filter(|row| !row.is_nothing())
        .map(|row| match row.opposite {
            Some(opposite) if row.strength < 0.0 => LoraChoice {
                name: opposite.name.clone(),
                strength: -row.strength,
                curve: None,
            },
            _ => LoraChoice {
                name: row.name.to_owned(),
                strength: row.strength,
                curve: None,
            },
        })
        .collect()
}
