//! The camera of the next take: available moves, the stack, the preview on the stage.

use std::time::Duration;

use super::camera_stack::{self, StackRow};
use crate::app::command::camera::GhostOf;
use crate::app::state::Studio;
use crate::library::camera_moves::MoveCard;
use crate::library::steering::{Steered, steer_cards};
use crate::media::camera::Pose;
use crate::request::Steer;

/// How long a preview stays on its last frame before it starts again.
pub const REST: Duration = Duration::from_millis(500);
/// The shortest duration of a preview: a shorter one would be over before anyone sees it.
const SHORTEST_RUN: Duration = Duration::from_millis(900);

/// The position of a preview in the clip, from 0 to 1, `since` after it started.
#[must_use]
pub fn ghost_time(since: Duration, clip: Duration) -> f32 {
    let run = clip.max(SHORTEST_RUN).as_secs_f64();
    let round = run + REST.as_secs_f64();
    let at = since.as_secs_f64() % round;
    (at / run).min(1.0) as f32
}

impl Studio {
    /// The available camera moves.
    #[must_use]
    pub fn available_moves(&self) -> &[MoveCard] {
        &self.runtime.camera.cards
    }

    /// The entries of the stack that the selected model is known not to support.
    #[must_use]
    pub fn unfit_moves(&self) -> Vec<StackRow<'_>> {
        let library = &self.runtime.camera;
        let direction = self.direction();
        if library.compared_with != direction.model {
            return Vec::new();
        }
        let rows = camera_stack::rows(&direction.moves, &library.cards).into_iter();
        // With these, a LoRA is added even where the guide could follow the path.
        let by_lora = matches!(direction.steer, Steer::Lora | Steer::Both);
        let fits = |card: &MoveCard| card.fits() || (card.is_usable() && !by_lora);
        rows.filter(|row| !row.is_nothing() && !row.all_acting().all(fits))
            .collect()
    }

    /// How the moves of the next take will reach the selected model; `None` while they are compared with it,
    /// and if they cannot reach it in the chosen way.
    #[must_use]
    pub fn steered(&self) -> Option<Steered> {
        let library = &self.runtime.camera;
        let direction = self.direction();
        if library.compared_with != direction.model {
            return None;
        }
        let moves = camera_stack::loras(&self.moves(), &library.cards);
        let path = direction.path.as_ref();
        steer_cards(&library.cards, (&moves, path), direction.steer).ok()
    }

    /// The current pose of the preview on the stage; `None` if there is no preview, or the path of its move
    /// is unknown.
    #[must_use]
    pub fn ghost(&self) -> Option<Pose> {
        let ghost = self.session.camera.ghost.as_ref();
        let playhead = self.edits_time().then_some(&GhostOf::Stack);
        let of = ghost.map(|ghost| &ghost.of).or(playhead)?;
        self.picture()?;
        self.ghost_at(of, self.ghost_progress())
    }

    /// The position of the preview in the clip, from 0 to 1; 1 if there is no preview or animation is
    /// turned off.
    #[must_use]
    pub fn ghost_progress(&self) -> f32 {
        if self.ghost_follows_playhead() {
            return self.playback_progress();
        }
        match &self.session.camera.ghost {
            Some(ghost) if !self.preferences.reduce_motion => {
                let since = self.runtime.now.saturating_sub(ghost.since);
                ghost_time(since, self.clip_length())
            }
            _ => 1.0,
        }
    }

    /// Whether the preview shows the moment under the playhead, rather than playing by itself.
    #[must_use]
    pub fn ghost_follows_playhead(&self) -> bool {
        let ghost = self.session.camera.ghost.as_ref();
        self.edits_time() && ghost.is_none_or(|ghost| ghost.of == GhostOf::Stack)
    }

    /// How far playback is between the first and the last frame of the next take, from 0 to 1.
    fn playback_progress(&self) -> f32 {
        let Some(settings) = self.settings() else {
            return 1.0;
        };
        let last = u32::try_from(settings.frames.saturating_sub(1)).unwrap_or(u32::MAX);
        let length = settings.fps.duration_of(last.max(1)).as_secs_f64();
        let at = self.session.playback.position.as_secs_f64();
        (at / length).min(1.0) as f32
    }

    /// The pose of a preview at `t`, from 0 at the first frame to 1 at the last.
    #[must_use]
    pub fn ghost_at(&self, of: &GhostOf, t: f32) -> Option<Pose> {
        let cards = self.available_moves();
        match of {
            GhostOf::Move(name) => Some(camera_stack::card(cards, name)?.path.as_ref()?.at(t)),
            GhostOf::Stack => {
                let path = self.direction().path.as_ref();
                Some(camera_stack::pose(&self.moves(), path, cards, t))
            }
        }
    }

    /// The duration of the next take.
    #[must_use]
    pub fn clip_length(&self) -> Duration {
        self.settings().map_or(SHORTEST_RUN, |settings| {
            let frames = u32::try_from(settings.frames).unwrap_or(u32::MAX);
            settings.fps.duration_of(frames)
        })
    }
}
