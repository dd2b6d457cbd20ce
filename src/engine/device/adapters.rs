//! The GPUs that drivers list, their features, and opening one with a chosen shader compiler. `gpu:N` is an index into
//! this list.

use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, Mutex, Once, PoisonError};

use burn::tensor::wgpu::{MemoryConfiguration, WgpuBackend, WgpuSetup};
use burn::tensor::{Device, DeviceKind, Tensor};
use burn_wgpu::Wgpu;
use cubecl::config::autotune::{AutotuneLevel, BenchConfig};
use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig as _};
use serde::{Deserialize, Serialize};

use super::lowered_limits::LoweredLimits;
use super::wgsl_only;
use crate::error::DeviceError;
use crate::kernels;

/// Maximum number of kernels that burn puts into one submission: small enough that stopping works and the desktop stays
/// responsive.
const TASKS_MOST: usize = 32;

/// Revision of the self-test and of the kernels that it judges. It changes with them, so that no verdict of an earlier
/// revision is trusted.
const SELF_TEST: u32 = 2;

/// What burn's kernels are compiled to before the driver sees them. Kinora's own shaders are WGSL either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compiler {
    /// SPIR-V, with the GPU's matrix units; Vulkan only.
    Spirv,
    /// WGSL, everywhere.
    Wgsl,
}

impl Compiler {
    /// `spirv` or `wgsl`, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spirv => "spirv",
            Self::Wgsl => "wgsl",
        }
    }
}

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spirv => "SPIR-V",
            Self::Wgsl => "WGSL",
        })
    }
}

impl FromStr for Compiler {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text {
            "spirv" => Ok(Self::Spirv),
            "wgsl" => Ok(Self::Wgsl),
            _ => Err(DeviceError::UnknownCompiler {
                text: text.to_owned(),
            }),
        }
    }
}

/// The kind of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the CPU's memory.
    Integrated,
    /// A virtual GPU in a virtual machine.
    Virtual,
    /// The driver does not say.
    Other,
    /// A software driver that computes on the CPU; slower than Kinora's own CPU kernels.
    Software,
}

impl AdapterKind {
    /// True for hardware, the only kind that `auto` uses.
    #[must_use]
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::Discrete | Self::Integrated | Self::Virtual)
    }
}

/// One adapter on one graphics API.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// Its number in `gpu:N`, counted from zero.
    pub index: usize,
    /// Its kind.
    pub kind: AdapterKind,
    /// The driver's description.
    pub info: wgpu::AdapterInfo,
    /// Limits that are lowered below the driver's.
    pub lowered: LoweredLimits,
    inner: wgpu::Adapter,
}

/// A burn device on an adapter.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The device that tensors are made on; its custom operations are registered.
    pub burn: Device,
    /// What its kernels are compiled to.
    pub compiler: Compiler,
    /// True if tensors may be stored and computed in f16.
    pub f16: bool,
    /// Bytes of the largest memory heap; `None` if the driver does not say.
    pub memory_bytes: Option<u64>,
}

/// One instance for the whole process: the Vulkan loader has trouble with instances created and destroyed repeatedly.
static INSTANCE: LazyLock<wgpu::Instance> = LazyLock::new(|| {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::PRIMARY,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
});

/// The devices opened so far, with the number and the lowered limits of their adapter: burn registers a device once per
/// process.
static OPENED: Mutex<Vec<(usize, LoweredLimits, Opened)>> = Mutex::new(Vec::new());

/// Bytes of the pages that burn's memory pools always allocate for small tensors, whatever the adapter's limits.
const SMALL_PAGE: u64 = 8 << 20;

/// Every adapter that a Vulkan, Metal or DirectX 12 driver lists, software ones included, in the drivers' order.
#[must_use]
pub fn adapters() -> Vec<Adapter> {
    // If the variable cannot be read, the program has already ended.
    let lowered = LoweredLimits::of_environment().cloned().unwrap_or_default();
    cubecl::future::block_on(INSTANCE.enumerate_adapters(wgpu::Backends::PRIMARY))
        .into_iter()
        .enumerate()
        .map(|(index, inner)| {
            let info = inner.get_info();
            Adapter {
                index,
                kind: kind(&info),
                info,
                lowered: lowered.clone(),
                inner,
            }
        })
        .collect()
}

