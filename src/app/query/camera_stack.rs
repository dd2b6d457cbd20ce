//! The stack of camera moves: the effect of clicks, sliders and the pad, and the LoRAs that result.
//!
//! A move and its opposite share one entry, signed: a negative strength means the opposite move.

use std::ops::RangeInclusive;

use crate::library::camera_moves::MoveCard;
use crate::media::camera::{CameraPath, Pose};
use crate::media::curve::StrengthCurve;
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
    /// The strength, of a curve the one furthest from zero; negative for the opposite move.
    pub strength: f32,
    /// A strength that changes over the frames.
    pub curve: Option<&'a StrengthCurve>,
    /// The valid strengths.
    pub strengths: RangeInclusive<f32>,
    /// The move of that name; `None` if it is not installed.
    pub card: Option<&'a MoveCard>,
    /// The opposite move, if it is installed.
    pub opposite: Option<&'a MoveCard>,
}

impl<'a> StackRow<'a> {
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

    /// The strength at `t`, from 0 at the first frame to 1 at the last.
    #[must_use]
    pub fn strength_at(&self, t: f32) -> f32 {
        self.curve.map_or(self.strength, |curve| curve.at(t))
    }

    /// All moves in effect at some time: both, if a curve passes through zero.
    pub fn all_acting(&self) -> impl Iterator<Item = &'a MoveCard> {
        let strengths: Vec<f32> = match self.curve {
            Some(curve) => curve.points().map(|(_, strength)| strength).collect(),
            None => vec![self.strength],
        };
        let has = |sign: f32| strengths.iter().any(|strength| sign * strength >= NOTHING);
        let back = self.opposite.or(self.card).filter(|_| has(-1.0));
        self.card.filter(|_| has(1.0)).into_iter().chain(back)
    }

    /// The path in effect at `t`, and its factor.
    fn path(&self, t: f32) -> Option<(&'a CameraPath, f32)> {
        let strength = self.strength_at(t);
        if strength < 0.0
            && let Some(opposite) = self.opposite
        {
            return Some((opposite.path.as_ref()?, -strength));
        }
        Some((self.card?.path.as_ref()?, strength))
    }

    /// Its LoRAs: one for each move in effect.
    fn loras(&self) -> Vec<LoraChoice> {
        let choice = |name: &str, strength: f32, curve: Option<StrengthCurve>| LoraChoice {
            name: name.to_owned(),
            strength,
            curve,
        };
        let steady = match self.curve {
            Some(curve) => curve.constant(),
            None => Some(self.strength),
        };
        match (steady, self.curve, self.opposite) {
            (Some(strength), _, Some(opposite)) if strength < 0.0 => {
                vec![choice(&opposite.name, -strength, None)]
            }
            (Some(strength), ..) => vec![choice(self.name, strength, None)],
            (None, Some(curve), Some(opposite)) => {
                let (above, below) = curve.parts();
                let above = above.map(|curve| choice(self.name, 1.0, Some(curve)));
                let below = below.map(|curve| choice(&opposite.name, 1.0, Some(curve)));
                above.into_iter().chain(below).collect()
            }
            (None, curve, _) => vec![choice(self.name, 1.0, curve.cloned())],
        }
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
        curve: entry.curve.as_ref(),
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
    let (at, sign) = entry_or_new(&mut moves, cards, name);
    let strengths = row(&moves[at], cards).strengths;
    let entry = &mut moves[at];
    let before = entry.strength;
    // Adding zero turns a negative zero, which would be displayed with its sign, into a positive one.
    entry.strength = (sign * strength).clamp(*strengths.start(), *strengths.end()) + 0.0;
    // A curve keeps its shape.
    let factor = entry.strength / before;
    let curve = entry.curve.take().filter(|_| factor.is_finite());
    entry.curve =
        curve.map(|curve| curve.mapped(|value| limited(rounded(value * factor), &strengths)));
    moves
}

