//! The networks' arithmetic on the CPU, on plain slices of f32.
//!
//! The channels of a pixel are adjacent (`[frames, height, width, channels]`), which is also the order of tokens:
//! convolutions, linear layers, norms and attention then read rows, and nothing is ever transposed. Every operation
//! between two products is part of one of them. Threads come from rayon: from whichever pool the caller runs in. Must
//! not depend on tensors, networks or devices.

mod aligned;
pub(super) mod allocator;
mod attention;
pub(crate) mod buffer_pool;
mod epilogue;
mod gemm;
mod grid;
mod isa;
mod maths;
mod microkernel;
mod packed_matrix;
mod prologue;
mod rows;
mod scatter;
mod statistics;
mod tasks;
mod weight_format;
mod weights;

pub use attention::{Attention, Sets, Tokens};
pub use epilogue::{Activation, GemmEpilogue};
pub use gemm::Product;
pub use grid::{Grid, Window};
pub use isa::SimdLevel;
pub use packed_matrix::{Layout, Matrix};
pub use prologue::GemmPrologue;
pub use rows::{add_rows, add_rows_onto};
pub use statistics::{Groups, scale_and_shift};
pub use weight_format::WeightSlice;
pub(super) use weights::release;
pub use weights::{LayerWeights, PackedRef, WeightSource};
