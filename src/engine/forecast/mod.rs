//! Memory and time that a request will need, before it runs: bytes from the plan, seconds from earlier runs.
//!
//! Cheap enough to compute after every change of a setting, but not in every drawn frame: it reads the model's headers.
//! It opens no device: [`Rates`] records the device that a preference led to last time; without a record, the CPU is
//! assumed.

pub mod rates;

use burn::tensor::DType;

use super::device::ComputeDevice;
use super::planning::{free_bytes, precision_name};
use super::stage_clock::StageSeconds;
use crate::error::CheckpointError;
use crate::library::Library;
use crate::pipeline::{GenerationPlan, MemoryBudget, NetworkPlan, Stage, family_of};
use crate::request::{DevicePreference, GenerateRequest, Precision};
use rates::{KnownDevice, Rates, work};

pub use crate::pipeline::Fitting;

/// Memory and time that a request will need.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The device and its precision, such as `CPU, f32`.
    pub device: String,
    /// Load, encode, denoise and decode, in this order.
    pub stages: Vec<StageForecast>,
    /// Frames that will be decoded at once.
    pub decode_chunk: usize,
    /// Whether it will run on a GPU.
    pub gpu: bool,
    /// Free memory on the device, in bytes.
    pub free_bytes: u64,
    /// A request that would fit, if this one does not.
    pub instead: Option<Fitting>,
}

/// Memory and time that one stage will need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageForecast {
    /// The stage.
    pub stage: Stage,
    /// Peak memory in bytes; while loading, the weights of the largest network.
    pub bytes: u64,
    /// Seconds; `None` if the device has not run this stage before.
    pub seconds: Option<f64>,
    /// Floating-point operations, or bytes while loading: the seconds are proportional to it.
    pub work: f64,
}

impl Forecast {
    /// The highest peak of all stages, in bytes.
    #[must_use]
    pub fn peak_bytes(&self) -> u64 {
        self.stages
            .iter()
            .map(|stage| stage.bytes)
            .max()
            .unwrap_or(0)
    }

    /// The forecast of one stage.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> Option<&StageForecast> {
        self.stages.iter().find(|one| one.stage == stage)
    }

    /// Total seconds; `None` unless all stages are known.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        self.stages.iter().map(|stage| stage.seconds).sum()
    }
}

/// Forecasts `request` with the model of that name, on the device that `device` and `precision` led to last time.
///
/// # Errors
/// [`CheckpointError`] if there is no such model or it cannot be used.
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
            .map(NetworkPlan::bytes)
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

/// Records the speed of a finished run for forecasts; if the record cannot be written, only forecasts are affected.
///
/// `asked` are the preferences and the model's name; `ran` is what they led to, with the plan and the time of each
/// stage.
pub(super) fn learn(
    library: &Library,
    (preference, precision, model): (DevicePreference, Precision, &str),
    (device, dtype, plan, seconds): (&ComputeDevice, DType, &GenerationPlan, &StageSeconds),
) {
    let Some(folder) = library.data_folder() else {
        return;
    };
    let known = KnownDevice {
        name: format!("{}, {}", device.name, precision_name(dtype)),
        gpu: device.is_gpu(),
        unet_element: dtype.size() as u64,
        memory_bytes: device.memory_bytes,
        tensor_bytes: device.tensor_bytes,
    };
    let mut rates = Rates::read(Some(folder));
    let key = device_key(preference, precision);
    rates.learn(&key, known, model, plan, seconds);
    if let Err(error) = rates.write(folder) {
        tracing::debug!("could not record the speed of this run: {error}");
    }
}

/// The key of a preference in [`Rates`], worded as on the command line: `auto f32`.
fn device_key(device: DevicePreference, precision: Precision) -> String {
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
