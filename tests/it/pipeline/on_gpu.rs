//! The tiny model on the first GPU adapter, compared with the CPU, which `parity` compares with diffusers: frames are the
//! same with lowered limits, down to the smallest buffer that the plan accepts.
//!
//! On software drivers, which compile burn's kernels for minutes, only with `KINORA_GPU_MODELS=1`.

use burn::tensor::{DType, Device};
use kinora::checkpoint::Checkpoint;
use kinora::checkpoint::lora::LoraStack;
use kinora::engine::device::adapters::{Adapter, Compiler, Opened};
use kinora::error::GenerateError;
use kinora::media::fit::Fit;
use kinora::motion::MotionPictures;
use kinora::pipeline::{
    GenerationPlan, Job, MemoryBudget, Observer, Outcome, Placement, family_of, generate,
};
use kinora::request::GenerateRequest;

use super::{PLENTY, Recorder, picture, request, tiny_svd};
use crate::kernels::alone;
use crate::skip::first_adapter;
use crate::support::psnr;

/// Lower bound for frames in f32, in dB: the CPU and the GPU add in different orders and have different exponential
/// functions. 120 dB is a relative error of 1e-6.
const F32_DB: f64 = 90.0;

/// The first adapter with lowered limits, opened; `None` if whole models do not run on it here.
fn opened(limits: &str) -> Option<(Adapter, Opened)> {
    let mut adapter = first_adapter()?;
    if !adapter.kind.is_hardware() && std::env::var_os("KINORA_GPU_MODELS").is_none() {
        println!("KINORA_GPU_MODELS=1 runs whole models on a software driver");
        return None;
    }
    adapter.lowered = limits.parse().expect("limits");
    let opened = adapter.open(Compiler::Wgsl).expect("the adapter opens");
    Some((adapter, opened))
}

fn placement(gpu: bool, dtype: DType) -> Placement {
    Placement {
        gpu,
        unet_element: dtype.size() as u64,
    }
}

fn planned(
    checkpoint: &Checkpoint,
    request: &GenerateRequest,
    placement: Placement,
    memory: MemoryBudget,
) -> GenerationPlan {
    GenerationPlan::new(&*family_of(checkpoint).shapes(), request, placement, memory)
}

/// Runs a request to its end on a device.
fn run(
    (device, dtype): (&Device, DType),
    (checkpoint, random_weights): (&Checkpoint, bool),
    request: &GenerateRequest,
    plan: &GenerationPlan,
    observer: &mut dyn Observer,
) -> Result<(), GenerateError> {
    let job = Job {
        checkpoint,
        loras: &LoraStack::default(),
        picture: Some(&picture()),
        prompt: None,
        fit: Fit::Stretch,
        matte: [0; 3],
        motion_pictures: &MotionPictures::default(),
        request,
        device,
        dtype,
        plan,
        random_weights,
    };
    let outcome = generate(&job, observer)?;
    assert!(matches!(outcome, Outcome::Completed(_)), "{outcome:?}");
    Ok(())
}

/// Frames of a model from the CPU in f32, `[f, 3, h, w]` in 0..1.
fn on_cpu(model: (&Checkpoint, bool), request: &GenerateRequest) -> Vec<f32> {
    let plan = planned(model.0, request, placement(false, DType::F32), PLENTY);
    let device = Device::flex();
    let mut recorder = Recorder::default();
    run((&device, DType::F32), model, request, &plan, &mut recorder).expect("frames");
    recorder.values("frames").to_vec()
}

/// The same from an adapter with these limits, planned within them.
fn on_gpu(
    (adapter, opened): &(Adapter, Opened),
    dtype: DType,
    model: (&Checkpoint, bool),
    request: &GenerateRequest,
) -> Vec<f32> {
    let memory = MemoryBudget {
        bytes: u64::MAX,
        largest_tensor: Some(adapter.tensor_bytes()),
    };
    let plan = planned(model.0, request, placement(true, dtype), memory);
    assert_eq!(plan.misfit(memory), None);
    let mut recorder = Recorder::default();
    run((&opened.burn, dtype), model, request, &plan, &mut recorder).expect("frames");
    recorder.values("frames").to_vec()
}

/// Asserts that frames agree to `least` dB.
#[track_caller]
fn assert_same_frames(what: &str, found: &[f32], expected: &[f32], least: f64) {
    let db = psnr(found, expected);
    println!("{what}: {db:.1} dB of {least}");
    assert!(db >= least, "{what}: {db:.1} dB");
}

/// A small request with guidance, and one frame decoded at a time, so that decoding needs the smallest tensors. The inner
/// activation of a feed-forward is larger than the largest tensor between layers, and so are the scores of attention.
fn small_request() -> GenerateRequest {
    GenerateRequest {
        width: 96,
        height: 64,
        frames: 3,
        steps: 1,
        decode_chunk: Some(1),
        ..request()
    }
}

/// The smallest binding with which the plan accepts a request.
fn smallest_binding(checkpoint: &Checkpoint, request: &GenerateRequest) -> u64 {
    let accepts = |bytes: u64| {
        let memory = MemoryBudget {
            bytes: u64::MAX,
            largest_tensor: Some(bytes),
        };
        let plan = planned(checkpoint, request, placement(true, DType::F32), memory);
        plan.misfit(memory).is_none()
    };
    let (mut refused, mut accepted) = (0, 1 << 31);
    assert!(accepts(accepted) && !accepts(refused));
    while accepted - refused > 1 {
        let middle = (accepted + refused) / 2;
        if accepts(middle) {
            accepted = middle;
        } else {
            refused = middle;
        }
    }
    // Devices allocate in steps of at most 256 bytes.
    accepted.next_multiple_of(256)
}

#[test]
fn the_smallest_bindings_that_webgpu_guarantees_give_the_same_frames() {
    let _alone = alone();
    let (checkpoint, request) = (tiny_svd(), small_request());
    let Some(gpu) = opened("max_storage_buffer_binding_size=134217728,max_buffer_size=268435456")
    else {
        return;
    };
    let expected = on_cpu((&checkpoint, false), &request);
    let found = on_gpu(&gpu, DType::F32, (&checkpoint, false), &request);
    assert_same_frames("128 MiB", &found, &expected, F32_DB);
}

/// The feed-forward and attention have to run in chunks here.
#[test]
fn the_poorest_adapter_that_the_plan_accepts_gives_the_same_frames() {
    let _alone = alone();
    let (checkpoint, request) = (tiny_svd(), small_request());
    let bytes = smallest_binding(&checkpoint, &request);
    let limits = format!(
        "max_buffer_size={bytes},max_compute_workgroups_per_dimension=256,\
         max_compute_invocations_per_workgroup=256,max_compute_workgroup_size_x=256,\
         max_compute_workgroup_size_y=256,no-f16,no-subgroups"
    );
    let Some(gpu) = opened(&limits) else {
        return;
    };
    let expected = on_cpu((&checkpoint, false), &request);
    let found = on_gpu(&gpu, DType::F32, (&checkpoint, false), &request);
    assert_same_frames(&limits, &found, &expected, F32_DB);
}
