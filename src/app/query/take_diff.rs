//! The settings of a take that differ from the direction, each with the command that applies the take's value.

use std::collections::BTreeMap;

use super::camera_stack;
use super::setting::{Usual, Values};
use super::settings::{TABLE, stem};
use crate::app::command::Command;
use crate::app::command::camera::CameraCommand;
use crate::app::state::Studio;
use crate::app::state::shelf::ShelfTake;
use crate::library::camera_moves::MoveCard;
use crate::media::curve::StrengthCurve;
use crate::project::direction::Direction;
use crate::project::from_recipe::{
    Names, direction_of, drawn_path, guided_moves, moves_of as moves_of_recipe,
};
use crate::request::{Defaults, LoraChoice, Named, NamedLora, Recipe, Steer};

/// Strengths closer than this are equal: half the last digit of a slider.
const SAME_STRENGTH: f32 = 0.005;

/// A setting of a take that differs from the direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The setting and the take's value, in a few words.
    pub words: String,
    /// The command that applies the take's value.
    pub adopt: Command,
}

/// A camera move that a take was made with.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenMove {
    /// Its title, and its strength unless that is 1.
    pub words: String,
}

/// The moves of a take.
#[must_use]
pub fn moves_of(take: &ShelfTake, cards: &[MoveCard]) -> Vec<TakenMove> {
    let recipe = &take.take.recipe;
    let loras = recipe.loras.iter();
    let loras = loras.map(|lora| (lora.named.stem(), lora.strength, lora.curve.as_ref()));
    let guided = guided_moves(recipe).map(|one| (&*one.name, one.strength, one.curve.as_ref()));
    loras
        .chain(guided)
        .map(|(name, strength, curve)| {
            let title = camera_stack::card(cards, name)
                .map_or_else(|| name.to_owned(), |card| card.title.clone());
            let words = match curve {
                Some(curve) if curve.points().len() > 2 => format!("{title}, curve"),
                Some(curve) => format!("{title} {:.2} to {:.2}", curve.at(0.0), curve.at(1.0)),
                None if (strength - 1.0).abs() < SAME_STRENGTH => title,
                None => format!("{title} {strength:.2}"),
            };
            TakenMove { words }
        })
        .chain(drawn_path(recipe).map(|_| TakenMove {
            words: "Drawn path".to_owned(),
        }))
        .collect()
}

impl Studio {
    /// Whether a take's camera moves differ from the direction's.
    #[must_use]
    pub fn camera_differs(&self, take: &ShelfTake) -> bool {
        let ours = camera_stack::loras(&self.moves(), &self.runtime.camera.cards);
        let recipe = &take.take.recipe;
        let guided = guided_moves(recipe).map(|one| NamedLora {
            named: Named::of(&one.name),
            strength: one.strength,
            curve: one.curve.clone(),
        });
        let theirs: Vec<NamedLora> = recipe.loras.iter().cloned().chain(guided).collect();
        let path = self.direction().path.as_ref();
        !same_moves(&theirs, &ours) || drawn_path(recipe) != path
    }

    /// The command that applies a take's camera moves.
    #[must_use]
    pub fn camera_of(&self, take: &ShelfTake) -> Command {
        let recipe = &take.take.recipe;
        let names = self.names_or_written(recipe).moves;
        Command::Camera(CameraCommand::Stack {
            moves: moves_of_recipe(recipe, &names, true),
            path: drawn_path(recipe).cloned(),
        })
    }

    /// The library's names for the model and moves of a recipe, or the recipe's own names if the library
    /// lacks one.
    fn names_or_written(&self, recipe: &Recipe) -> Names {
        self.names_of(recipe)
            .unwrap_or_else(|| Names::written(recipe))
    }

    /// The other settings of a take that differ from the direction; none until the selected model is
    /// inspected.
    #[must_use]
    pub fn differences(&self, take: &ShelfTake) -> Vec<Difference> {
        let Some(card) = self.model() else {
            return Vec::new();
        };
        let recipe = &take.take.recipe;
        let names = self.names_or_written(recipe);
        let mut theirs = direction_of(recipe, &take.prompt, names, None);
        // What is chosen automatically now is no difference.
        let by = self.steered().and_then(|steered| steered.by);
        if self.direction().steer == Steer::Auto && by == Some(theirs.steer) {
            theirs.steer = Steer::Auto;
        }
        let matte = self.preferences.matte;
        differences(&theirs, &self.complete_direction(), &card.defaults, matte)
    }
}

/// Whether the moves of a recipe and those to be added are the same with the same strengths, in any order.
fn same_moves(theirs: &[NamedLora], ours: &[LoraChoice]) -> bool {
    let mut sums: BTreeMap<&str, f32> = BTreeMap::new();
    for lora in theirs.iter().filter(|lora| lora.curve.is_none()) {
        *sums.entry(lora.named.stem()).or_default() += lora.strength;
    }
    for lora in ours.iter().filter(|lora| lora.curve.is_none()) {
        *sums.entry(stem(&lora.name)).or_default() -= lora.strength;
    }
    let steady = sums.values().all(|left| left.abs() < SAME_STRENGTH);
    let theirs = theirs.iter().map(|lora| (lora.named.stem(), &lora.curve));
    let ours = ours.iter().map(|lora| (stem(&lora.name), &lora.curve));
    let (theirs, ours) = (curved(theirs), curved(ours));
    let held = theirs.iter().all(|one| ours.contains(one));
    steady && held && theirs.len() == ours.len()
}

