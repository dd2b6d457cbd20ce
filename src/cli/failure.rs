//! How a command fails: an exit code and at most one line.

use std::fmt::Display;

use crate::error::{DeviceError, ExportError, GenerateError, RateError, RequestError};

/// The end of a command that did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The arguments make no sense.
    BadArgument(String),
    /// The work could not be done.
    Failed(String),
    /// The command has said everything itself.
    Reported,
    /// Ctrl-C.
    Stopped,
    /// Ctrl-C, and what there is will be gone on with.
    #[cfg(feature = "hub")]
    Interrupted,
}

impl Failure {
    /// The exit code of [`Failure::BadArgument`].
    pub(super) const BAD_ARGUMENT: u8 = 2;

    /// Any failure that is not the arguments' fault.
    pub(super) fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }

    /// A failure that is the arguments' fault.
    pub(super) fn bad_argument(error: impl Display) -> Self {
        Self::BadArgument(error.to_string())
    }

    /// What to print after `error: `.
    pub(super) fn line(&self) -> Option<&str> {
        match self {
            Self::BadArgument(line) | Self::Failed(line) => Some(line),
            Self::Reported => None,
            Self::Stopped => Some("stopped; nothing was written"),
            #[cfg(feature = "hub")]
            Self::Interrupted => {
                Some("stopped; what has arrived is kept, the same command goes on from there")
            }
        }
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::BadArgument(_) => Self::BAD_ARGUMENT,
            Self::Failed(_) | Self::Reported => 1,
            Self::Stopped => 130,
            #[cfg(feature = "hub")]
            Self::Interrupted => 130,
        }
    }
}

impl From<&GenerateError> for Failure {
    fn from(error: &GenerateError) -> Self {
        match error {
            GenerateError::Request(_) | GenerateError::Device(DeviceError::Precision { .. }) => {
                Self::bad_argument(error)
            }
            _ => Self::failed(error),
        }
    }
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        Self::from(&error)
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self::bad_argument(error)
    }
}

impl From<RateError> for Failure {
    fn from(error: RateError) -> Self {
        Self::bad_argument(error)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::UnknownEnding { .. } => Self::bad_argument(error),
            _ => Self::failed(error),
        }
    }
}
