//! Changing what is on the stage, and assigning IDs.

use std::time::Duration;

use crate::app::state::{Shown, Studio};
use crate::project::ids::{FIRST_NUMBER, TakeId};

/// Title of the notice that a take was removed.
pub(super) const REMOVED: &str = "Take removed";

/// Puts something on the stage, at its first frame.
pub(super) fn put_on_stage(studio: &mut Studio, shown: Shown, playing: bool) {
    let session = &mut studio.session;
    if let Shown::Take(before) = session.shown
        && shown != session.shown
    {
        session.take_before = Some(before);
    }
    // A comparison ends with the other take alone on the stage, and does not come back by itself.
    let compares = |take| session.compare.is_some_and(|compare| compare.other != take);
    if !matches!(shown, Shown::Take(take) if compares(take)) {
        session.compare = None;
    }
    session.shown = shown;
    let playback = &mut session.playback;
    playback.position = Duration::ZERO;
    playback.playing = playing;
    playback.backwards = false;
    playback.range = None;
}

/// Assigns the next ID for a picture or take.
pub(super) fn next_number(studio: &mut Studio) -> u64 {
    let number = studio.project.next.max(FIRST_NUMBER);
    studio.project.next = number + 1;
    number
}

/// A removed take is on the shelf again, and on the stage if it was there before.
pub(super) fn show_restored(studio: &mut Studio, take: TakeId) {
    let playing = studio.session.playback.playing;
    put_on_stage(studio, Shown::Take(take), playing);
    studio
        .runtime
        .notices
        .retain(|notice| notice.title != REMOVED);
}
