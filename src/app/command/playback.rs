//! Commands about playback.

/// What playback does at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Starts again.
    #[default]
    Loop,
    /// Changes direction, showing the first and the last frame once each.
    PingPong,
    /// Stays on the last frame.
    Once,
}

/// Commands about playback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlaybackCommand {
    /// Plays or pauses.
    PlayPause,
    /// Pauses.
    Pause,
    /// Plays in a direction; repeated, doubles the speed.
    Shuttle {
        /// From the end to the beginning.
        backwards: bool,
    },
    /// Pauses on this frame, counted from zero.
    Seek(usize),
    /// Pauses, then moves by this many frames.
    Step(isize),
    /// Pauses on the first frame of the range; if it is there already, on the first frame of all.
    First,
    /// Pauses on the last frame of the range; if it is there already, on the last frame of all.
    Last,
    /// Sets what happens at the end.
    Repeat(Repeat),
    /// Switches between ping-pong and loop.
    TogglePingPong,
    /// Sets the speed, as a factor on the frame rate.
    Speed(f32),
    /// Starts the range here; `None` is the playhead.
    In(Option<usize>),
    /// Ends the range here; `None` is the playhead.
    Out(Option<usize>),
    /// Clears the range.
    WholeRange,
    /// Shows or hides the neighbouring frames behind the current one.
    ToggleOnion,
}
