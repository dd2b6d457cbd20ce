//! How the tensors of a part compare with the tensors that a network expects.
//!
//! Owns the comparison and its wording for people.
//! Does not depend on where the expected list comes from.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::parts::Part;
use crate::error::CheckpointError;

/// Number of names that a long list shows before it is cut.
const SHOWN: usize = 5;

/// Unneeded tensors that published files contain, although no network of this kind uses them.
const IGNORABLE: &[&str] = &[
    "position_ids",
    "text_model.",
    "model_ema.",
    "num_updates",
    "logit_scale",
    "token_embedding",
    "text_projection",
    "ln_final",
    "open_clip.model.positional_embedding",
    "open_clip.model.transformer.",
    "attn_mask",
    "first_stage_model.loss.",
    "denoiser.",
];

/// A tensor whose shape is not the expected one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongShape {
    /// The name.
    pub name: String,
    /// The shape the network needs.
    pub expected: Vec<usize>,
    /// The shape the file has.
    pub found: Vec<usize>,
}

/// A tensor that is not of floating-point type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongDtype {
    /// The name.
    pub name: String,
    /// The type the file has.
    pub found: String,
}

/// Result of comparing a part with an expected list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LoadReport {
    /// Tensors of the right name, shape and type.
    pub matched: usize,
    /// Expected but absent.
    pub missing: Vec<String>,
    /// Present but not expected, without known leftovers.
    pub unexpected: Vec<String>,
    /// Present with another shape.
    pub wrong_shape: Vec<WrongShape>,
    /// Present as integers or another type that holds no weights.
    pub wrong_dtype: Vec<WrongDtype>,
    /// Known leftovers, which are ignored.
    pub ignored: usize,
}

impl LoadReport {
    /// Compares a part with the `(name, shape)` pairs that a network expects.
    #[must_use]
    pub fn new<C>(part: &Part<C>, expected: &[(String, Vec<usize>)]) -> Self {
        let mut report = Self::default();
        let mut known = std::collections::BTreeSet::new();
        for (name, shape) in expected {
            known.insert(name.as_str());
            let Some(entry) = part.tensors.get(name) else {
                report.missing.push(name.clone());
                continue;
            };
            if entry.shape() != shape {
                report.wrong_shape.push(WrongShape {
                    name: name.clone(),
                    expected: shape.clone(),
                    found: entry.shape().to_vec(),
                });
            } else if entry.dtype().is_float() {
                report.matched += 1;
            } else {
                report.wrong_dtype.push(WrongDtype {
                    name: name.clone(),
                    found: entry.dtype().to_string(),
                });
            }
        }
        for name in part
            .tensors
            .keys()
            .filter(|name| !known.contains(name.as_str()))
        {
            if is_ignorable(name) {
                report.ignored += 1;
            } else {
                report.unexpected.push(name.clone());
            }
        }
        report
    }

    /// Whether every expected tensor is usable; unexpected ones do not matter.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.wrong_shape.is_empty() && self.wrong_dtype.is_empty()
    }

    /// Turns an incomplete report into the error that says so.
    ///
    /// # Errors
    /// If a tensor is missing, misshapen or of the wrong type.
    pub fn require_complete(&self, part: &'static str, path: &Path) -> Result<(), CheckpointError> {
        if self.is_complete() {
            return Ok(());
        }
        Err(CheckpointError::Incomplete {
            part,
            summary: self.to_string(),
            path: path.to_owned(),
        })
    }
}

/// Whether a name is that of a known leftover.
fn is_ignorable(name: &str) -> bool {
    IGNORABLE.iter().any(|leftover| name.contains(leftover))
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} matched", self.matched)?;
        write_list(f, "missing", self.missing.iter())?;
        let shapes = self.wrong_shape.iter().map(|wrong| {
            format!(
                "{} is {:?} instead of {:?}",
                wrong.name, wrong.found, wrong.expected
            )
        });
        write_list(f, "of wrong shape", shapes)?;
        let types = self
            .wrong_dtype
            .iter()
            .map(|wrong| format!("{} is {}", wrong.name, wrong.found));
        write_list(f, "of wrong type", types)?;
        write_list(f, "unexpected", self.unexpected.iter())
    }
}

/// `, 7 missing: a, b, c and 4 more`; nothing for an empty list.
fn write_list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    items: impl ExactSizeIterator<Item = T>,
) -> fmt::Result {
    let total = items.len();
    if total == 0 {
        return Ok(());
    }
    write!(f, ", {total} {what}: ")?;
    for (i, item) in items.take(SHOWN).enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    if total > SHOWN {
        write!(f, " and {} more", total - SHOWN)?;
    }
    Ok(())
}
