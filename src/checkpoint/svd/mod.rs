//! The files of Stable Video Diffusion and SV3D: a spatio-temporal UNet, an autoencoder, a CLIP vision tower.

mod folder;
mod kinds;
mod norm_eps;
mod original_unet;
mod parts;
mod single_file;

pub(super) use folder::{FOLDERS, UNET, is_in_folder, open_folder};
pub(super) use kinds::kind_of;
pub use norm_eps::NormEps;
pub use parts::SvdParts;
pub(super) use single_file::{is_in_file, open_file};
