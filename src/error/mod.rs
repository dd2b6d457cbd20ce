//! Every error that a user can meet, worded here and nowhere else.
//!
//! Each sentence says what was wrong and what to do; paths come last. Where the command line and the window
//! word the advice differently, it is a [`Hint`] and not part of `Display`. Knows nothing of the modules
//! that raise the errors.

mod arguments;
mod camera;
mod checkpoint;
mod clip;
mod clipboard;
mod device;
mod excerpt;
mod export;
mod generate;
mod hint;
mod hub;
mod install;
mod motion;
mod picture;
mod preset;
mod project;
mod request;
mod studio;
mod system;
mod take;

pub use arguments::ArgumentError;
pub use camera::CameraError;
pub use checkpoint::{CheckpointError, LoraError};
pub use clip::ClipError;
pub use clipboard::ClipboardError;
pub use device::DeviceError;
pub use excerpt::excerpt;
pub use export::ExportError;
pub use generate::{GenerateError, ModelError};
pub(crate) use hint::capitalised;
pub use hint::{Hint, Hinted};
pub use hub::HubError;
pub use install::InstallError;
pub use motion::MotionError;
pub use picture::{FitError, PictureError, RateError};
pub use preset::PresetError;
pub use project::ProjectError;
pub use request::RequestError;
pub use studio::StudioError;
pub use system::os_reason;
pub use take::TakeError;
