//! The product behind every linear layer and convolution: pixels, normalised as they are read, times packed weights,
//! with an epilogue as they are written.
//!
//! A task takes a region of output pixels and some panels of columns. It normalises the pixels that the region reads
//! once, into its own scratch buffer, multiplies block by block (depth first, so that a panel stays in the first-level
//! cache and a block of the left side in the second) and finishes each block while it is still in the cache. Apart from
//! input and output, no buffer has the size of the whole tensor. Must not depend on tensors or networks.

use std::cell::RefCell;
use std::ops::Range;

use super::aligned::Aligned;
use super::epilogue::{EpilogueTarget, GemmEpilogue};
use super::grid::{Grid, Reads, Region, Window, pieces, regions};
use super::isa::{SimdKernel, SimdLevel, run};
use super::microkernel::{self, DEPTH, LEFT_STRIDE, MOST_ROWS, PANEL};
use super::packed_matrix::Matrix;
use super::prologue::GemmPrologue;
use super::scatter::DisjointSlices;
use super::tasks::each;

/// Output pixels that are multiplied at once: at full depth they take a quarter of a second-level cache.
const BLOCK: usize = 224;
/// Maximum number of panels in one task.
const PANELS: usize = 10;
/// Maximum number of output pixels in one task. More would gain little, although adjacent bands normalise some rows
/// twice.
const REGION: usize = 2048;
/// Number of tasks per thread to aim at, so that no thread waits long for the last task.
const TASKS_PER_THREAD: usize = 6;

/// Number of terms below which another task costs more than it saves: some ten microseconds of one thread.
const TERMS: usize = 1 << 20;

/// The operands of a product.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// Inputs of the same size, whose channels are concatenated: one or two.
    pub inputs: &'a [Grid<'a>],
    /// What is applied to the inputs first.
    pub prepare: GemmPrologue<'a>,
    /// Which pixels each output pixel reads.
    pub window: &'a Window,
    /// `[taps · channels, outputs]`.
    pub weights: &'a Matrix,
    /// What is applied to the result.
    pub finish: GemmEpilogue<'a>,
}

impl Product<'_> {
    /// Writes `[frames, out height, out width, outputs]` (half of the columns when gated).
    ///
    /// # Panics
    /// If sizes do not match: a bug in the caller, detected before anything runs.
    pub fn run(&self, isa: SimdLevel, out: &mut [f32]) {
        let frames = self.inputs[0].frames;
        let channels: usize = self.inputs.iter().map(|grid| grid.channels).sum();
        let [height, width] = self.window.out;
        let columns = self.finish.columns(self.weights.outputs());
        assert_eq!(
            channels * self.window.taps(),
            self.weights.inputs(),
            "a product's depth"
        );
        assert_eq!(
            out.len(),
            frames * height * width * columns,
            "a product's output"
        );
        self.finish.check(out.len(), columns);
        if out.is_empty() {
            return;
        }
        let reads = Reads::new(self.window, self.inputs[0].height, self.inputs[0].width);
        let (regions, parts) = self.tasks(frames);
        let out = DisjointSlices::new(out);
        // Parts are the outer loop, so that threads that run at the same time read the same weights.
        each(parts.len() * regions.len(), |task| {
            let region = &regions[task % regions.len()];
            let part = parts[task / regions.len()].clone();
            with_scratch(|scratch| self.task(isa, &reads, region, part, scratch, &out));
        });
    }

    /// Regions of pixels and parts of the panels; each pair of them is a task.
    fn tasks(&self, frames: usize) -> (Vec<Region>, Vec<Range<usize>>) {
        let pixels = frames * self.window.out[0] * self.window.out[1];
        let panels = self.weights.panels();
        let terms = pixels * self.weights.inputs() * self.weights.outputs();
        let wanted = (TASKS_PER_THREAD * rayon::current_num_threads()).min(1 + terms / TERMS);
        let wide = panels.div_ceil(PANELS);
        let target = (pixels * wide / wanted).clamp(BLOCK, REGION);
        let regions = regions(frames, self.window, target.next_multiple_of(BLOCK));
        // With few pixels, parts are more and narrower, down to two panels (a gate must be beside its value).
        let narrow = wanted.div_ceil(regions.len()).max(wide);
        let step = panels.div_ceil(narrow).max(2).next_multiple_of(2);
        let parts = (0..panels)
            .step_by(step)
            .map(|first| first..(first + step).min(panels))
            .collect();
        (regions, parts)
    }

    fn task(
        &self,
        isa: SimdLevel,
        reads: &Reads,
        region: &Region,
        part: Range<usize>,
        scratch: &mut Scratch,
        out: &DisjointSlices<'_>,
    ) {
        let view = self.view(isa, reads, region, &mut scratch.prepared);
        let stride = part.len() * PANEL;
        let tile_rows = microkernel::rows(isa);
        let left = scratch
            .left
            .reserve((BLOCK + MOST_ROWS).next_multiple_of(tile_rows) * LEFT_STRIDE);
        let sums = scratch
            .sums
            .reserve((BLOCK + MOST_ROWS).next_multiple_of(tile_rows) * stride);
        let room = scratch.room.reserve(Matrix::ROOM);

        for pixels in pieces(region.pixels(), BLOCK) {
            for depth in pieces(self.weights.inputs(), DEPTH) {
                run(
                    isa,
                    Gather {
                        view: &view,
                        reads,
                        region,
                        pixels: pixels.clone(),
                        depth: depth.clone(),
                        left,
                    },
                );
                for (i, panel) in part.clone().enumerate() {
                    let panel = self
                        .weights
                        .panel(isa, panel, depth.start, depth.len(), room);
                    for row in (0..pixels.len()).step_by(tile_rows) {
                        microkernel::multiply(
                            isa,
                            &left[row * LEFT_STRIDE..],
                            panel,
                            depth.len(),
                            &mut sums[row * stride + i * PANEL..],
                            stride,
                            depth.start > 0,
                        );
                    }
                }
            }
            self.finish_block(isa, region, pixels, &part, sums, stride, out);
        }
    }

    /// The source of the left side: the input itself, or a scratch buffer with the pixels that the region reads.
    fn view<'b>(
        &'b self,
        isa: SimdLevel,
        reads: &Reads,
        region: &Region,
        prepared: &'b mut Aligned,
    ) -> View<'b> {
        let first = &self.inputs[0];
        if self.prepare.is_nothing() && self.inputs.len() == 1 {
            return View {
                values: first.values,
                origin: [0, 0, 0],
                size: [first.height, first.width],
                channels: first.channels,
            };
        }
        let [rows, columns] = reads.touched(region);
        let channels: usize = self.inputs.iter().map(|grid| grid.channels).sum();
        let row = columns.len() * channels;
        let values = prepared.reserve(region.frames.len() * rows.len() * row);
        let mut into = values.chunks_exact_mut(row.max(1));
        for frame in region.frames.clone() {
            for y in rows.clone() {
                if let Some(into) = into.next() {
                    self.prepare
                        .row(isa, self.inputs, [frame, y], columns.clone(), into);
                }
            }
        }
        View {
            values,
            origin: [region.frames.start, rows.start, columns.start],
            size: [rows.len(), columns.len()],
            channels,
        }
    }

    /// Finishes a block of sums and writes it to the output.
    #[allow(clippy::too_many_arguments, reason = "one block's place in the output")]
    fn finish_block(
        &self,
        isa: SimdLevel,
        region: &Region,
        pixels: Range<usize>,
        part: &Range<usize>,
        sums: &[f32],
        stride: usize,
        out: &DisjointSlices<'_>,
    ) {
        let columns = self.finish.columns(self.weights.outputs());
        let cut = self.finish.cut(part, columns);
        let [height, width] = self.window.out;
        for (i, pixel) in pixels.enumerate() {
            let [frame, y, x] = region.pixel(pixel);
            let row = ((frame * height + y) * width + x) * columns;
            let range = row + cut.start..row + cut.end;
            // SAFETY: regions share no pixels and parts share no columns, so only this task writes this segment.
            let out = unsafe { out.slice_mut(range.clone()) };
            run(
                isa,
                EpilogueTarget {
                    finish: &self.finish,
                    sums: &sums[i * stride..(i + 1) * stride],
                    columns: cut.clone(),
                    at: range.start,
                    out,
                },
            );
        }
    }
}

