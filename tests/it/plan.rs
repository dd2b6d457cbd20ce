//! The plan of a generation:
//! - arithmetic and parameters agree with an independent count of the released networks;
//! - bytes grow with frames and pixels, feed-forwards stay bounded, chunks depend on the budget;
//! - a request that cannot fit is rejected with a suggestion that does; the forecast learns from a run.

use kinora::checkpoint::Checkpoint;
use kinora::engine::forecast::rates::{KnownDevice, Rates};
use kinora::engine::stage_clock::StageSeconds;
use kinora::engine::{defaults_of, forecast};
use kinora::library::{Library, POCKET};
use kinora::model::weights::WeightPlacement;
use kinora::pipeline::{
    Fitting, GenerationPlan, MemoryBudget, Network, Placement, PublishedInF16, Stage, SvdShapes,
};
#[cfg(feature = "gui")]
use kinora::request::{Defaults, DevicePreference, Precision};
use kinora::request::{FrameCounts, GenerateRequest, RequestDraft, Rules, Steps};

use super::support::svd;

const CPU: Placement = Placement {
    gpu: false,
    unet_element: 4,
};
const GPU_F16: Placement = Placement {
    gpu: true,
    unet_element: 2,
};

fn budget(bytes: u64) -> MemoryBudget {
    MemoryBudget {
        bytes,
        largest_tensor: None,
    }
}

fn request(checkpoint: &Checkpoint, draft: &RequestDraft) -> GenerateRequest {
    GenerateRequest::complete(draft, &defaults_of(checkpoint), 0).unwrap()
}

/// The released model at a size, one step.
fn released(frames: usize, height: usize, width: usize) -> (SvdShapes, GenerateRequest) {
    let checkpoint = Checkpoint::released(frames);
    let draft = RequestDraft {
        width: Some(width),
        height: Some(height),
        steps: Some(Steps::Count(1)),
        guidance: Some((1.0, 1.0)),
        ..RequestDraft::default()
    };
    let request = request(&checkpoint, &draft);
    (SvdShapes::of(svd(&checkpoint)), request)
}

/// Asserts agreement within a tenth of a percent: the independent count leaves out the embedding of the added ids,
/// which is computed once per generation.
fn assert_count(what: &str, found: f64, expected: f64) {
    let apart = (found / expected - 1.0).abs();
    assert!(apart < 1e-3, "{what}: {found:e} and not {expected:e}");
}

/// The figures of spec §10.1, from its own script, without the cross-attention that is a constant (spec §1.6) and the
/// embedding of the frame positions, which is computed once.
#[test]
fn arithmetic_is_that_of_an_independent_count() {
    for (frames, height, width, total, convolution, attention) in [
        (14, 576, 1024, 4.30771e13, 1.58370e13, 8.70218e12),
        (25, 576, 1024, 7.69520e13, 2.82803e13, 1.55682e13),
        (14, 320, 576, 1.15974e13, 4.94905e12, 8.54200e11),
        (14, 256, 256, 3.93018e12, 1.75966e12, 1.09447e11),
    ] {
        let (shapes, request) = released(frames, height, width);
        let plan = GenerationPlan::new(&shapes, &request, CPU, budget(u64::MAX));
        let unet = plan.of(Network::UNET).unwrap().flops;
        let what = format!("{frames} frames of {width}×{height}");
        assert_count(&what, unet.total(), total);
        assert_count(
            &format!("convolutions, {what}"),
            unet.convolution,
            convolution,
        );
        assert_count(&format!("attention, {what}"), unet.attention, attention);
    }
    let (shapes, request) = released(25, 576, 1024);
    let plan = GenerationPlan::new(&shapes, &request, CPU, budget(u64::MAX));
    for (network, expected) in [
        (Network::IMAGE_ENCODER, 3.34590e11),
        (Network::VAE_ENCODER, 2.60912e12),
        (Network::VAE_DECODER, 1.73574e14),
    ] {
        let found = plan.of(network).unwrap().flops.total();
        assert_count(&format!("{network:?}"), found, expected);
    }
}

