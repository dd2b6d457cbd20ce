//! Original single files: what the families' readers share.
//!
//! Owns the original names of the networks that several families use, how a configuration is read off names and shapes,
//! and what is said of a file that no family knows. Each family reads its own file with these.

pub(super) mod clip;
mod collect;
mod derived;
mod layout;
mod scope;
mod unknown;
pub(super) mod vae;

pub(super) use collect::collect;
pub(super) use derived::{Derived, Reason, configured};
pub(super) use layout::{FIRST_STAGE, MOST_EMBEDDERS, UNET_PREFIX};
pub(super) use scope::Scope;
pub(super) use unknown::unknown;
