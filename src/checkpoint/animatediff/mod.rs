//! The files of AnimateDiff: motion modules, which are added to a model of another family.

mod animated;
mod kinds;
mod module;
mod names;
mod unet;

pub use animated::Animated;
pub use module::MotionModule;
pub(super) use unet::{FOLDERS, UNET, is_in_folder, split};
