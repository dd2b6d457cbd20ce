//! Configurations derived from names and shapes.

use crate::checkpoint::config::Config;
use crate::checkpoint::tensors::TensorFile;
use crate::error::{CheckpointError, excerpt};

/// A derived configuration, with warnings about assumptions.
pub(in crate::checkpoint) struct Derived<C> {
    pub(in crate::checkpoint) config: C,
    pub(in crate::checkpoint) warnings: Vec<String>,
}

/// Why a configuration cannot be derived.
pub(in crate::checkpoint) type Reason = String;

/// The configuration in the metadata of a file, or else the one derived from its tensors.
pub(in crate::checkpoint) fn configured<C: Config>(
    file: &TensorFile,
    key: &str,
    warnings: &mut Vec<String>,
    derive: impl FnOnce() -> Result<Derived<C>, Reason>,
) -> Result<C, CheckpointError> {
    if let Some(json) = file.metadata().get(key) {
        return C::parse(json.as_bytes(), file.path());
    }
    let unknown = |reason: String| CheckpointError::UnknownModel {
        reason,
        path: file.path().to_owned(),
    };
    let derived = derive().map_err(unknown)?;
    derived
        .config
        .validate()
        .map_err(|flaw| unknown(excerpt(format!("{} {}", flaw.field, flaw.reason))))?;
    warnings.extend(derived.warnings);
    Ok(derived.config)
}
