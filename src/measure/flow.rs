//! Dense optical flow by inverse search (Kroeger et al. 2016), coarse to fine.
//!
//! The presets are those of OpenCV's `DISOpticalFlow`. Unlike there, pictures stay in f32 and gradients are per pixel, so
//! that a step of the search goes all the way. Results do not depend on the number of threads.

use super::patches::{Displacements, Level, PATCH};
use super::plane::Plane;
use super::refine::refined;

/// Smallest side of a picture that flow is computed for, in pixels.
pub const SMALLEST: usize = 2 * PATCH;

/// How thorough a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// A quarter of the size, not refined.
    UltraFast,
    /// A quarter of the size, refined.
    Fast,
    /// Half of the size, refined: the one that cameras are measured with.
    Medium,
}

impl Preset {
    /// Halvings of the picture at the finest level.
    fn finest(self) -> usize {
        match self {
            Self::UltraFast | Self::Fast => 2,
            Self::Medium => 1,
        }
    }

    /// Pixels from patch to patch.
    fn stride(self) -> usize {
        match self {
            Self::UltraFast | Self::Fast => 4,
            Self::Medium => 3,
        }
    }

    /// Most steps of a patch at a level.
    fn steps(self) -> usize {
        match self {
            Self::UltraFast => 12,
            Self::Fast => 16,
            Self::Medium => 25,
        }
    }

    /// Linear systems of the refinement at a level.
    fn rounds(self) -> usize {
        match self {
            Self::UltraFast => 0,
            Self::Fast | Self::Medium => 5,
        }
    }
}

/// Where every pixel of one picture is in the next: `(x, y)` goes to `(x, y)` plus the flow there.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Displacement to the right, in pixels.
    pub x: Plane,
    /// Displacement down, in pixels.
    pub y: Plane,
}

impl Flow {
    /// The flow from `first` to `second`.
    ///
    /// # Panics
    /// If the pictures differ in size or a side is shorter than [`SMALLEST`], a programming error.
    #[must_use]
    pub fn between(first: &Plane, second: &Plane, preset: Preset) -> Self {
        let (width, height) = (first.width, first.height);
        assert_eq!((width, height), (second.width, second.height));
        assert!(width.min(height) >= SMALLEST, "{width} × {height} pixels");
        let coarsest = coarsest(width, height);
        let finest = preset.finest().min(coarsest);
        let small = |plane: &Plane| plane.shrunk(width >> finest, height >> finest);
        let mut levels = vec![Level::new(small(first), small(second))];
        for above in 0..coarsest - finest {
            levels.push(levels[above].halved());
        }
        let mut flow: Option<Displacements> = None;
        while let Some(level) = levels.pop() {
            let (first, second) = level.pictures();
            let start = match &flow {
                Some(coarser) => enlarged(coarser, first.width, first.height),
                None => [0; 2].map(|_| Plane::zeros(first.width, first.height)),
            };
            let found = level.search(&start, preset.stride(), preset.steps());
            flow = Some(refined(first, second, &found, preset.rounds()));
        }
        let [x, y] = match flow {
            Some(flow) => enlarged(&flow, width, height),
            None => [0; 2].map(|_| Plane::zeros(width, height)),
        };
        Self { x, y }
    }

    /// Where the point goes.
    #[must_use]
    pub fn moved(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [x + self.x.sampled(x, y), y + self.y.sampled(x, y)]
    }
}

/// Halvings until the longer side has about four patches; the shorter one keeps at least one.
fn coarsest(width: usize, height: usize) -> usize {
    let halvings = (width.max(height) as f64 / (4 * PATCH) as f64).log2();
    let most = (width.min(height) / PATCH).ilog2() as usize;
    ((halvings + 0.5).max(0.0) as usize).min(most)
}

/// A flow at a larger size.
fn enlarged(flow: &Displacements, width: usize, height: usize) -> Displacements {
    let [x, y] = flow;
    [
        x.enlarged(width, height, width as f32 / x.width as f32),
        y.enlarged(width, height, height as f32 / y.height as f32),
    ]
}
