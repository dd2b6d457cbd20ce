//! The calls that an observer receives, and stopping from any of them.

use kinora::checkpoint::lora::LoraStack;
use kinora::pipeline::{Kept, Outcome, Stage, StopMode};
use kinora::request::GenerateRequest;
use kinora::sampler::SamplerKind;

use super::{PLENTY, Recorder, Told, completed, request, run, tiny_svd};
use crate::support::assert_same;

/// Three steps: one before a stop, one at it and one after it.
fn three_steps() -> GenerateRequest {
    GenerateRequest {
        steps: 3,
        ..request()
    }
}

/// Runs until the recorder asks to stop; returns the recorded calls and the kept frames.
fn stopped(after: Told, mode: StopMode) -> (Recorder, Option<Kept>) {
    let mut recorder = Recorder::stopping(after, mode);
    let none = LoraStack::default();
    match run(&tiny_svd(), &none, &three_steps(), PLENTY, &mut recorder) {
        Ok(Outcome::Stopped(kept)) => (recorder, kept),
        other => panic!("not stopped: {other:?}"),
    }
}

#[test]
fn everything_is_reported_in_order() {
    let (recorder, _) = completed(&tiny_svd(), &LoraStack::default(), &request());
    use Stage::{Decode, Denoise, Encode, Load};
    let expected = [
        Told::Stage(Load),
        Told::Stage(Encode),
        Told::Stage(Load),
        Told::Stage(Encode),
        Told::Stage(Load),
        Told::Stage(Denoise),
        Told::Step(1, 2),
        Told::Step(2, 2),
        Told::Stage(Load),
        Told::Stage(Decode),
        Told::Decoded(2, 3),
        Told::Decoded(3, 3),
    ];
    assert_eq!(recorder.told, expected);
    assert!(
        recorder.previews.iter().all(Vec::is_empty),
        "previews only for who wants them"
    );
}

#[test]
fn every_step_brings_a_preview_of_every_frame() {
    let none = LoraStack::default();
    let (plain, _) = completed(&tiny_svd(), &none, &three_steps());
    let mut recorder = Recorder {
        wants_previews: true,
        ..Recorder::default()
    };
    run(&tiny_svd(), &none, &three_steps(), PLENTY, &mut recorder).unwrap();
    assert_eq!(recorder.previews.len(), 3);
    for frames in &recorder.previews {
        // Previews have the size of the latents, a quarter of 56 × 40.
        let sizes: Vec<_> = frames
            .iter()
            .map(|f| (f.width, f.height, f.rgb.len()))
            .collect();
        assert_eq!(sizes, [(14, 10, 14 * 10 * 3); 3]);
    }
    assert_ne!(
        recorder.previews[0], recorder.previews[2],
        "they follow the steps"
    );
    let latents = "latents_002";
    assert_same(
        "latents, watched or not",
        recorder.values(latents),
        plain.values(latents),
    );
}

#[test]
fn now_ends_at_once_and_keeps_nothing() {
    for (after, steps) in [
        (Told::Stage(Stage::Load), 0),
        (Told::Stage(Stage::Encode), 0),
        (Told::Stage(Stage::Denoise), 0),
        (Told::Step(1, 3), 1),
        (Told::Step(3, 3), 3),
        (Told::Decoded(2, 3), 3),
    ] {
        let (recorder, kept) = stopped(after.clone(), StopMode::Now);
        assert!(kept.is_none(), "{after:?}");
        let done = recorder
            .told
            .iter()
            .filter(|told| matches!(told, Told::Step(..)))
            .count();
        assert_eq!(done, steps, "{after:?}");
        let decoding = recorder.told.contains(&Told::Stage(Stage::Decode));
        assert_eq!(decoding, matches!(after, Told::Decoded(..)), "{after:?}");
    }
}

#[test]
fn keep_decodes_the_estimate_of_the_step_in_progress() {
    let (whole, _) = completed(&tiny_svd(), &LoraStack::default(), &three_steps());
    for step in 1..=2 {
        let (recorder, kept) = stopped(Told::Step(step, 3), StopMode::Keep);
        let kept = kept.expect("frames").frames;
        assert_eq!(kept.len(), 3);
        assert!(
            kept.iter()
                .all(|frame| (frame.width, frame.height) == (56, 40))
        );
        assert_eq!(recorder.told.last(), Some(&Told::Decoded(3, 3)));
        let latents = format!("latents_{:03}", step - 1);
        assert_same(&latents, recorder.values(&latents), whole.values(&latents));
        assert!(!recorder.tensors.contains_key(&format!("latents_{step:03}")));
        // Only the frames of a finished run can be compared with those of another program.
        assert!(!recorder.tensors.contains_key("frames"));
    }
}

#[test]
fn keep_in_the_middle_of_a_step_finishes_the_step() {
    let (recorder, kept) = stopped(Told::Stage(Stage::Denoise), StopMode::Keep);
    assert!(recorder.told.contains(&Told::Step(1, 3)));
    assert!(!recorder.told.contains(&Told::Step(2, 3)));
    assert_eq!(kept.expect("frames").frames.len(), 3);
}

#[test]
fn keep_before_the_first_step_has_nothing_to_keep() {
    let (_, kept) = stopped(Told::Stage(Stage::Encode), StopMode::Keep);
    assert!(kept.is_none());
}

#[test]
fn keep_at_the_last_step_is_a_finished_run() {
    let none = LoraStack::default();
    let (_, frames) = completed(&tiny_svd(), &none, &three_steps());
    for after in [Told::Step(3, 3), Told::Decoded(2, 3)] {
        let mut recorder = Recorder::stopping(after, StopMode::Keep);
        match run(&tiny_svd(), &none, &three_steps(), PLENTY, &mut recorder) {
            Ok(Outcome::Completed(found)) => assert_eq!(found, frames),
            other => panic!("not completed: {other:?}"),
        }
    }
}

/// The kept result can be made again, to the bit, by a request with the same schedule that ends where the job was
/// stopped, whatever the sampler remembers of the previous step.
#[test]
fn a_run_that_ends_early_gives_what_a_stopped_one_kept() {
    let none = LoraStack::default();
    for sampler in [
        SamplerKind::Euler,
        SamplerKind::EulerAncestral,
        SamplerKind::DpmPlusPlus2M,
        SamplerKind::Lcm,
    ] {
        for done in [1, 2] {
            let whole = GenerateRequest {
                sampler,
                ..three_steps()
            };
            let mut recorder = Recorder::stopping(Told::Step(done, 3), StopMode::Keep);
            let kept = match run(&tiny_svd(), &none, &whole, PLENTY, &mut recorder) {
                Ok(Outcome::Stopped(Some(kept))) => kept,
                other => panic!("nothing was kept: {other:?}"),
            };
            assert_eq!(kept.steps, done);
            let (all, frames) = completed(&tiny_svd(), &none, &whole);
            assert_ne!(kept.frames, frames);
            let early = GenerateRequest {
                stop_after: Some(done),
                ..whole
            };
            let (recorder, again) = completed(&tiny_svd(), &none, &early);
            assert_eq!(again, kept.frames, "{sampler:?} after step {done}");
            assert!(recorder.told.contains(&Told::Step(done, done)));
            assert!(all.told.contains(&Told::Step(3, 3)));
        }
    }
}
