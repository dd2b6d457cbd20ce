//! Grey pictures of f32, and what flow needs of them: shrinking, gradients, values between pixels.

use crate::media::frame::Frame;

/// One value for each pixel, `[h, w]`. Brightness is from 0 to 255; pixel `(x, y)` has its centre there.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Pixels from left to right; at least one.
    pub width: usize,
    /// Pixels from top to bottom; at least one.
    pub height: usize,
    /// Row by row.
    pub values: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    #[must_use]
    pub fn zeros(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            values: vec![0.0; width * height],
        }
    }

    /// The brightness of a frame: 0.299 red, 0.587 green and 0.114 blue.
    #[must_use]
    pub fn luma(frame: &Frame) -> Self {
        let weigh = |pixel: &[u8; 3]| {
            let [red, green, blue] = pixel.map(f32::from);
            0.299 * red + 0.587 * green + 0.114 * blue
        };
        Self {
            width: frame.width as usize,
            height: frame.height as usize,
            values: frame.rgb.as_chunks::<3>().0.iter().map(weigh).collect(),
        }
    }

    /// The row `y`.
    #[must_use]
    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// The mean of the area that each pixel of the smaller plane covers.
    #[must_use]
    pub fn shrunk(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let (across, down) = (shares(self.width, width), shares(self.height, height));
        let mut narrow = Vec::with_capacity(width * self.height);
        for row in self.values.chunks_exact(self.width) {
            narrow.extend(across.iter().map(|(first, parts)| {
                let values = row[*first..].iter().zip(parts);
                values.map(|(value, part)| value * part).sum::<f32>()
            }));
        }
        let mut values = vec![0.0; width * height];
        for (row, (first, parts)) in values.chunks_exact_mut(width).zip(&down) {
            for (from, part) in narrow[first * width..].chunks_exact(width).zip(parts) {
                for (value, from) in row.iter_mut().zip(from) {
                    *value += from * part;
                }
            }
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// The plane at a larger size, linear between pixels, its values times `factor`.
    #[must_use]
    pub(super) fn enlarged(&self, width: usize, height: usize, factor: f32) -> Self {
        let place = |position: usize, from: usize, to: usize| {
            let at = (position as f32 + 0.5) * from as f32 / to as f32 - 0.5;
            let at = at.clamp(0.0, (from - 1) as f32);
            let low = (at as usize).min(from.saturating_sub(2));
            (low, (low + 1).min(from - 1), at - low as f32)
        };
        let columns: Vec<_> = (0..width).map(|x| place(x, self.width, width)).collect();
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let (top, bottom, part) = place(y, self.height, height);
            let (top, bottom) = (self.row(top), self.row(bottom));
            values.extend(columns.iter().map(|&(left, right, across)| {
                let mix = |row: &[f32]| row[left] + (row[right] - row[left]) * across;
                let above = mix(top);
                (above + (mix(bottom) - above) * part) * factor
            }));
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// The value between pixels; outside, that of the nearest edge.
    #[must_use]
    pub fn sampled(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let left = (x as usize).min(self.width.saturating_sub(2));
        let top = (y as usize).min(self.height.saturating_sub(2));
        let right = (left + 1).min(self.width - 1);
        let bottom = (top + 1).min(self.height - 1);
        let (u, v) = (x - left as f32, y - top as f32);
        let (above, below) = (self.row(top), self.row(bottom));
        let above = above[left] + (above[right] - above[left]) * u;
        let below = below[left] + (below[right] - below[left]) * u;
        above + (below - above) * v
    }

    /// The plane with its edges repeated `border` times.
    pub(super) fn bordered(&self, border: usize) -> Self {
        let (width, height) = (self.width + 2 * border, self.height + 2 * border);
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let row = self.row(y.saturating_sub(border).min(self.height - 1));
            values.extend(std::iter::repeat_n(row[0], border));
            values.extend_from_slice(row);
            values.extend(std::iter::repeat_n(row[self.width - 1], border));
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// Change per pixel to the right and down, as Sobel weighs it; edges are repeated.
    pub(super) fn sobel(&self) -> [Self; 2] {
        let sums = |before: f32, at: f32, after: f32| before + 2.0 * at + after;
        self.gradient(|[above, at, below], [left, x, right]| {
            [
                (sums(above[right], at[right], below[right])
                    - sums(above[left], at[left], below[left]))
                    / 8.0,
                (sums(below[left], below[x], below[right])
                    - sums(above[left], above[x], above[right]))
                    / 8.0,
            ]
        })
    }

    /// Half of the difference of both neighbours, to the right and down; edges are repeated.
    pub(super) fn slopes(&self) -> [Self; 2] {
        self.gradient(|[above, at, below], [left, x, right]| {
            [(at[right] - at[left]) / 2.0, (below[x] - above[x]) / 2.0]
        })
    }

    /// Both planes of what `kernel` makes of three rows and the indices of three columns.
    fn gradient(&self, kernel: impl Fn([&[f32]; 3], [usize; 3]) -> [f32; 2]) -> [Self; 2] {
        let mut both = [
            Self::zeros(self.width, self.height),
            Self::zeros(self.width, self.height),
        ];
        for y in 0..self.height {
            let rows = [y.saturating_sub(1), y, (y + 1).min(self.height - 1)];
            let rows = rows.map(|y| self.row(y));
            for x in 0..self.width {
                let columns = [x.saturating_sub(1), x, (x + 1).min(self.width - 1)];
                let [right, down] = kernel(rows, columns);
                both[0].values[y * self.width + x] = right;
                both[1].values[y * self.width + x] = down;
            }
        }
        both
    }
}

/// For each position of the shorter axis, the first one that it covers of the longer axis, and the shares of those.
fn shares(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    let share = |position: usize| {
        let (start, end) = (position as f64 * scale, (position + 1) as f64 * scale);
        let first = start as usize;
        let last = (end.ceil() as usize).min(from);
        let covered = |at: usize| (end.min((at + 1) as f64) - start.max(at as f64)).max(0.0);
        let parts = (first..last).map(|at| (covered(at) / (end - start)) as f32);
        (first, parts.collect())
    };
    (0..to).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values without order.
    fn noise(width: usize, height: usize) -> Plane {
        let value = |index: usize| (index * 7919 % 251) as f32;
        Plane {
            values: (0..width * height).map(value).collect(),
            ..Plane::zeros(width, height)
        }
    }

    /// How much of `[start, start + 1)` is inside of `[from, to)`.
    fn covered(start: usize, from: f64, to: f64) -> f64 {
        (to.min(start as f64 + 1.0) - from.max(start as f64)).max(0.0)
    }

    #[test]
    fn shrinking_takes_the_mean_of_what_a_pixel_covers() {
        for (width, height, to_width, to_height) in [(12, 8, 6, 4), (13, 7, 5, 3), (9, 9, 9, 4)] {
            let plane = noise(width, height);
            let small = plane.shrunk(to_width, to_height);
            let across = width as f64 / to_width as f64;
            let down = height as f64 / to_height as f64;
            for y in 0..to_height {
                for x in 0..to_width {
                    let (left, top) = (x as f64 * across, y as f64 * down);
                    let mut sum = 0.0;
                    for v in 0..height {
                        for u in 0..width {
                            let part =
                                covered(u, left, left + across) * covered(v, top, top + down);
                            sum += part * f64::from(plane.row(v)[u]);
                        }
                    }
                    let off = f64::from(small.row(y)[x]) - sum / (across * down);
                    // Values up to 250 in f32.
                    assert!(off.abs() < 1e-3, "{width} × {height}: {off}");
                }
            }
        }
    }

    #[test]
    fn enlarging_a_slope_leaves_a_slope() {
        let slope = Plane {
            values: (0..6 * 5)
                .map(|at| (2 * (at % 6) + 3 * (at / 6)) as f32)
                .collect(),
            ..Plane::zeros(6, 5)
        };
        let large = slope.enlarged(13, 9, 2.0);
        for y in 1..8 {
            for x in 1..12 {
                let u = (x as f32 + 0.5) * 6.0 / 13.0 - 0.5;
                let v = (y as f32 + 0.5) * 5.0 / 9.0 - 0.5;
                let off = large.row(y)[x] - 2.0 * (2.0 * u + 3.0 * v);
                assert!(off.abs() < 1e-4, "{x}, {y}: {off}");
                assert!((slope.sampled(u, v) * 2.0 - large.row(y)[x]).abs() < 1e-4);
            }
        }
        let one = Plane::zeros(1, 1).enlarged(3, 2, 1.0);
        assert_eq!(one.values, [0.0; 6]);
        let [right, down] = slope.sobel();
        assert_eq!((right.row(2)[3], down.row(2)[3]), (2.0, 3.0));
        let [right, down] = slope.slopes();
        assert_eq!((right.row(2)[3], down.row(2)[3]), (2.0, 3.0));
        assert_eq!(slope.bordered(2).row(0)[..4], [0.0, 0.0, 0.0, 2.0]);
    }
}