#[test]
fn steps_and_guidance_multiply_the_unet_alone() {
    let (shapes, one) = released(14, 256, 256);
    let mut many = one.clone();
    many.steps = 25;
    many.guidance.max = 3.0;
    let [one, many] =
        [one, many].map(|request| GenerationPlan::new(&shapes, &request, CPU, budget(u64::MAX)));
    for (one, many) in one.stages.iter().zip(&many.stages) {
        let times = if one.network == Network::UNET {
            50.0
        } else {
            1.0
        };
        assert_count("steps", many.flops.total(), one.flops.total() * times);
        assert_eq!(
            one.bytes(),
            many.bytes(),
            "branches pass one after the other"
        );
    }
}

#[test]
fn weights_are_those_that_stay_placed() {
    let (shapes, request) = released(14, 576, 1024);
    let plan = GenerationPlan::new(&shapes, &request, GPU_F16, budget(u64::MAX));
    // Parameters of spec §0; the UNet without cross-attention's queries, keys and norms (spec §1.6).
    for (network, bytes) in [
        (Network::IMAGE_ENCODER, 4 * 632_076_800),
        (Network::VAE_ENCODER, 4 * 34_163_664),
        (Network::UNET, 2 * 1_474_233_322),
        (Network::VAE_DECODER, 4 * 63_579_183),
    ] {
        assert_eq!(plan.of(network).unwrap().weights, bytes, "{network:?}");
    }
}

/// Computed from the plan, not run, because no such GPU was available.
#[test]
fn the_largest_released_model_fits_a_card_of_eight_gigabytes() {
    let (shapes, request) = released(25, 576, 1024);
    // A GPU has slightly less than its nominal memory: the desktop uses some.
    let card = budget(7_500_000_000);
    let plan = GenerationPlan::new(&shapes, &request, GPU_F16, card);
    println!("{plan:#?}");
    assert_eq!(plan.misfit(card), None);
    assert!(plan.decode_chunk >= 1);
}

/// Where a GPU allows no more than a gibibyte per tensor, the plan finds room for every tensor of the largest released
/// model at full size, in f16 and in f32.
#[test]
fn the_largest_released_model_needs_no_tensor_above_a_gibibyte() {
    let (shapes, request) = released(25, 576, 1024);
    let allowed = MemoryBudget {
        bytes: u64::MAX,
        largest_tensor: Some(1 << 30),
    };
    for (unet_element, largest) in [
        // Before the last convolutions at full size, [25, 640 + 320, 72, 128].
        (2, 25 * 960 * 72 * 128 * 2),
        (4, 25 * 960 * 72 * 128 * 4),
    ] {
        let placement = Placement {
            gpu: true,
            unet_element,
        };
        let plan = GenerationPlan::new(&shapes, &request, placement, allowed);
        assert_eq!(plan.misfit(allowed), None);
        assert_eq!(plan.of(Network::UNET).unwrap().largest_tensor, largest);
        // One frame at a time with 256 channels at full size in f32.
        let decoder = plan.of(Network::VAE_DECODER).unwrap();
        assert_eq!(decoder.largest_tensor, 256 * 576 * 1024 * 4);
        assert_eq!(plan.decode_chunk, 1);
    }
}

