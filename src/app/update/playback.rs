//! What is on the stage, and where playback is.

use std::time::Duration;

use super::put_on_stage;
use crate::app::effect::Effect;
use crate::app::state::{Shown, Studio, TakeId};

/// Moves a running playhead on.
pub(super) fn advance(studio: &mut Studio, passed: Duration) {
    let Some(duration) = studio.footage().map(|footage| footage.duration()) else {
        return;
    };
    let playback = &mut studio.session.playback;
    if !playback.playing || duration.is_zero() {
        return;
    }
    playback.position += passed;
    if playback.position < duration {
        return;
    }
    if playback.looping {
        // Less than 2^64 nanoseconds: takes last seconds.
        let rest = playback.position.as_nanos() % duration.as_nanos();
        playback.position = Duration::from_nanos(rest as u64);
    } else {
        playback.position = duration;
        playback.playing = false;
    }
}

pub(super) fn show_take(studio: &mut Studio, id: TakeId) -> Vec<Effect> {
    if let Some(take) = studio.take_named(id) {
        studio.session.picture = Some(take.picture);
        put_on_stage(studio, Shown::Take(id), true);
    }
    Vec::new()
}

pub(super) fn show_job(studio: &mut Studio) -> Vec<Effect> {
    if let Some(job) = studio.running().map(|job| job.id) {
        put_on_stage(studio, Shown::Job(job), true);
    }
    Vec::new()
}

pub(super) fn play_pause(studio: &mut Studio) -> Vec<Effect> {
    let Some(duration) = studio.footage().map(|footage| footage.duration()) else {
        return Vec::new();
    };
    let playback = &mut studio.session.playback;
    playback.playing = !playback.playing;
    if playback.playing && playback.position >= duration {
        playback.position = Duration::ZERO;
    }
    Vec::new()
}

pub(super) fn toggle_loop(studio: &mut Studio) -> Vec<Effect> {
    let playback = &mut studio.session.playback;
    playback.looping = !playback.looping;
    Vec::new()
}

pub(super) fn seek(studio: &mut Studio, frame: usize) -> Vec<Effect> {
    let start = studio.footage().map(|footage| {
        let last = footage.frames.len().saturating_sub(1);
        footage.start_of(frame.min(last))
    });
    if let Some(start) = start {
        studio.session.playback.playing = false;
        studio.session.playback.position = start;
    }
    Vec::new()
}

pub(super) fn step(studio: &mut Studio, frames: isize) -> Vec<Effect> {
    let frame = studio.playhead().saturating_add_signed(frames);
    seek(studio, frame)
}
