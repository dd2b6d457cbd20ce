//! A camera move as a small animated icon: a hill, the sun and a person in front, seen through a frame that
//! does not move.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2};

use crate::media::camera::Pose;
use crate::ui::style::tokens::{self, Themed as _};

/// Depths in the scene, from 0 (farthest) to 1 (nearest).
const SUN: f32 = 0.0;
const HILL: f32 = 0.25;
const GROUND: f32 = 0.5;
const FIGURE: f32 = 1.0;
/// Points of a circle; more would not be visible at this size.
const ROUND: usize = 18;

/// Colours of an icon.
#[derive(Clone, Copy)]
pub(in crate::ui) struct GlyphInk {
    /// The frame.
    pub(in crate::ui) frame: Color32,
    /// What is far away.
    pub(in crate::ui) far: Color32,
    /// What is near.
    pub(in crate::ui) near: Color32,
}

/// Paints the scene into `rect` in the pose `pose`.
pub(in crate::ui) fn move_glyph(painter: &Painter, rect: Rect, pose: Pose, ink: GlyphInk) {
    let aspect = rect.width() / rect.height().max(1.0);
    let at = |x: f32, y: f32, near: f32| -> Pos2 {
        let [x, y] = pose.moved([x, y], near, aspect);
        rect.min + rect.size() * egui::vec2(x, y)
    };
    painter.rect_filled(rect, tokens::RADIUS_SMALL, painter.colours().sunken);
    // Clipped to the frame; slightly inside, because the outline covers the edge.
    let inside = painter.with_clip_rect(rect.intersect(painter.clip_rect()).shrink(0.5));
    let disc = |x: f32, y: f32, radius: f32, near: f32| -> Vec<Pos2> {
        (0..ROUND)
            .map(|step| {
                let turn = step as f32 / ROUND as f32 * std::f32::consts::TAU;
                at(
                    x + radius * turn.cos() / aspect,
                    y + radius * turn.sin(),
                    near,
                )
            })
            .collect()
    };
    let fill = |points: Vec<Pos2>, colour: Color32| {
        inside.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    let (faint, far) = (ink.far.gamma_multiply(0.45), ink.far);
    fill(disc(0.76, 0.24, 0.11, SUN), far);
    let hill = |left: f32, top: f32, right: f32, height: f32| {
        vec![
            at(left, 0.7, HILL),
            at(top, height, HILL),
            at(right, 0.7, HILL),
        ]
    };
    fill(hill(-0.1, 0.24, 0.62, 0.26), faint);
    fill(hill(0.34, 0.7, 1.1, 0.42), faint);
    // Wider than the frame, so that its ends stay out of view.
    let line = [at(-1.5, 0.7, GROUND), at(2.5, 0.7, GROUND)];
    inside.line_segment(line, Stroke::new(1.25, far));
    fill(
        vec![
            at(0.44, 0.92, FIGURE),
            at(0.47, 0.6, FIGURE),
            at(0.53, 0.6, FIGURE),
            at(0.56, 0.92, FIGURE),
        ],
        ink.near,
    );
    fill(disc(0.5, 0.5, 0.085, FIGURE), ink.near);
    painter.rect_stroke(
        rect,
        tokens::RADIUS_SMALL,
        Stroke::new(tokens::STROKE, ink.frame),
        StrokeKind::Inside,
    );
}

/// Paints a question mark in place of a move whose content is unknown.
pub(in crate::ui) fn unknown_glyph(painter: &Painter, rect: Rect, ink: GlyphInk) {
    painter.rect_filled(rect, tokens::RADIUS_SMALL, painter.colours().sunken);
    painter.text(
        pos2(rect.center().x, rect.center().y),
        egui::Align2::CENTER_CENTER,
        "?",
        egui::FontId::proportional(tokens::FONT_TITLE),
        ink.far,
    );
    painter.rect_stroke(
        rect,
        tokens::RADIUS_SMALL,
        Stroke::new(tokens::STROKE, ink.frame),
        StrokeKind::Inside,
    );
}
