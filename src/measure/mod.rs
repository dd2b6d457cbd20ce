//! Measuring what the camera does in a clip.
//!
//! [`Flow`] is the optical flow from one picture to the next, by dense inverse search. [`Pair`] is the move that most of it
//! agrees on, and [`Measured`] what a clip adds up to, with its name. Works on frames alone. Must not know models or
//! recipes.

mod clip;
mod flow;
mod pair;
mod patches;
mod plane;
mod refine;
mod similarity;

pub use clip::{Measured, MeasuredMove, Measurer, measure};
pub use flow::{Flow, Preset, SMALLEST};
pub use pair::{Axes, Pair};
pub use plane::Plane;