#[test]
fn a_request_that_cannot_fit_is_rejected_with_one_that_can() {
    let (shapes, request) = released(25, 576, 1024);
    let small = budget(4_500_000_000);
    let plan = GenerationPlan::new(&shapes, &request, GPU_F16, small);
    assert_eq!(plan.misfit(small).unwrap().network, Network::UNET);
    let fitting = Fitting::instead_of(&shapes, &request, GPU_F16, small, &Rules::any(8));
    let frames = fitting.frames.expect("some frames fit");
    let [width, height] = fitting.size.expect("some size fits");
    assert!(frames < 25 && width < 1024 && height < 576);
    assert!(width.is_multiple_of(8) && height.is_multiple_of(8));
    let fits = |request: &GenerateRequest| {
        GenerationPlan::new(&shapes, request, GPU_F16, small)
            .misfit(small)
            .is_none()
    };
    let with = |frames| GenerateRequest {
        frames,
        ..request.clone()
    };
    assert!(
        fits(&with(frames)) && !fits(&with(frames + 1)),
        "{frames} is the most"
    );
    assert!(fits(&GenerateRequest {
        width,
        height,
        ..request.clone()
    }));
    // If a family allows only every fourth number of frames (1, 5, 9 …), the suggestion is one of those.
    let rules = Rules {
        frames: FrameCounts {
            first: 1,
            step: 4,
            most: None,
        },
        ..Rules::any(8)
    };
    let fourth = Fitting::instead_of(&shapes, &request, GPU_F16, small, &rules).frames;
    assert_eq!(fourth, Some(1 + (frames - 1) / 4 * 4));
    let none = Fitting::instead_of(&shapes, &request, GPU_F16, budget(0), &Rules::any(8));
    assert!(none.to_string().contains("smaller model"), "{none}");
}

#[test]
fn decoding_takes_as_many_frames_as_half_of_the_memory_holds() {
    let (shapes, request) = released(14, 256, 256);
    let chunk = |bytes| GenerationPlan::new(&shapes, &request, CPU, budget(bytes)).decode_chunk;
    assert_eq!(chunk(0), 1);
    assert_eq!(chunk(u64::MAX), 14);
    let some = (1..64)
        .map(|n| chunk(n << 28))
        .find(|n| (2..14).contains(n));
    let some = some.expect("a budget between holds some");
    let tensor = MemoryBudget {
        bytes: u64::MAX,
        // 256 channels at full size in f32: two frames of them.
        largest_tensor: Some(2 * 256 * 256 * 256 * 4),
    };
    let bound = GenerationPlan::new(&shapes, &request, CPU, tensor);
    assert_eq!(
        bound.decode_chunk, 2,
        "one tensor has its own bound, memory allowed {some}"
    );
}

#[test]
fn a_forecast_knows_bytes_at_once_and_seconds_after_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::at(folder.path().to_owned());
    let pocket = library.model(POCKET).unwrap();
    let request = request(&pocket, &RequestDraft::default());
    let (wish, precision) = (DevicePreference::Cpu, Precision::Auto);
    let asked = || forecast(&library, POCKET, &request, wish, precision).unwrap();

    let before = asked();
    let stages: Vec<Stage> = before.stages.iter().map(|stage| stage.stage).collect();
    assert_eq!(
        stages,
        [Stage::Load, Stage::Encode, Stage::Denoise, Stage::Decode]
    );
    assert!(before.stages.iter().all(|stage| stage.bytes > 0));
    assert_eq!(before.seconds(), None);

    let plan = GenerationPlan::new(
        &SvdShapes::of(svd(&pocket)),
        &request,
        CPU,
        budget(before.free_bytes),
    );
    let device = KnownDevice {
        name: "CPU, f32".to_owned(),
        gpu: false,
        unet_element: 4,
        memory_bytes: None,
        tensor_bytes: None,
    };
    let seconds = StageSeconds {
        load: 0.5,
        encode: 1.0,
        denoise: 20.0,
        decode: 3.0,
    };
    let mut rates = Rates::default();
    rates.learn("cpu auto", device, POCKET, &plan, &seconds);
    rates.write(folder.path()).unwrap();

    let after = asked();
    let told: Vec<f64> = after
        .stages
        .iter()
        .filter_map(|stage| stage.seconds)
        .collect();
    assert_eq!(told.len(), 4);
    for (told, expected) in told.into_iter().zip([0.5, 1.0, 20.0, 3.0]) {
        assert!(
            (told / expected - 1.0).abs() < 1e-9,
            "{told} s and not {expected} s"
        );
    }
    let mut twice = request.clone();
    twice.steps *= 2;
    let longer = forecast(&library, POCKET, &twice, wish, precision).unwrap();
    let denoising = longer.stages[2].seconds.unwrap();
    assert!(
        (denoising / 40.0 - 1.0).abs() < 1e-9,
        "twice the steps take {denoising} s"
    );
}

