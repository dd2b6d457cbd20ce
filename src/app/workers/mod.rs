//! The workers, for everything that takes time or asks the system. Each reports events to the inbox.
//!
//! Only `dispatch` interprets effects; the other files each do one kind of work.

mod camera;
pub mod clipboard;
pub mod dialogs;
mod dispatch;
mod export;
mod folder_scan;
mod import;
pub(super) mod inbox;
mod job_thread;
mod last_tokenizer;
mod models;
mod parts;
mod restore;
mod saver;
mod threads;
mod words;

pub use models::HubAccess;
pub use parts::Parts;
pub(super) use threads::Workers;
