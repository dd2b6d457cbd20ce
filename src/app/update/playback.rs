//! The contents of the stage, and playback.

use std::time::Duration;

use super::picture;
use super::stage::put_on_stage;
use crate::app::command::playback::{PlaybackCommand, Repeat};
use crate::app::protocol::effect::Effect;
use crate::app::state::{Shown, Studio};
use crate::project::ids::TakeId;

/// Advances a running playhead.
pub(super) fn advance(studio: &mut Studio, passed: Duration) {
    if let Some(timing) = studio.timing() {
        studio.session.playback.advance(timing, passed);
    }
}

pub(super) fn show_take(studio: &mut Studio, id: TakeId) -> Vec<Effect> {
    if let Some(take) = studio.take_named(id) {
        // A missing picture cannot be selected, because no take can be made from it.
        if let Some(picture) = studio.picture_of(take).map(|picture| picture.id) {
            picture::choose(studio, picture);
        }
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

pub(super) fn command(studio: &mut Studio, command: PlaybackCommand) -> Vec<Effect> {
    let playhead = studio.playhead();
    let Some(timing) = studio.timing() else {
        return Vec::new();
    };
    let playback = &mut studio.session.playback;
    match command {
        PlaybackCommand::PlayPause => playback.toggle(timing),
        PlaybackCommand::Pause => playback.playing = false,
        PlaybackCommand::Shuttle { backwards } => playback.shuttle(timing, backwards),
        PlaybackCommand::Seek(frame) => playback.pause_on(timing, frame),
        PlaybackCommand::Step(frames) => {
            playback.pause_on(timing, playhead.saturating_add_signed(frames));
        }
        PlaybackCommand::First => {
            let (first, _) = playback.bounds(timing);
            // Pressed again, it goes to the first frame of all.
            let frame = if playhead == first { 0 } else { first };
            playback.pause_on(timing, frame);
        }
        PlaybackCommand::Last => {
            let (_, last) = playback.bounds(timing);
            let frame = if playhead == last {
                timing.frames
            } else {
                last
            };
            playback.pause_on(timing, frame);
        }
        PlaybackCommand::Repeat(repeat) => playback.repeat = repeat,
        PlaybackCommand::TogglePingPong => {
            playback.repeat = match playback.repeat {
                Repeat::PingPong => Repeat::Loop,
                Repeat::Loop | Repeat::Once => Repeat::PingPong,
            };
        }
        PlaybackCommand::Speed(speed) => playback.set_speed(speed),
        PlaybackCommand::In(frame) => playback.set_in(timing, frame.unwrap_or(playhead)),
        PlaybackCommand::Out(frame) => playback.set_out(timing, frame.unwrap_or(playhead)),
        PlaybackCommand::WholeRange => playback.range = None,
        PlaybackCommand::ToggleOnion => playback.onion = !playback.onion,
    }
    Vec::new()
}
