//! The forecast for the next take.

use crate::engine::forecast::Forecast;
use crate::request::{DevicePreference, GenerateRequest, Precision};

/// Everything that determines the cost of a take.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastQuery {
    /// The model, by name.
    pub model: String,
    /// The request; its seed does not matter.
    pub request: GenerateRequest,
    /// Where to compute.
    pub device: DevicePreference,
    /// The number format to compute in.
    pub precision: Precision,
}

/// The latest answer, and the query it belongs to.
#[derive(Debug, Default)]
pub struct ForecastState {
    /// The latest answer.
    pub latest: Option<Forecast>,
    /// The latest query.
    pub(in crate::app) asked: Option<ForecastQuery>,
    /// Whether an answer is pending.
    pub(in crate::app) waiting: bool,
}