/// Requests to a model with the embedded presets, in display order.
#[cfg(feature = "gui")]
fn presets(defaults: &Defaults) -> [GenerateRequest; 3] {
    let presets = kinora::project::preset::Preset::embedded();
    let names: Vec<&str> = presets.iter().map(|preset| preset.name.as_str()).collect();
    assert_eq!(names, ["Draft", "Standard", "Fine", "Few steps"]);
    // The last is for models that were distilled to few steps.
    let drafts = presets[..3]
        .iter()
        .map(|preset| preset.apply(&RequestDraft::default()));
    let requests = drafts.map(|draft| GenerateRequest::complete(&draft, defaults, 0).unwrap());
    requests.collect::<Vec<_>>().try_into().unwrap()
}

/// Draft is faster than the model's own steps and Fine is slower, whatever those are: a preset with a fixed number of
/// steps would be slower than Standard on some model.
#[cfg(feature = "gui")]
#[test]
fn draft_takes_less_and_fine_more_than_standard_on_every_model() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::at(folder.path().to_owned());
    let pocket = library.model(POCKET).unwrap();
    for model in [
        &pocket,
        &Checkpoint::released(14),
        &Checkpoint::released(25),
    ] {
        let defaults = defaults_of(model);
        let requests = presets(&defaults);
        let steps = requests.each_ref().map(|request| request.steps);
        assert!(steps.is_sorted_by(|less, more| less < more), "{steps:?}");
        assert_eq!(steps[1], defaults.steps);
        let work = requests.map(|request| {
            let plan =
                GenerationPlan::new(&SvdShapes::of(svd(model)), &request, CPU, budget(16 << 30));
            plan.of(Network::UNET).unwrap().flops.total()
        });
        assert!(work.is_sorted_by(|less, more| less < more), "{work:?}");
    }
    // With one step, Draft could not leave any out.
    for own in 2..=600 {
        let defaults = Defaults {
            steps: own,
            ..defaults_of(&pocket)
        };
        let steps = presets(&defaults).map(|request| request.steps);
        assert!(steps.is_sorted_by(|less, more| less < more), "{steps:?}");
    }

    // After one run, the forecast in seconds has the same order.
    let requests = presets(&defaults_of(&pocket));
    let plan = GenerationPlan::new(
        &SvdShapes::of(svd(&pocket)),
        &requests[1],
        CPU,
        budget(16 << 30),
    );
    let device = KnownDevice {
        name: "CPU, f32".to_owned(),
        gpu: false,
        unet_element: 4,
        memory_bytes: None,
        tensor_bytes: None,
    };
    let run = StageSeconds {
        load: 0.5,
        encode: 1.0,
        denoise: 20.0,
        decode: 3.0,
    };
    let mut rates = Rates::default();
    rates.learn("cpu auto", device, POCKET, &plan, &run);
    rates.write(folder.path()).unwrap();
    let seconds = requests.map(|request| {
        let (device, precision) = (DevicePreference::Cpu, Precision::Auto);
        let foretold = forecast(&library, POCKET, &request, device, precision).unwrap();
        foretold.seconds().expect("rates of an earlier run")
    });
    assert!(
        seconds.is_sorted_by(|less, more| less < more),
        "{seconds:?}"
    );
}

