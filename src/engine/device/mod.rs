//! Which device a job runs on and why, and in which precision: from a [`DevicePreference`] and a [`Precision`].

pub mod adapters;
pub mod lowered_limits;
pub mod report;
pub mod self_test;
mod self_test_cases;
pub mod trust;
mod wgsl_only;

use std::fmt;

use burn::tensor::{Device, FloatDType};

use crate::error::DeviceError;
use crate::request::{DevicePreference, Precision};
use adapters::{Adapter, AdapterKind, Compiler, adapters};
use trust::Trust;

/// The backend and adapter that compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// burn's Flex backend on the CPU.
    Cpu,
    /// burn's wgpu backend on an adapter.
    Gpu {
        /// The adapter's number in `gpu:N`.
        index: usize,
        /// The kind of adapter.
        kind: AdapterKind,
        /// What burn's kernels are compiled to.
        compiler: Compiler,
    },
}

/// The device a job runs on.
#[derive(Clone, Debug)]
pub struct ComputeDevice {
    /// The device that tensors are made on.
    pub burn: Device,
    /// The backend and adapter.
    pub place: Place,
    /// The GPU's name, or `CPU`.
    pub name: String,
    /// Driver and version; empty for the CPU.
    pub driver: String,
    /// Why this device was chosen, as a clause.
    pub reason: String,
    /// True if f16 is supported and passed the self-test.
    pub f16: bool,
    /// Bytes of the GPU's largest memory heap; `None` for the CPU, and if the driver does not say.
    pub memory_bytes: Option<u64>,
    /// Maximum bytes of one tensor; `None` for the CPU.
    pub tensor_bytes: Option<u64>,
}

impl ComputeDevice {
    /// The CPU, chosen for `reason`.
    #[must_use]
    pub fn cpu(reason: impl Into<String>) -> Self {
        Self {
            burn: Device::flex(),
            place: Place::Cpu,
            name: "CPU".to_owned(),
            driver: String::new(),
            reason: reason.into(),
            f16: false,
            memory_bytes: None,
            tensor_bytes: None,
        }
    }

    /// True if tensors live on an adapter.
    #[must_use]
    pub fn is_gpu(&self) -> bool {
        matches!(self.place, Place::Gpu { .. })
    }

    /// The float type that the networks compute in on this device; `halves`: whether the model works in 16-bit floats.
    ///
    /// # Errors
    /// [`DeviceError::Precision`] if the device does not support it or failed its self-test in it, or the model does
    /// not work in it.
    pub fn float(&self, precision: Precision, halves: bool) -> Result<FloatDType, DeviceError> {
        let f16 = self.f16 && halves;
        let refused = |precision, reason: &str| DeviceError::Precision {
            name: self.name.clone(),
            precision,
            reason: reason.to_owned(),
            instead: if f16 { "f16" } else { "f32" },
        };
        match precision {
            Precision::Auto if f16 => Ok(FloatDType::F16),
            Precision::Auto | Precision::F32 => Ok(FloatDType::F32),
            Precision::F16 if !halves => Err(refused("f16", "this model needs 32-bit floats")),
            Precision::Bf16 if !halves => Err(refused("bf16", "this model needs 32-bit floats")),
            Precision::F16 if self.f16 => Ok(FloatDType::F16),
            Precision::F16 if self.is_gpu() => Err(refused(
                "f16",
                "its driver does not support f16, or failed the self-test in it",
            )),
            Precision::F16 => Err(refused("f16", "CPUs are slower in f16 than in f32")),
            Precision::Bf16 if self.is_gpu() && self.burn.supports_dtype(FloatDType::BF16) => {
                Ok(FloatDType::BF16)
            }
            Precision::Bf16 => Err(refused("bf16", "it has no bf16 arithmetic")),
        }
    }
}

impl fmt::Display for ComputeDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Cpu => write!(f, "CPU: {}", self.reason),
            Place::Gpu {
                index, compiler, ..
            } => {
                write!(
                    f,
                    "gpu:{index} {} with {compiler}: {}",
                    self.name, self.reason
                )
            }
        }
    }
}

/// Opens the preferred device.
///
/// A GPU is used only after the self-test of [`Trust`] passed with one of its compilers, best first. `auto` considers
/// hardware only (discrete, integrated, virtual GPUs, in this order) and falls back to the CPU; `gpu` and `gpu:N`
/// also accept software drivers and never fall back.
///
/// # Errors
/// For `gpu` and `gpu:N`: no adapter, no such adapter, not trusted, or not opened.
pub fn choose(preference: DevicePreference, trust: &Trust) -> Result<ComputeDevice, DeviceError> {
    match preference {
        DevicePreference::Cpu => Ok(ComputeDevice::cpu("it was requested")),
        DevicePreference::Auto => Ok(automatic(&adapters(), trust)),
        DevicePreference::Gpu(index) => named(&adapters(), index, trust),
    }
}

