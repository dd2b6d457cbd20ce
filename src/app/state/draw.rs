//! The tools for drawing over the picture.

use std::ops::RangeInclusive;

use crate::app::command::draw::Tool;

/// Radii of the brush, as fractions of the picture's width.
pub const RADII: RangeInclusive<f32> = 0.005..=0.25;

/// The tools, and what they act on; never saved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawView {
    /// What the pointer does on the picture.
    pub tool: Tool,
    /// The radius of the brush, as a fraction of the picture's width.
    pub radius: f32,
    /// Whether the brush erases.
    pub erases: bool,
    /// Whether cut-outs are painted over instead of drawn around.
    pub brushes_cut_outs: bool,
    /// The selected cut-out of the picture, counted from the back.
    pub selected: Option<usize>,
    /// Whether the preview of everything that moves is shown on the picture.
    pub plays: bool,
}

impl Default for DrawView {
    fn default() -> Self {
        Self {
            tool: Tool::Select,
            radius: 0.04,
            erases: false,
            brushes_cut_outs: false,
            selected: None,
            plays: false,
        }
    }
}
