//! Where frames are in the timeline: from frame to position and back. Must not know what they show.

use egui::{Rect, pos2, vec2};

use crate::ui::style::tokens;

/// The widest cell divided by its height: six frames fill the usual width, but one is no poster.
const WIDEST: f32 = 3.2;

/// Frames in a row, all of the same width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    left: f32,
    /// Distance from one frame to the next, in points.
    pub(super) pitch: f32,
    /// How many frames.
    pub(super) frames: usize,
}

impl Axis {
    /// `frames` frames in `room`, no wider than `widest` points each.
    pub(super) fn new(room: Rect, frames: usize, widest: f32) -> Self {
        let pitch = (room.width() / frames.max(1) as f32).min(widest.max(1.0));
        Self {
            left: room.left(),
            pitch,
            frames,
        }
    }

    /// Cells of `height` points that fill the room, unless there are so few that each would be too wide.
    pub(super) fn of_cells(room: Rect, frames: usize, height: f32) -> Self {
        Self::new(room, frames, height * WIDEST + tokens::GAP)
    }

    /// Where a frame begins.
    pub(super) fn x(&self, frame: usize) -> f32 {
        self.left + self.pitch * frame as f32
    }

    /// Where the last frame ends.
    pub(super) fn right(&self) -> f32 {
        self.x(self.frames)
    }

    /// The frame at a position; beyond the ends, the first or the last one.
    pub(super) fn frame_at(&self, x: f32) -> usize {
        let frame = ((x - self.left) / self.pitch).max(0.0) as usize;
        frame.min(self.frames.saturating_sub(1))
    }

    /// The border between frames that is nearest to a position, counted from zero.
    pub(super) fn border_at(&self, x: f32) -> usize {
        let border = ((x - self.left) / self.pitch).round().max(0.0) as usize;
        border.min(self.frames)
    }

    /// The rectangle of a frame within a row, with a gap to the next one if there is room.
    pub(super) fn cell(&self, row: Rect, frame: usize) -> Rect {
        let gap = match self.pitch {
            pitch if pitch >= 20.0 => tokens::GAP,
            pitch if pitch >= 6.0 => 1.0,
            _ => 0.0,
        };
        let size = vec2((self.pitch - gap).max(1.0), row.height());
        Rect::from_min_size(pos2(self.x(frame), row.top()), size)
    }

    /// The rectangle of all frames within a row.
    pub(super) fn span(&self, row: Rect) -> Rect {
        let mut span = row;
        span.set_right(self.right());
        span
    }

    /// Frames between two marks at whole seconds, so that marks are at least `least` points apart.
    pub(super) fn seconds(&self, least: f32, per_second: usize) -> usize {
        let seconds = [1, 2, 5, 10, 30, 60, 300, 600].map(|seconds| seconds * per_second.max(1));
        let mut seconds = seconds.into_iter();
        let fitting = seconds.find(|&frames| frames as f32 * self.pitch >= least);
        fitting.unwrap_or(3600 * per_second.max(1))
    }

    /// Frames between two marks, so that marks are at least `least` points apart: one, two or five
    /// times a power of ten, or a whole number of seconds at `per_second` frames.
    pub(super) fn step(&self, least: f32, per_second: usize) -> usize {
        let per_second = per_second.max(1);
        let below = [1, 2, 5, 10, 20].into_iter().filter(|&n| n < per_second);
        let seconds = [1, 2, 5, 10, 30, 60, 300, 600].map(|seconds| seconds * per_second);
        below
            .chain(seconds)
            .find(|&frames| frames as f32 * self.pitch >= least)
            .unwrap_or(3600 * per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_frames_agree() {
        let room = Rect::from_min_size(pos2(16.0, 0.0), vec2(700.0, 80.0));
        for frames in [1, 7, 14, 25, 1000] {
            let axis = Axis::of_cells(room, frames, 80.0);
            assert!(axis.right() <= room.right() + 0.01);
            assert!(
                frames < 4 || axis.right() >= room.right() - 0.01,
                "{frames}"
            );
            for frame in 0..frames {
                let cell = axis.cell(room, frame);
                assert_eq!(axis.frame_at(cell.center().x), frame, "{frames}");
                assert_eq!(axis.border_at(axis.x(frame) + 0.1), frame, "{frames}");
            }
            assert_eq!(axis.frame_at(-50.0), 0);
            assert_eq!(axis.frame_at(9000.0), frames - 1);
            assert_eq!(axis.border_at(9000.0), frames);
        }
    }

    #[test]
    fn marks_keep_their_distance() {
        let room = Rect::from_min_size(pos2(0.0, 0.0), vec2(1000.0, 80.0));
        let step = |frames| Axis::new(room, frames, 200.0).step(60.0, 7);
        assert_eq!(step(7), 1);
        assert_eq!(step(25), 2);
        assert_eq!(step(100), 7, "a second");
        assert_eq!(step(10_000), 7 * 60 * 5);
    }
}
