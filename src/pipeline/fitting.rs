//! Suggestions for a request that does not fit in memory.

use std::fmt;

use super::plan::{GenerationPlan, MemoryBudget, ModelShapes, Placement};
use crate::request::{GenerateRequest, Rules};

/// Smaller requests that would fit: fewer frames, or a smaller size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fitting {
    /// Frames that fit at the same size, if any do.
    pub frames: Option<usize>,
    /// Width and height that fit with as many frames, in the same shape, if any do.
    pub size: Option<[usize; 2]>,
}

impl Fitting {
    /// What would fit instead of `request`, within the rules of its family.
    #[must_use]
    pub fn instead_of(
        shapes: &dyn ModelShapes,
        request: &GenerateRequest,
        placement: Placement,
        budget: MemoryBudget,
        rules: &Rules,
    ) -> Self {
        let fits = |request: &GenerateRequest| {
            GenerationPlan::new(shapes, request, placement, budget)
                .misfit(budget)
                .is_none()
        };
        let mut smaller = request.clone();
        // Binary search for the largest count that fits, since memory grows with the number of frames. `fit` and `not`
        // are indices into the counts that the family allows, starting at one.
        let (mut fit, mut not) = (0, rules.frames.number_of(request.frames));
        while fit + 1 < not {
            let middle = fit.midpoint(not);
            smaller.frames = rules.frames.count(middle);
            if fits(&smaller) {
                fit = middle;
            } else {
                not = middle;
            }
        }
        let multiple = rules.size_multiple;
        let size = [7, 6, 5, 4, 3, 2, 1].into_iter().find_map(|eighths| {
            let side = |full: usize| (full * eighths / 8 / multiple * multiple).max(multiple);
            let size = [side(request.width), side(request.height)];
            let smaller = GenerateRequest {
                width: size[0],
                height: size[1],
                ..request.clone()
            };
            fits(&smaller).then_some(size)
        });
        Self {
            frames: (fit > 0).then(|| rules.frames.count(fit)),
            size,
        }
    }
}

impl Fitting {
    /// What to do instead if a single tensor is too large, whatever other programs use.
    #[must_use]
    pub fn of_tensor(&self) -> String {
        if *self == Self::default() {
            return "no smaller size fits either: choose a smaller model".to_owned();
        }
        self.to_string()
    }
}

impl fmt::Display for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.frames, self.size) {
            (Some(1), Some([w, h])) => write!(f, "1 frame, or {w} × {h}, would fit"),
            (Some(n), Some([w, h])) => write!(f, "{n} frames, or {w} × {h}, would fit"),
            (None, Some([w, h])) => write!(f, "{w} × {h} would fit"),
            (Some(1), None) => f.write_str("1 frame would fit"),
            (Some(n), None) => write!(f, "{n} frames would fit"),
            (None, None) => f.write_str(
                "no smaller size fits either: close other programs, or choose a smaller model",
            ),
        }
    }
}
