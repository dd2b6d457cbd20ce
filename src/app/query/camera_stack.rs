//! The stack of camera moves: what clicks, sliders and the pad do to it, and what the engine gets.
//!
//! A move and its opposite share one entry, signed: a negative strength means the opposite move.
//! Pure; must not know how a change becomes an edit.

use std::ops::RangeInclusive;

use crate::engine::protocol::LoraChoice;
use crate::library::camera_moves::MoveCard;
use crate::media::camera::{CameraPath, Pose};
use crate::project::direction::CameraMove;

/// How far a click goes.
const CLICK: f32 = 1.0;
/// Below this, an entry does nothing: a slider's last digit.
const NOTHING: f32 = 0.005;
/// Strengths of an entry that no installed move answers to.
const UNKNOWN_STRENGTHS: RangeInclusive<f32> = -2.0..=2.0;

/// An entry of the stack with what is known of it.
#[derive(Clone, Debug)]
pub struct StackRow<'a> {
    /// Its name in the stack.
    pub name: &'a str,
    /// Its strength; negative for the opposite move.
    pub strength: f32,
    /// The strengths that it can have.
    pub strengths: RangeInclusive<f32>,
    /// The move of its name; `None` when none is installed.
    pub card: Option<&'a MoveCard>,
    /// The move that undoes it, if it is installed.
    pub opposite: Option<&'a MoveCard>,
}

impl StackRow<'_> {
    /// The move that its strength means.
    #[must_use]
    pub fn acting(&self) -> Option<&MoveCard> {
        if self.strength < 0.0 && self.opposite.is_some() {
            return self.opposite;
        }
        self.card
    }

    /// Its name for people: that of the move that it means now.
    #[must_use]
    pub fn title(&self) -> &str {
        self.acting().map_or_else(
            || self.name.rsplit(['/', '\\']).next().unwrap_or(self.name),
            |card| &card.title,
        )
    }

    /// Whether it leaves the shot as it is: a move and its opposite took each other away.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.strength.abs() < NOTHING
    }

    /// Its path and the factor on it.
    fn path(&self) -> Option<(&CameraPath, f32)> {
        if self.strength < 0.0
            && let Some(opposite) = self.opposite
        {
            return Some((opposite.path.as_ref()?, -self.strength));
        }
        Some((self.card?.path.as_ref()?, self.strength))
    }
}

/// The move of that name.
#[must_use]
pub fn card<'a>(cards: &'a [MoveCard], name: &str) -> Option<&'a MoveCard> {
    cards.iter().find(|card| card.name == name)
}

/// The installed move that undoes another, whichever of the two says so.
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

/// An entry with what is known of it.
#[must_use]
pub fn row<'a>(entry: &'a CameraMove, cards: &'a [MoveCard]) -> StackRow<'a> {
    let card = card(cards, &entry.name);
    let opposite = opposite(cards, &entry.name);
    let strengths = card.map_or(UNKNOWN_STRENGTHS, |card| {
        let (least, most) = (*card.strengths.start(), *card.strengths.end());
        match opposite {
            // The other move goes that way better than this one backwards.
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

/// All entries with what is known of them.
#[must_use]
pub fn rows<'a>(moves: &'a [CameraMove], cards: &'a [MoveCard]) -> Vec<StackRow<'a>> {
    moves.iter().map(|entry| row(entry, cards)).collect()
}

/// The strength at which a move is in the stack; that of its opposite counts as negative.
#[must_use]
pub fn strength_of(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> f32 {
    match entry_of(moves, cards, name) {
        Some((at, sign)) => sign * moves[at].strength,
        None => 0.0,
    }
}

/// A click on a move: puts it on the stack; again, takes it off. On the opposite of one that is
/// there, the two take each other away.
#[must_use]
pub fn clicked(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> Vec<CameraMove> {
    let present = strength_of(moves, cards, name);
    if present > NOTHING {
        return without(moves, cards, name);
    }
    with_strength(moves, cards, name, present + CLICK)
}

/// The stack with a move at a strength, as far as it can have it.
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
    // Plus zero, for a negative zero would be shown as one.
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

/// Where a move or its opposite is in the stack, and the sign that makes its strength the move's.
fn entry_of(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> Option<(usize, f32)> {
    let find = |name: &str| moves.iter().position(|entry| entry.name == name);
    if let Some(at) = find(name) {
        return Some((at, 1.0));
    }
    let other = opposite(cards, name)?;
    Some((find(&other.name)?, -1.0))
}

/// Where the whole stack has the content at `t`, from 0 at the first to 1 at the last frame.
#[must_use]
pub fn pose(moves: &[CameraMove], cards: &[MoveCard], t: f32) -> Pose {
    let rows = rows(moves, cards);
    crate::media::camera::stacked(rows.iter().filter_map(StackRow::path), t)
}

/// Whether all that the stack does can be shown.
#[must_use]
pub fn is_shown_whole(moves: &[CameraMove], cards: &[MoveCard]) -> bool {
    rows(moves, cards)
        .iter()
        .all(|row| row.is_nothing() || row.path().is_some())
}

/// What the engine is to add: one LoRA for each entry that does something.
#[must_use]
pub fn loras(moves: &[CameraMove], cards: &[MoveCard]) -> Vec<LoraChoice> {
    rows(moves, cards)
        .iter()
        .filter(|row| !row.is_nothing())
        .map(|row| match row.opposite {
            Some(opposite) if row.strength < 0.0 => LoraChoice {
                name: opposite.name.clone(),
                strength: -row.strength,
            },
            _ => LoraChoice {
                name: row.name.to_owned(),
                strength: row.strength,
            },
        })
        .collect()
}
