//! What a request will take, before it is given: bytes by the plan, seconds by what earlier runs took.
//!
//! Cheap enough to ask after every change of a setting, but it reads a model's headers: not once a frame. Must not
//! open a device: the device that a preference led to last time is on record; without a record the CPU is assumed.

pub mod rates;

use super::device::{DevicePreference, Precision};
use super::planning::free_bytes;
use crate::error::CheckpointError;
use crate::library::Library;
use crate::pipeline::{GenerationPlan, MemoryBudget, Stage, StagePlan, family_of};
use crate::request::GenerateRequest;
use rates::{KnownDevice, Rates, work};

pub use crate::pipeline::Fitting;

/// What a request will take.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The device, as `CPU, f32`.
    pub device: String,
    /// Load, encode, denoise and decode, in this order.
    pub stages: Vec<StageForecast>,
    /// Frames that will be decoded together.
    pub decode_chunk: usize,
    /// Whether it computes on a card with memory of its own.
    pub gpu: bool,
    /// Bytes that are free on the device.
    pub free_bytes: u64,
    /// What would fit, where this does not.
    pub instead: Option<Fitting>,
}

/// What one stage will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageForecast {
    /// The stage.
    pub stage: Stage,
    /// Bytes of memory at its peak; while loading, of the largest network's weights.
    pub bytes: u64,
    /// Seconds, where this device has run before.
    pub seconds: Option<f64>,
    /// Arithmetic, or bytes while loading: what the seconds are in proportion to.
    pub work: f64,
}

impl Forecast {
    /// Bytes at the highest peak.
    #[must_use]
    pub fn peak_bytes(&self) -> u64 {
        self.stages
            .iter()
            .map(|stage| stage.bytes)
            .max()
            .unwrap_or(0)
    }

    /// A stage of it.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> Option<&StageForecast> {
        self.stages.iter().find(|one| one.stage == stage)
    }

    /// Seconds in all, where every stage is known.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        self.stages.iter().map(|stage| stage.seconds).sum()
    }
}

/// Forecasts `request` on the model of that name, wherever `device` and `precision` led last time.
///
/// # Errors
/// When there is no such model or it cannot be used.
pub fn forecast(
    library: &Library,
    model: &str,
    request: &GenerateRequest,
    device: DevicePreference,
    precision: Precision,
) -> Result<Forecast, CheckpointError> {
    let checkpoint = library.model(model)?;
    let rates = Rates::read(library.data_folder());
    let known = rates
        .device(&device_key(device, precision))
        .cloned()
        .unwrap_or_else(cpu);
    let budget = MemoryBudget {
        bytes: free_bytes(known.gpu, known.memory_bytes),
        largest_tensor: known.tensor_bytes,
    };
    let family = family_of(&checkpoint);
    let shapes = family.shapes();
    let plan = GenerationPlan::new(&*shapes, request, known.placing(), budget);
    let speed = rates.of(&known.name, model);

    let all_weights: u64 = plan.stages.iter().map(|stage| stage.all_weights).sum();
    let load = StageForecast {
        stage: Stage::Load,
        bytes: plan
            .stages
            .iter()
            .map(|stage| stage.weights)
            .max()
            .unwrap_or(0),
        seconds: speed.load.map(|rate| all_weights as f64 / rate),
        work: all_weights as f64,
    };
    let working = [
        (Stage::Encode, speed.encode),
        (Stage::Denoise, speed.denoise),
        (Stage::Decode, speed.decode),
    ];
    let working = working.map(|(stage, rate)| StageForecast {
        stage,
        bytes: plan
            .stages
            .iter()
            .filter(|planned| planned.stage() == stage)
            .map(StagePlan::bytes)
            .max()
            .unwrap_or(0),
        seconds: rate.map(|rate| work(&plan, stage) / rate),
        work: work(&plan, stage),
    });
    let rules = family.defaults().rules;
    let instead = plan
        .misfit(budget)
        .map(|_| Fitting::instead_of(&*shapes, request, known.placing(), budget, &rules));
    Ok(Forecast {
        gpu: known.gpu,
        device: known.name,
        stages: [load].into_iter().chain(working).collect(),
        decode_chunk: plan.decode_chunk,
        free_bytes: budget.bytes,
        instead,
    })
}

/// The key under which [`Rates`] keep a device: as on the command line, `auto f32`.
pub(super) fn device_key(device: DevicePreference, precision: Precision) -> String {
    format!("{device:?} {precision:?}").to_lowercase()
}

fn cpu() -> KnownDevice {
    KnownDevice {
        name: "CPU, f32".to_owned(),
        gpu: false,
        unet_element: 4,
        memory_bytes: None,
        tensor_bytes: None,
    }
}
