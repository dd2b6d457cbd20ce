//! How often the window draws by itself while takes are computed.
//!
//! Without a GPU, the same cores draw the window and compute the take, and drawing has the higher priority:
//! a preview at the display's frame rate would take most of the machine. Then drawing gets a small share of
//! the time, from what the latest frames took. Input is not affected: it is always drawn at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use egui::epaint::PaintCallback;
use egui::{PaintCallbackInfo, Rect, Ui};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState};

use crate::system::clock::now;

/// One part in this many of the time is for drawing, while a take is computed on the cores that draw.
const SHARE: u32 = 8;
/// The longest pause between two frames: the remaining time is shown in seconds.
const LONGEST: Duration = Duration::from_secs(1);

/// Measures frames, and derives the pause between two of them.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// Whether the CPU draws.
    software: bool,
    /// The smoothed duration of a frame, in nanoseconds; 0 before the first.
    cost: Arc<AtomicU64>,
}

impl Pace {
    /// For the window's device; a window without one is not slowed down.
    pub(in crate::ui) fn new(state: Option<&RenderState>) -> Self {
        let kind = state.map(|state| state.adapter.get_info().device_type);
        Self::drawn_by_cpu(kind == Some(wgpu::DeviceType::Cpu))
    }

    /// For a window that the CPU draws, or does not.
    #[must_use]
    pub fn drawn_by_cpu(software: bool) -> Self {
        Self {
            software,
            cost: Arc::default(),
        }
    }

    /// Measures the frame that begins now, until it is on the screen.
    pub(in crate::ui) fn measure(&self, ui: &Ui) {
        if self.software {
            let frame = Measured {
                began: now(),
                cost: Arc::clone(&self.cost),
            };
            ui.painter().add(frame.shape());
        }
    }

    /// Records how long a frame took. One slow frame counts for half, so that it does not stop a preview.
    pub fn record(&self, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let before = self.cost.load(Ordering::Relaxed);
        let cost = if before == 0 {
            took
        } else {
            before.midpoint(took)
        };
        self.cost.store(cost, Ordering::Relaxed);
    }

    /// The least time from the end of a frame to the next one that nothing but the window itself asks for;
    /// `busy` while a take is computed or a clip is written.
    #[must_use]
    pub fn rest(&self, busy: bool) -> Duration {
        if !(self.software && busy) {
            return Duration::ZERO;
        }
        let cost = Duration::from_nanos(self.cost.load(Ordering::Relaxed));
        cost.saturating_mul(SHARE - 1).min(LONGEST)
    }
}

/// A frame that is being drawn. It draws nothing, and eframe drops it with everything else that was drawn
/// when the frame has been presented, which a software driver does not do before the last pixel is
/// computed. eframe's own figure does not include that.
struct Measured {
    began: Instant,
    cost: Arc<AtomicU64>,
}

impl Measured {
    fn shape(self) -> PaintCallback {
        Callback::new_paint_callback(Rect::ZERO, self)
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let pace = Pace {
            software: true,
            cost: Arc::clone(&self.cost),
        };
        pace.record(self.began.elapsed());
    }
}

impl CallbackTrait for Measured {
    fn paint(
        &self,
        _info: PaintCallbackInfo,
        _pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(40);

    #[test]
    fn drawing_gets_an_eighth_of_the_time_while_the_cpu_computes_too() {
        let pace = Pace::drawn_by_cpu(true);
        assert_eq!(pace.rest(true), Duration::ZERO, "not measured yet");
        pace.record(FRAME);
        let rest = pace.rest(true);
        let share = FRAME.as_secs_f64() / (FRAME + rest).as_secs_f64();
        // Exact but for the nanoseconds of a duration.
        assert!((share - 0.125).abs() < 1e-9, "{share}");
        assert_eq!(pace.rest(false), Duration::ZERO, "nothing is computed");
        let gpu = Pace::drawn_by_cpu(false);
        gpu.record(FRAME);
        assert_eq!(gpu.rest(true), Duration::ZERO, "the GPU draws");
    }

    #[test]
    fn a_slow_frame_counts_for_half_and_never_stops_the_window() {
        let pace = Pace::drawn_by_cpu(true);
        pace.record(FRAME);
        pace.record(3 * FRAME);
        assert_eq!(pace.rest(true), 2 * FRAME * (SHARE - 1));
        pace.record(Duration::MAX);
        assert_eq!(pace.rest(true), LONGEST);
    }

    #[test]
    fn a_frame_is_measured_until_its_shapes_are_dropped() {
        let pace = Pace::drawn_by_cpu(true);
        let began = now();
        let shape = Measured {
            began,
            cost: Arc::clone(&pace.cost),
        }
        .shape();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(pace.rest(true), Duration::ZERO, "still being drawn");
        drop(shape);
        let rest = pace.rest(true);
        assert!(rest >= Duration::from_millis(2) * (SHARE - 1), "{rest:?}");
        assert!(rest <= (began.elapsed() * SHARE).min(LONGEST), "{rest:?}");
    }
}
