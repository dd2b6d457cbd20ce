//! The cost of a pass through a network: arithmetic and peak memory.
//!
//! Each network has a cost function beside it (`svd/cost.rs`, `autoencoder/cost.rs`, `clip/cost.rs`). It goes through
//! the shapes that the network is built from and records in a ledger which tensors its `forward` allocates and frees.
//! `tests/it/plan.rs` compares the result with independent counts and measured memory, so that the two cannot drift
//! apart unnoticed. Must not depend on requests or devices: the memory behaviour of a backend comes in as
//! [`BackendMemory`].

pub(in crate::model) mod blocks;
mod figures;
mod flops;
mod ledger;

pub(in crate::model) use figures::Sizes;
pub use figures::{Cost, Extent};
pub use flops::Flops;
pub use ledger::BackendMemory;
pub(in crate::model) use ledger::Ledger;