/// The moves whose strength changes over the frames.
fn curved<'a>(
    moves: impl Iterator<Item = (&'a str, &'a Option<StrengthCurve>)>,
) -> Vec<(&'a str, &'a StrengthCurve)> {
    let curved = moves.filter_map(|(name, curve)| Some((name, curve.as_ref()?)));
    curved.collect()
}

/// All settings of `theirs` that differ from `ours`, in the order in which the panel shows them.
fn differences(
    theirs: &Direction,
    ours: &Direction,
    defaults: &Defaults,
    matte: [u8; 3],
) -> Vec<Difference> {
    let defaults = &defaults.with_sampler(ours.draft.sampler);
    let usual = Usual { defaults, matte };
    let (theirs, ours) = (Values::of(theirs, usual), Values::of(ours, usual));
    let different = TABLE.iter().filter(|row| (row.differs)(&theirs, &ours));
    different
        .map(|row| Difference {
            words: (row.text)(&theirs),
            adopt: Command::Direct((row.adopt)(&theirs, usual)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Choice;
    use crate::media::fit::Fit;
    use crate::media::rate::Rate;
    use crate::request::{GenerateRequest, RequestDraft, Rules, Steps};
    use crate::sampler::{Guidance, GuidanceShape};

    fn defaults() -> Defaults {
        Defaults {
            width: 128,
            height: 80,
            frames: 14,
            steps: 6,
            fps: Rate { num: 7, den: 1 },
            motion_bucket: 40.0,
            noise_aug: 0.02,
            guidance: Guidance {
                min: 1.0,
                max: 1.0,
                shape: GuidanceShape::Linear,
            },
            sampler: Default::default(),
            rules: Rules::any(8),
        }
    }

    /// The direction from a take's recipe, which contains every setting.
    fn made(draft: &RequestDraft) -> Direction {
        let request = GenerateRequest::complete(draft, &defaults(), 5).expect("a good draft");
        Direction {
            draft: request.draft(),
            ..Direction::default()
        }
    }

    fn words(theirs: &Direction, ours: &Direction) -> Vec<String> {
        let all = differences(theirs, ours, &defaults(), [0; 3]).into_iter();
        all.map(|one| one.words).collect()
    }

    #[test]
    fn a_take_made_just_now_has_no_differences() {
        let ours = Direction::default();
        assert!(words(&made(&ours.draft), &ours).is_empty());
        let rate = RequestDraft {
            fps: Some(Rate { num: 12, den: 1 }),
            ..RequestDraft::default()
        };
        let ours = Direction {
            draft: rate.clone(),
            ..Direction::default()
        };
        assert!(
            words(&made(&rate), &ours).is_empty(),
            "the conditioning follows the rate"
        );
    }

    #[test]
    fn each_difference_gives_the_takes_value_and_applies_it() {
        let theirs = made(&RequestDraft {
            motion_bucket: Some(120.0),
            steps: Some(Steps::Count(20)),
            seed: Some(9),
            ..RequestDraft::default()
        });
        let ours = Direction {
            fit: Fit::Pad,
            draft: RequestDraft {
                seed: Some(3),
                frames: Some(8),
                ..RequestDraft::default()
            },
            ..Direction::default()
        };
        assert_eq!(
            words(&theirs, &ours),
            ["Motion 120", "14 frames", "Filled", "20 steps", "Seed 9"]
        );
        let all = differences(&theirs, &ours, &defaults(), [0; 3]);
        assert_eq!(all[0].adopt, Command::Direct(Choice::Motion(Some(120.0))));
        // A default is applied by resetting.
        assert_eq!(all[1].adopt, Command::Direct(Choice::Frames(None)));
    }

    #[test]
    fn moves_are_compared_by_name_and_strength_in_any_order() {
        let ours = |name: &str, strength| LoraChoice {
            name: name.to_owned(),
            strength,
            curve: None,
        };
        let theirs = |name: &str, strength| NamedLora {
            named: Named::of(name),
            strength,
            curve: None,
        };
        let both = [theirs("pan-left", 1.0), theirs("zoom-in", 0.6)];
        let (pan, zoom) = (
            ours("pan-left", 1.0),
            ours("/moves/zoom-in.safetensors", 0.6),
        );
        assert!(same_moves(&both, &[zoom, pan.clone()]));
        assert!(!same_moves(&both, std::slice::from_ref(&pan)));
        assert!(!same_moves(&[], &[pan]));
        assert!(!same_moves(&both[1..], &[ours("zoom-in", 0.7)]));
    }
}
