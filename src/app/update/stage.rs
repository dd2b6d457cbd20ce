//! What is on the stage, and the numbers of what comes onto the shelf.

use std::time::Duration;

use crate::app::state::{Shown, Studio};
use crate::project::ids::{FIRST_NUMBER, TakeId};

/// Says that a take is gone from the shelf.
pub(super) const REMOVED: &str = "The take was removed";

/// Puts something on the stage, from its beginning.
pub(super) fn put_on_stage(studio: &mut Studio, shown: Shown, playing: bool) {
    let session = &mut studio.session;
    if let Shown::Take(before) = session.shown
        && shown != session.shown
    {
        session.take_before = Some(before);
    }
    if !matches!(shown, Shown::Take(_)) {
        session.compare = None;
    }
    session.shown = shown;
    let playback = &mut session.playback;
    playback.position = Duration::ZERO;
    playback.playing = playing;
    playback.backwards = false;
    playback.range = None;
}

/// The next number for a picture or take.
pub(super) fn next_number(studio: &mut Studio) -> u64 {
    let number = studio.project.next.max(FIRST_NUMBER);
    studio.project.next = number + 1;
    number
}

/// A take that was removed is on the shelf again, and on the stage, where it was.
pub(super) fn came_back(studio: &mut Studio, take: TakeId) {
    let playing = studio.session.playback.playing;
    put_on_stage(studio, Shown::Take(take), playing);
    studio
        .runtime
        .notices
        .retain(|notice| notice.title != REMOVED);
}
