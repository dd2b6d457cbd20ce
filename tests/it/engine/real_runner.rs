//! The engine with its real runner makes the reference take.

use std::sync::Arc;
use std::time::Duration;

use kinora::engine::device::trust::Trust;
use kinora::engine::protocol::Order;
use kinora::engine::{Engine, SvdRunner};
use kinora::library::Library;
use kinora::media::picture::Picture;
use kinora::request::{RequestDraft, Steps};

use super::{order, until_end};
use crate::support::{Fixture, golden, psnr};

#[test]
fn the_real_runner_makes_the_reference_take_on_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    // No adapter is queried for the CPU, so no self-test runs either.
    let trust = Trust {
        program: "absent".into(),
        folder: None,
        patience: Duration::ZERO,
    };
    let runner = SvdRunner::new(Library::at(folder.path().to_owned()), trust);
    let mut engine = Engine::spawn(Box::new(runner), Arc::new(|| {})).unwrap();
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

fn safetensors_values(path: &std::path::Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (values, rest) = file.tensor("frames").unwrap().data().as_chunks::<4>();
    assert!(rest.is_empty());
    values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect()
}
