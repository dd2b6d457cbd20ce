//! How closely the artist looks at the stage and at the timeline. Must not know screens.

use crate::app::command::takes::ZoomCommand;

/// The most that a frame is enlarged on the stage.
pub const CLOSEST: f32 = 32.0;
/// The most that the timeline is stretched.
pub const LONGEST: f32 = 16.0;

/// How closely the artist looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewZoom {
    /// Pixels of the screen for each pixel of a frame; `None` shows all of the frame.
    pub zoom: Option<f32>,
    /// The place of a frame in the middle of the stage, from 0 to 1 in both directions.
    pub centre: (f32, f32),
    /// Width of the timeline over that of its panel.
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
    pub(in crate::app) fn follow(&mut self, command: ZoomCommand) {
        match command {
            ZoomCommand::Fit => (self.zoom, self.centre) = (None, (0.5, 0.5)),
            ZoomCommand::Actual => (self.zoom, self.centre) = (Some(1.0), (0.5, 0.5)),
            ZoomCommand::At { zoom, centre } => {
                self.zoom = Some(within(zoom, 1.0 / CLOSEST, CLOSEST));
                self.centre = (within(centre.0, 0.0, 1.0), within(centre.1, 0.0, 1.0));
            }
            ZoomCommand::Timeline(stretch) => {
                self.timeline = within(stretch, 1.0, LONGEST);
            }
        }
    }
}

/// A number between two others; what is no number is the least.
pub(in crate::app) fn within(number: f32, least: f32, most: f32) -> f32 {
    if number.is_nan() {
        return least;
    }
    number.clamp(least, most)
}
