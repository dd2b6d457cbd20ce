//! One network of a model in figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::expected_tensors::ExpectedTensors;
use super::parts::Part;
use super::report::LoadReport;

/// A part in figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartDescription {
    /// `unet`, `vae` or `image_encoder`.
    pub name: &'static str,
    /// Values the network takes.
    pub parameters: usize,
    /// Values stored by type, such as `F16`.
    pub dtypes: BTreeMap<String, usize>,
    /// Comparison with what the configuration calls for.
    pub report: LoadReport,
}

impl PartDescription {
    /// Counts the tensors of `part` that are `expected`.
    pub(super) fn new<C>(name: &'static str, part: &Part<C>, expected: &ExpectedTensors) -> Self {
        let mut dtypes = BTreeMap::new();
        let mut parameters = 0;
        for entry in expected.iter().filter_map(|(name, _)| part.get(name)) {
            *dtypes.entry(entry.dtype().to_string()).or_insert(0) += entry.elements();
            parameters += entry.elements();
        }
        Self {
            name,
            parameters,
            dtypes,
            report: LoadReport::new(part, expected),
        }
    }
}
