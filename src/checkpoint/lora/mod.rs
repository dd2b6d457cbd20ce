//! LoRA files of every common format, as updates of named tensors.
//!
//! Owns reading the files, finding which tensors of a network they refer to, and computing the change of a weight. Base
//! weights are never changed: a [`LoraStack`] adds to a copy. Networks are known only by the names and shapes of their
//! tensors.
//!
//! ```text
//! Lora::open(path) → what the file holds, in its own names
//! lora.fit(&targets)? → FittedLora under diffusers' names, with "n of m matched"
//! stack.apply(name, shape, &mut weights) adds Σ strength · scale · up·down
//! ```

mod factor;
mod file;
mod fit;
mod matrix;
mod names;
mod scale;
mod side;
mod stack;
mod targets;
mod update;

pub use factor::Factor;
pub use file::{Lora, looks_like_lora};
pub use fit::{FittedLora, LoraMatch};
pub use names::LoraFormat;
pub use side::Side;
pub use stack::{ChangeByFrame, LoraStack};
pub use targets::Targets;
pub use update::Update;