/// Values of a box of input pixels.
struct View<'a> {
    values: &'a [f32],
    /// Frame, row and column of its first pixel.
    origin: [usize; 3],
    /// Rows and columns.
    size: [usize; 2],
    channels: usize,
}

/// Copies the values that a block of pixels reads, one row per pixel, with zeros for the padding.
struct Gather<'a> {
    view: &'a View<'a>,
    reads: &'a Reads,
    region: &'a Region,
    pixels: Range<usize>,
    /// Range of `taps · channels`.
    depth: Range<usize>,
    left: &'a mut [f32],
}

impl SimdKernel for Gather<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let view = self.view;
        let [height, width] = view.size;
        let mut at = self.depth.start;
        while at < self.depth.end {
            let (tap, channel) = (at / view.channels, at % view.channels);
            let count = (view.channels - channel).min(self.depth.end - at);
            let into = at - self.depth.start;
            let [mut frame, mut row, mut column] = self.region.pixel(self.pixels.start);
            for left in self
                .left
                .chunks_exact_mut(LEFT_STRIDE)
                .take(self.pixels.len())
            {
                let left = &mut left[into..into + count];
                match self.reads.at(tap, row, column) {
                    Some([y, x]) => {
                        let [f0, y0, x0] = view.origin;
                        let pixel = ((frame - f0) * height + (y - y0)) * width + (x - x0);
                        copy(
                            &view.values[pixel * view.channels + channel..][..count],
                            left,
                        );
                    }
                    None => left.fill(0.0),
                }
                column += 1;
                if column == self.region.columns.end {
                    column = self.region.columns.start;
                    row += 1;
                    if row == self.region.rows.end {
                        row = self.region.rows.start;
                        frame += 1;
                    }
                }
            }
            at += count;
        }
    }
}

/// Copies a few vectors without the cost of a call.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    let mut into = to.chunks_exact_mut(16);
    let mut of = from.chunks_exact(16);
    for (to, from) in into.by_ref().zip(of.by_ref()) {
        to.copy_from_slice(from);
    }
    for (to, from) in into.into_remainder().iter_mut().zip(of.remainder()) {
        *to = *from;
    }
}

/// A thread's own buffers, reused from task to task.
#[derive(Default)]
struct Scratch {
    prepared: Aligned,
    left: Aligned,
    sums: Aligned,
    room: Aligned,
}

fn with_scratch(work: impl FnOnce(&mut Scratch)) {
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    // Taken out, so that a task that ever has to wait for another on this thread finds an empty one.
    let mut scratch = SCRATCH.take();
    work(&mut scratch);
    SCRATCH.set(scratch);
}
