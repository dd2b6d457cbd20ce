//! Mean and variance of groups of channels, as the scale and shift that are equivalent to a group normalisation.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::grid::{Grid, pieces};
use super::isa::{SimdKernel, SimdLevel, run};
use super::tasks::each;

/// Number of pixels whose sums are in f32, before they are added to the sums in f64.
const SHORT: usize = 64;
/// Number of values in one task.
const TASK: usize = 1 << 17;

/// The learnt parameters of a group normalisation.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a> {
    /// `[channels]`.
    pub weight: &'a [f32],
    /// `[channels]`.
    pub bias: &'a [f32],
    /// Groups that the channels are divided into.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f64,
    /// Whether statistics span all frames.
    pub across: bool,
}

/// `(x − mean)/√(variance + eps) · weight + bias` as `x · scale + shift`, `[frames, channels]` each; statistics over
/// each group and all pixels of a frame, or of all frames. The inputs' channels are concatenated.
///
/// # Panics
/// If sizes do not match.
#[must_use]
pub fn scale_and_shift(isa: SimdLevel, inputs: &[Grid<'_>], norm: &Groups<'_>) -> [Vec<f32>; 2] {
    let frames = inputs[0].frames;
    let channels = norm.weight.len();
    assert_eq!(
        channels,
        inputs.iter().map(|grid| grid.channels).sum::<usize>(),
        "a group norm's channels"
    );
    let parts: Vec<Vec<Moments>> = inputs.iter().map(|grid| moments(isa, grid)).collect();
    let mut scale = Vec::with_capacity(frames * channels);
    let mut shift = Vec::with_capacity(frames * channels);
    let width = channels / norm.groups;
    let of_frame = |frame: usize| -> Vec<Moments> {
        let all = inputs.iter().zip(&parts);
        all.flat_map(|(grid, part)| &part[frame * grid.channels..][..grid.channels])
            .copied()
            .collect()
    };
    let mut by_frame: Vec<Vec<Moments>> = (0..frames).map(of_frame).collect();
    if norm.across {
        by_frame = vec![merged(&by_frame); frames];
    }
    for all in by_frame {
        for (group, members) in all.chunks_exact(width).enumerate() {
            let mean = members.iter().map(|m| m.mean).sum::<f64>() / width as f64;
            let variance = members
                .iter()
                .map(|m| m.variance + (m.mean - mean) * (m.mean - mean))
                .sum::<f64>()
                / width as f64;
            let factor = (variance + norm.eps).sqrt().recip();
            for channel in group * width..(group + 1) * width {
                let by = factor * f64::from(norm.weight[channel]);
                scale.push(by as f32);
                shift.push((f64::from(norm.bias[channel]) - mean * by) as f32);
            }
        }
    }
    [scale, shift]
}

/// Mean and variance of one channel of one frame.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    mean: f64,
    variance: f64,
}

/// Mean and variance of each channel over all frames, which have the same number of pixels.
fn merged(by_frame: &[Vec<Moments>]) -> Vec<Moments> {
    let frames = by_frame.len() as f64;
    let channels = by_frame.first().map_or(0, Vec::len);
    let channel = |channel: usize| {
        let of_frames = || by_frame.iter().map(|frame| frame[channel]);
        let mean = of_frames().map(|m| m.mean).sum::<f64>() / frames;
        let apart = |m: Moments| m.variance + (m.mean - mean) * (m.mean - mean);
        Moments {
            mean,
            variance: of_frames().map(apart).sum::<f64>() / frames,
        }
    };
    (0..channels).map(channel).collect()
}

/// `[frames, channels]`.
fn moments(isa: SimdLevel, grid: &Grid<'_>) -> Vec<Moments> {
    let channels = grid.channels;
    let pixels = grid.height * grid.width;
    let step = (TASK / channels.max(1)).max(SHORT);
    let tasks: Vec<(usize, Range<usize>)> = (0..grid.frames)
        .flat_map(|frame| pieces(pixels, step).map(move |piece| (frame, piece)))
        .collect();
    let frame_of = |frame: usize| &grid.values[frame * pixels * channels..][..pixels * channels];
    let sums: Vec<Mutex<Vec<[f64; 2]>>> = tasks.iter().map(|_| Mutex::default()).collect();
    each(tasks.len(), |task| {
        let (frame, piece) = &tasks[task];
        let values = frame_of(*frame);
        let found = run(
            isa,
            Sums {
                values: &values[piece.start * channels..piece.end * channels],
                pivot: &values[..channels],
            },
        );
        *sums[task].lock().unwrap_or_else(PoisonError::into_inner) = found;
    });
    let mut totals = vec![[0.0_f64; 2]; grid.frames * channels];
    for ((frame, _), sums) in tasks.iter().zip(&sums) {
        let sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
        for (total, sum) in totals[frame * channels..].iter_mut().zip(&*sums) {
            total[0] += sum[0];
            total[1] += sum[1];
        }
    }
    let count = pixels as f64;
    totals
        .iter()
        .enumerate()
        .map(|(i, [sum, squares])| {
            let pivot = f64::from(frame_of(i / channels)[i % channels]);
            let off = sum / count;
            Moments {
                mean: pivot + off,
                variance: (squares / count - off * off).max(0.0),
            }
        })
        .collect()
}

/// Σ and Σ² by channel of the differences from a pivot. The pivot is a value of the channel itself, so that a large
/// mean causes no cancellation.
struct Sums<'a> {
    values: &'a [f32],
    pivot: &'a [f32],
}

impl SimdKernel for Sums<'_> {
    type Out = Vec<[f64; 2]>;

    #[inline(always)]
    fn run<const FUSED: bool>(self) -> Vec<[f64; 2]> {
        let channels = self.pivot.len();
        let mut totals = vec![[0.0_f64; 2]; channels];
        let mut sums = vec![0.0_f32; channels];
        let mut squares = vec![0.0_f32; channels];
        for rows in self.values.chunks(SHORT * channels) {
            sums.fill(0.0);
            squares.fill(0.0);
            for row in rows.chunks_exact(channels) {
                let both = sums.iter_mut().zip(squares.iter_mut());
                for ((sum, square), (&value, &pivot)) in both.zip(row.iter().zip(self.pivot)) {
                    let off = value - pivot;
                    *sum += off;
                    *square += off * off;
                }
            }
            let both = sums.iter().zip(&squares);
            for (total, (&sum, &square)) in totals.iter_mut().zip(both) {
                total[0] += f64::from(sum);
                total[1] += f64::from(square);
            }
        }
        totals
    }
}
