//! Commands about waiting takes, and the changes with which a failed take can be retried.

use crate::engine::protocol::JobId;
use crate::project::take_request::TakeRequest;
use crate::request::DevicePreference;

/// ID of a waiting take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub u64);

/// Commands about the queue.
#[derive(Clone, Debug, PartialEq)]
pub enum QueueCommand {
    /// Moves a waiting take to this position, counted from zero.
    Move(QueueId, usize),
    /// Inserts a copy after a waiting take.
    Duplicate(QueueId),
    /// Removes a waiting take.
    Remove(QueueId),
    /// Removes all waiting takes.
    Clear,
    /// Queues these takes.
    Add(Vec<TakeRequest>),
    /// Makes the takes that were waiting when the project was opened.
    Start,
    /// Draws a new seed for each take from now on, and queues a take.
    NewSeed,
    /// Loads the settings of a waiting take into the direction.
    Edit(QueueId),
    /// Saves the direction to the take being edited.
    FinishEdit,
    /// Discards the changes to the take being edited.
    CancelEdit,
    /// Pauses the running take after the current step.
    Pause,
    /// Resumes the running take.
    Resume,
    /// Retries a failed take with one change.
    Retry(JobId, RetryOption),
}

/// One change to make before retrying.
#[derive(Clone, Debug, PartialEq)]
pub enum RetryOption {
    /// None: some failures are temporary.
    Again,
    /// Decode fewer frames at once.
    DecodeChunk(usize),
    /// A smaller frame: width and height, in pixels.
    Size(usize, usize),
    /// Fewer frames.
    Frames(usize),
    /// Another device.
    Device(DevicePreference),
    /// Without a camera move, given by name.
    Without(String),
}

impl RetryOption {
    /// The label of its button.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Again => "Try again".to_owned(),
            Self::DecodeChunk(1) => "Decode frame by frame".to_owned(),
            Self::DecodeChunk(frames) => format!("Decode {frames} frames at a time"),
            Self::Size(width, height) => format!("Try at {width} × {height}"),
            Self::Frames(frames) => format!("Try with {frames} frames"),
            Self::Device(DevicePreference::Cpu) => "Try on the CPU".to_owned(),
            Self::Device(DevicePreference::Auto) => "Let Kinora choose the device".to_owned(),
            Self::Device(DevicePreference::Gpu(_)) => "Try on the GPU".to_owned(),
            Self::Without(name) => format!("Continue without {name}"),
        }
    }

    /// The take request with this change.
    #[must_use]
    pub fn applied(&self, request: &TakeRequest) -> TakeRequest {
        let mut changed = request.clone();
        let draft = &mut changed.direction.draft;
        match self {
            Self::Again => {}
            Self::DecodeChunk(frames) => draft.decode_chunk = Some(*frames),
            Self::Size(width, height) => {
                (draft.width, draft.height) = (Some(*width), Some(*height));
            }
            Self::Frames(frames) => draft.frames = Some(*frames),
            Self::Device(device) => changed.device = Some(*device),
            Self::Without(name) => changed.direction.moves.retain(|row| row.name != *name),
        }
        changed
    }
}
