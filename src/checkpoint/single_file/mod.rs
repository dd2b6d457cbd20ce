//! Single files in the original layout: the parts of reading them that families share.
//!
//! Owns the original names of networks that several families use, deriving configurations from names and shapes, and
//! the error for unknown files.

pub(super) mod clip;
mod collect;
mod derived;
mod layout;
mod scope;
pub(super) mod text;
mod unknown;
pub(super) mod vae;

pub(super) use collect::collect;
pub(super) use derived::{Derived, Reason, configured};
pub(super) use layout::{FIRST_STAGE, MOST_EMBEDDERS, UNET_PREFIX};
pub(super) use scope::Scope;
pub(super) use unknown::unknown;
