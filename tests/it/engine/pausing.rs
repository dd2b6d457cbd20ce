//! A job pauses after a step, resumes, and can be stopped meanwhile; a pause does not count as work.

use std::time::Duration;

use crossbeam::channel::bounded;
use kinora::engine::protocol::EngineEvent;
use kinora::engine::{Engine, RunEnd};
use kinora::pipeline::{Observer as _, Stage, StopMode};
use kinora::system::clock::now;

use super::{PATIENCE, engine, order, step, take, until_end, words};

/// The next events, up to and including the first that contains `word`.
fn until(engine: &Engine, word: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    while !told.last().is_some_and(|last| last.contains(word)) {
        let event = engine.events().unwrap().recv_timeout(PATIENCE);
        told.push(words(&event.expect("an event")));
    }
    told
}

#[test]
fn a_job_pauses_after_the_current_step_and_resumes() {
    let (begin, begun) = bounded::<()>(0);
    let mut engine = engine(move |order, observer| {
        observer.stage(Stage::Denoise);
        for number in 1..=2 {
            begun.recv().expect("the test lets each step begin");
            step(observer, number, &[]);
            match observer.stop() {
                None => {}
                Some(StopMode::Now) => return Ok(RunEnd::Stopped(None)),
                Some(StopMode::Keep) => return Ok(RunEnd::Stopped(Some(take(order, false)))),
            }
        }
        Ok(RunEnd::Completed(take(order, true)))
    });
    let job = engine.generate(order("held")).unwrap();
    until(&engine, "Denoise");
    engine.pause(job);
    begin.send(()).unwrap();
    assert_eq!(until(&engine, "Paused").len(), 2, "the step itself ends");
    engine.resume(job);
    begin.send(()).unwrap();
    let told = until_end(&engine, job);
    assert_eq!(told[1..], ["0 step 2/2", "0 completed held"]);
    assert!(told[0].starts_with("Resumed"), "{told:?}");

    // Stopping ends a pause, and so does dropping the handle. The job is really paused: if it continued, it would wait
    // for permission to begin its second step, and no stop would end that wait.
    for mode in [StopMode::Keep, StopMode::Now] {
        let job = engine.generate(order("stopped")).unwrap();
        engine.pause(job);
        begin.send(()).unwrap();
        until(&engine, "Paused");
        engine.stop(job, mode);
        let end = until_end(&engine, job).pop().unwrap();
        assert_eq!(
            end.contains("with 1 frames"),
            mode == StopMode::Keep,
            "{end}"
        );
    }
    let job = engine.generate(order("left")).unwrap();
    engine.pause(job);
    begin.send(()).unwrap();
    until(&engine, "Paused");
    drop(engine);
}

#[test]
fn a_pause_does_not_count_as_work() {
    let (begin, begun) = bounded::<()>(0);
    let mut engine = engine(move |order, observer| {
        begun.recv().expect("the test has asked for the pause");
        observer.stage(Stage::Denoise);
        step(observer, 1, &[]);
        step(observer, 2, &[]);
        Ok(RunEnd::Completed(take(order, true)))
    });
    let job = engine.generate(order("timed")).unwrap();
    engine.pause(job);
    begin.send(()).unwrap();
    until(&engine, "Paused");
    // Far longer than an event takes from thread to thread, so the test would notice if the pause were counted.
    std::thread::sleep(Duration::from_millis(200));
    let resumed = now();
    engine.resume(job);
    let seconds = loop {
        let event = engine.events().unwrap().recv_timeout(PATIENCE).unwrap();
        if let EngineEvent::StepFinished {
            step: 2, seconds, ..
        } = event
        {
            break seconds;
        }
    };
    // The step started and ended after the job was resumed, however busy the machine is.
    assert!(
        seconds <= resumed.elapsed().as_secs_f64(),
        "{seconds} s of work in {:?} since the pause",
        resumed.elapsed()
    );
}
