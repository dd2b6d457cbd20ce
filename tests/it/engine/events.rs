//! What the engine reports:
//! - events come in order, each job ends once, and a window is woken for each event;
//! - a panic or an error ends only its own job;
//! - previews do not queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kinora::engine::protocol::{EngineEvent, Order, Plan};
use kinora::engine::{Engine, JobObserver, RunEnd};
use kinora::error::GenerateError;
use kinora::pipeline::{Observer as _, Stage};

use super::{PATIENCE, Scripted, engine, frame, give, order, request, step, take, until_end};

fn plan() -> Plan {
    Plan {
        request: request(),
        device: "CPU: a test".to_owned(),
        precision: "f32",
    }
}

#[test]
fn events_come_in_order_and_each_wakes_the_window() {
    let woken = Arc::new(AtomicUsize::new(0));
    let wake = Arc::clone(&woken);
    let script = |order: &Order, observer: &mut JobObserver<'_>| {
        observer.stage(Stage::Load);
        observer.started(plan());
        observer.warning("soft".to_owned());
        observer.stage(Stage::Load);
        observer.stage(Stage::Denoise);
        step(observer, 1, &[]);
        step(observer, 2, &[]);
        observer.stage(Stage::Decode);
        observer.decoded(1, 1);
        Ok(RunEnd::Completed(take(order, true)))
    };
    let wake = Arc::new(move || {
        wake.fetch_add(1, Ordering::SeqCst);
    });
    let mut engine = Engine::spawn(Box::new(Scripted(Box::new(script))), wake).unwrap();
    let jobs = ["a", "b"].map(|name| give(&mut engine, name));
    for (job, name) in jobs.into_iter().zip(["a", "b"]) {
        let id = job.0;
        let expected = [
            format!("{id} Load"),
            format!("{id} started on CPU: a test"),
            format!("{id} warned: soft"),
            format!("{id} Denoise"),
            format!("{id} step 1/2"),
            format!("{id} step 2/2"),
            format!("{id} Decode"),
            format!("{id} decoded 1/1"),
            format!("{id} completed {name}"),
        ];
        assert_eq!(until_end(&engine, job), expected);
    }
    drop(engine);
    assert_eq!(woken.load(Ordering::SeqCst), 18);
}

#[test]
fn steps_are_timed_and_the_rest_is_estimated() {
    let mut engine = engine(|order, observer| {
        observer.stage(Stage::Denoise);
        std::thread::sleep(Duration::from_millis(20));
        step(observer, 1, &[]);
        step(observer, 2, &[]);
        Ok(RunEnd::Completed(take(order, true)))
    });
    let _job = engine.generate(order("timed")).unwrap();
    let mut times = Vec::new();
    while times.len() < 2 {
        let event = engine
            .events()
            .unwrap()
            .recv_timeout(PATIENCE)
            .expect("an event");
        if let EngineEvent::StepFinished { seconds, eta_s, .. } = event {
            times.push((seconds, eta_s));
        }
    }
    // A sleep is never shorter than requested.
    assert!(times[0].0 >= 0.02, "{times:?}");
    // One of two steps remains, at the speed of the first; both times are computed from the same reading of the clock.
    assert!((times[0].1 - times[0].0).abs() < 1e-9, "{times:?}");
    assert!(times[1].1.abs() < 1e-9, "nothing is left: {times:?}");
}

#[test]
fn a_panic_ends_its_own_job_only() {
    let mut engine = engine(|order, observer| {
        match order.model.as_str() {
            "early" => panic!("no stage yet"),
            "denoising" => {
                observer.stage(Stage::Denoise);
                panic!("shapes {} and 8 differ\nat some length", 7);
            }
            "decoding" => {
                observer.stage(Stage::Decode);
                std::panic::panic_any(5_u8);
            }
            _ => {}
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    let fault = "this is a bug in Kinora, so please report it with this message";
    for (name, expected) in [
        (
            "early",
            format!("preparing the job (no stage yet); {fault}"),
        ),
        (
            "denoising",
            format!("denoising (shapes 7 and 8 differ); {fault}"),
        ),
        (
            "decoding",
            format!("decoding the frames (no message); {fault}"),
        ),
    ] {
        let job = engine.generate(order(name)).unwrap();
        let expected = format!("{} failed: Kinora failed while {expected}", job.0);
        assert_eq!(until_end(&engine, job).last(), Some(&expected));
    }
    let job = engine.generate(order("after")).unwrap();
    assert_eq!(until_end(&engine, job), ["3 completed after"]);
}

#[test]
fn an_error_is_an_event_and_the_next_job_runs() {
    let mut engine = engine(|order, _| match order.model.as_str() {
        "bad" => Err(GenerateError::NotFinite {
            place: "step 1 of 2".to_owned(),
        }),
        _ => Ok(RunEnd::Completed(take(order, true))),
    });
    let [bad, good] = ["bad", "good"].map(|name| give(&mut engine, name));
    let told = until_end(&engine, bad);
    assert!(
        told[0].starts_with("0 failed: step 1 of 2 produced NaN or infinite values"),
        "{told:?}"
    );
    assert_eq!(until_end(&engine, good), ["1 completed good"]);
}

#[test]
fn only_the_latest_preview_waits_and_only_if_requested() {
    let mut engine = engine(|order, observer| {
        for n in 1..=2_u8 {
            let preview = if observer.wants_previews() {
                vec![frame(n)]
            } else {
                Vec::new()
            };
            step(observer, usize::from(n), &preview);
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    let plain = engine.generate(order("plain")).unwrap();
    let _ = until_end(&engine, plain);
    assert!(engine.previews().take().is_none());

    let watched = engine
        .generate(Order {
            previews: true,
            ..order("watched")
        })
        .unwrap();
    let _ = until_end(&engine, watched);
    let preview = engine.previews().take().expect("a preview");
    assert_eq!((preview.job, preview.step), (watched, 2));
    assert_eq!(preview.frames, [frame(2)]);
    assert!(engine.previews().take().is_none(), "taken once");
}
