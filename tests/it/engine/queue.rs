//! Jobs that wait, and how jobs are stopped:
//! - jobs stop while waiting and while running;
//! - a full queue rejects orders and loses none;
//! - a dropped handle returns at once.

use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use kinora::engine::{Engine, RunEnd};
use kinora::error::GenerateError;
use kinora::pipeline::{Observer as _, StopMode};
use kinora::system::clock::now;

use super::{PATIENCE, engine, give, order, take, until_end};

/// A runner whose jobs report that they started and then wait: `hold` until the test releases it, `loop` until asked
/// to stop, and any other not at all.
fn waiting_engine() -> (Engine, Sender<()>, Receiver<String>) {
    let (release, held) = bounded::<()>(0);
    let (tell, began) = bounded::<String>(64);
    let engine = engine(move |order, observer| {
        tell.send(order.model.clone()).expect("the test listens");
        match order.model.as_str() {
            "hold" => held.recv().expect("the test lets go"),
            "loop" => loop {
                match observer.stop() {
                    Some(StopMode::Now) => return Ok(RunEnd::Stopped(None)),
                    Some(StopMode::Keep) => return Ok(RunEnd::Stopped(Some(take(order, false)))),
                    None => std::thread::sleep(Duration::from_millis(1)),
                }
            },
            _ => {}
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    (engine, release, began)
}

#[test]
fn a_waiting_job_is_stopped_without_being_run() {
    let (mut engine, release, began) = waiting_engine();
    let jobs = ["hold", "second"].map(|name| give(&mut engine, name));
    assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "hold");
    engine.stop(jobs[1], StopMode::Keep);
    release.send(()).unwrap();
    let third = give(&mut engine, "third");
    let told = until_end(&engine, third);
    assert_eq!(told, ["0 completed hold", "1 stopped", "2 completed third"]);
    assert_eq!(began.try_iter().collect::<Vec<_>>(), ["third"]);
}

#[test]
fn a_running_job_is_stopped_as_requested() {
    let (mut engine, _release, began) = waiting_engine();
    for (mode, expected) in [
        (StopMode::Now, "0 stopped"),
        (StopMode::Keep, "1 stopped with 1 frames"),
    ] {
        let job = engine.generate(order("loop")).unwrap();
        assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "loop");
        engine.stop(job, mode);
        assert_eq!(until_end(&engine, job), [expected]);
        // Neither an ended job nor the next one is affected.
        engine.stop(job, mode);
    }
    let job = engine.generate(order("last")).unwrap();
    assert_eq!(until_end(&engine, job), ["2 completed last"]);
}

#[test]
fn a_full_queue_rejects_orders_and_loses_none() {
    let (mut engine, release, began) = waiting_engine();
    let first = engine.generate(order("hold")).unwrap();
    assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "hold");
    let mut waiting = Vec::new();
    let limit = loop {
        match engine.generate(order("waits")) {
            Ok(job) => waiting.push(job),
            Err(GenerateError::QueueFull { limit }) => break limit,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(waiting.len(), limit, "as many wait as it says");
    release.send(()).unwrap();
    let last = *waiting.last().unwrap();
    let expected: Vec<String> = std::iter::once((first, "hold"))
        .chain(waiting.iter().map(|&job| (job, "waits")))
        .map(|(job, name)| format!("{} completed {name}", job.0))
        .collect();
    assert_eq!(until_end(&engine, last), expected);
    // There is room again, and no ID is used twice.
    let job = give(&mut engine, "later");
    assert!(job > last);
    assert_eq!(until_end(&engine, job).len(), 1);
}

/// Drops an engine on a separate thread; fails if that takes too long.
fn dropped(engine: Engine) {
    let (tell, gone) = bounded::<()>(1);
    let thread = std::thread::Builder::new().spawn(move || {
        drop(engine);
        tell.send(())
    });
    gone.recv_timeout(PATIENCE)
        .expect("the engine ends when its handle is dropped");
    thread.unwrap().join().unwrap().unwrap();
}

#[test]
fn a_dropped_handle_stops_running_and_waiting_jobs() {
    let (mut engine, _release, began) = waiting_engine();
    for name in ["loop", "waits"] {
        let _job = give(&mut engine, name);
    }
    assert_eq!(began.recv_timeout(PATIENCE).unwrap(), "loop");
    dropped(engine);
    assert_eq!(began.try_iter().count(), 0, "what waited was not begun");
}

#[test]
fn a_dropped_handle_frees_an_engine_that_waits_for_its_reader() {
    let mut engine = engine(move |_, observer| {
        loop {
            observer.warning("again".to_owned());
            if observer.stop().is_some() {
                return Ok(RunEnd::Stopped(None));
            }
        }
    });
    let _job = engine.generate(order("talks")).unwrap();
    let outbox = engine.events().unwrap();
    assert!(outbox.capacity().is_some(), "the outbox is bounded");
    let asked = now();
    while !outbox.is_full() {
        assert!(asked.elapsed() < PATIENCE, "{} events", outbox.len());
        std::thread::yield_now();
    }
    // The next event blocks until somebody reads the others.
    dropped(engine);
}