/// The peak memory of `kinora bench` on the CPU while each network was loaded and running, one run each, in MiB
/// (docs/performance.md); the plan must stay within 15% of each. If the CPU's operations change, measure again.
#[test]
fn every_stage_is_near_what_was_measured() {
    let released = Checkpoint::released(14);
    let drawn = SvdShapes::of(svd(&released));
    // A folder in true f32.
    let mapped = SvdShapes {
        published_in_f16: PublishedInF16 {
            unet: false,
            vae: false,
            image_encoder: false,
        },
        mapped: true,
        ..drawn.clone()
    };
    let cases = [
        (
            &released,
            drawn,
            [128, 128, 14],
            [1293, 158, 2970, 660].map(Some),
        ),
        // The VAE encoder and the UNet have not been measured since the buffer pool was bounded; they used more before.
        (
            &released,
            mapped,
            [256, 256, 14],
            [Some(134), None, None, Some(1943)],
        ),
    ];
    let mut far = Vec::new();
    for (checkpoint, shapes, [width, height, frames], measured) in cases {
        let draft = RequestDraft {
            width: Some(width),
            height: Some(height),
            frames: Some(frames),
            ..RequestDraft::default()
        };
        let request = request(checkpoint, &draft);
        let plan = GenerationPlan::new(&shapes, &request, CPU, budget(16 << 30));
        for (stage, measured) in plan.stages.iter().zip(measured) {
            let Some(measured) = measured else { continue };
            let planned = stage.bytes() >> 20;
            let network = stage.network;
            let what = format!("{network:?} at {width}×{height}, {frames} frames");
            println!("{what}: {planned} MiB planned, {measured} MiB measured");
            let apart = (planned as f64 / f64::from(measured) - 1.0).abs();
            if apart >= 0.15 {
                far.push(format!(
                    "{what}: {planned} MiB planned, {measured} measured"
                ));
            }
        }
    }
    assert!(far.is_empty(), "{far:#?}");
}

/// Where large weights are while each network runs, in the order of [`GenerationPlan::stages`].
fn placements(
    shapes: &SvdShapes,
    request: &GenerateRequest,
    placement: Placement,
    bytes: u64,
) -> Vec<WeightPlacement> {
    let plan = GenerationPlan::new(shapes, request, placement, budget(bytes));
    plan.stages
        .iter()
        .map(|stage| stage.weight_placement)
        .collect()
}

#[test]
fn weights_stay_in_their_file_where_reading_them_does_not_show() {
    use WeightPlacement::{InFile, InMemory};
    let (mut shapes, mut request) = released(14, 256, 256);
    let roomy = u64::MAX;
    assert_eq!(
        placements(&shapes, &request, CPU, roomy),
        [InMemory; 4],
        "there is no file"
    );
    shapes.mapped = true;
    request.steps = 25;
    assert_eq!(
        placements(&shapes, &request, CPU, roomy),
        [InFile, InMemory, InFile, InMemory],
        "in f16 the VAE is small"
    );
    assert_eq!(placements(&shapes, &request, GPU_F16, roomy), [InMemory; 4]);
    // A pass over little data: packing all weights again would dominate it.
    let (_, mut small) = released(2, 64, 64);
    small.steps = 25;
    assert_eq!(placements(&shapes, &small, CPU, roomy)[2], InMemory);
    assert_eq!(
        placements(&shapes, &small, CPU, 4 << 30)[2],
        InFile,
        "unless it would take more than half of what is free"
    );
    small.steps = 1;
    assert_eq!(
        placements(&shapes, &small, CPU, roomy)[2],
        InFile,
        "a single pass"
    );

    let pocket = Library::default().model(POCKET).unwrap();
    let request = self::request(&pocket, &RequestDraft::default());
    let shapes = SvdShapes::of(svd(&pocket));
    assert!(shapes.mapped);
    assert_eq!(
        placements(&shapes, &request, CPU, 1 << 30),
        [InMemory; 4],
        "Pocket is small"
    );
}
