//! Memory does not grow while a loop runs:
//! - a network uses the same memory after thirty passes as after two, and has the same peak in each pass: the UNets of
//!   SVD, of pictures and with motion modules, and the decoder;
//! - so does a whole generation, with its sampler, guidance and previews;
//! - a generation leaves no memory allocated for the next;
//! - the plan agrees with the peak of a network, however many passes it makes.
//!
//! The tests count the bytes that one thread has allocated and not freed, so that other tests do not disturb them. The
//! networks run on that thread alone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use burn::tensor::{DType, Device, Distribution, Tensor};
use kinora::checkpoint::config::PerLevel;
use kinora::checkpoint::lora::LoraStack;
use kinora::checkpoint::tokenizer::CONTEXT;
use kinora::checkpoint::{Checkpoint, MotionConfig, MotionUnetConfig, NormEps, Unet2dConfig};
use kinora::engine::defaults_of;
use kinora::kernels::cpu_tensor::Recycling;
use kinora::kernels::group_norm_silu::NormReach;
use kinora::library::{Library, POCKET};
use kinora::media::fit::Fit;
use kinora::media::picture::Picture;
use kinora::model::animatediff::{MotionUnet, Reaches, motion_unet_cost};
use kinora::model::autoencoder::VaeDecoder;
use kinora::model::cost::{BackendMemory, Cost, Extent};
use kinora::model::svd::Unet;
use kinora::model::unet2d::{Unet2d, unet2d_cost};
use kinora::model::weights::{Loader, Source};
use kinora::motion::MotionPictures;
use kinora::pipeline::{
    GenerationPlan, Job, MemoryBudget, Network, Observer, Outcome, Placement, Stage, StepDone,
    StopMode, family_of, generate,
};
use kinora::request::{GenerateRequest, RequestDraft, Steps};
use kinora::sampler::SamplerKind;

use super::support::{cpu, svd};

/// The system's allocator with a count of the bytes that each thread has allocated and not freed.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // The counters no longer exist while a thread ends.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        PEAK.with(|peak| peak.set(peak.get().max(live.get())));
    });
}

// SAFETY: every call is passed on to the system's allocator unchanged; counting only changes numbers of this thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as promised by the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as promised by the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Memory at one moment: bytes allocated and not freed, and their maximum since the previous moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bytes {
    live: isize,
    peak: isize,
}

impl Bytes {
    fn now() -> Self {
        let live = LIVE.get();
        Self {
            live,
            peak: PEAK.replace(live),
        }
    }
}

/// Runs `work` on its own thread, with no other threads for the arithmetic.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(work)
}

/// Passes of each loop.
const PASSES: usize = 30;

/// Memory is constant after the second pass, and so is its peak from the third pass on.
fn assert_flat(what: &str, passes: &[Bytes]) {
    assert_eq!(passes.len(), PASSES);
    println!(
        "{what}: {:?}, {:?} … {:?}",
        passes[0],
        passes[1],
        passes[PASSES - 1]
    );
    for (index, bytes) in passes.iter().enumerate().skip(2) {
        let pass = index + 1;
        let grown = bytes.live - passes[1].live;
        assert_eq!(
            grown, 0,
            "{what} uses more memory after pass {pass} than after the second"
        );
        let grown = bytes.peak - passes[2].peak;
        assert_eq!(
            grown, 0,
            "{what} has a higher peak in pass {pass} than in the third"
        );
    }
}

/// Asserts that the planned activations agree with the measured ones, after one pass and after many.
fn assert_planned(
    network: Network,
    (pocket, request): &(Checkpoint, GenerateRequest),
    passes: &[Bytes],
) {
    let plan = GenerationPlan::new(&*family_of(pocket).shapes(), request, CPU, PLENTY);
    let planned = plan.of(network).unwrap().activations as f64;
    for count in [1, 6, 25] {
        let held = passes[..count]
            .iter()
            .map(|bytes| bytes.peak)
            .max()
            .unwrap() as f64;
        println!("{network:?}, {count} passes: {planned} planned, {held} measured");
        // The bound of `plan::every_stage_is_near_what_was_measured`.
        assert!(
            (planned / held - 1.0).abs() < 0.15,
            "{network:?}: {planned} planned, {held} measured in {count} passes"
        );
    }
}

const CPU: Placement = Placement {
    gpu: false,
    unet_element: 4,
};

const PLENTY: MemoryBudget = MemoryBudget {
    bytes: u64::MAX,
    largest_tensor: None,
};

