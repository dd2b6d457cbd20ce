//! Commands about what plays.

/// What happens at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// It begins again.
    #[default]
    Loop,
    /// It turns round, and the frames at both ends are seen once.
    PingPong,
    /// It stays there.
    Once,
}

/// Commands about playback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlaybackCommand {
    /// Start or pause.
    PlayPause,
    /// Pause.
    Pause,
    /// Play in a direction; again, twice as fast.
    Shuttle {
        /// From the end to the beginning.
        backwards: bool,
    },
    /// Pause on this frame, counted from zero.
    Seek(usize),
    /// Pause and go this many frames on or back.
    Step(isize),
    /// Pause on the first frame that plays; there already, on the first of all.
    First,
    /// Pause on the last frame that plays; there already, on the last of all.
    Last,
    /// What happens at the end.
    Repeat(Repeat),
    /// Play there and back, or over and over.
    TogglePingPong,
    /// Factor on the rate.
    Speed(f32),
    /// Begin the range here; `None` is the playhead.
    In(Option<usize>),
    /// End the range here; `None` is the playhead.
    Out(Option<usize>),
    /// Play all of it.
    WholeRange,
    /// Let the frames beside the playhead shine through, or not.
    ToggleOnion,
}
