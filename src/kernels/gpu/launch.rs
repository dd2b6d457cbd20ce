//! Launching WGSL on the wgpu device that burn computes on: buffers, pipelines, grids, submission.
//!
//! burn compiles its own kernels to SPIR-V where it can, and then accepts no WGSL text, so Kinora's shaders are
//! submitted directly to the shared queue: burn's pending work is flushed, then Kinora's pass is submitted; the queue
//! keeps the order. Must not depend on what any shader computes, or on how a device is chosen.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use burn::tensor::Device;
use burn_wgpu::{AutoCompiler, CubeTensor};
use cubecl::server::Handle;
use cubecl::wgpu::WgpuServer;
use wgpu::util::DeviceExt as _;

use super::shader::{Elem, Shader, Variant};

static LAUNCHERS: RwLock<Vec<(Device, Arc<Launcher>)>> = RwLock::new(Vec::new());
static POISON: AtomicBool = AtomicBool::new(false);

/// Registers the wgpu device and queue of a burn device, so that custom operations run on it. A device that is
/// registered again keeps its first entry.
pub fn register(burn: &Device, device: wgpu::Device, queue: wgpu::Queue) {
    let mut launchers = LAUNCHERS.write().unwrap_or_else(PoisonError::into_inner);
    if launchers.iter().all(|(known, _)| known != burn) {
        launchers.push((burn.clone(), Arc::new(Launcher::new(device, queue))));
    }
}

/// Fills every output with NaN before its kernel runs, so that a test notices elements that were not written.
pub fn poison_outputs(on: bool) {
    POISON.store(on, Ordering::Relaxed);
}

/// True if custom operations run as shaders on this device.
#[must_use]
pub fn is_registered(device: &Device) -> bool {
    launcher(device).is_ok()
}

/// Maximum bytes of one tensor on a registered device: its largest binding, or buffer if that is smaller. `None` on
/// unregistered devices, such as the CPU.
pub(in crate::kernels) fn tensor_bytes(device: &Device) -> Option<u64> {
    let launcher = launcher(device).ok()?;
    let limits = launcher.device.limits();
    let most = limits.max_storage_buffer_binding_size;
    Some(most.min(limits.max_buffer_size))
}

/// Why a kernel was not launched; the caller then runs its tensor operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub(in crate::kernels) String);

/// The launcher of a registered device.
pub(in crate::kernels) fn launcher(device: &Device) -> Result<Arc<Launcher>, Refusal> {
    let launchers = LAUNCHERS.read().unwrap_or_else(PoisonError::into_inner);
    launchers
        .iter()
        .find(|(known, _)| known == device)
        .map(|(_, launcher)| Arc::clone(launcher))
        .ok_or_else(|| Refusal("the device is not registered".to_owned()))
}

/// Runs `shader`, the shader version of an operation, on `device`. `None` if its tensor operations have to run instead:
/// on unregistered devices, with `KINORA_REFERENCE=1`, and if `shader` refuses, which is logged under the name `what`.
pub(in crate::kernels) fn preferred<T>(
    what: &str,
    device: &Device,
    shader: impl FnOnce(&Launcher) -> Result<T, Refusal>,
) -> Option<T> {
    if crate::kernels::reference_only() {
        return None;
    }
    let launcher = launcher(device).ok()?;
    shader(&launcher)
        .inspect_err(|Refusal(reason)| tracing::debug!("{what} runs without its shader: {reason}"))
        .ok()
}

/// A grid of at least `groups` workgroups as `[x, y, z]`, each at most `most`, the device's limit. `None` if even three
/// dimensions are not enough.
#[must_use]
pub fn fold(groups: u32, most: u32) -> Option<[u32; 3]> {
    let most = most.max(1);
    let rows = groups.div_ceil(most).max(1);
    let layers = rows.div_ceil(most);
    let rows = rows.div_ceil(layers);
    // Not simply the limit, which would create more superfluous workgroups.
    let columns = groups.div_ceil(rows).div_ceil(layers);
    (layers <= most).then_some([columns, rows, layers])
}

