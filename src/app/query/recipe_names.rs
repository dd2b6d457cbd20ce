//! The names in this library for the model and the moves of a recipe.

use super::camera_stack;
use crate::app::state::Studio;
use crate::library::POCKET;
use crate::motion::{DRAWN_PATH, Drawing, Move};
use crate::project::from_recipe::Names;
use crate::request::{Named, Recipe, last_part};

impl Studio {
    /// The names here for the model and the moves of a recipe; `None` if one of them is not found by its
    /// name.
    #[must_use]
    pub fn names_of(&self, recipe: &Recipe) -> Option<Names> {
        let moves = recipe.loras.iter().map(|lora| self.move_name(&lora.named));
        Some(Names {
            model: self.model_name(&recipe.model)?,
            moves: moves.collect::<Option<_>>()?,
            guided: self.can_guide(recipe),
        })
    }

    /// Whether the guide of a recipe can be made again from the available moves.
    pub(in crate::app) fn can_guide(&self, recipe: &Recipe) -> bool {
        let Some(guide) = &recipe.request.guide else {
            return false;
        };
        let known = |one: &Move| {
            let card = camera_stack::card(self.available_moves(), &one.name);
            card.and_then(|card| card.path.as_ref()) == Some(&one.path) || one.name == DRAWN_PATH
        };
        Drawing::of(&guide.motion).is_some() && guide.motion.camera.iter().all(known)
    }

    fn model_name(&self, named: &Named) -> Option<String> {
        if named.name == POCKET && named.place.is_none() {
            return Some(POCKET.to_owned());
        }
        // Referenced models are known by their path.
        let mut models = self
            .runtime
            .models
            .iter()
            .filter(|model| match &named.place {
                Some(place) => place.as_os_str() == model.as_str(),
                None => last_part(model) == named.name,
            });
        let found = models.next().cloned();
        // If several match, only their weights can tell which one it was.
        found.filter(|_| models.next().is_none())
    }

    fn move_name(&self, named: &Named) -> Option<String> {
        let mut cards = self.available_moves().iter();
        let found = cards.find(|card| named.place.is_none() && card.name == named.stem());
        found.map(|card| card.name.clone())
    }
}
