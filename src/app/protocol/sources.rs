//! The search for the sources of a take: its picture, model and LoRAs.

use std::path::PathBuf;

use super::opened_picture::OpenedPicture;
use crate::app::command::takes::TakeCommand;
use crate::library::sources::FoundWeights;
use crate::request::Recipe;

/// A search for the sources of a take.
#[derive(Clone, Debug)]
pub(in crate::app) struct Search {
    /// The command that needs them.
    pub(in crate::app) then: TakeCommand,
    /// The recipe that names them.
    pub(in crate::app) recipe: Recipe,
    /// The folder of the take's project.
    pub(in crate::app) project: Option<PathBuf>,
    /// The file from which the take was imported.
    pub(in crate::app) brought_from: Option<PathBuf>,
    /// Whether the picture is needed too.
    pub(in crate::app) picture: bool,
}

/// The outcome of a search.
#[derive(Debug)]
pub(in crate::app) struct Found {
    /// The folder of the project in which it was started.
    pub(in crate::app) project: Option<PathBuf>,
    /// The picture, if it was needed.
    pub(in crate::app) picture: Option<Box<OpenedPicture>>,
    /// The model.
    pub(in crate::app) model: Option<FoundWeights>,
    /// The LoRAs, in the recipe's order.
    pub(in crate::app) loras: Vec<Option<FoundWeights>>,
}