/// Pocket at a small size whose upper levels still have buffers that are large enough for the pool.
fn pocket(steps: usize, frames: usize) -> (Checkpoint, GenerateRequest) {
    let pocket = Library::default().model(POCKET).unwrap();
    let draft = RequestDraft {
        width: Some(64),
        height: Some(64),
        frames: Some(frames),
        steps: Some(Steps::Count(steps)),
        guidance: Some((1.0, 2.0)),
        sampler: Some(SamplerKind::DpmPlusPlus2M),
        ..RequestDraft::default()
    };
    let request = GenerateRequest::complete(&draft, &defaults_of(&pocket), 7).unwrap();
    (pocket, request)
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let place = (&Device::flex(), DType::F32);
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), place)
}

/// The memory of a network during and after each of many passes, minus that of the loaded network.
fn passes(mut pass: impl FnMut()) -> Vec<Bytes> {
    let mut seen = Vec::with_capacity(PASSES);
    // The first pass also allocates work buffers that the thread keeps.
    let recycling = Recycling::begin();
    pass();
    drop(recycling);
    let recycling = Recycling::begin();
    let loaded = Bytes::now().live;
    for _ in 0..PASSES {
        recycling.begin_pass();
        pass();
        let Bytes { live, peak } = Bytes::now();
        seen.push(Bytes {
            live: live - loaded,
            peak: peak - loaded,
        });
    }
    assert!(
        recycling.kept_bytes() > 0,
        "the pool keeps no buffer at this size"
    );
    seen
}

#[test]
fn the_memory_of_the_unet_is_constant_over_thirty_passes() {
    let model = pocket(1, 2);
    let (checkpoint, request) = &model;
    let seen = alone(|| {
        let (target, source) = (cpu(), Source::random());
        let config = &svd(checkpoint).unet.config;
        let loader = Loader::new(&source, &target);
        let unet = Unet::load(&loader, config, NormEps::Diffusers).unwrap();
        let embedding = random([1, 1, config.context(0)]);
        let ids = [request.fps_id, request.motion_bucket, request.noise_aug];
        let context = unet.context(&embedding, &ids, request.frames);
        let size =
            [request.height, request.width].map(|side| side / svd(checkpoint).vae.config.scale());
        passes(|| {
            let sample = random([request.frames, config.in_channels, size[0], size[1]]);
            let prediction = unet.forward(sample, 0.5, &context, || true).unwrap();
            drop(prediction.into_data());
        })
    });
    assert_flat("the UNet", &seen);
    assert_planned(Network::UNET, &model, &seen);
}

#[test]
fn the_memory_of_the_decoder_is_constant_over_thirty_chunks() {
    let model = pocket(1, 1);
    let (checkpoint, request) = &model;
    let seen = alone(|| {
        let (target, source) = (cpu(), Source::random());
        let config = &svd(checkpoint).vae.config;
        let loader = Loader::new(&source, &target);
        let decoder = VaeDecoder::load(&loader, config).unwrap();
        let size = [request.height, request.width].map(|side| side / config.scale());
        passes(|| {
            let latents = random([request.frames, config.latent_channels, size[0], size[1]]);
            drop(decoder.forward(latents).into_data());
        })
    });
    assert_flat("the decoder", &seen);
    assert_planned(Network::VAE_DECODER, &model, &seen);
}

/// Records the memory of the thread after every step, and asks for previews as the window does.
struct Watch {
    steps: Vec<Bytes>,
}

impl Observer for Watch {
    fn stage(&mut self, _stage: Stage) {}

    fn step(&mut self, done: &StepDone<'_>) {
        assert!(!done.preview.is_empty());
        self.steps.push(Bytes::now());
    }

    fn decoded(&mut self, _done: usize, _total: usize) {}

    fn warning(&mut self, text: String) {
        panic!("{text}");
    }

    fn stop(&self) -> Option<StopMode> {
        None
    }

    fn wants_previews(&self) -> bool {
        true
    }
}

/// The UNet of a small Stable Diffusion 1 with attention to the prompt at both levels.
fn picture_unet() -> Unet2dConfig {
    let both = |class: &str| vec![class.to_owned(); 2];
    Unet2dConfig {
        down_block_types: both("CrossAttnDownBlock2D"),
        up_block_types: both("CrossAttnUpBlock2D"),
        block_out_channels: vec![64, 128],
        layers_per_block: PerLevel::Same(1),
        cross_attention_dim: PerLevel::Same(96),
        attention_head_dim: PerLevel::Same(4),
        ..Unet2dConfig::default()
    }
}

/// The same UNet with motion modules of the second version.
fn motion_unet() -> MotionUnetConfig {
    let unet = picture_unet();
    MotionUnetConfig {
        motion: MotionConfig {
            block_out_channels: unet.block_out_channels.clone(),
            modules_per_level: 1,
            blocks_per_module: 1,
            num_attention_heads: PerLevel::Same(4),
            positions: 32,
            positions_stored: false,
            middle: true,
        },
        unet,
    }
}

