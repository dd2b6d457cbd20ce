//! Cut-outs on the picture: drawn with a lasso, dragged along a path, scaled and turned at its end.

use egui::{
    CursorIcon, Id, Painter, PointerButton, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use super::canvas::{Cursor, arrows, extend, in_picture};
use super::masks::{tinted, tints};
use super::motion_layers::{about, on};
use crate::app::Command;
use crate::app::command::draw::{DrawCommand, Tool};
use crate::media::camera::{CameraPath, Pose};
use crate::motion::{
    self, CutOut, Outline, Painted, brushed, contains, lasso, middle_of, recorded,
};
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::focus_ring;

/// Radius of a handle on the screen.
const HANDLE: f32 = 5.0;
/// How close to a handle the pointer grabs it.
const GRIP: f32 = 11.0;
/// Distance of the handle that turns from what it turns.
const ARM: f32 = 22.0;
/// Magnifications that can be dragged to.
const SCALES: std::ops::RangeInclusive<f32> = 0.1..=4.0;
/// Dots along a path.
const DOTS: u16 = 24;

/// What the pointer is dragging.
#[derive(Clone, Debug)]
enum Drag {
    /// The outline of a new cut-out.
    Lasso(Vec<[f32; 2]>),
    /// What a brush covers of a new cut-out.
    Brush(Vec<[f32; 2]>),
    /// A cut-out along its path: the index, and shifts with their times in seconds.
    Path(usize, [f32; 2], Vec<(f64, [f32; 2])>),
    /// The end of a cut-out: the index, the pointer where it went down, and the end then.
    End(usize, Pos2, Pose),
    /// The size at the end.
    Scale(usize, Pos2, Pose),
    /// The angle at the end.
    Turn(usize, Pos2, Pose),
}

/// A cut-out on the screen.
struct Shown<'a> {
    rect: Rect,
    corners: &'a [[f32; 2]],
    middle: [f32; 2],
    track: &'a CameraPath,
}

impl<'a> Shown<'a> {
    fn of(rect: Rect, cut: &'a CutOut) -> Option<Self> {
        let Outline::Polygon(corners) = &cut.outline else {
            return None;
        };
        Some(Self {
            rect,
            corners,
            middle: middle_of(corners),
            track: &cut.track,
        })
    }

    /// Its outline where it is at `t`.
    fn outline(&self, t: f32) -> Vec<Pos2> {
        let pose = self.track.at(t);
        let corners = self.corners.iter();
        corners
            .map(|corner| about(self.rect, pose, self.middle, *corner))
            .collect()
    }

    /// Its middle where it is at `t`.
    fn at(&self, t: f32) -> Pos2 {
        about(self.rect, self.track.at(t), self.middle, self.middle)
    }

    /// The handles at its end: for its size, and for its angle.
    fn handles(&self) -> [Pos2; 2] {
        let bounds = Rect::from_points(&self.outline(1.0));
        [
            bounds.right_bottom() + vec2(HANDLE, HANDLE),
            pos2(bounds.center().x, bounds.top() - ARM),
        ]
    }

    fn contains(&self, t: f32, at: Pos2) -> bool {
        let corners: Vec<[f32; 2]> = self.outline(t).iter().map(|at| [at.x, at.y]).collect();
        contains(&corners, [at.x, at.y])
    }
}

