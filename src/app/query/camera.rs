//! The camera of the next take: available moves, the stack, the ghost on the stage.
//!
//! Values and their arithmetic; changed by `update::camera` alone. Must not know how a ghost is
//! drawn or where files lie.

use std::time::Duration;

use super::camera_stack::{self, StackRow};
use crate::app::command::camera::GhostOf;
use crate::app::state::Studio;
use crate::library::camera_moves::MoveCard;
use crate::media::camera::Pose;

/// How long a ghost rests on its last frame before it begins again.
pub const REST: Duration = Duration::from_millis(500);
/// The shortest run of a ghost: what is over in a blink shows nothing.
const SHORTEST_RUN: Duration = Duration::from_millis(900);

/// How far into the clip a ghost is, from 0 to 1, `since` after it began.
#[must_use]
pub fn ghost_time(since: Duration, clip: Duration) -> f32 {
    let run = clip.max(SHORTEST_RUN).as_secs_f64();
    let round = run + REST.as_secs_f64();
    let at = since.as_secs_f64() % round;
    (at / run).min(1.0) as f32
}

impl Studio {
    /// Available camera moves.
    #[must_use]
    pub fn moves_at_hand(&self) -> &[MoveCard] {
        &self.runtime.camera.cards
    }

    /// The entries of the stack that the chosen model cannot use, as far as that is known.
    #[must_use]
    pub fn unfit_moves(&self) -> Vec<StackRow<'_>> {
        let library = &self.runtime.camera;
        let direction = self.direction();
        if library.compared_with != direction.model {
            return Vec::new();
        }
        let rows = camera_stack::rows(&direction.moves, &library.cards).into_iter();
        rows.filter(|row| !row.is_nothing() && row.acting().is_some_and(|card| !card.is_usable()))
            .collect()
    }

    /// Where the ghost on the stage has the content now; `None` where there is none, or nobody
    /// knows what the move does.
    #[must_use]
    pub fn ghost(&self) -> Option<Pose> {
        let ghost = self.session.camera.ghost.as_ref()?;
        self.picture()?;
        self.ghost_at(&ghost.of, self.ghost_progress())
    }

    /// How far into the clip the ghost on the stage is, from 0 to 1; at its end where nothing
    /// should move by itself, or there is none.
    #[must_use]
    pub fn ghost_progress(&self) -> f32 {
        match &self.session.camera.ghost {
            Some(ghost) if !self.preferences.reduce_motion => {
                let since = self.runtime.now.saturating_sub(ghost.since);
                ghost_time(since, self.clip_length())
            }
            _ => 1.0,
        }
    }

    /// Where a ghost has the content at `t`, from 0 at the first to 1 at the last frame.
    #[must_use]
    pub fn ghost_at(&self, of: &GhostOf, t: f32) -> Option<Pose> {
        let cards = self.moves_at_hand();
        match of {
            GhostOf::Move(name) => Some(camera_stack::card(cards, name)?.path.as_ref()?.at(t)),
            GhostOf::Stack => Some(camera_stack::pose(&self.direction().moves, cards, t)),
        }
    }

    /// How long the next take will be.
    #[must_use]
    pub fn clip_length(&self) -> Duration {
        self.settings().map_or(SHORTEST_RUN, |settings| {
            let frames = u32::try_from(settings.frames).unwrap_or(u32::MAX);
            settings.fps.duration_of(frames)
        })
    }
}
