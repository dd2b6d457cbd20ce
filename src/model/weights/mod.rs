//! How a network comes by its parameters: asked for by name, converted, placed or packed.
//!
//! Knows names and shapes as diffusers writes them. Must not know file layouts or which network asks.

mod loader;
mod mapped_weights;

pub(crate) use loader::transposed;
pub use loader::{Expected, Keeping, LARGE, Lcg, Loader, Source, Target, list_parameters};