/// Some drivers do not report their software rasteriser as a CPU, so their names count too.
fn kind(info: &wgpu::AdapterInfo) -> AdapterKind {
    let name = info.name.to_lowercase();
    let software = [
        "llvmpipe",
        "swiftshader",
        "lavapipe",
        "softpipe",
        "basic render",
    ];
    if software.iter().any(|known| name.contains(known)) {
        return AdapterKind::Software;
    }
    match info.device_type {
        wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
        wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
        wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
        wgpu::DeviceType::Cpu => AdapterKind::Software,
        wgpu::DeviceType::Other => AdapterKind::Other,
    }
}

impl Adapter {
    /// What burn's kernels can be compiled to here, best first.
    #[must_use]
    pub fn compilers(&self) -> &'static [Compiler] {
        match self.info.backend {
            // For SPIR-V, burn opens the device itself, with all limits and features that the driver offers.
            wgpu::Backend::Vulkan if self.lowered.is_empty() => &[Compiler::Spirv, Compiler::Wgsl],
            _ => &[Compiler::Wgsl],
        }
    }

    /// The key of this adapter's verdicts: adapter, driver with its version, compiler, Kinora's version with the
    /// revision of its self-test, and lowered limits.
    #[must_use]
    pub fn identity(&self, compiler: Compiler) -> String {
        let info = &self.info;
        let lowered = match self.lowered.to_string() {
            none if none.is_empty() => none,
            some => format!(" · {some}"),
        };
        format!(
            "{} · {:04x}:{:04x} · {} · {} {} · {} · kinora {} self-test {SELF_TEST}{lowered}",
            info.name,
            info.vendor,
            info.device,
            info.backend,
            info.driver,
            info.driver_info,
            compiler.name(),
            env!("CARGO_PKG_VERSION"),
        )
    }

    /// Limits of the adapter, lowered as the environment variable asks; all of them are requested when it is opened.
    #[must_use]
    pub fn limits(&self) -> wgpu::Limits {
        self.lowered.limits(self.inner.limits())
    }

    /// Features of the adapter, without those that the environment variable disables.
    #[must_use]
    pub fn features(&self) -> wgpu::Features {
        self.lowered.features(self.inner.features())
    }

    /// Bytes that one tensor may have: the largest binding, or buffer if that is smaller.
    #[must_use]
    pub fn tensor_bytes(&self) -> u64 {
        let limits = self.limits();
        limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size)
    }

    /// Checks that the lowered limits are within what the driver offers.
    ///
    /// # Errors
    /// [`DeviceError::LimitNotOffered`].
    pub(super) fn require_lowered_limits(&self) -> Result<(), DeviceError> {
        self.lowered
            .require_offered(&self.info.name, &self.inner.limits())
    }

    /// The burn device of this adapter, with its custom operations registered; created at the first call.
    ///
    /// # Errors
    /// [`DeviceError::Unopened`] if the driver refuses or burn would not use `compiler` here.
    pub fn open(&self, compiler: Compiler) -> Result<Opened, DeviceError> {
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = opened.iter().find(|(index, lowered, known)| {
            *index == self.index && *lowered == self.lowered && known.compiler == compiler
        });
        if let Some((_, _, known)) = known {
            return Ok(known.clone());
        }
        limit_autotune(self.kind);
        let (burn, setup) = match compiler {
            Compiler::Spirv => self.open_spirv(),
            Compiler::Wgsl => self.open_wgsl(),
        }
        .map_err(|reason| self.unopened(reason))?;
        let (chosen, memory_bytes) = runtime(&burn).map_err(|reason| self.unopened(reason))?;
        if chosen != compiler {
            return Err(self.unopened(format!("its driver does not accept {compiler} kernels")));
        }
        let f16 = setup.device.features().contains(wgpu::Features::SHADER_F16)
            && burn.supports_dtype(burn::tensor::DType::F16);
        kernels::register(&burn, setup.device, setup.queue);
        let device = Opened {
            burn,
            compiler,
            f16,
            memory_bytes,
        };
        opened.push((self.index, self.lowered.clone(), device.clone()));
        Ok(device)
    }

    fn unopened(&self, reason: impl fmt::Display) -> DeviceError {
        DeviceError::Unopened {
            name: self.info.name.clone(),
            reason: reason.to_string(),
        }
    }

    /// burn opens the adapter itself, since its SPIR-V needs features that wgpu does not request.
    fn open_spirv(&self) -> Result<(Device, WgpuSetup), String> {
        let nth = adapters()
            .iter()
            .filter(|other| other.info.backend == self.info.backend && other.index < self.index)
            .filter(|other| other.info.device_type == self.info.device_type)
            .count();
        let kind = match self.info.device_type {
            wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(nth),
            wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(nth),
            wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(nth),
            wgpu::DeviceType::Cpu if nth == 0 => DeviceKind::Cpu,
            _ => return Err("burn cannot select it for SPIR-V".to_owned()),
        };
        let (device, setup) = Device::wgpu_options()
            .device_kind(kind)
            .graphics_api(WgpuBackend::Vulkan)
            .tasks_max(TASKS_MOST)
            .init_with_setup()
            .map_err(|error| error.to_string())?;
        let got = setup.adapter.get_info();
        if got.name != self.info.name || got.device_pci_bus_id != self.info.device_pci_bus_id {
            return Err(format!("{} was opened instead", got.name));
        }
        Ok((device, setup))
    }

    fn open_wgsl(&self) -> Result<(Device, WgpuSetup), String> {
        // Experimental features would need an unsafe promise and give WGSL nothing; mapping primary buffers makes
        // every buffer host memory on some drivers.
        let unwanted =
            wgpu::Features::all_experimental_mask() | wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("kinora"),
            required_features: self.features().difference(unwanted),
            required_limits: self.limits(),
            // burn allocates large blocks and subdivides them itself.
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        };
        let (device, queue) = cubecl::future::block_on(self.inner.request_device(&descriptor))
            .map_err(|error| error.to_string())?;
        // burn reads limits and features from the adapter too, so lowered ones need a stand-in for every backend.
        let adapter = if self.info.backend == wgpu::Backend::Vulkan || !self.lowered.is_empty() {
            wgsl_only::stand_in(&self.inner, self.limits(), self.features())?
        } else {
            self.inner.clone()
        };
        let setup = WgpuSetup {
            instance: INSTANCE.clone(),
            adapter,
            device,
            queue,
            backend: self.info.backend,
        };
        let mut options = Device::wgpu_options().tasks_max(TASKS_MOST);
        if self.limits().max_buffer_size < SMALL_PAGE {
            options = options.memory_config(MemoryConfiguration::ExclusivePages);
        }
        options
            .setup(setup.clone())
            .init()
            .map(|device| (device, setup))
            .map_err(|error| error.to_string())
    }
}