/// Lets the artist draw and drag cut-outs over the picture in `rect`, and draws them.
pub(super) fn cut_out_area(ui: &Ui, rect: Rect, view: View<'_>) {
    tints(ui, rect, view, None);
    let id = Id::unique("cut-out area");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let cursor = Cursor::of(ui, id);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Canvas, true, "Cut-outs on the picture");
        info.current_text_value = Some(words(view, &cursor));
        info
    });
    focus_ring(ui, &response, rect.shrink(2.0));
    let drag_id = id.with("drag");
    let kept: Option<Option<Drag>> = ui.data(|data| data.get_temp(drag_id));
    let mut drag = kept.flatten();
    if response.drag_started_by(PointerButton::Primary)
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        let begun = begin(ui, rect, view, from);
        if let Drag::Path(index, ..) = begun {
            send(view, DrawCommand::Select(Some(index)));
        }
        drag = Some(begun);
    }
    if response.dragged_by(PointerButton::Primary)
        && let (Some(drag), Some(to)) = (&mut drag, response.interact_pointer_pos())
    {
        go_on((ui, &response), rect, view, drag, to);
    }
    // A pass may be drawn twice, so what is dragged is only forgotten in the next frame.
    match &drag {
        Some(done) if response.drag_stopped() => finish(rect, view, done),
        Some(_) if !response.dragged() => drag = None,
        _ => {}
    }
    if response.clicked() {
        click(rect, view, &response, &cursor);
        response.request_focus();
    }
    if response.has_focus() {
        keys(ui, view, &response, &cursor);
    }
    if response.hovered() {
        let over = response.hover_pos().and_then(|at| under(rect, view, at));
        ui.ctx().set_cursor_icon(match over {
            Some(_) => CursorIcon::Move,
            None => CursorIcon::Crosshair,
        });
    }
    paint(ui, rect, view, drag.as_ref());
    if response.has_focus() && view.studio.session.draw.selected.is_none() {
        let radius = view.studio.session.draw.radius * rect.width();
        let line = Stroke::new(1.5, ui.colours().untinted);
        ui.painter()
            .circle_stroke(on(rect, cursor.at), radius, line);
    }
    ui.data_mut(|data| data.insert_temp(drag_id, drag));
}

fn send(view: View<'_>, command: DrawCommand) {
    view.send(Command::Draw(command));
}

/// What is on the picture, for screen readers.
fn words(view: View<'_>, cursor: &Cursor) -> String {
    let count = view.studio.drawing().cut_outs.len();
    let count = match count {
        1 => "1 cut-out".to_owned(),
        count => format!("{count} cut-outs"),
    };
    match view.studio.session.draw.selected {
        Some(index) => format!("{count}; cut-out {} is selected", index + 1),
        None => format!("{count}; {}", cursor.words()),
    }
}

/// The foremost cut-out that is at a position before it moves.
fn under(rect: Rect, view: View<'_>, at: Pos2) -> Option<usize> {
    let drawing = view.studio.drawing();
    drawing
        .cut_outs
        .iter()
        .rposition(|cut| Shown::of(rect, cut).is_some_and(|shown| shown.contains(0.0, at)))
}

/// What a drag from here does: it takes a handle or the end of the selected cut-out, the start of any, or begins a
/// lasso.
fn begin(ui: &Ui, rect: Rect, view: View<'_>, from: Pos2) -> Drag {
    if let Some((index, cut)) = view.studio.selected_cut_out()
        && let Some(shown) = Shown::of(rect, &cut)
    {
        let end = cut.track.end();
        let [scale, turn] = shown
            .handles()
            .map(|handle| (handle - from).length() <= GRIP);
        let moved = end != Pose::REST;
        if scale {
            return Drag::Scale(index, from, end);
        }
        if turn {
            return Drag::Turn(index, from, end);
        }
        if moved && shown.contains(1.0, from) {
            return Drag::End(index, from, end);
        }
    }
    let at = in_picture(rect, from);
    match under(rect, view, from) {
        Some(index) => Drag::Path(index, at, vec![(ui.input(|input| input.time), [0.0; 2])]),
        None if view.studio.session.draw.brushes_cut_outs => Drag::Brush(vec![at]),
        None => Drag::Lasso(vec![at]),
    }
}