/// Bytes of workgroup memory that a shader may use: the minimum that WebGPU guarantees. All [`Shader`]s stay within it.
pub(in crate::kernels) const WORKGROUP_BYTES: u32 = 16_384;

/// Refuses a shader if the device does not support its workgroup size or its number of bindings.
fn require_launchable(
    shader: &Shader,
    bindings: usize,
    limits: &wgpu::Limits,
) -> Result<(), Refusal> {
    let invocations = limits
        .max_compute_invocations_per_workgroup
        .min(limits.max_compute_workgroup_size_x);
    if shader.invocations > invocations {
        return Err(Refusal(format!(
            "the shader has {} invocations per workgroup; the device allows {invocations}",
            shader.invocations
        )));
    }
    if limits.max_compute_workgroup_storage_size < WORKGROUP_BYTES {
        return Err(Refusal("there is too little workgroup memory".to_owned()));
    }
    if bindings > limits.max_storage_buffers_per_shader_stage as usize {
        return Err(Refusal(format!("{bindings} bindings are too many")));
    }
    Ok(())
}

/// A tensor's memory, bound as one storage buffer.
pub(in crate::kernels) struct Bound {
    /// While this lives, burn neither frees nor moves the memory: it is held until the work is submitted.
    _kept: Box<dyn Any>,
    buffer: wgpu::Buffer,
    offset: u64,
    bytes: u64,
    /// Elements from the start of the binding to the tensor's first element.
    pub(in crate::kernels) start: u32,
}

/// The wgpu side of one burn device, with all pipelines compiled so far.
pub(in crate::kernels) struct Launcher {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipelines: Mutex<HashMap<(&'static str, Variant), Arc<wgpu::ComputePipeline>>>,
}

impl Launcher {
    fn new(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        Self {
            device,
            queue,
            pipelines: Mutex::new(HashMap::new()),
        }
    }

    /// True if shaders can store elements of this type.
    pub(in crate::kernels) fn stores(&self, elem: Elem) -> bool {
        match elem {
            Elem::F32 => true,
            Elem::F16 => self.device.features().contains(wgpu::Features::SHADER_F16),
        }
    }

    /// Allocates an output of `bytes`, uninitialised (or NaN, see [`poison_outputs`]).
    pub(in crate::kernels) fn output(like: &CubeTensor, bytes: usize) -> Handle {
        if POISON.load(Ordering::Relaxed) {
            // All ones is NaN in f32 and in f16.
            like.client.create_from_slice(&vec![0xFF; bytes])
        } else {
            like.client.empty(bytes)
        }
    }

    /// Reads an output of `bytes` back to the host; waits for all work before it.
    pub(in crate::kernels) fn read(
        like: &CubeTensor,
        out: Handle,
        bytes: usize,
    ) -> Result<Vec<u8>, Refusal> {
        let read = like
            .client
            .read_one(out)
            .map_err(|error| Refusal(error.to_string()))?;
        // Allocations are padded.
        read.get(..bytes)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Refusal("less was read than written".to_owned()))
    }

    /// The buffer range of `handle`, starting at the last aligned byte before it. `here` is an output made on this
    /// thread: burn queues the work of each thread separately and flushes only the caller's, so work that another
    /// thread has prepared is flushed for it.
    pub(in crate::kernels) fn bind(
        &self,
        like: &CubeTensor,
        handle: &Handle,
        elem: Elem,
        here: &Handle,
    ) -> Result<Bound, Refusal> {
        if handle.stream != here.stream {
            handle
                .stream
                .executes(|| like.client.flush())
                .map_err(|error| Refusal(error.to_string()))?;
        }
        let resource = like
            .client
            .get_resource::<WgpuServer<AutoCompiler>>(handle.clone())
            .map_err(|error| Refusal(error.to_string()))?;
        let limits = self.device.limits();
        let alignment = u64::from(limits.min_storage_buffer_offset_alignment);
        let at = resource.resource().offset;
        let offset = at - at % alignment;
        // A binding's size is a multiple of four; allocations are padded to more than that.
        let bytes = (at - offset + resource.resource().size).next_multiple_of(4);
        if bytes > limits.max_storage_buffer_binding_size {
            return Err(Refusal(format!(
                "a tensor of {bytes} bytes is more than one binding takes"
            )));
        }
        // Less than one alignment, so it always fits.
        let start = u32::try_from((at - offset) / elem.bytes()).unwrap_or(0);
        let buffer = resource.resource().buffer.clone();
        Ok(Bound {
            _kept: Box::new(resource),
            buffer,
            offset,
            bytes,
            start,
        })
    }

