//! Requests to the workers about pictures from words, and the events they report.

use std::sync::Arc;

use crate::app::command::words::SlotId;
use crate::app::state::epoch::Epoch;
use crate::app::state::forecast::ForecastQuery;
use crate::app::state::words::{TokenCount, TokenQuery};
use crate::engine::forecast::Forecast;
use crate::engine::protocol::{JobId, Still, StillOrder};
use crate::error::GenerateError;

/// Requests about pictures from words.
#[derive(Debug)]
pub(in crate::app) enum WordsEffect {
    /// Send an order to the engine.
    Make {
        /// The order.
        order: Box<StillOrder>,
        /// The picture.
        slot: SlotId,
    },
    /// Compute the cost of one picture.
    Forecast(Box<ForecastQuery>),
    /// Count the tokens of a prompt.
    Count(TokenQuery),
    /// Open a finished picture as one of the project.
    Open {
        /// Its name.
        name: String,
        /// The picture.
        still: Arc<Still>,
        /// The project.
        epoch: Epoch,
    },
}

/// Events about pictures from words.
#[derive(Debug)]
pub(in crate::app) enum WordsEvent {
    /// The engine accepted an order.
    Queued {
        /// The engine's ID for it.
        job: JobId,
        /// The picture.
        slot: SlotId,
    },
    /// The engine rejected an order.
    Refused {
        /// The picture.
        slot: SlotId,
        /// Why.
        error: GenerateError,
    },
    /// The cost of a picture was computed; `None` if the model cannot be read or the workers are too busy.
    Forecast(Option<Box<Forecast>>),
    /// The tokens of the prompt and the negative prompt were counted; `None` if the tokenizer cannot be read or the
    /// workers are too busy.
    Counted(Option<(TokenQuery, [TokenCount; 2])>),
}
