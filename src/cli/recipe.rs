//! The recipe in a take, for rendering it again.
//!
//! Knows how a recipe is stored in a take and which device its words mean.
//! Must not render.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::engine::device::adapters::adapters;
use crate::engine::device::{DevicePreference, Precision};
use crate::engine::protocol::Recipe;
use crate::error::{TakeError, excerpt};

/// What recipes call the CPU.
const CPU: &str = "CPU";

/// Reads the recipe from the comment of the take at `path`.
pub(super) fn parse(path: &Path, comment: Option<&str>) -> Result<Recipe, TakeError> {
    // Other programs leave comments too; only ours name the version.
    let value = comment.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some((version, value)) =
        value.and_then(|value| Some((value.get("kinora")?.as_str()?.to_owned(), value)))
    else {
        let path = path.to_path_buf();
        return Err(TakeError::NoRecipe { path });
    };
    serde_json::from_value(value).map_err(|error| TakeError::BadRecipe {
        reason: excerpt(format!("{error}; written by Kinora {version}")),
        path: path.to_path_buf(),
    })
}

/// The path of the picture that the recipe of the take at `take` names: as named or, when the project was moved or
/// copied, in the `pictures` folder beside the take, where file names are fingerprints.
pub(super) fn picture_place(take: &Path, named: &Path) -> Option<PathBuf> {
    if named.exists() {
        return Some(named.to_owned());
    }
    let take = take.canonicalize().ok()?;
    let takes = take.parent().filter(|folder| folder.ends_with("takes"))?;
    let pictures = named
        .parent()?
        .file_name()
        .filter(|name| *name == "pictures")?;
    let place = takes.parent()?.join(pictures).join(named.file_name()?);
    place.is_file().then_some(place)
}

/// The device and precision that a recipe names if this machine has them, otherwise `auto`.
pub(super) fn place(recipe: &Recipe) -> (DevicePreference, Precision) {
    let elsewhere = (DevicePreference::Auto, Precision::Auto);
    // A GPU's name may hold a comma itself.
    let Some((name, precision)) = recipe.device.rsplit_once(", ") else {
        return elsewhere;
    };
    let Ok(precision) = precision.parse() else {
        return elsewhere;
    };
    if name == CPU {
        return (DevicePreference::Cpu, precision);
    }
    let known = adapters();
    let adapter = known.iter().find(|adapter| adapter.info.name == name);
    adapter.map_or(elsewhere, |adapter| {
        (DevicePreference::Gpu(Some(adapter.index)), precision)
    })
}
