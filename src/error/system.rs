//! Reasons that the operating system gives, without the parts that only a programmer can read.

use std::io;

/// The system's reason for an error, for use in brackets: without the error number, and without the path of
/// a temporary file, which the user never chose.
#[must_use]
pub fn os_reason(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.source());
    let reason = inner.map_or_else(|| error.to_string(), ToString::to_string);
    match reason.find(" (os error") {
        Some(end) => reason[..end].to_owned(),
        None => reason,
    }
}
