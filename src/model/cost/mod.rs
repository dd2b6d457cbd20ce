//! What a pass through a network costs: arithmetic, and bytes that are alive at once.
//!
//! Beside each network stands its walk (`svd/cost.rs`, `autoencoder/cost.rs`, `clip/cost.rs`): it goes through the same
//! shapes that the network is built from and follows its `forward` tensor by tensor in a ledger, so that a forecast and
//! the network cannot drift apart unnoticed. `tests/it/plan.rs` compares parameters, arithmetic and measured memory.
//! Must not know requests or devices: how a backend computes comes in as [`Habits`].

pub(in crate::model) mod blocks;
mod figures;
mod flops;
mod ledger;

pub(in crate::model) use figures::Sizes;
pub use figures::{Cost, Extent};
pub use flops::Flops;
pub use ledger::Habits;
pub(in crate::model) use ledger::Ledger;