fn automatic(adapters: &[Adapter], trust: &Trust) -> ComputeDevice {
    let mut hardware: Vec<_> = adapters
        .iter()
        .filter(|adapter| adapter.kind.is_hardware())
        .collect();
    hardware.sort_by_key(|adapter| adapter.kind);
    let mut refusals = Vec::new();
    for adapter in &hardware {
        match trusted(adapter, trust, "the first GPU that passed its self-test") {
            Ok(device) => return device,
            Err(refusal) => refusals.push(refusal.to_string()),
        }
    }
    let software = adapters
        .iter()
        .find(|adapter| adapter.kind == AdapterKind::Software);
    let reason = match (refusals.is_empty(), software) {
        (false, _) => refusals.join("; "),
        (true, Some(driver)) => {
            format!(
                "no GPU was found, and the software driver {} is slower than the CPU",
                driver.info.name
            )
        }
        (true, None) => "no GPU was found".to_owned(),
    };
    ComputeDevice::cpu(reason)
}

fn named(
    adapters: &[Adapter],
    index: Option<usize>,
    trust: &Trust,
) -> Result<ComputeDevice, DeviceError> {
    let last = adapters
        .len()
        .checked_sub(1)
        .ok_or(DeviceError::NoAdapter)?;
    if let Some(index) = index {
        let adapter = adapters
            .get(index)
            .ok_or(DeviceError::NoSuchAdapter { index, last })?;
        return trusted(adapter, trust, "it was requested and passed its self-test");
    }
    let mut by_kind: Vec<_> = adapters.iter().collect();
    by_kind.sort_by_key(|adapter| adapter.kind);
    let mut refusal = DeviceError::NoAdapter;
    for adapter in by_kind {
        match trusted(
            adapter,
            trust,
            "a GPU was requested, and this one passed its self-test",
        ) {
            Ok(device) => return Ok(device),
            Err(error @ DeviceError::LimitNotOffered { .. }) => return Err(error),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// Opens the adapter with the first of its compilers that is trusted.
fn trusted(adapter: &Adapter, trust: &Trust, reason: &str) -> Result<ComputeDevice, DeviceError> {
    adapter.require_lowered_limits()?;
    let mut refusals = Vec::new();
    for &compiler in adapter.compilers() {
        let verdict = trust.verdict(adapter, compiler);
        if !verdict.is_trusted() {
            tracing::warn!(
                "{} with {compiler}: {}",
                adapter.info.name,
                verdict.sentence
            );
            refusals.push(format!("{compiler}: {}", verdict.sentence));
            continue;
        }
        match adapter.open(compiler) {
            Ok(opened) => {
                let earlier: String = refusals
                    .iter()
                    .map(|refusal| format!("; refused {refusal}"))
                    .collect();
                return Ok(ComputeDevice {
                    burn: opened.burn,
                    place: Place::Gpu {
                        index: adapter.index,
                        kind: adapter.kind,
                        compiler,
                    },
                    name: adapter.info.name.clone(),
                    driver: format!("{} {}", adapter.info.driver, adapter.info.driver_info),
                    reason: format!("{reason}{earlier}"),
                    f16: opened.f16 && verdict.f16,
                    memory_bytes: opened.memory_bytes,
                    tensor_bytes: Some(adapter.tensor_bytes()),
                });
            }
            Err(error) => refusals.push(format!("{compiler}: {error}")),
        }
    }
    Err(DeviceError::Untrusted {
        name: adapter.info.name.clone(),
        reason: refusals.join("; "),
    })
}

#[cfg(test)]
mod tests {
    use super::{ComputeDevice, FloatDType, Precision};
    use crate::error::Hinted as _;

    #[test]
    fn the_cpu_computes_in_f32_and_says_so() {
        let cpu = ComputeDevice::cpu("a test asked for it");
        assert_eq!(
            cpu.float(Precision::Auto, true).expect("auto"),
            FloatDType::F32
        );
        let error = cpu
            .float(Precision::F16, true)
            .expect_err("no f16")
            .on_command_line();
        assert!(error.contains("--precision f32"), "{error}");
    }

    #[test]
    fn a_model_that_needs_32_bits_gets_them_where_f16_is_faster() {
        let mut device = ComputeDevice::cpu("a test asked for it");
        device.f16 = true;
        assert_eq!(
            device.float(Precision::Auto, true).expect("auto"),
            FloatDType::F16
        );
        assert_eq!(
            device.float(Precision::Auto, false).expect("auto"),
            FloatDType::F32
        );
        let error = device
            .float(Precision::F16, false)
            .expect_err("not in f16")
            .on_command_line();
        assert!(error.contains("this model needs 32-bit floats"), "{error}");
        assert!(error.contains("--precision f32"), "{error}");
    }
}
