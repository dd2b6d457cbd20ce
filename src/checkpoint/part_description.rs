//! Description of a part of a model.

use std::collections::BTreeMap;

use serde::Serialize;

use super::expected_tensors::ExpectedTensors;
use super::parts::Part;
use super::report::LoadReport;

/// A part of a model, described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartDescription {
    /// `unet`, `vae`, `image_encoder`, `text_encoder` or `motion`.
    pub name: &'static str,
    /// Number of parameters.
    pub parameters: usize,
    /// Number of values by stored type, such as `F16`.
    pub dtypes: BTreeMap<String, usize>,
    /// Comparison with the configuration.
    pub report: LoadReport,
}

impl PartDescription {
    /// Describes `part`, given the tensors that its configuration implies.
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
