//! Parsing and validation that all configurations share.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{CheckpointError, excerpt};

/// GroupNorm groups of those diffusers classes that fix the number.
pub const NORM_GROUPS: usize = 32;
/// More levels, layers or transformer blocks than this mean that the file is broken.
pub(super) const MOST_LAYERS: usize = 256;
/// Greater widths than this mean that the file is broken.
pub(super) const MOST_CHANNELS: usize = 1 << 16;

/// A field that breaks a rule, without the path of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The field's name.
    pub field: &'static str,
    /// The rule it breaks, as a predicate (`must be …`).
    pub reason: String,
}

impl Flaw {
    pub(super) fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field,
            reason: reason.into(),
        }
    }

    /// The error with the file it came from.
    #[must_use]
    pub fn at(self, path: &Path) -> CheckpointError {
        CheckpointError::Config {
            field: self.field,
            reason: excerpt(self.reason),
            path: path.to_owned(),
        }
    }
}

/// A configuration that can be read from a JSON object and checked.
pub trait Config: DeserializeOwned + Default + Serialize {
    /// Names of the fields, so that an error can say which one is wrong.
    const FIELDS: &'static [&'static str];

    /// Checks the rules of diffusers' constructors, and that Kinora can compute what the fields describe.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    fn validate(&self) -> Result<(), Flaw>;

    /// Refuses a configuration of another class; `fields` is the whole JSON object.
    ///
    /// # Errors
    /// If the object names a class that is not this one.
    fn check_class(_fields: &Map<String, Value>, _path: &Path) -> Result<(), CheckpointError> {
        Ok(())
    }

    /// The object that holds the fields, if the file nests it in another.
    #[must_use]
    fn unwrap(fields: Map<String, Value>) -> Map<String, Value> {
        fields
    }

    /// Parses and validates the bytes of a JSON file; missing fields take diffusers' defaults.
    ///
    /// # Errors
    /// If the bytes are not a JSON object, name another class, or a field cannot be used.
    fn parse(bytes: &[u8], path: &Path) -> Result<Self, CheckpointError> {
        let fields = Self::unwrap(object(bytes, path)?);
        Self::check_class(&fields, path)?;
        let config: Self = from_fields(fields, Self::FIELDS).map_err(|flaw| flaw.at(path))?;
        config.validate().map_err(|flaw| flaw.at(path))?;
        Ok(config)
    }
}

/// Parses a JSON object.
///
/// # Errors
/// If the bytes are not JSON or not an object.
pub(in crate::checkpoint) fn object(
    bytes: &[u8],
    path: &Path,
) -> Result<Map<String, Value>, CheckpointError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let parsed = serde_json::from_slice(bytes);
    let parsed = parsed.or_else(|error| match without_infinities(bytes) {
        Some(text) => serde_json::from_str(&text),
        None => Err(error),
    });
    parsed.map_err(|e| CheckpointError::ConfigUnreadable {
        reason: excerpt(e),
        path: path.to_owned(),
    })
}

/// The text with `null` in place of the numbers that Python writes and JSON does not have; `None` if there are none.
/// diffusers' DPM-Solver has one in every configuration (`lambda_min_clipped`).
fn without_infinities(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut clean = text.to_owned();
    for number in ["-Infinity", "Infinity", "NaN"] {
        clean = clean.replace(&format!(": {number}"), ": null");
    }
    (clean != text).then_some(clean)
}

/// Reads a struct whose fields all have defaults; an error names the field that does not fit.
pub(in crate::checkpoint) fn from_fields<T: DeserializeOwned>(
    fields: Map<String, Value>,
    names: &'static [&'static str],
) -> Result<T, Flaw> {
    let error = match serde_json::from_value::<T>(Value::Object(fields.clone())) {
        Ok(whole) => return Ok(whole),
        Err(error) => error,
    };
    for &name in names {
        let Some(value) = fields.get(name) else {
            continue;
        };
        let alone = Map::from_iter([(name.to_owned(), value.clone())]);
        if serde_json::from_value::<T>(Value::Object(alone)).is_err() {
            let mut shown = value.to_string();
            if shown.chars().count() > 60 {
                shown = shown.chars().take(60).chain(['…']).collect();
            }
            return Err(Flaw::new(name, format!("cannot be {shown}")));
        }
    }
    Err(Flaw::new("", error.to_string()))
}

/// Checks a width: positive, not absurdly large, divisible by the norm's groups.
pub(super) fn check_widths(
    field: &'static str,
    widths: &[usize],
    groups: usize,
) -> Result<(), Flaw> {
    if widths.is_empty() || widths.len() > MOST_LAYERS {
        return Err(Flaw::new(field, "must list 1 to 256 widths"));
    }
    for &width in widths {
        if width == 0 || width > MOST_CHANNELS {
            return Err(Flaw::new(
                field,
                format!("must contain widths of 1 to {MOST_CHANNELS}, not {width}"),
            ));
        }
        if width % groups != 0 {
            return Err(Flaw::new(
                field,
                format!(
                    "must be multiples of {groups} (the number of GroupNorm groups), but {width} is not"
                ),
            ));
        }
    }
    Ok(())
}

/// Checks that a count is at least 1 and not absurdly large.
pub(super) fn check_count(field: &'static str, count: usize, most: usize) -> Result<(), Flaw> {
    if (1..=most).contains(&count) {
        Ok(())
    } else {
        Err(Flaw::new(
            field,
            format!("must be 1 to {most}, not {count}"),
        ))
    }
}
