//! The camera of the next take: moves at hand, the stack, the ghost on the stage.
//!
//! Values and their arithmetic; changed by `update::camera` alone. Must not know how a ghost is
//! drawn or where files lie.

pub mod pad;
pub mod stack;

use std::path::PathBuf;
use std::time::Duration;

pub use super::settings::CameraMove;
pub use pad::Axis;

use super::history::Edit;
use super::state::Studio;
use crate::engine::moves::{MoveCard, MoveInspection};
use crate::error::CameraError;
use crate::media::camera::Pose;

/// A wish about the camera.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraCommand {
    /// Put a move on the stack, or take it off again.
    Click(String),
    /// The same with the move at this place of the grid, counted from zero.
    ClickNth(usize),
    /// Set a move's strength; negative for its opposite.
    Strength {
        /// The move.
        name: String,
        /// How strong.
        strength: f32,
    },
    /// Take a move and its opposite off the stack.
    Remove(String),
    /// Take all moves off the stack.
    Clear,
    /// Put exactly these moves on the stack.
    Stack(Vec<CameraMove>),
    /// Go so far along an axis, by whichever moves do that.
    Aim {
        /// Which way.
        axis: Axis,
        /// How far; see [`Axis::of`].
        far: f32,
    },
    /// Show a ghost on the stage, or none.
    Preview(Option<GhostOf>),
    /// Show the pad on the stage, or put it away.
    ShowPad(bool),
    /// Ask for a LoRA file to install.
    Choose,
    /// Install the file that was looked into.
    Install,
    /// Leave the file that was looked into alone.
    Decline,
    /// Ask whether an installed move should go; `None` takes the question back.
    AskRemoval(Option<String>),
    /// Delete an installed move.
    Uninstall(String),
}

impl CameraCommand {
    /// What "Undo" calls the change that this makes to the stack, if it makes one.
    pub(super) fn edit(&self) -> Edit {
        match self {
            Self::Strength { .. } => Edit::dragged("change camera strength"),
            Self::Aim { .. } => Edit::dragged("aim camera"),
            Self::Remove(_) => Edit::once("remove camera move"),
            Self::Clear => Edit::once("clear camera"),
            _ => Edit::once("change camera"),
        }
    }
}

/// What the crew is to do about camera moves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CameraEffect {
    /// List the moves at hand, compared with a model.
    List {
        /// The model's name.
        model: String,
    },
    /// Ask the artist for a LoRA file.
    Ask,
    /// Look into a LoRA file.
    Inspect {
        /// The file or folder.
        path: PathBuf,
        /// The model to compare it with.
        model: String,
    },
    /// Copy a LoRA file into the camera folder.
    Install {
        /// The file or folder.
        path: PathBuf,
        /// The move's name.
        name: String,
    },
    /// Delete an installed move.
    Uninstall(String),
}

/// What the crew reports about camera moves.
#[derive(Debug)]
pub(crate) enum CameraFact {
    /// The moves at hand were listed.
    Listed {
        /// The model that they were compared with.
        model: String,
        /// All of them.
        cards: Vec<MoveCard>,
    },
    /// The artist closed the dialog for LoRA files.
    Chosen(Option<PathBuf>),
    /// A LoRA file was looked into.
    Inspected(Result<Box<MoveInspection>, CameraError>),
    /// A move was installed, or not.
    Installed(Result<String, CameraError>),
    /// A move was deleted, or not.
    Uninstalled(Result<String, CameraError>),
}

/// What a ghost shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GhostOf {
    /// One move at strength 1, as its card promises.
    Move(String),
    /// The whole stack, as the take will have it.
    #[default]
    Stack,
}

/// A ghost on the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ghost {
    /// What it shows.
    pub of: GhostOf,
    /// When it began, in time since the start.
    pub since: Duration,
}

/// What of the camera the artist is looking at.
#[derive(Clone, Debug, Default)]
pub struct CameraView {
    /// The ghost on the stage.
    pub ghost: Option<Ghost>,
    /// Whether the pad is on the stage.
    pub pad: bool,
}

/// Moves at hand, and files on their way in and out.
#[derive(Clone, Debug, Default)]
pub struct CameraLibrary {
    /// All moves, in the order of the grid.
    pub cards: Vec<MoveCard>,
    /// Whether they have been listed at all.
    pub listed: bool,
    /// LoRA files that are being looked into or copied.
    pub busy: usize,
    /// Files that were looked into and wait for the artist's word, oldest first.
    pub arrivals: Vec<MoveInspection>,
    /// The installed move that the artist is asked about.
    pub removing: Option<String>,
}

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
    /// Camera moves at hand.
    #[must_use]
    pub fn moves_at_hand(&self) -> &[MoveCard] {
        &self.runtime.camera.cards
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
            Some(ghost) if !self.preferences.still => {
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
            GhostOf::Move(name) => Some(stack::card(cards, name)?.path.as_ref()?.at(t)),
            GhostOf::Stack => Some(stack::pose(&self.direction().moves, cards, t)),
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
