//! The speed of earlier runs: operations per second of each stage, stored in the user's data folder.
//!
//! If the record cannot be read or written, nothing fails: forecasts then have bytes but no seconds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::engine::stage_clock::StageSeconds;
use crate::pipeline::{GenerationPlan, Placement, Stage};
use crate::system::whole_file;

/// File name in the data folder.
const FILE: &str = "rates.json";
/// Weight of the latest run: machines change, and a single run may have been slowed down by other programs.
const NEWEST: f64 = 0.5;

/// Rates of one model on one device in one precision; `None` for a stage that has never run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageRates {
    /// Bytes of weights placed per second.
    pub load: Option<f64>,
    /// Floating-point operations per second while encoding.
    pub encode: Option<f64>,
    /// Floating-point operations per second while denoising.
    pub denoise: Option<f64>,
    /// Floating-point operations per second while decoding.
    pub decode: Option<f64>,
}

/// The device that a preference led to: what a forecast needs to know without opening it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownDevice {
    /// Its name and precision, such as `CPU, f32`.
    pub name: String,
    /// Whether it is a GPU.
    pub gpu: bool,
    /// Bytes of one parameter of the UNet.
    pub unet_element: u64,
    /// Bytes of its memory, if the driver says.
    pub memory_bytes: Option<u64>,
    /// Bytes of its largest tensor.
    pub tensor_bytes: Option<u64>,
}

impl KnownDevice {
    /// How networks are placed on it.
    #[must_use]
    pub fn placing(&self) -> Placement {
        Placement {
            gpu: self.gpu,
            unet_element: self.unet_element,
        }
    }
}

/// The speeds of this machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rates {
    /// The device that each preference led to, by [`super::device_key`].
    #[serde(alias = "wishes")]
    preferences: BTreeMap<String, KnownDevice>,
    /// By device, then by model.
    devices: BTreeMap<String, BTreeMap<String, StageRates>>,
}

impl Rates {
    /// Reads the record in `folder`; empty if there is none.
    #[must_use]
    pub fn read(folder: Option<&Path>) -> Self {
        folder
            .and_then(|folder| fs::read(folder.join(FILE)).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Writes the record into `folder`, completely or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        whole_file::write_json(&folder.join(FILE), self)
    }

    /// The device that a preference led to last time; `key` is from `super::device_key`.
    #[must_use]
    pub fn device(&self, key: &str) -> Option<&KnownDevice> {
        self.preferences.get(key)
    }

    /// The rates of a model on a device; if this model has never run there, those of the first model by name.
    #[must_use]
    pub fn of(&self, device: &str, model: &str) -> StageRates {
        self.devices
            .get(device)
            .and_then(|models| models.get(model).or_else(|| models.values().next()))
            .copied()
            .unwrap_or_default()
    }

    /// Updates the record from a finished run.
    pub fn learn(
        &mut self,
        key: &str,
        device: KnownDevice,
        model: &str,
        plan: &GenerationPlan,
        seconds: &StageSeconds,
    ) {
        let models = self.devices.entry(device.name.clone()).or_default();
        let rates = models.entry(model.to_owned()).or_default();
        let weights: u64 = plan.stages.iter().map(|stage| stage.all_weights).sum();
        blend(&mut rates.load, weights as f64, seconds.load);
        blend(&mut rates.encode, work(plan, Stage::Encode), seconds.encode);
        blend(
            &mut rates.denoise,
            work(plan, Stage::Denoise),
            seconds.denoise,
        );
        blend(&mut rates.decode, work(plan, Stage::Decode), seconds.decode);
        self.preferences.insert(key.to_owned(), device);
    }
}

/// Floating-point operations of one stage.
pub(in crate::engine) fn work(plan: &GenerationPlan, stage: Stage) -> f64 {
    let stages = plan
        .stages
        .iter()
        .filter(|planned| planned.stage() == stage);
    stages.map(|planned| planned.flops.total()).sum()
}

fn blend(rate: &mut Option<f64>, amount: f64, seconds: f64) {
    if amount <= 0.0 || seconds <= 0.0 {
        return;
    }
    let measured = amount / seconds;
    *rate = Some(match *rate {
        Some(before) => before * (1.0 - NEWEST) + measured * NEWEST,
        None => measured,
    });
}
