//! What to generate: every choice an artist makes, checked once.
//!
//! Text from a command line or a window becomes a [`RequestDraft`]; only a [`GenerateRequest`],
//! completed from the model's own [`Defaults`] and held against the [`Rules`] of its family, reaches the engine. Must not
//! know how any of it is carried out, or which families there are.

mod defaults;
mod generate;
mod rules;

pub use defaults::Defaults;
pub use generate::{GenerateRequest, RequestDraft};
pub use rules::{Conditioning, FrameCounts, Rules};
