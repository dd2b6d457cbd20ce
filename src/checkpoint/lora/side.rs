//! Weight or bias.

use serde::Serialize;

/// Which tensor of a module an update changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Side {
    /// The weight, or a parameter that is a module of its own.
    Weight,
    /// The bias.
    Bias,
}
