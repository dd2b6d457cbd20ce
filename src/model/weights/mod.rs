//! Parameters of networks: looked up by name, converted, then placed on a device or packed for the CPU.
//!
//! Names and shapes are diffusers'. Must not depend on file layouts or any network.

mod loader;
mod mapped_weights;

pub(crate) use loader::transposed;
pub use loader::{Expected, LARGE, Lcg, Loader, Source, Target, WeightPlacement, list_parameters};
