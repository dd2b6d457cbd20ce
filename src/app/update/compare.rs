//! Comparing two takes.

use super::notice;
use super::stage::put_on_stage;
use crate::app::command::takes::{CompareCommand, CompareMode};
use crate::app::protocol::effect::Effect;
use crate::app::state::compare::Compare;
use crate::app::state::zoom::clamp;
use crate::app::state::{Shown, Studio};
use crate::project::ids::TakeId;

pub(super) fn command(studio: &mut Studio, command: CompareCommand) -> Vec<Effect> {
    match command {
        CompareCommand::Toggle => toggle(studio),
        CompareCommand::With(other) => with(studio, other),
        CompareCommand::Mode(mode) => change(studio, |compare| compare.mode = mode),
        CompareCommand::Divider(divider) => {
            let divider = clamp(divider, 0.0, 1.0);
            change(studio, |compare| compare.divider = divider);
        }
        CompareCommand::Swap => swap(studio),
    }
    Vec::new()
}

fn change(studio: &mut Studio, change: impl FnOnce(&mut Compare)) {
    if let Some(compare) = &mut studio.session.compare {
        change(compare);
    }
}

fn toggle(studio: &mut Studio) {
    if studio.session.compare.take().is_some() {
        return;
    }
    let Some(shown) = studio.shown_take() else {
        return;
    };
    let picture_of = |take| studio.picture_of(take).map(|picture| picture.id);
    let (id, picture) = (shown.id, picture_of(shown));
    let before = studio.session.take_before;
    let rest = || studio.shelf_takes().filter(|take| take.id != id);
    // Prefer the take that was shown before, then another take of the same picture, then any.
    let other = rest()
        .find(|take| Some(take.id) == before)
        .or_else(|| rest().find(|take| picture.is_some() && picture_of(take) == picture))
        .or_else(|| rest().next())
        .map(|take| take.id);
    match other {
        Some(other) => with(studio, other),
        None => notice::info(
            studio,
            "Nothing to compare with",
            "Make another take first, then press C again.",
        ),
    }
}

fn with(studio: &mut Studio, other: TakeId) {
    let shown = studio.shown_take().map(|take| take.id);
    if shown.is_none() || shown == Some(other) || studio.take_named(other).is_none() {
        return;
    }
    let mode = studio
        .session
        .compare
        .map_or(CompareMode::default(), |compare| compare.mode);
    studio.session.compare = Some(Compare {
        other,
        mode,
        divider: 0.5,
    });
}

/// Swaps the two takes at the same playback position.
fn swap(studio: &mut Studio) {
    let (Some(shown), Some(compare)) = (studio.shown_take(), studio.session.compare) else {
        return;
    };
    let id = shown.id;
    let playback = studio.session.playback;
    put_on_stage(studio, Shown::Take(compare.other), playback.playing);
    studio.session.playback = playback;
    studio.session.compare = Some(Compare {
        other: id,
        ..compare
    });
}