fn go_on((ui, response): (&Ui, &Response), rect: Rect, view: View<'_>, drag: &mut Drag, to: Pos2) {
    let at = in_picture(rect, to);
    let middle = |index: usize| {
        let drawing = view.studio.drawing();
        let cut = drawing.cut_outs.get(index)?;
        Shown::of(rect, cut).map(|shown| shown.at(1.0))
    };
    match drag {
        Drag::Lasso(points) | Drag::Brush(points) => extend(ui, rect, response, points),
        Drag::Path(_, from, samples) => {
            let time = ui.input(|input| input.time);
            let shift = [at[0] - from[0], at[1] - from[1]];
            if samples.last().is_none_or(|last| last.1 != shift) {
                samples.push((time, shift));
            }
        }
        Drag::End(index, from, end) => {
            let by = (to - *from) / rect.size();
            let pose = Pose {
                x: (end.x + by.x).clamp(-2.0, 2.0),
                y: (end.y + by.y).clamp(-2.0, 2.0),
                ..*end
            };
            send(view, DrawCommand::End(*index, pose));
        }
        Drag::Scale(index, from, end) => {
            let Some(middle) = middle(*index) else { return };
            let factor = (to - middle).length() / (*from - middle).length().max(1.0);
            let scale = (end.scale * factor).clamp(*SCALES.start(), *SCALES.end());
            send(view, DrawCommand::End(*index, Pose { scale, ..*end }));
        }
        Drag::Turn(index, from, end) => {
            let Some(middle) = middle(*index) else { return };
            let (from, to) = (*from - middle, to - middle);
            let turn = (from.x * to.y - from.y * to.x).atan2(from.dot(to));
            let roll = end.roll + turn.to_degrees();
            send(view, DrawCommand::End(*index, Pose { roll, ..*end }));
        }
    }
}

fn finish(rect: Rect, view: View<'_>, drag: &Drag) {
    match drag {
        Drag::Brush(points) => cut(rect, view, points),
        Drag::Lasso(points) => {
            if let Some(outline) = lasso(points) {
                send(view, DrawCommand::CutOut(outline));
            }
        }
        Drag::Path(index, _, samples) => {
            let drawing = view.studio.drawing();
            let Some(cut) = drawing.cut_outs.get(*index) else {
                return;
            };
            // Scale and turn stay as they are.
            let (path, before) = (recorded(samples), cut.track.end());
            let end = Pose {
                scale: before.scale,
                roll: before.roll,
                ..path.end()
            };
            send(
                view,
                DrawCommand::Track(*index, motion::ending_at(&path, end)),
            );
        }
        Drag::End(..) | Drag::Scale(..) | Drag::Turn(..) => {}
    }
}

/// Cuts out what the brush covers along points.
fn cut(rect: Rect, view: View<'_>, points: &[[f32; 2]]) {
    let aspect = rect.width() / rect.height().max(1.0);
    let outline = brushed(&brush(view, points), aspect);
    if let Some(outline) = outline {
        send(view, DrawCommand::CutOut(outline));
    }
}

fn brush(view: View<'_>, points: &[[f32; 2]]) -> motion::Stroke {
    motion::Stroke::along(points, view.studio.session.draw.radius, false)
}

/// Selects the cut-out under the pointer, or none. Without a pointer, makes a round cut-out at the cursor.
fn click(rect: Rect, view: View<'_>, response: &Response, cursor: &Cursor) {
    let Some(at) = response.interact_pointer_pos() else {
        cut(rect, view, &[cursor.at]);
        return;
    };
    send(view, DrawCommand::Select(under(rect, view, at)));
}

/// The arrow keys move the end of the selected cut-out, or the cursor if none is selected.
fn keys(ui: &Ui, view: View<'_>, response: &Response, cursor: &Cursor) {
    let Some((index, cut)) = view.studio.selected_cut_out() else {
        cursor.keys(ui, response);
        return;
    };
    let by = arrows(ui, response);
    if by != [0.0; 2] {
        let end = cut.track.end();
        let pose = Pose {
            x: end.x + by[0],
            y: end.y + by[1],
            ..end
        };
        send(view, DrawCommand::End(index, pose));
    }
}

