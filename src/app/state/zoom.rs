//! Zoom of the stage and the timeline.

use crate::app::command::takes::ZoomCommand;

/// The highest zoom of the stage.
pub const CLOSEST: f32 = 32.0;
/// The highest zoom of the timeline.
pub const LONGEST: f32 = 16.0;

/// Zoom of the stage and the timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewZoom {
    /// Screen pixels per frame pixel; `None` fits the frame to the stage.
    pub zoom: Option<f32>,
    /// The point of the frame at the centre of the stage, from 0 to 1 in both directions.
    pub centre: (f32, f32),
    /// Width of the timeline divided by that of its panel.
    pub timeline: f32,
}

impl Default for ViewZoom {
    fn default() -> Self {
        Self {
            zoom: None,
            centre: (0.5, 0.5),
            timeline: 1.0,
        }
    }
}

impl ViewZoom {
    /// Carries out a command.
    pub(in crate::app) fn apply(&mut self, command: ZoomCommand) {
        match command {
            ZoomCommand::Fit => (self.zoom, self.centre) = (None, (0.5, 0.5)),
            ZoomCommand::Actual => (self.zoom, self.centre) = (Some(1.0), (0.5, 0.5)),
            ZoomCommand::At { zoom, centre } => {
                self.zoom = Some(clamp(zoom, 1.0 / CLOSEST, CLOSEST));
                self.centre = (clamp(centre.0, 0.0, 1.0), clamp(centre.1, 0.0, 1.0));
            }
            ZoomCommand::Timeline(stretch) => {
                self.timeline = clamp(stretch, 1.0, LONGEST);
            }
        }
    }
}

/// Clamps `number`, mapping NaN to the minimum.
pub(in crate::app) fn clamp(number: f32, least: f32, most: f32) -> f32 {
    if number.is_nan() {
        return least;
    }
    number.clamp(least, most)
}
