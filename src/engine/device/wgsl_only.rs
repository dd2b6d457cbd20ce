//! Making burn compile its kernels to WGSL on an adapter where it would otherwise choose SPIR-V.
//!
//! cubecl looks at the *adapter* of a setup: if that is a Vulkan adapter underneath, it uses the SPIR-V compiler, and
//! there is no option to prevent that. It uses the adapter only to read its description; buffers and pipelines come
//! from the device. So a setup whose adapter describes the GPU, but is not a Vulkan adapter underneath, gets WGSL.
//! This is the only `unsafe` code of the engine.
#![expect(
    unsafe_code,
    reason = "wgpu makes an adapter from its inner layer only through unsafe functions"
)]

use wgpu::hal::{self, Instance as _};

/// An adapter with the description of `real`, these limits and features, and wgpu's empty backend underneath.
/// It can be queried; a device opened from it is useless.
///
/// # Errors
/// wgpu's message, if its empty backend cannot start.
pub(in crate::engine) fn stand_in(
    real: &wgpu::Adapter,
    limits: wgpu::Limits,
    features: wgpu::Features,
) -> Result<wgpu::Adapter, String> {
    let options = wgpu::NoopBackendOptions {
        enable: true,
        ..Default::default()
    };
    let descriptor = hal::InstanceDescriptor {
        name: "kinora",
        flags: wgpu::InstanceFlags::empty(),
        memory_budget_thresholds: wgpu::MemoryBudgetThresholds::default(),
        backend_options: wgpu::BackendOptions {
            noop: options,
            ..Default::default()
        },
        telemetry: None,
        display: None,
    };
    // SAFETY: the empty backend talks to no driver and has nothing to uphold.
    let empty = unsafe { <hal::noop::Context as hal::Instance>::init(&descriptor) }
        .map_err(|error| error.to_string())?;
    // SAFETY: as above; without a surface nothing is borrowed.
    let mut exposed = unsafe { empty.enumerate_adapters(None) };
    let mut exposed = exposed.pop().ok_or("the empty backend has no adapter")?;
    exposed.info = real.get_info();
    exposed.features = features;
    exposed.capabilities.limits = limits;
    exposed.capabilities.downlevel = real.get_downlevel_capabilities();
    // SAFETY: `empty` is a usable instance of the empty backend and is handed over whole.
    let instance = unsafe { wgpu::Instance::from_hal::<hal::api::Noop>(empty) };
    // SAFETY: `exposed` came from the very instance that wgpu now owns.
    Ok(unsafe { instance.create_adapter_from_hal(exposed) })
}
