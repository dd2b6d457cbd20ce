//! Weight files by name: what a model is, its configurations, and its tensors under diffusers'
//! names, whatever the layout of the files.
//!
//! Owns reading, recognising and renaming. `families` is the table of families, one row each; each family has a folder
//! (such as `svd`) for reading its files. Must not depend on burn, devices or networks: a network asks a [`Part`] for
//! tensors and reports with a [`LoadReport`].
//!
//! ```text
//! Checkpoint::open(path)  → kind, defaults, and the parts of its family: Part<UnetConfig>, Part<VaeConfig>, …
//! LoadReport::new(part, expected) → matched, missing, unexpected, wrong shape
//! part.get(name)?.to_f32() / to_vec::<f16>() → values, checked for NaN
//! ```

mod animatediff;
pub mod config;
pub mod convert;
mod defaults;
mod describe;
pub mod expected_tensors;
mod families;
mod file_type;
mod fingerprint;
mod folder;
mod kind;
pub mod lora;
mod networks;
mod open;
mod opened;
mod part_description;
mod parts;
mod released;
mod report;
mod sd;
mod single_file;
mod svd;
mod tensors;
pub mod tokenizer;

pub use animatediff::{Animated, MotionModule};
pub use config::{
    ClipTextConfig, ClipVisionConfig, DiscreteSchedulerConfig, FeatureExtractor, MotionConfig,
    MotionUnetConfig, MotionVersion, SchedulerConfig, Unet2dConfig, UnetConfig, VaeConfig,
};
pub use convert::FloatFormat;
pub use defaults::ModelDefaults;
pub use describe::{Description, Identity, LoraDescription, identify};
pub use families::Parts;
pub use folder::Folder;
pub use kind::{FileLayout, Kind, Prefer};
pub use open::Checkpoint;
pub use part_description::PartDescription;
pub use parts::{Entry, Part, Transform};
pub use report::{LoadReport, WrongDtype, WrongShape};
pub use sd::SdParts;
pub use svd::{NormEps, SvdParts};
pub use tensors::{Dtype, TensorFile, TensorInfo, TensorView};