/// The compiler that burn chose and the GPU's memory, read from a tensor's client.
fn runtime(device: &Device) -> Result<(Compiler, Option<u64>), String> {
    let probe = Tensor::<1>::zeros([1], device)
        .try_into_primitive::<Wgpu>()
        .map_err(|error| format!("{error:?}"))?;
    let compiler = match probe.client.name() {
        "wgpu<spirv>" => Compiler::Spirv,
        "wgpu<wgsl>" => Compiler::Wgsl,
        other => return Err(format!("burn opened it with an unknown compiler, {other}")),
    };
    Ok((compiler, probe.client.properties().memory.max_memory()))
}

/// Makes burn's autotune take the fewest samples on a software driver, where each kernel that it tries takes seconds to
/// compile. The setting applies to the whole process and must be made before the first device is opened.
fn limit_autotune(kind: AdapterKind) {
    static ASKED: Once = Once::new();
    if kind != AdapterKind::Software {
        return;
    }
    ASKED.call_once(|| {
        let mut config = CubeClRuntimeConfig::default().override_from_env();
        config.autotune.level = AutotuneLevel::Minimal;
        config.autotune.bench = BenchConfig {
            min_samples: 1,
            max_samples: 1,
            short_circuit_samples: 1,
            ..BenchConfig::default()
        };
        if !CubeClRuntimeConfig::try_set(config) {
            tracing::debug!("a device is open already, so autotune keeps its setting");
        }
    });
}
