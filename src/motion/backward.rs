//! From a pixel of a moved frame back to the picture, and the picture's values there.

use crate::media::camera::{LEAST_DEPTH_SCALE, Pose};

/// The inverse of [`Pose::moved`] at one depth, in pixels. Exactly the identity for [`Pose::REST`].
///
/// Positions are continuous: the centre of the first pixel is at (0.5, 0.5).
#[derive(Clone, Copy, Debug)]
pub(super) struct Backward {
    centre: [f64; 2],
    shift: [f64; 2],
    cos: f64,
    sin: f64,
    scale: f64,
}

impl Backward {
    /// `pose` about the centre of a frame of `size` (width, height) in pixels, without parallax.
    pub(super) fn new(pose: Pose, size: [usize; 2]) -> Self {
        Self::about(pose, size.map(|side| side as f64 / 2.0), size)
    }

    /// `pose` about `centre`, in pixels.
    pub(super) fn about(pose: Pose, centre: [f64; 2], size: [usize; 2]) -> Self {
        let (sin, cos) = f64::from(pose.roll).to_radians().sin_cos();
        Self {
            centre,
            shift: [
                f64::from(pose.x) * size[0] as f64,
                f64::from(pose.y) * size[1] as f64,
            ],
            cos,
            sin,
            scale: f64::from(pose.scale),
        }
    }

    /// `pose` for content at depth `near`, from 0 (farthest) to 1 (nearest).
    pub(super) fn at_depth(pose: Pose, near: f32, size: [usize; 2]) -> Self {
        let magnified = (1.0 + pose.dolly * near).max(LEAST_DEPTH_SCALE);
        let pose = Pose {
            x: pose.x + pose.orbit * (near - 0.5),
            scale: pose.scale * magnified,
            ..pose
        };
        Self::new(pose, size)
    }

    /// Where the content of the pixel in column `x` and row `y` comes from: the position of its centre.
    pub(super) fn origin(&self, x: usize, y: usize) -> [f64; 2] {
        let across = x as f64 + 0.5 - self.centre[0] - self.shift[0];
        let down = y as f64 + 0.5 - self.centre[1] - self.shift[1];
        [
            (across * self.cos + down * self.sin) / self.scale + self.centre[0],
            (down * self.cos - across * self.sin) / self.scale + self.centre[1],
        ]
    }
}

/// Whether a position is inside a frame of `size` pixels.
pub(super) fn is_inside(at: [f64; 2], size: [usize; 2]) -> bool {
    let within = |value: f64, side: usize| (0.0..=side as f64).contains(&value);
    within(at[0], size[0]) && within(at[1], size[1])
}

/// The four pixels around a position inside a frame and their bilinear weights; beyond the centres of the
/// outer pixels, those pixels are repeated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taps {
    indices: [usize; 4],
    right: f32,
    below: f32,
}

impl Taps {
    pub(super) fn at(at: [f64; 2], size: [usize; 2]) -> Self {
        let axis = |value: f64, side: usize| {
            let last = side.saturating_sub(1);
            let value = (value - 0.5).clamp(0.0, last as f64);
            let first = value as usize;
            (first, (first + 1).min(last), (value - first as f64) as f32)
        };
        let (left, right, part_right) = axis(at[0], size[0]);
        let (above, below, part_below) = axis(at[1], size[1]);
        let width = size[0];
        Self {
            indices: [
                above * width + left,
                above * width + right,
                below * width + left,
                below * width + right,
            ],
            right: part_right,
            below: part_below,
        }
    }

    /// The value of a plane `[h, w]`. At a pixel's centre, exactly that pixel's.
    pub(super) fn of(&self, plane: &[f32]) -> f32 {
        let [a, b, c, d] = self.indices.map(|index| plane[index]);
        let above = a + (b - a) * self.right;
        let below = c + (d - c) * self.right;
        above + (below - above) * self.below
    }
}

/// The index of the pixel that contains a position inside a frame.
pub(super) fn pixel_at(at: [f64; 2], size: [usize; 2]) -> usize {
    let axis = |value: f64, side: usize| (value.max(0.0) as usize).min(side.saturating_sub(1));
    axis(at[1], size[1]) * size[0] + axis(at[0], size[0])
}
