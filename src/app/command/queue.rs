//! Commands about takes that wait, and the changes that a failed take can be retried with.

use crate::engine::device::DevicePreference;
use crate::engine::protocol::JobId;
use crate::project::take_request::TakeRequest;

/// Names a take that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub u64);

/// Commands about the queue.
#[derive(Clone, Debug, PartialEq)]
pub enum QueueCommand {
    /// Make a waiting take this one in the order, counted from zero.
    Move(QueueId, usize),
    /// Put a copy behind a waiting take.
    Duplicate(QueueId),
    /// Do not make a waiting take.
    Remove(QueueId),
    /// Put the settings of a waiting take into the direction.
    Edit(QueueId),
    /// Take the direction over into the take that is edited.
    FinishEdit,
    /// Leave the take that is edited as it was.
    CancelEdit,
    /// Hold the running take after the step in progress.
    Pause,
    /// Let the running take go on.
    Resume,
    /// Make a failed take again, with one thing changed.
    Retry(JobId, RetryOption),
}

/// One thing to change before the next try.
#[derive(Clone, Debug, PartialEq)]
pub enum RetryOption {
    /// Nothing: some failures pass.
    Again,
    /// Decode fewer frames at once.
    DecodeChunk(usize),
    /// A smaller frame: width and height, in pixels.
    Size(usize, usize),
    /// Fewer frames.
    Frames(usize),
    /// Another device.
    Device(DevicePreference),
    /// Without a camera move, by name.
    Without(String),
}

impl RetryOption {
    /// What it does, as words on a button.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Again => "Try again".to_owned(),
            Self::DecodeChunk(1) => "Decode frame by frame".to_owned(),
            Self::DecodeChunk(frames) => format!("Decode {frames} frames at a time"),
            Self::Size(width, height) => format!("Try at {width} × {height}"),
            Self::Frames(frames) => format!("Try with {frames} frames"),
            Self::Device(DevicePreference::Cpu) => "Try on the processor".to_owned(),
            Self::Device(DevicePreference::Auto) => "Let Kinora choose the device".to_owned(),
            Self::Device(DevicePreference::Gpu(_)) => "Try on the GPU".to_owned(),
            Self::Without(name) => format!("Go on without {name}"),
        }
    }

    /// The take with this one thing changed.
    #[must_use]
    pub fn applied(&self, wanted: &TakeRequest) -> TakeRequest {
        let mut changed = wanted.clone();
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
