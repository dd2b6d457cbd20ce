//! Pixels of frames with adjacent channels, and the windows that convolutions read.
//!
//! Owns which input pixel each tap of each output pixel reads: stride, zero padding, nearest-neighbour enlargement, and
//! kernels over the picture and over frames. Must not depend on weights or threads.

use std::ops::Range;

/// `[frames, height, width, channels]`, channels fastest.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// The values.
    pub values: &'a [f32],
    /// Number of frames, which do not affect each other.
    pub frames: usize,
    /// Number of rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Channels of a pixel.
    pub channels: usize,
}

/// How a convolution's window moves.
#[derive(Clone, Debug)]
pub struct Window {
    /// Taps vertically and horizontally.
    pub kernel: [usize; 2],
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Rows of zeros above and columns of zeros to the left; below and to the right there are as many as `out` needs.
    pub padding: [usize; 2],
    /// Size to which the input is enlarged first (nearest neighbour); its own size if it is not enlarged.
    pub enlarged: [usize; 2],
    /// Size of the output.
    pub out: [usize; 2],
}

impl Window {
    /// One tap: a linear layer on every pixel.
    #[must_use]
    pub fn single(height: usize, width: usize) -> Self {
        Self::same([1, 1], height, width)
    }

    /// A kernel that keeps the size of the picture.
    #[must_use]
    pub fn same(kernel: [usize; 2], height: usize, width: usize) -> Self {
        Self {
            kernel,
            stride: 1,
            padding: kernel.map(|taps| taps / 2),
            enlarged: [height, width],
            out: [height, width],
        }
    }

    /// Taps of one window.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// For each tap and each output position along one axis, the input position it reads; `None` in the padding.
    fn reads(&self, axis: usize, size: usize) -> Vec<Vec<Option<usize>>> {
        (0..self.kernel[axis])
            .map(|tap| {
                (0..self.out[axis])
                    .map(|out| {
                        let at = (out * self.stride + tap).checked_sub(self.padding[axis])?;
                        let enlarged = self.enlarged[axis];
                        // As in torch's nearest-neighbour mode: the scaled index, rounded down, in integers.
                        (at < enlarged).then(|| at * size / enlarged)
                    })
                    .collect()
            })
            .collect()
    }
}

/// A box of output pixels that one task computes, in the order frames, rows, columns.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) frames: Range<usize>,
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Region {
    /// Pixels inside.
    pub(super) fn pixels(&self) -> usize {
        self.frames.len() * self.rows.len() * self.columns.len()
    }

    /// The `index`-th pixel: frame, row, column.
    pub(super) fn pixel(&self, index: usize) -> [usize; 3] {
        let (rest, column) = (index / self.columns.len(), index % self.columns.len());
        [
            self.frames.start + rest / self.rows.len(),
            self.rows.start + rest % self.rows.len(),
            self.columns.start + column,
        ]
    }
}

/// Output pixels divided into regions of about `target` pixels: several frames each if frames are small, otherwise
/// bands along the axis over which the kernel does not reach (or else rows).
pub(super) fn regions(frames: usize, window: &Window, target: usize) -> Vec<Region> {
    let [height, width] = window.out;
    let area = (height * width).max(1);
    if area * 2 <= target {
        return pieces(frames, target / area)
            .map(|frames| Region {
                frames,
                rows: 0..height,
                columns: 0..width,
            })
            .collect();
    }
    let (rows, columns) = if window.kernel[1] == 1 {
        (height, (target / height).max(1))
    } else {
        ((target / width).max(1), width)
    };
    (0..frames)
        .flat_map(|frame| pieces(height, rows).map(move |rows| (frame, rows)))
        .flat_map(|(frame, rows)| {
            pieces(width, columns).map(move |columns| (frame, rows.clone(), columns))
        })
        .map(|(frame, rows, columns)| Region {
            frames: frame..frame + 1,
            rows,
            columns,
        })
        .collect()
}

/// `0..count` in pieces of about equal size, at most `step` each.
pub(super) fn pieces(count: usize, step: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    let parts = count.div_ceil(step.max(1));
    (0..parts).map(move |i| count * i / parts..count * (i + 1) / parts)
}

/// Which input rows and columns each output row and column reads, for each tap.
#[derive(Debug)]
pub(super) struct Reads {
    down: Vec<Vec<Option<usize>>>,
    across: Vec<Vec<Option<usize>>>,
}

impl Reads {
    pub(super) fn new(window: &Window, height: usize, width: usize) -> Self {
        Self {
            down: window.reads(0, height),
            across: window.reads(1, width),
        }
    }

    /// Rows and columns of the input that the region reads.
    pub(super) fn touched(&self, region: &Region) -> [Range<usize>; 2] {
        [
            span(&self.down, &region.rows),
            span(&self.across, &region.columns),
        ]
    }

    /// The row and column of the input that `tap` of an output pixel reads; `None` in the padding.
    #[inline]
    pub(super) fn at(&self, tap: usize, row: usize, column: usize) -> Option<[usize; 2]> {
        let across = self.across.len();
        Some([
            self.down[tap / across][row]?,
            self.across[tap % across][column]?,
        ])
    }
}

fn span(reads: &[Vec<Option<usize>>], outputs: &Range<usize>) -> Range<usize> {
    let all = || reads.iter().flat_map(|tap| &tap[outputs.clone()]).flatten();
    match (all().min(), all().max()) {
        (Some(&first), Some(&last)) => first..last + 1,
        _ => 0..0,
    }
}