/// A clip of latents at which buffers of both levels are large enough for the pool.
const CLIP: Extent = Extent {
    frames: 4,
    height: 16,
    width: 16,
};

/// A prompt and a clip of latents.
fn prompt_and_latents(config: &Unet2dConfig) -> (Tensor<3>, [usize; 4]) {
    let latents = [CLIP.frames, config.in_channels, CLIP.height, CLIP.width];
    (random([1, CONTEXT, config.context()]), latents)
}

/// The plan of a denoising network on the CPU counts its own passes.
fn assert_counted(what: &str, cost: impl FnOnce(&BackendMemory) -> Cost, passes: &[Bytes]) {
    let memory = BackendMemory {
        element: 4,
        fused: true,
        conv_input_copies: 0.0,
        conv_output_copies: 0.0,
        attention_copies: 0.0,
        score: 0,
        patches: false,
        intermediate: 256 << 20,
    };
    let planned = cost(&memory).activations as f64;
    let measured = passes.iter().map(|bytes| bytes.peak).max().unwrap() as f64;
    println!("{what}: {planned} planned, {measured} measured");
    // What a plan may be off by (sibling models, acceptance): a tenth.
    assert!(
        (planned / measured - 1.0).abs() < 0.1,
        "{what}: {planned} planned, {measured} measured"
    );
}

#[test]
fn the_memory_of_a_unet_for_pictures_is_constant_over_thirty_passes() {
    let config = picture_unet();
    let seen = alone(|| {
        let (target, source) = (cpu(), Source::random());
        let unet = Unet2d::load(&Loader::new(&source, &target), &config).unwrap();
        let (prompt, latents) = prompt_and_latents(&config);
        let context = unet.context(&prompt);
        passes(|| {
            let prediction = unet.forward(random(latents), 500.0, &context, || true);
            drop(prediction.unwrap().into_data());
        })
    });
    assert_flat("the UNet for pictures", &seen);
    let cost = |memory: &BackendMemory| unet2d_cost(&config, CLIP, CONTEXT, memory);
    assert_counted("the UNet for pictures", cost, &seen);
}

#[test]
fn the_memory_of_motion_modules_is_constant_over_thirty_passes() {
    let config = motion_unet();
    for reach in [NormReach::Frame, NormReach::Clip] {
        let reaches = Reaches {
            modules: reach,
            layers: reach,
        };
        let seen = alone(|| {
            let (target, source) = (cpu(), Source::random());
            let loader = Loader::new(&source, &target);
            let unet = MotionUnet::load(&loader, &config, reaches).unwrap();
            let (prompt, latents) = prompt_and_latents(&config.unet);
            let context = unet.context(&prompt, CLIP.frames);
            passes(|| {
                let prediction = unet.forward(random(latents), 500.0, &context, || true);
                drop(prediction.unwrap().into_data());
            })
        });
        let what = format!("the UNet with motion modules, norms that reach a {reach:?}");
        assert_flat(&what, &seen);
        let cost = |memory: &BackendMemory| motion_unet_cost(&config, CLIP, CONTEXT, memory);
        assert_counted(&what, cost, &seen);
    }
}

/// Runs a whole generation and returns the memory after each step.
fn generation(steps: usize) -> Vec<Bytes> {
    let (checkpoint, request) = pocket(steps, 2);
    let (width, height) = (request.width as u32, request.height as u32);
    let picture = Picture {
        width,
        height,
        rgb: (0..width * height * 3)
            .map(|i| (i * 37 % 251) as u8)
            .collect(),
    };
    let mut watch = Watch {
        steps: Vec::with_capacity(steps),
    };
    let plan = GenerationPlan::new(&*family_of(&checkpoint).shapes(), &request, CPU, PLENTY);
    let job = Job {
        checkpoint: &checkpoint,
        loras: &LoraStack::default(),
        picture: Some(&picture),
        prompt: None,
        fit: Fit::Stretch,
        matte: [0; 3],
        motion_pictures: &MotionPictures::default(),
        request: &request,
        device: &Device::flex(),
        dtype: DType::F32,
        plan: &plan,
        random_weights: false,
    };
    let outcome = generate(&job, &mut watch).unwrap();
    assert!(matches!(outcome, Outcome::Completed(_)));
    watch.steps
}

#[test]
fn the_memory_of_a_generation_is_constant_over_thirty_steps() {
    // The name of the current step is allocated too. It has the same length in all steps from the tenth on.
    let mut steps = alone(|| generation(9 + PASSES));
    assert_flat("a generation", &steps.split_off(9));
}

#[test]
fn a_generation_leaves_no_memory_allocated() {
    let left = alone(|| {
        [(); 3].map(|()| {
            drop(generation(1));
            Bytes::now().live
        })
    });
    assert_eq!(left[2], left[1], "after three generations and after two");
}
