//! The tiny model on the first GPU adapter, in f32 and f16, compared with the CPU, which `parity` compares with diffusers.
//! On software drivers, which compile burn's kernels for minutes, only with `KINORA_GPU_MODELS=1`.
//!
//! - frames are the same with lowered limits, down to the smallest binding that the plan accepts
//! - a full-width model of two levels gives the same frames in small bindings
//! - in f16, large residual streams and sums that exceed the largest f16 half-way cost little
//! - the memory of the device is flat, and near the plan

mod memory;

use burn::tensor::{DType, Device};
use kinora::checkpoint::Checkpoint;
use kinora::checkpoint::config::PerLevel;
use kinora::checkpoint::lora::LoraStack;
use kinora::engine::device::adapters::{Adapter, Compiler, Opened};
use kinora::error::GenerateError;
use kinora::media::fit::Fit;
use kinora::motion::MotionPictures;
use kinora::pipeline::{
    GenerationPlan, Job, MemoryBudget, Observer, Outcome, Placement, family_of, generate,
};
use kinora::request::GenerateRequest;

use super::{PLENTY, Recorder, edited, picture, request, tiny_svd};
use crate::kernels::alone;
use crate::skip::first_adapter;
use crate::support::{psnr, svd_mut};

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

/// A small request with guidance, and one frame decoded at a time, so that decoding needs the smallest tensors.
fn small_request() -> GenerateRequest {
    GenerateRequest {
        width: 40,
        height: 32,
        frames: 2,
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

/// Tensors that exist only within an operation are larger than such a buffer here, so every operation that can run in
/// chunks does.
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

#[test]
fn a_model_of_full_width_gives_the_same_frames_in_small_bindings() {
    let _alone = alone();
    let mut checkpoint = tiny_svd();
    let config = &mut svd_mut(&mut checkpoint).unet.config;
    config.block_out_channels = vec![320, 640];
    config.num_attention_heads = PerLevel::Each(vec![5, 10]);
    config.transformer_layers_per_block = PerLevel::Same(PerLevel::Same(1));
    config.down_block_types.truncate(2);
    config.up_block_types.remove(0);
    let mut request = small_request();
    request.guidance.max = 1.0;
    let bytes = smallest_binding(&checkpoint, &request);
    let limits =
        format!("max_storage_buffer_binding_size={bytes},max_compute_workgroups_per_dimension=256");
    let Some(gpu) = opened(&limits) else {
        return;
    };
    let expected = on_cpu((&checkpoint, true), &request);
    let found = on_gpu(&gpu, DType::F32, (&checkpoint, true), &request);
    assert_same_frames("a full-width model", &found, &expected, F32_DB);
}

/// Lower bound for frames in f16, in dB: 1% of the range.
const F16_DB: f64 = 40.0;

/// The weights of the UNet in the folder of a model.
const UNET: &str = "unet/diffusion_pytorch_model.safetensors";

/// Asserts that a model's frames in f16 agree with those of the CPU.
fn assert_halves(what: &str, checkpoint: &Checkpoint) {
    let Some(gpu) = opened("") else {
        return;
    };
    if !gpu.1.f16 {
        println!("not in f16: {} has none", gpu.0.info.name);
        return;
    }
    let request = small_request();
    let expected = on_cpu((checkpoint, false), &request);
    let found = on_gpu(&gpu, DType::F16, (checkpoint, false), &request);
    assert_same_frames(what, &found, &expected, F16_DB);
}

#[test]
fn the_golden_model_holds_in_f16() {
    let _alone = alone();
    assert_halves("the golden model", &tiny_svd());
}

/// As in the released model, whose residual stream reaches a few hundred.
#[test]
fn a_large_residual_stream_holds_in_f16() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let checkpoint = edited(folder.path(), UNET, |name, values| {
        if name == "conv_in.weight" {
            // The inputs have a variance of about one, so the norm of a row is the size of its channel.
            for row in values.chunks_mut(8 * 9) {
                let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
                row.iter_mut().for_each(|x| *x *= 400.0 / norm);
            }
        }
    });
    assert_halves("a residual stream of 400", &checkpoint);
}

/// A convolution whose sums reach 393,216, six times the largest f16, before they cancel. All numbers are whole, so that
/// f32 sums them exactly in any order.
#[test]
fn sums_that_exceed_the_largest_f16_half_way_hold() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let checkpoint = edited(folder.path(), UNET, |name, values| {
        let Some(name) = name.strip_prefix("mid_block.resnets.0.spatial_res_block.") else {
            return;
        };
        match name {
            // SiLU leaves 256 as it is.
            "norm2.weight" => values.fill(0.0),
            "norm2.bias" => values.fill(256.0),
            "conv2.weight" => {
                for (index, value) in values.iter_mut().enumerate() {
                    *value = match index / 9 % 32 {
                        0..12 => 128.0,
                        12..24 => -128.0,
                        _ => (*value * 256.0).round() / 256.0,
                    };
                }
            }
            _ => {}
        }
    });
    assert_halves("large sums", &checkpoint);
}
