//! A LoRA matched with a network.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::file::Lora;
use super::names::LoraFormat;
use super::side::Side;
use super::targets::Targets;
use super::update::Update;
use crate::checkpoint::config::MotionVersion;
use crate::checkpoint::report::WrongShape;
use crate::error::{CheckpointError, LoraError};

/// What to do about a MotionLoRA for another version.
const OTHER_MODULE: &str = "use the MotionLoRA with v2, or leave it out";
/// Part of the names of tensors of motion modules.
const MOTION_MARK: &str = "motion_modules";
/// Number of names that a list shows before it is cut.
const SHOWN: usize = 3;

/// How many of a LoRA's updates match a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoraMatch {
    /// Updates that fit.
    pub matched: usize,
    /// Updates in the file.
    pub total: usize,
    /// Updates for which the network has no tensor, by their names in the file.
    pub unmatched: Vec<String>,
    /// Updates whose shape differs from that of their tensor.
    pub wrong_shape: Vec<WrongShape>,
}

impl fmt::Display for LoraMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} tensors matched", self.matched, self.total)?;
        if !self.unmatched.is_empty() {
            write!(f, ", not in this model: {}", shown(&self.unmatched))?;
        }
        if !self.wrong_shape.is_empty() {
            let shapes: Vec<String> = self.wrong_shape.iter().map(describe).collect();
            write!(f, ", of wrong shape: {}", shown(&shapes))?;
        }
        Ok(())
    }
}

/// A LoRA under the names of the network it was matched with.
#[derive(Debug, Clone)]
pub struct FittedLora {
    /// The LoRA's name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// The naming scheme of the file.
    pub format: LoraFormat,
    /// The file's fingerprint; see [`Lora::fingerprint`].
    pub fingerprint: String,
    /// How much of it fits.
    pub report: LoraMatch,
    updates: BTreeMap<String, Vec<Update>>,
}

impl Lora {
    /// Matches the file with a network.
    ///
    /// # Errors
    /// If nothing matches, with the names of a few of the file's tensors; if it is a MotionLoRA and the network does not
    /// have the motion modules that it was made for.
    pub fn fit(&self, targets: &Targets) -> Result<FittedLora, LoraError> {
        self.require_motion(targets.motion())?;
        let mut report = LoraMatch {
            matched: 0,
            total: self.total(),
            unmatched: self.unknown.clone(),
            wrong_shape: Vec::new(),
        };
        let mut updates: BTreeMap<String, Vec<Update>> = BTreeMap::new();
        for ((module, side), update) in &self.updates {
            let Some((name, shape)) = targets.find(module, *side) else {
                let suffix = if *side == Side::Bias { " (bias)" } else { "" };
                report.unmatched.push(format!("{module}{suffix}"));
                continue;
            };
            if update.fits(shape) {
                report.matched += 1;
                updates.entry(name).or_default().push(update.clone());
            } else {
                report.wrong_shape.push(WrongShape {
                    name,
                    expected: shape.to_vec(),
                    found: update.shape(),
                });
            }
        }
        if report.matched == 0 {
            let shapes = report.wrong_shape.iter().map(describe);
            let examples: Vec<String> = shapes.chain(report.unmatched.iter().cloned()).collect();
            return Err(LoraError::NothingMatches {
                total: report.total,
                examples: shown(&examples),
                path: self.path.clone(),
            });
        }
        Ok(FittedLora {
            name: self.name.clone(),
            path: self.path.clone(),
            format: self.format,
            fingerprint: self.fingerprint.clone(),
            report,
            updates,
        })
    }
}

impl Lora {
    /// Refuses a MotionLoRA for other motion modules: all versions have the same shapes, so it would fit most of them.
    fn require_motion(&self, found: Option<MotionVersion>) -> Result<(), LoraError> {
        let mut modules = self.updates.keys();
        if !modules.any(|(module, _)| module.contains(MOTION_MARK)) {
            return Ok(());
        }
        let refused = |found, advice| {
            Err(LoraError::OtherMotion {
                found,
                advice,
                path: self.path.clone(),
            })
        };
        match found {
            Some(MotionVersion::Two) => Ok(()),
            Some(MotionVersion::One) => refused("the motion module is v1", OTHER_MODULE),
            Some(MotionVersion::Three) => refused("the motion module is v3", OTHER_MODULE),
            None => refused(
                "the model has no motion module",
                "choose a LoRA made for this model",
            ),
        }
    }
}

impl FittedLora {
    /// diffusers' names of the tensors it changes, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.updates.keys().map(String::as_str)
    }

    /// Whether it changes a tensor.
    #[must_use]
    pub fn changes(&self, name: &str) -> bool {
        self.updates.contains_key(name)
    }

    /// The change of a tensor at strength 1, row-major in the tensor's own layout; `None` if it does not change that
    /// tensor.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn delta(&self, name: &str) -> Result<Option<Vec<f32>>, CheckpointError> {
        let Some((first, rest)) = self.updates.get(name).and_then(|all| all.split_first()) else {
            return Ok(None);
        };
        let mut delta = first.delta()?;
        for update in rest {
            for (sum, value) in delta.iter_mut().zip(update.delta()?) {
                *sum += value;
            }
        }
        Ok(Some(delta))
    }
}

fn describe(wrong: &WrongShape) -> String {
    format!(
        "{} is {:?} instead of {:?}",
        wrong.name, wrong.found, wrong.expected
    )
}

/// The first few entries of a list.
fn shown(names: &[String]) -> String {
    let first = names[..names.len().min(SHOWN)].join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => first,
        Some(more) => format!("{first} and {more} more"),
    }
}
