//! Durations as an artist reads them.

/// A duration in seconds as an artist reads it: `0:38`, `1:02:03`.
pub(in crate::ui) fn duration(seconds: f64) -> String {
    // Capped at about a year.
    let whole = seconds.clamp(0.0, 3e7).ceil() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}
