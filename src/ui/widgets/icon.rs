//! Icons, drawn: sharp at every scale, one weight.

use eframe::egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

/// A picture of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Icon {
    Play,
    Pause,
    Back,
    Forward,
    First,
    Last,
    Loop,
    Dice,
    Lock,
    Unlock,
    Close,
    Revert,
    Plus,
    Picture,
}

/// Weight of all lines, as a part of the icon's side.
const WEIGHT: f32 = 0.11;

/// Draws an icon into `rect`.
#[expect(clippy::too_many_lines, reason = "one arm for each icon, and no logic")]
pub(in crate::ui) fn paint(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
    let side = rect.width().min(rect.height());
    let square = Rect::from_center_size(rect.center(), Vec2::splat(side));
    let at = |x: f32, y: f32| square.min + vec2(x, y) * side;
    let stroke = Stroke::new((WEIGHT * side).max(1.25), colour);
    let fill = |points: Vec<Pos2>| {
        painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    let line = |points: Vec<Pos2>| {
        painter.add(Shape::line(points, stroke));
    };
    let block = |x: f32, y: f32, w: f32, h: f32| {
        let rect = Rect::from_min_size(at(x, y), vec2(w, h) * side);
        painter.rect_filled(rect, 0.06 * side, colour);
    };
    match icon {
        Icon::Play => fill(vec![at(0.2, 0.08), at(0.92, 0.5), at(0.2, 0.92)]),
        Icon::Pause => {
            block(0.18, 0.1, 0.22, 0.8);
            block(0.6, 0.1, 0.22, 0.8);
        }
        Icon::Back => fill(vec![at(0.72, 0.15), at(0.72, 0.85), at(0.2, 0.5)]),
        Icon::Forward => fill(vec![at(0.28, 0.15), at(0.8, 0.5), at(0.28, 0.85)]),
        Icon::First => {
            block(0.1, 0.15, 0.14, 0.7);
            fill(vec![at(0.88, 0.15), at(0.88, 0.85), at(0.34, 0.5)]);
        }
        Icon::Last => {
            block(0.76, 0.15, 0.14, 0.7);
            fill(vec![at(0.12, 0.15), at(0.66, 0.5), at(0.12, 0.85)]);
        }
        Icon::Loop => {
            line(vec![at(0.06, 0.5), at(0.06, 0.28), at(0.7, 0.28)]);
            line(vec![at(0.94, 0.5), at(0.94, 0.72), at(0.3, 0.72)]);
            fill(vec![at(0.66, 0.06), at(0.96, 0.28), at(0.66, 0.5)]);
            fill(vec![at(0.34, 0.5), at(0.34, 0.94), at(0.04, 0.72)]);
        }
        Icon::Revert => {
            line(arc(square.center(), 0.36 * side, -0.75, 0.95));
            fill(vec![at(0.02, 0.2), at(0.44, 0.1), at(0.26, 0.48)]);
        }
        Icon::Dice => {
            let rect = square.shrink(0.1 * side);
            painter.rect_stroke(rect, 0.16 * side, stroke, StrokeKind::Middle);
            for (x, y) in [
                (0.32, 0.32),
                (0.68, 0.32),
                (0.5, 0.5),
                (0.32, 0.68),
                (0.68, 0.68),
            ] {
                painter.circle_filled(at(x, y), 0.075 * side, colour);
            }
        }
        Icon::Lock | Icon::Unlock => {
            block(0.18, 0.46, 0.64, 0.46);
            let lift = if icon == Icon::Lock { 0.0 } else { 0.12 };
            let top = pos2(at(0.5, 0.0).x, at(0.0, 0.36 - lift).y);
            let mut bow = arc(top, 0.2 * side, 1.0, 2.0);
            bow.insert(0, at(0.3, 0.46 - lift));
            if icon == Icon::Lock {
                bow.push(at(0.7, 0.46));
            }
            line(bow);
        }
        Icon::Close => {
            line(vec![at(0.2, 0.2), at(0.8, 0.8)]);
            line(vec![at(0.8, 0.2), at(0.2, 0.8)]);
        }
        Icon::Plus => {
            line(vec![at(0.5, 0.12), at(0.5, 0.88)]);
            line(vec![at(0.12, 0.5), at(0.88, 0.5)]);
        }
        Icon::Picture => {
            let rect = Rect::from_min_max(at(0.04, 0.14), at(0.96, 0.86));
            painter.rect_stroke(rect, 0.1 * side, stroke, StrokeKind::Middle);
            line(vec![
                at(0.08, 0.76),
                at(0.36, 0.46),
                at(0.56, 0.66),
                at(0.7, 0.52),
                at(0.92, 0.74),
            ]);
            painter.circle_filled(at(0.68, 0.34), 0.07 * side, colour);
        }
    }
}

/// Part of a circle, from and to in half turns, clockwise from the right.
fn arc(centre: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    const POINTS: usize = 20;
    (0..=POINTS)
        .map(|i| {
            let turn = from + (to - from) * i as f32 / POINTS as f32;
            let (sin, cos) = (turn * std::f32::consts::PI).sin_cos();
            centre + radius * vec2(cos, sin)
        })
        .collect()
}
