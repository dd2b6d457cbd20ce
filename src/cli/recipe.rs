//! The recipe of a take as an order that can be given again.
//!
//! Knows how a recipe is written into a take and which device its words mean.
//! Must not render.

use std::path::Path;

use serde_json::Value;

use crate::engine::adapters::adapters;
use crate::engine::device::{DevicePreference, Precision};
use crate::engine::protocol::Recipe;
use crate::error::TakeError;

/// What recipes call the processor.
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
        reason: format!("{error}; written by Kinora {version}"),
        path: path.to_path_buf(),
    })
}

/// The device and number format that a recipe names, if they are at hand;
/// otherwise whatever is best here.
pub(super) fn place(recipe: &Recipe) -> (DevicePreference, Precision) {
    let elsewhere = (DevicePreference::Auto, Precision::Auto);
    // The name of a card may hold a comma itself.
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
