//! The takes that pass the shelf's filter, and the names of takes.

use super::take_diff::moves_of;
use crate::app::state::Studio;
use crate::app::state::shelf::ShelfTake;
use crate::project::ids::PictureId;

/// The takes of one picture.
#[derive(Debug)]
pub struct TakeGroup<'a> {
    /// The picture's name; empty if it is not known.
    pub picture: &'a str,
    /// The takes, the newest first.
    pub takes: Vec<&'a ShelfTake>,
}

impl Studio {
    /// The name that the user gave a take, or else the label that it was made with; may be empty.
    #[must_use]
    pub fn take_title<'a>(&'a self, take: &'a ShelfTake) -> &'a str {
        let named = self.project.document.take_names.get(&take.id);
        named.unwrap_or(&take.prompt).trim()
    }

    /// The takes that pass the filter, by picture; the group with the newest take comes first.
    #[must_use]
    pub fn found_groups(&self) -> Vec<TakeGroup<'_>> {
        let mut groups: Vec<((Option<PictureId>, &str), TakeGroup<'_>)> = Vec::new();
        for take in self.found_takes() {
            let picture = self.picture_name_of(take);
            // Pictures with the same name are different pictures.
            let key = (self.picture_of(take).map(|picture| picture.id), picture);
            match groups.iter_mut().find(|(other, _)| *other == key) {
                Some((_, group)) => group.takes.push(take),
                None => {
                    let takes = vec![take];
                    groups.push((key, TakeGroup { picture, takes }));
                }
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

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
            self.take_title(take),
            moves.join(" "),
            recipe.model.name,
            recipe.request.seed
        )
    }
}
