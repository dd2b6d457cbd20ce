//! The shape of the frame, chosen below the picture.

use egui::Ui;

use crate::app::query::frame_shape::FrameShape;
use crate::app::{Choice, Command};
use crate::ui::view::View;
use crate::ui::widgets::choice;

/// Draws the shapes as a row.
pub(in crate::ui::panels) fn frame_shapes(ui: &mut Ui, view: View<'_>) {
    let studio = view.studio;
    let shapes = FrameShape::ALL.into_iter();
    let offered: Vec<(FrameShape, &str)> = shapes
        .filter(|shape| studio.size_of(*shape).is_some())
        .map(|shape| (shape, shape.title()))
        .collect();
    if offered.is_empty() {
        return;
    }
    if let Some(shape) = choice(ui, "Shape of the frame", studio.frame_shape(), &offered) {
        let size = studio.size_of(shape);
        let size = size.filter(|size| Some(*size) != studio.usual_size());
        view.send(Command::Direct(Choice::Size(size)));
    }
}
