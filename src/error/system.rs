//! What the operating system said, in words that people can use.

use std::io;

/// The system's own words alone: without its number, and without the name of a temporary file,
/// which means nothing to anyone.
#[must_use]
pub fn said(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.source());
    let said = inner.map_or_else(|| error.to_string(), ToString::to_string);
    match said.find(" (os error") {
        Some(end) => said[..end].to_owned(),
        None => said,
    }
}
