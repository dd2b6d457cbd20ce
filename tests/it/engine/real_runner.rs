//! The engine with its real runner makes the reference take, and pictures from words between takes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kinora::engine::device::trust::Trust;
use kinora::engine::protocol::{Order, StillOrder};
use kinora::engine::{Engine, SvdRunner};
use kinora::library::Library;
use kinora::media::picture::Picture;
use kinora::request::{DevicePreference, Precision, Prompt, RequestDraft, Steps};

use super::{order, until_end};
use crate::support::{Fixture, golden, psnr};

/// An engine that finds models in the data folder `data`.
fn real(data: &Path) -> Engine {
    // No adapter is queried for the CPU, so no self-test runs either.
    let trust = Trust {
        program: "absent".into(),
        folder: None,
        patience: Duration::ZERO,
    };
    let runner = SvdRunner::new(Library::at(data.to_owned()), trust);
    Engine::spawn(Box::new(runner), Arc::new(|| {})).unwrap()
}

#[test]
fn the_real_runner_makes_the_reference_take_on_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = real(folder.path());
    let dump = folder.path().join("dump");
    let tiny = Order {
        picture: Some(Arc::new(
            Picture::open(&golden("tiny_svd/picture.png"), [0; 3]).unwrap(),
        )),
        draft: RequestDraft {
            width: Some(56),
            height: Some(40),
            frames: Some(3),
            steps: Some(Steps::Count(2)),
            seed: Some(7),
            guidance: Some((1.0, 2.5)),
            decode_chunk: Some(2),
            ..RequestDraft::default()
        },
        dump: Some(dump.clone()),
        previews: true,
        ..order(&golden("tiny_svd").display().to_string())
    };
    let absent = engine.generate(order("no such model")).unwrap();
    let told = until_end(&engine, absent);
    assert!(told.last().unwrap().contains("no such model"), "{told:?}");
    let job = engine.generate(tiny).unwrap();
    let mut told = until_end(&engine, job);
    let end = told.pop().unwrap();
    assert!(end.starts_with("1 completed"), "{end}");
    let expected = [
        "1 Load",
        "1 started on CPU: it was requested",
        "1 Encode",
        "1 Load",
        "1 Encode",
        "1 Load",
        "1 Denoise",
        "1 step 1/2",
        "1 step 2/2",
        "1 Load",
        "1 Decode",
        "1 decoded 2/3",
        "1 decoded 3/3",
    ];
    assert_eq!(told, expected);
    assert_eq!(
        engine.previews().take().map(|preview| preview.step),
        Some(2)
    );

    let found = safetensors_values(&dump.join("frames.safetensors"));
    let expected = Fixture::open("tiny_svd/expected.safetensors").values("frames");
    // From 55 dB on, frames look identical; `pipeline::parity` requires more.
    assert!(psnr(&found, &expected) > 90.0);
}

#[test]
fn a_picture_from_words_is_a_job_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = real(folder.path());
    let tiny = StillOrder {
        model: golden("sd/tiny").display().to_string(),
        prompt: Prompt {
            text: "the sea".to_owned(),
            negative: String::new(),
        },
        draft: RequestDraft {
            width: Some(24),
            height: Some(16),
            steps: Some(Steps::Count(2)),
            ..RequestDraft::default()
        },
        loras: Vec::new(),
        device: DevicePreference::Cpu,
        precision: Precision::F32,
        dump: None,
    };
    let job = engine.make_still(tiny.clone()).unwrap();
    let told = until_end(&engine, job);
    let expected = [
        "0 Load",
        "0 started on CPU: it was requested",
        "0 Encode",
        "0 Load",
        "0 Denoise",
        "0 step 1/2",
        "0 step 2/2",
        "0 Load",
        "0 Decode",
        "0 decoded 1/1",
        "0 completed the sea",
    ];
    assert_eq!(told, expected);
    for (order, reason) in [
        (
            StillOrder {
                model: golden("tiny_svd").display().to_string(),
                ..tiny.clone()
            },
            "does not use a prompt",
        ),
        (
            StillOrder {
                prompt: Prompt {
                    text: "word ".repeat(10_000),
                    ..Prompt::default()
                },
                ..tiny
            },
            "the prompt has 50000 bytes",
        ),
    ] {
        let job = engine.make_still(order).unwrap();
        let told = until_end(&engine, job);
        assert!(told.last().unwrap().contains(reason), "{told:?}");
    }
}

fn safetensors_values(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (values, rest) = file.tensor("frames").unwrap().data().as_chunks::<4>();
    assert!(rest.is_empty());
    values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect()
}