/// The stack with a strength that changes over the frames; the opposite of the move is below zero. `None` makes the
/// strength the same at all frames.
#[must_use]
pub fn with_curve(
    moves: &[CameraMove],
    cards: &[MoveCard],
    name: &str,
    curve: Option<&StrengthCurve>,
) -> Vec<CameraMove> {
    let mut moves = moves.to_vec();
    let (at, sign) = entry_or_new(&mut moves, cards, name);
    let strengths = row(&moves[at], cards).strengths;
    let curve = curve.map(|curve| curve.mapped(|value| limited(sign * value, &strengths)));
    let entry = &mut moves[at];
    entry.strength = curve.as_ref().map_or(entry.strength, StrengthCurve::peak);
    entry.curve = curve;
    moves
}

/// The curve of a move in the stack; that of its opposite counts as negative. `None` if its strength is the same at all
/// frames.
#[must_use]
pub fn curve_of(moves: &[CameraMove], cards: &[MoveCard], name: &str) -> Option<StrengthCurve> {
    let (at, sign) = entry_of(moves, cards, name)?;
    let curve = moves[at].curve.as_ref()?;
    Some(curve.mapped(|value| sign * value + 0.0))
}

/// The stack with one entry for a move and its opposite, where both have curves that are parts of one.
#[must_use]
pub fn joined(moves: &[CameraMove], cards: &[MoveCard]) -> Vec<CameraMove> {
    let mut joined: Vec<CameraMove> = Vec::new();
    for entry in moves {
        let other = opposite(cards, &entry.name).map(|other| other.name.as_str());
        let first = joined
            .iter()
            .position(|one| Some(one.name.as_str()) == other);
        let whole = first.and_then(|first| {
            let (above, below) = (joined[first].curve.as_ref()?, entry.curve.as_ref()?);
            let whole = above.minus(below)?;
            let same = whole.parts() == (Some(above.clone()), Some(below.clone()));
            same.then_some((first, whole))
        });
        match whole {
            Some((first, whole)) => {
                joined[first].strength = whole.peak();
                joined[first].curve = Some(whole);
            }
            None => joined.push(entry.clone()),
        }
    }
    joined
}

fn limited(value: f32, strengths: &RangeInclusive<f32>) -> f32 {
    value.clamp(*strengths.start(), *strengths.end()) + 0.0
}

/// A strength without the digits that scaling adds.
fn rounded(strength: f32) -> f32 {
    (strength * 1000.0).round() / 1000.0
}

/// The entry of a move, as [`entry_of`]; one of strength zero is added if there is none.
fn entry_or_new(moves: &mut Vec<CameraMove>, cards: &[MoveCard], name: &str) -> (usize, f32) {
    entry_of(moves, cards, name).unwrap_or_else(|| {
        moves.push(CameraMove::steady(name, 0.0));
        (moves.len() - 1, 1.0)
    })
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

/// The effect of the stack and of a path that is drawn on the stage in a few words: "Pan left + Zoom in"; empty if there is
/// none.
#[must_use]
pub fn words(moves: &[CameraMove], path: Option<&CameraPath>, cards: &[MoveCard]) -> String {
    let rows = rows(moves, cards);
    let acting = rows.iter().filter(|row| !row.is_nothing());
    let drawn = path.map(|_| "Drawn path");
    let titles: Vec<&str> = drawn
        .into_iter()
        .chain(acting.map(StackRow::title))
        .collect();
    titles.join(" + ")
}

/// The pose of the whole stack and of a path that is drawn on the stage, at `t`, from 0 at the first frame to 1 at the
/// last.
#[must_use]
pub fn pose(moves: &[CameraMove], path: Option<&CameraPath>, cards: &[MoveCard], t: f32) -> Pose {
    let rows = rows(moves, cards);
    let drawn = path.map(|path| (path, 1.0));
    crate::media::camera::stacked(rows.iter().filter_map(|row| row.path(t)).chain(drawn), t)
}

/// Whether a preview shows everything that the stack does.
#[must_use]
pub fn is_shown_whole(moves: &[CameraMove], cards: &[MoveCard]) -> bool {
    rows(moves, cards)
        .iter()
        .all(|row| row.is_nothing() || row.all_acting().all(|card| card.path.is_some()))
}

/// The LoRAs of the stack: one for each move in effect.
#[must_use]
pub fn loras(moves: &[CameraMove], cards: &[MoveCard]) -> Vec<LoraChoice> {
    let rows = rows(moves, cards);
    let acting = rows.iter().filter(|row| !row.is_nothing());
    acting.flat_map(StackRow::loras).collect()
}
