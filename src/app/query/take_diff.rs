//! What a take was made with that the direction has otherwise now, each with the way to take it
//! over. Must not know how it is shown.

use std::collections::BTreeMap;

use super::camera_stack;
use super::overrides::{
    framing_words, matte_words, sampler_words, shape_words, sigmas_words, steps_words, stop_words,
};
use crate::app::command::camera::CameraCommand;
use crate::app::command::{Choice, Command};
use crate::app::state::Studio;
use crate::app::state::shelf::ShelfTake;
use crate::library::camera_moves::MoveCard;
use crate::media::fit::Fit;
use crate::project::direction::{CameraMove, Direction, Settings};
use crate::project::from_recipe::{Names, direction_of};
use crate::request::last_part;
use crate::request::{Defaults, LoraChoice, NamedLora, Recipe};

/// Strengths closer than this are equal: a slider's last digit.
const SAME_STRENGTH: f32 = 0.005;

/// A setting of a take that the direction has otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Setting and value of the take, in a few words.
    pub words: String,
    /// What gives the direction the take's value.
    pub adopt: Command,
}

/// A camera move that a take was made with.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenMove {
    /// Its name for people, and its strength where that is not one.
    pub words: String,
}

/// The moves of a take.
#[must_use]
pub fn moves_of(take: &ShelfTake, cards: &[MoveCard]) -> Vec<TakenMove> {
    let loras = take.take.recipe.loras.iter();
    loras
        .map(|lora| {
            let named = &lora.named;
            let title = camera_stack::card(cards, named.stem())
                .map_or_else(|| named.stem().to_owned(), |card| card.title.clone());
            let words = if (lora.strength - 1.0).abs() < SAME_STRENGTH {
                title
            } else {
                format!("{title} {:.2}", lora.strength)
            };
            TakenMove { words }
        })
        .collect()
}

/// A file's name without folders and ending.
fn stem(name: &str) -> &str {
    last_part(name).trim_end_matches(".safetensors")
}

impl Studio {
    /// Whether a take's camera is another one than the direction's.
    #[must_use]
    pub fn camera_differs(&self, take: &ShelfTake) -> bool {
        let ours = camera_stack::loras(&self.moves(), &self.runtime.camera.cards);
        !same_moves(&take.take.recipe.loras, &ours)
    }

    /// What gives the direction a take's camera.
    #[must_use]
    pub fn camera_of(&self, take: &ShelfTake) -> Command {
        let recipe = &take.take.recipe;
        let names = self.names_or_written(recipe).moves.into_iter();
        let moves = names.zip(&recipe.loras).map(|(name, lora)| CameraMove {
            name,
            strength: lora.strength,
        });
        Command::Camera(CameraCommand::Stack(moves.collect()))
    }

    /// What a recipe names, as it is called here where that is known.
    fn names_or_written(&self, recipe: &Recipe) -> Names {
        self.names_of(recipe)
            .unwrap_or_else(|| Names::written(recipe))
    }

    /// What else a take was made with that the direction has otherwise now; nothing until the
    /// chosen model is inspected.
    #[must_use]
    pub fn differences(&self, take: &ShelfTake) -> Vec<Difference> {
        let Some(card) = self.model() else {
            return Vec::new();
        };
        let recipe = &take.take.recipe;
        let names = self.names_or_written(recipe);
        let theirs = direction_of(recipe, &take.prompt, names, None);
        let matte = self.preferences.matte;
        differences(&theirs, &self.complete_direction(), &card.defaults, matte)
    }
}

/// The same moves with the same strengths, in any order: those of a recipe, and those to be added.
fn same_moves(theirs: &[NamedLora], ours: &[LoraChoice]) -> bool {
    let mut sums: BTreeMap<&str, f32> = BTreeMap::new();
    for lora in theirs {
        *sums.entry(lora.named.stem()).or_default() += lora.strength;
    }
    for lora in ours {
        *sums.entry(stem(&lora.name)).or_default() -= lora.strength;
    }
    sums.values().all(|left| left.abs() < SAME_STRENGTH)
}