/// Draws the cut-outs while another tool is selected.
pub(super) fn cut_out_marks(ui: &Ui, rect: Rect, view: View<'_>) {
    paint(ui, rect, view, None);
}

/// Draws all cut-outs with their paths, and what is being dragged.
fn paint(ui: &Ui, rect: Rect, view: View<'_>, drag: Option<&Drag>) {
    let painter = ui
        .painter()
        .with_clip_rect(rect.expand(ARM).intersect(ui.clip_rect()));
    let draw = &view.studio.session.draw;
    let selected = draw.selected.filter(|_| draw.tool == Tool::CutOut);
    for (index, cut) in view.studio.drawing().cut_outs.iter().enumerate() {
        let mut cut = cut.clone();
        if let Some(Drag::Path(dragged, _, samples)) = drag
            && *dragged == index
        {
            cut.track = recorded(samples);
        }
        if let Some(shown) = Shown::of(rect, &cut) {
            paint_one(&painter, &shown, selected == Some(index));
        }
    }
    if let Some(Drag::Brush(points)) = drag {
        let painted = Painted {
            all: false,
            strokes: vec![brush(view, points)],
        };
        let ink = ui.colours().accent.gamma_multiply(0.5);
        tinted(ui, rect, &painted, "cut-out", ink);
    }
    if let Some(Drag::Lasso(points)) = drag {
        let line: Vec<Pos2> = points.iter().map(|point| on(rect, *point)).collect();
        polyline(&painter, line, tokens::STROKE_BOLD, true);
    }
}

fn paint_one(painter: &Painter, shown: &Shown<'_>, selected: bool) {
    let colours = painter.colours();
    let ink = if selected {
        colours.accent
    } else {
        colours.untinted
    };
    let closed = |t: f32, width: f32| {
        let mut line = shown.outline(t);
        line.extend(line.first().copied());
        let under = Stroke::new(width + 2.0, colours.shade);
        painter.add(Shape::line(line.clone(), under));
        line
    };
    let start = closed(0.0, 1.5);
    painter.add(Shape::line(start, Stroke::new(1.5, ink)));
    if shown.track.end() == Pose::REST {
        if selected {
            handles(painter, shown);
        }
        return;
    }
    let along = |index: u16| shown.at(f32::from(index) / f32::from(DOTS));
    polyline(painter, (0..=DOTS).map(along).collect(), 1.5, selected);
    for index in 0..=DOTS {
        // Evenly spaced in time: close together where it is slow.
        painter.circle_filled(along(index), 2.0, ink);
    }
    let end = closed(1.0, 1.0);
    painter.extend(Shape::dashed_line(&end, Stroke::new(1.5, ink), 6.0, 4.0));
    if selected {
        handles(painter, shown);
    }
}

fn handles(painter: &Painter, shown: &Shown<'_>) {
    let colours = painter.colours();
    let [scale, turn] = shown.handles();
    let bounds = Rect::from_points(&shown.outline(1.0));
    let arm = [bounds.center_top(), turn];
    painter.line_segment(arm, Stroke::new(3.0, colours.shade));
    painter.line_segment(arm, Stroke::new(1.5, colours.accent));
    let edge = Stroke::new(1.5, colours.shade);
    painter.circle(turn, HANDLE, colours.accent, edge);
    let square = Rect::from_center_size(scale, vec2(2.0 * HANDLE, 2.0 * HANDLE));
    painter.rect(
        square,
        tokens::RADIUS_SMALL,
        colours.accent,
        edge,
        egui::StrokeKind::Outside,
    );
}

/// Draws a line that can be seen on any picture.
fn polyline(painter: &Painter, line: Vec<Pos2>, width: f32, selected: bool) {
    let colours = painter.colours();
    let ink = if selected {
        colours.accent
    } else {
        colours.untinted
    };
    painter.add(Shape::line(
        line.clone(),
        Stroke::new(width + 2.0, colours.shade),
    ));
    painter.add(Shape::line(line, Stroke::new(width, ink)));
}
