//! What the next take will cost, as far as it is known.
//!
//! Must not know how it is found out.

use crate::engine::device::{DevicePreference, Precision};
use crate::engine::forecast::Forecast;
use crate::request::GenerateRequest;

/// Everything that the cost of a take depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastQuery {
    /// The model, by name.
    pub model: String,
    /// The request; its seed does not matter.
    pub request: GenerateRequest,
    /// Where to compute.
    pub device: DevicePreference,
    /// In what number format.
    pub precision: Precision,
}

/// The latest answer, and what was asked.
#[derive(Debug, Default)]
pub struct ForecastState {
    /// The latest answer.
    pub latest: Option<Forecast>,
    /// What was asked last.
    pub(in crate::app) asked: Option<ForecastQuery>,
    /// Whether an answer is still to come.
    pub(in crate::app) waiting: bool,
}
