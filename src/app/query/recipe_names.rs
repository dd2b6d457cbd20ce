//! What the model and the moves of a recipe are called in this library. Must not look at files.

use crate::app::state::Studio;
use crate::engine::protocol::{Named, Recipe};
use crate::library::POCKET;
use crate::project::from_recipe::Names;
use crate::request::last_part;

impl Studio {
    /// What the model and the moves of a recipe are called here; `None` where one of them is not
    /// known by its name.
    #[must_use]
    pub fn names_of(&self, recipe: &Recipe) -> Option<Names> {
        let moves = recipe
            .loras
            .iter()
            .map(|lora| self.move_at_hand(&lora.named));
        Some(Names {
            model: self.model_at_hand(&recipe.model)?,
            moves: moves.collect::<Option<_>>()?,
        })
    }

    fn model_at_hand(&self, named: &Named) -> Option<String> {
        if named.name == POCKET && named.place.is_none() {
            return Some(POCKET.to_owned());
        }
        // Models that lie elsewhere are known by their path.
        let mut models = self
            .runtime
            .models
            .iter()
            .filter(|model| match &named.place {
                Some(place) => place.as_os_str() == model.as_str(),
                None => last_part(model) == named.name,
            });
        let found = models.next().cloned();
        // Which of several it was, its weights must tell.
        found.filter(|_| models.next().is_none())
    }

    fn move_at_hand(&self, named: &Named) -> Option<String> {
        let mut cards = self.moves_at_hand().iter();
        let found = cards.find(|card| named.place.is_none() && card.name == named.stem());
        found.map(|card| card.name.clone())
    }
}