    /// Runs some passes of a shader one after the other, each with a variant and its workgroups: `tensors` at bindings
    /// 0.., then `params` as a uniform. Returns when the work is submitted; reads through burn wait for it.
    pub(in crate::kernels) fn dispatch(
        &self,
        like: &CubeTensor,
        shader: &'static Shader,
        passes: &[(Variant, u32)],
        tensors: &[Bound],
        params: &[u8],
    ) -> Result<(), Refusal> {
        let limits = self.device.limits();
        require_launchable(shader, tensors.len(), &limits)?;
        let most = limits.max_compute_workgroups_per_dimension;
        let passes = passes
            .iter()
            .map(|(variant, groups)| {
                let grid = fold(*groups, most)
                    .ok_or_else(|| Refusal(format!("{groups} workgroups are too many")))?;
                Ok((self.pipeline(shader, variant), grid))
            })
            .collect::<Result<Vec<_>, Refusal>>()?;
        let params = self
            .device
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(shader.name),
                contents: params,
                usage: wgpu::BufferUsages::UNIFORM,
            });
        fn storage(tensor: &Bound) -> wgpu::BindingResource<'_> {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &tensor.buffer,
                offset: tensor.offset,
                size: wgpu::BufferSize::new(tensor.bytes),
            })
        }
        let entries: Vec<_> = tensors
            .iter()
            .map(storage)
            .chain([params.as_entire_binding()])
            .zip(0..)
            .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor {
                label: Some(shader.name),
            });
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(shader.name),
                timestamp_writes: None,
            });
            for (pipeline, [x, y, z]) in &passes {
                let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some(shader.name),
                    layout: &pipeline.get_bind_group_layout(0),
                    entries: &entries,
                });
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, &group, &[]);
                pass.dispatch_workgroups(*x, *y, *z);
            }
        }
        // burn batches its work: whatever is pending must reach the queue before Kinora's pass reads its results.
        like.client
            .flush()
            .map_err(|error| Refusal(error.to_string()))?;
        self.queue.submit([encoder.finish()]);
        Ok(())
    }

    fn pipeline(&self, shader: &'static Shader, variant: &Variant) -> Arc<wgpu::ComputePipeline> {
        let mut pipelines = self
            .pipelines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let key = (shader.name, variant.clone());
        if let Some(pipeline) = pipelines.get(&key) {
            return Arc::clone(pipeline);
        }
        let source = shader.stitch(&key.1);
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(shader.name),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
        let pipeline = Arc::new(self.device.create_compute_pipeline(
            &wgpu::ComputePipelineDescriptor {
                label: Some(shader.name),
                layout: None,
                module: &module,
                entry_point: Some(shader.name),
                compilation_options: wgpu::PipelineCompilationOptions {
                    // Every workgroup variable is written before it is read.
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            },
        ));
        pipelines.insert(key, Arc::clone(&pipeline));
        pipeline
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn a_grid_folds_past_the_limit_and_loses_nothing() {
        for most in [1, 3, 256, 65_535] {
            for groups in [
                1,
                2,
                504,
                65_535,
                65_536,
                92_160,
                1_000_003,
                16_777_216,
                4_294_000_000,
            ] {
                let Some([x, y, z]) = fold(groups, most) else {
                    assert!(
                        u64::from(most).pow(3) < u64::from(groups),
                        "{groups} in {most}"
                    );
                    continue;
                };
                assert!(x <= most && y <= most && z <= most, "{groups} in {most}");
                let held = u64::from(x) * u64::from(y) * u64::from(z);
                assert!(held >= u64::from(groups), "{groups} in {most}");
                // Less than one column of the grid is idle.
                let column = u64::from(y) * u64::from(z);
                assert!(held < u64::from(groups) + column, "{groups} in {most}");
            }
        }
    }
}
