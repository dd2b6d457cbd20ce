//! Compared with diffusers' pipeline, stage by stage.

use burn::tensor::Tensor;
use kinora::checkpoint::lora::LoraStack;
use kinora::media::frame::Frame;
use kinora::model::autoencoder::VaeDecoder;
use kinora::model::weights::{Loader, Source};
use kinora::pipeline::{MemoryBudget, Outcome};
use kinora::sampler::noise::Generator;
use kinora::sampler::{Guidance, GuidanceShape};

use super::{Recorder, completed, request, run, tiny_svd};
use crate::support::{
    Fixture, NETWORK_BOUND, assert_near, assert_same, cpu, distance, psnr, svd, values,
};

/// Bound for latents after a step, in addition to that of the UNet: from σ = 700 to 0.002, subtraction reduces numbers
/// of about 700, accurate to 3e-5 (half an ulp), to numbers of about one. 1.5e-5 was measured.
const LATENTS_BOUND: f64 = 5e-5;
/// Bound for decoded frames in dB, which corresponds to the bound above for values in 0..1; rounding to 8 bits gives 59
/// dB.
const FRAMES_DB: f64 = 90.0;

#[test]
fn every_stage_is_that_of_diffusers() {
    let expected = Fixture::open("tiny_svd/expected.safetensors");
    let (recorder, frames) = completed(&tiny_svd(), &LoraStack::default(), &request());
    for (name, (shape, _)) in &recorder.tensors {
        assert_eq!(*shape, expected.shape(name), "{name}");
    }
    let told: Vec<&str> = recorder.tensors.keys().map(String::as_str).collect();
    let stages = [
        "frames",
        "image_embeds",
        "image_latents",
        "latents_000",
        "latents_001",
        "noise",
    ];
    assert_eq!(told, stages);

    assert_same("noise", recorder.values("noise"), &expected.values("noise"));
    for (name, bound) in [
        ("image_embeds", NETWORK_BOUND),
        ("image_latents", NETWORK_BOUND),
        ("latents_000", LATENTS_BOUND),
        ("latents_001", LATENTS_BOUND),
    ] {
        assert_near(name, recorder.values(name), &expected.values(name), bound);
    }
    let expected = expected.values("frames");
    let db = psnr(recorder.values("frames"), &expected);
    println!("frames: {db:.1} dB of {FRAMES_DB}");
    assert!(db >= FRAMES_DB, "frames: {db:.1} dB");

    let plane = expected.len() / frames.len();
    for (frame, planes) in frames.iter().zip(expected.chunks(plane)) {
        let expected = Frame::from_planes(planes, 56, 40);
        assert_eq!((frame.width, frame.height), (56, 40));
        // A value half-way between two levels may round either way.
        let worst = frame
            .rgb
            .iter()
            .zip(&*expected.rgb)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(worst <= Some(1), "a pixel is off by {worst:?} levels");
    }
}

#[test]
fn the_picture_takes_the_first_draw() {
    let expected = Fixture::open("tiny_svd/expected.safetensors");
    let request = request();
    let mut generator = Generator::seeded(request.seed);
    let noise = expected.values("image_noise");
    assert_same("image_noise", &generator.normal(noise.len()), &noise);
    let noise = expected.values("noise");
    assert_same("noise", &generator.normal(noise.len()), &noise);
}

/// The first frame's guidance scale is 1, which has no effect: after one step that frame is the same without guidance.
/// The other frames are not, or this would prove nothing.
#[test]
fn without_guidance_the_conditional_branch_stands_alone() {
    let expected = Fixture::open("tiny_svd/expected.safetensors").values("latents_000");
    let mut request = request();
    let first = expected.len() / request.frames;
    request.guidance = Guidance {
        min: 1.0,
        max: 1.0,
        shape: GuidanceShape::Linear,
    };
    let (recorder, _) = completed(&tiny_svd(), &LoraStack::default(), &request);
    let found = recorder.values("latents_000");
    assert_near(
        "first frame",
        &found[..first],
        &expected[..first],
        LATENTS_BOUND,
    );
    let last = expected.len() - first;
    assert!(distance(&found[last..], &expected[last..]) > 100.0 * LATENTS_BOUND);
}

/// Frames of one chunk influence each other, so each way of chunking must agree with a decoder that is called with the
/// same chunks.
#[test]
fn chunks_are_cut_as_asked() {
    let checkpoint = tiny_svd();
    let none = LoraStack::default();
    let source = Source::Checkpoint {
        tensors: &svd(&checkpoint).vae.tensors,
        loras: &none,
    };
    let target = cpu();
    let decoder =
        VaeDecoder::load(&Loader::new(&source, &target), &svd(&checkpoint).vae.config).unwrap();
    let mut by_chunk = Vec::new();
    for chunk in [1, 2, 3, 9] {
        let mut request = request();
        request.decode_chunk = Some(chunk);
        let (recorder, _) = completed(&checkpoint, &none, &request);
        let (shape, latents) = &recorder.tensors["latents_001"];
        let data = burn::tensor::TensorData::new(latents.clone(), shape.clone());
        let latents: Tensor<5> = Tensor::from_data(data, (&target.device, target.dtype));
        let latents: Tensor<4> = latents.squeeze_dim(0);
        let frames: Vec<f32> = latents
            .split(chunk, 0)
            .into_iter()
            .flat_map(|piece| values(decoder.forward(piece)))
            .map(|v| (v / 2.0 + 0.5).clamp(0.0, 1.0))
            .collect();
        assert_same(
            &format!("chunks of {chunk}"),
            recorder.values("frames"),
            &frames,
        );
        by_chunk.push(frames);
    }
    assert_ne!(by_chunk[0], by_chunk[1]);
    assert_ne!(by_chunk[1], by_chunk[2]);
    assert_eq!(
        by_chunk[2], by_chunk[3],
        "more than there are is all of them"
    );

    let mut request = request();
    request.decode_chunk = None;
    for (bytes, expected) in [(u64::MAX, &by_chunk[2]), (0, &by_chunk[0])] {
        let memory = MemoryBudget {
            bytes,
            largest_tensor: None,
        };
        let mut recorder = Recorder::default();
        let outcome = run(&checkpoint, &none, &request, memory, &mut recorder).unwrap();
        assert!(matches!(outcome, Outcome::Completed(_)));
        assert_same(
            &format!("{bytes} bytes"),
            recorder.values("frames"),
            expected,
        );
    }
}

#[test]
fn the_same_request_gives_the_same_bits() {
    let checkpoint = tiny_svd();
    let none = LoraStack::default();
    let (first, frames) = completed(&checkpoint, &none, &request());
    let (second, again) = completed(&checkpoint, &none, &request());
    assert_eq!(first.told, second.told);
    for name in first.tensors.keys() {
        assert_same(name, second.values(name), first.values(name));
    }
    assert_eq!(frames, again);
    let mut other = request();
    other.seed += 1;
    assert_ne!(completed(&checkpoint, &none, &other).1, frames);
}
