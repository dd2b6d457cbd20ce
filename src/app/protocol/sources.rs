//! The search for what a take was made of, and its outcome.

use std::path::PathBuf;

use super::opened_picture::OpenedPicture;
use crate::app::command::takes::TakeCommand;
use crate::engine::protocol::Recipe;
use crate::library::sources::FoundWeights;

/// A search for what a take was made of.
#[derive(Clone, Debug)]
pub(in crate::app) struct Search {
    /// What it is for.
    pub(in crate::app) then: TakeCommand,
    /// What names it.
    pub(in crate::app) recipe: Recipe,
    /// The folder of the project that the take is of.
    pub(in crate::app) project: Option<PathBuf>,
    /// The file that the take was brought in from.
    pub(in crate::app) brought_from: Option<PathBuf>,
    /// Whether the picture is wanted too.
    pub(in crate::app) picture: bool,
}

/// What a search has found.
#[derive(Debug)]
pub(in crate::app) struct Found {
    /// The folder of the project that it was asked in.
    pub(in crate::app) project: Option<PathBuf>,
    /// The picture, where it was wanted.
    pub(in crate::app) picture: Option<Box<OpenedPicture>>,
    /// The model.
    pub(in crate::app) model: Option<FoundWeights>,
    /// The LoRAs, in the recipe's order.
    pub(in crate::app) loras: Vec<Option<FoundWeights>>,
}
