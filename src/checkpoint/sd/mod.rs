//! The files of Stable Diffusion 1 and 2: a UNet that attends to a prompt, an autoencoder, a CLIP text tower, a
//! tokenizer.

mod folder;
mod kinds;
mod original_unet;
mod parts;
mod single_file;

pub(super) use folder::{FOLDERS, UNET, is_in_folder, open_folder, open_with};
pub use parts::SdParts;
pub(super) use single_file::{is_in_file, open_file};