/// All settings of `theirs` that `ours` has otherwise, in the order in which the panel shows them.
fn differences(
    theirs: &Direction,
    ours: &Direction,
    defaults: &Defaults,
    usual_matte: [u8; 3],
) -> Vec<Difference> {
    let (a, b) = (
        Settings::of(&theirs.draft, defaults),
        Settings::of(&ours.draft, defaults),
    );
    let mut found = Found::default();
    found.note(
        stem(&theirs.model) != stem(&ours.model),
        format!("Model {}", stem(&theirs.model)),
        Choice::Model(theirs.model.clone()),
    );
    found.note(
        a.motion != b.motion,
        format!("Motion {:.0}", a.motion),
        Choice::Motion(other_than(a.motion, defaults.motion_bucket)),
    );
    found.note(
        a.frames != b.frames,
        format!("{} frames", a.frames),
        Choice::Frames(other_than(a.frames, defaults.frames)),
    );
    found.note(
        a.fps != b.fps,
        format!("Plays at {}", a.fps),
        Choice::Fps(other_than(a.fps, defaults.fps)),
    );
    // One that follows the rate differs with it.
    let told = |settings: &Settings| settings.fps_id - (settings.fps.as_f64() - 1.0) as f32;
    found.note(
        told(&a) != told(&b),
        format!("Frame-rate hint {:.0} fps", a.fps_id + 1.0),
        Choice::FpsId((told(&a) != 0.0).then_some(a.fps_id)),
    );
    found.note(
        a.noise_aug != b.noise_aug,
        format!("Noise {:.2}", a.noise_aug),
        Choice::NoiseAug(other_than(a.noise_aug, defaults.noise_aug)),
    );
    found.note(
        a.size != b.size,
        format!("{} × {}", a.size.0, a.size.1),
        Choice::Size(other_than(a.size, (defaults.width, defaults.height))),
    );
    found.note(
        theirs.fit != ours.fit,
        framing_words(theirs.fit).unwrap_or("Filled").to_owned(),
        Choice::Fit(theirs.fit),
    );
    let matte = theirs.matte.unwrap_or(usual_matte);
    found.note(
        theirs.fit == Fit::Pad && matte != ours.matte.unwrap_or(usual_matte),
        matte_words(matte),
        Choice::Matte(other_than(matte, usual_matte)),
    );
    quality(&a, &b, defaults, &mut found);
    found.0
}

/// Differences as they are found.
#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    /// Adds a difference where there is one.
    fn note(&mut self, differs: bool, words: String, choice: Choice) {
        if differs {
            let adopt = Command::Direct(choice);
            self.0.push(Difference { words, adopt });
        }
    }
}

/// Those about how well it is made.
fn quality(a: &Settings, b: &Settings, defaults: &Defaults, found: &mut Found) {
    found.note(
        a.steps != b.steps,
        steps_words(a.steps),
        Choice::Steps(other_than(a.steps, defaults.steps)),
    );
    found.note(
        a.stop_after != b.stop_after,
        a.stop_after
            .map_or_else(|| "All steps".to_owned(), stop_words),
        Choice::StopAfter(a.stop_after),
    );
    found.note(
        a.sampler != b.sampler,
        sampler_words(a.sampler).to_owned(),
        Choice::Sampler(other_than(a.sampler, Default::default())),
    );
    found.note(
        a.sigmas != b.sigmas,
        sigmas_words(a.sigmas).to_owned(),
        Choice::Sigmas(other_than(a.sigmas, Default::default())),
    );
    let suggested = &defaults.guidance;
    found.note(
        a.guidance != b.guidance,
        format!("Guidance {:.1} to {:.1}", a.guidance.0, a.guidance.1),
        Choice::Guidance(other_than(a.guidance, (suggested.min, suggested.max))),
    );
    found.note(
        a.guidance_shape != b.guidance_shape,
        shape_words(a.guidance_shape).to_owned(),
        Choice::GuidanceShape(other_than(a.guidance_shape, suggested.shape)),
    );
    // A seed that is new for each take is no choice to differ from.
    found.note(
        b.seed.is_some() && a.seed != b.seed,
        a.seed
            .map_or_else(String::new, |seed| format!("Seed {seed}")),
        Choice::Seed(a.seed),
    );
}

/// A choice, unless it is what the model would take anyway.
fn other_than<T: PartialEq>(value: T, usual: T) -> Option<T> {
    (value != usual).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::rate::Rate;
    use crate::request::{GenerateRequest, Named, RequestDraft, Rules, Steps};
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
            rules: Rules::any(8),
        }
    }

    /// A take as it is remembered: every setting is written down.
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
    fn a_take_made_just_now_differs_in_nothing() {
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
        assert!(words(&made(&rate), &ours).is_empty(), "told as it plays");
    }

    #[test]
    fn each_difference_says_the_takes_value_and_takes_it_over() {
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
        // What the model takes by itself is no choice.
        assert_eq!(all[1].adopt, Command::Direct(Choice::Frames(None)));
    }

    #[test]
    fn moves_are_compared_by_name_and_strength_in_any_order() {
        let ours = |name: &str, strength| LoraChoice {
            name: name.to_owned(),
            strength,
        };
        let theirs = |name: &str, strength| NamedLora {
            named: Named::of(name),
            strength,
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
