//! Values computed from the state, for the window and for `update`.

pub mod camera;
pub mod camera_axes;
pub mod camera_pad;
pub mod camera_stack;
pub mod crop;
pub mod curve_editing;
pub mod drawing;
pub mod drop_hint;
pub mod found_takes;
pub mod frame_shape;
pub mod memory;
mod motion_modules;
mod next_change;
mod obstacle;
pub mod overrides;
pub mod path_editing;
mod recipe_names;
pub mod retry;
mod same_take;
pub mod setting;
pub mod setting_names;
pub mod settings;
mod snapshot;
pub mod suggestion;
pub mod take_diff;
mod take_file;
pub mod tokens;
pub mod words;

pub(in crate::app) use next_change::{AUTOSAVE, SAVE_PREFERENCES};
pub(in crate::app) use snapshot::{preferences_file, project_file, queue, take_entry};
