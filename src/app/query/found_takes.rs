//! The takes that pass the shelf's filter.

use super::take_diff::moves_of;
use crate::app::state::Studio;
use crate::app::state::shelf::ShelfTake;

impl Studio {
    /// The takes that pass the filter, newest first.
    pub fn found_takes(&self) -> impl Iterator<Item = &ShelfTake> {
        let filter = &self.session.filter;
        self.shelf_takes()
            .filter(|take| filter.finds(&self.words_of(take), self.is_starred(take.id)))
    }

    /// The text that the filter searches.
    fn words_of(&self, take: &ShelfTake) -> String {
        let recipe = &take.take.recipe;
        let picture = self.picture_name_of(take);
        // A take's card shows the names of its moves.
        let moves = moves_of(take, self.available_moves()).into_iter();
        let moves: Vec<String> = moves.map(|one| one.words).collect();
        format!(
            "take {} {picture} {} {} {} seed {}",
            take.number,
            take.prompt,
            moves.join(" "),
            recipe.model.name,
            recipe.request.seed
        )
    }
}
