//! The workers: whatever takes time or asks the system, on threads of its own.
//!
//! `dispatch` is the one interpreter of effects; the others do one kind of work each and report events to the inbox.

mod camera;
pub mod clipboard;
pub mod dialogs;
mod dispatch;
mod export;
mod folder_scan;
mod import;
pub(super) mod inbox;
mod job_thread;
mod models;
mod parts;
mod restore;
mod saver;
mod threads;

pub use models::HubAccess;
pub use parts::Parts;
pub(super) use threads::Workers;
