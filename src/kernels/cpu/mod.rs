//! The networks' arithmetic on the processor, on plain slices of f32.
//!
//! Pixels lie with their channels side by side (`[frames, height, width, channels]`), which is also the order of
//! tokens: convolutions, linear layers, norms and attention then read rows, and nothing is ever transposed.
//! Everything between two products is part of one of them. Threads are rayon's, in whatever pool the caller works.
//! Must not know tensors, networks or devices.

mod aligned;
mod attention;
mod finish;
mod grid;
mod isa;
mod maths;
mod matrix;
mod prepare;
mod product;
mod scatter;
mod statistics;
mod stock;
mod stored;
mod tasks;
mod tile;

pub use attention::{Attention, Sets, Tokens};
pub use finish::{Curve, Finish};
pub use grid::{Grid, Window};
pub use isa::Isa;
pub use matrix::{Layout, Matrix};
pub use prepare::Prepare;
pub use product::Product;
pub use statistics::{Groups, scale_and_shift};
pub(super) use stock::release;
pub use stock::{AtHand, Shelf, Stock};
pub use stored::Stored;
