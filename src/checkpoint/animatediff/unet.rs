//! diffusers' `UNetMotionModel`: a UNet for pictures and its motion modules in one file.

use serde_json::Value;

use super::animated::is_of_module;
use super::module::MotionModule;
use crate::checkpoint::config::{Config as _, MotionAdapterConfig, Unet2dConfig, object};
use crate::checkpoint::folder::{Folder, PartFiles, entries};
use crate::checkpoint::parts::Part;
use crate::checkpoint::tensors::TensorFile;
use crate::error::CheckpointError;

/// The UNet.
pub(in crate::checkpoint) const UNET: PartFiles = PartFiles {
    folder: "unet",
    stem: "diffusion_pytorch_model",
    title: "its UNet",
};

/// Subfolders that show that a folder is a model of this family.
pub(in crate::checkpoint) const FOLDERS: [&str; 1] = ["motion_adapter"];

/// The class of the UNet without motion modules.
const BASE_CLASS: &str = "UNet2DConditionModel";

/// Whether these files hold a UNet for pictures and motion modules.
pub(in crate::checkpoint) fn is_in_folder(files: &[TensorFile]) -> bool {
    let names = || files.iter().flat_map(TensorFile::tensors);
    names().any(|info| info.name == "conv_in.weight")
        && names().any(|info| is_of_module(&info.name))
}

/// The UNet of a folder without its motion modules, and these.
pub(in crate::checkpoint) fn split(
    folder: &Folder,
    files: Vec<TensorFile>,
) -> Result<(Part<Unet2dConfig>, MotionModule), CheckpointError> {
    let config = format!("{}/config.json", UNET.folder);
    let path = folder.join(&config);
    let Some(bytes) = folder.read(&config)? else {
        return Err(CheckpointError::MissingPart {
            part: format!("{} ({config})", UNET.title),
            path: folder.path().to_owned(),
        });
    };
    let stated = MotionAdapterConfig::parse(&bytes, &path)?;
    let mut fields = object(&bytes, &path)?;
    fields.values_mut().for_each(without_motion);
    let text = Value::Object(fields).to_string();
    let unet = Unet2dConfig::parse(text.as_bytes(), &path)?;
    let (modules, tensors) = entries(files)
        .into_iter()
        .partition(|(name, _)| is_of_module(name));
    let part = Part {
        config: unet,
        tensors,
    };
    let module = MotionModule::named(modules, Some(&stated), folder.path())?;
    Ok((part, module))
}

/// Replaces the names of classes with motion modules by those of the same classes without.
fn without_motion(value: &mut Value) {
    match value {
        Value::String(class) if class == "UNetMotionModel" => BASE_CLASS.clone_into(class),
        Value::String(class) => {
            if let Some(start) = class.strip_suffix("Motion") {
                *class = format!("{start}2D");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(without_motion),
        _ => {}
    }
}
