//! How long the window's frames take, written to the file that `KINORA_FRAME_LOG` names.
//!
//! For `tools/window/frame_times.py`, which drives the real window and evaluates the figures. There is one line for
//! each frame: when it began, how long the previous frame occupied the window's thread, and what the engine
//! was doing. Without the variable, nothing is written. Must not change what is drawn.

use std::fs::File;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::app::Studio;

/// The environment variable that names the file.
const VARIABLE: &str = "KINORA_FRAME_LOG";

/// The file that the figures go to, if any.
#[derive(Default)]
pub(super) struct FrameLog(Option<File>);

impl FrameLog {
    /// Opens the log that the environment names.
    pub(super) fn of_environment() -> Self {
        let path = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
        Self(path.and_then(|path| File::create(path).ok()))
    }

    /// Logs that a frame begins; `before` is how long the previous one took, in seconds.
    pub(super) fn frame(&mut self, before: Option<f32>, studio: &Studio) {
        let Some(file) = &mut self.0 else {
            return;
        };
        let job = studio.running();
        let line = format!(
            "{} {:.3} {} {} {}\n",
            micros(),
            before.unwrap_or(0.0) * 1000.0,
            job.and_then(|job| job.stage)
                .map_or("idle".to_owned(), |stage| format!("{stage:?}")),
            job.map_or(0, |job| job.steps.0),
            job.is_some_and(|job| job.stopping.is_some()),
        );
        // A full disk ends the log, not the window.
        if file.write_all(line.as_bytes()).is_err() {
            self.0 = None;
        }
    }
}

/// Microseconds since 1970, which the measuring program compares with its own clock.
#[expect(
    clippy::disallowed_methods,
    reason = "two programs compare their clocks, and nothing that is drawn depends on the time"
)]
fn micros() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros())
}
