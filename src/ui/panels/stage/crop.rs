//! The crop window on the picture: the part that the model will see, dragged with the pointer or moved by keys.
//!
//! It shows exactly what is cropped: only the shaded part is cut off. Must not know how a picture is cropped.

use egui::{
    CursorIcon, EventFilter, Id, Key, Modifiers, Painter, Pos2, Rect, Response, Role, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::app::command::draw::Tool;
use crate::app::query::crop::{self, Handle, Size, size_for, window_of};
use crate::app::state::shelf::ShelfPicture;
use crate::app::{Choice, Command};
use crate::media::crop::Window;
use crate::media::fit::Fit;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::View;
use crate::ui::widgets::focus_ring;

/// Side of a handle on screen.
const HANDLE: f32 = 9.0;
/// Side of the area around a handle that reacts to the pointer.
const GRIP: f32 = 22.0;
/// A window smaller than this on screen has no handles on its edges.
const ROOM_FOR_EDGES: f32 = 72.0;
/// Factor by which a key enlarges the window.
const ZOOM_STEP: f64 = 1.05;

/// Where a picture is on screen.
#[derive(Clone, Copy)]
struct Place {
    /// The whole picture on screen.
    rect: Rect,
    /// The size of the picture in pixels.
    picture: Size,
    /// The frame that it is cropped to.
    frame: Size,
}

impl Place {
    fn scale(&self) -> Vec2 {
        self.rect.size() / vec2(self.picture.0.max(1) as f32, self.picture.1.max(1) as f32)
    }

    fn on_screen(&self, window: Window) -> Rect {
        let scale = self.scale();
        let min = self.rect.min + vec2(window.x as f32, window.y as f32) * scale;
        Rect::from_min_size(min, vec2(window.width as f32, window.height as f32) * scale)
    }

    fn in_picture(&self, point: Pos2) -> (f64, f64) {
        let at = (point - self.rect.min) / self.scale();
        (f64::from(at.x), f64::from(at.y))
    }
}

/// Draws the crop window of `picture`, which is shown in `rect`, and lets the artist move it unless another tool is
/// selected.
pub(in crate::ui::panels) fn crop_window(
    ui: &mut Ui,
    rect: Rect,
    view: View<'_>,
    picture: &ShelfPicture,
) {
    let Some(settings) = view.studio.settings() else {
        return;
    };
    let fit = view.studio.direction().fit;
    if matches!(fit, Fit::Pad | Fit::Stretch) {
        return;
    }
    let place = Place {
        rect,
        picture: (picture.picture.width, picture.picture.height),
        frame: (settings.size.0 as u32, settings.size.1 as u32),
    };
    let window = window_of(fit, place.picture, place.frame);
    let shown = place.on_screen(window);
    shade(ui.painter(), rect, shown);
    if view.studio.session.draw.tool != Tool::Select {
        return;
    }
    let body = body(ui, view, &place, window, shown);
    let mut busy = body.dragged();
    for (handle, name) in Handle::ALL {
        if handle.is_corner() || shown.size().min_elem() >= ROOM_FOR_EDGES {
            busy |= corner_or_edge(ui, view, &place, window, shown, handle, name);
        }
    }
    if busy {
        thirds(ui.painter(), shown);
    }
}

/// The middle of the window: dragged with the pointer, moved and enlarged by keys.
fn body(ui: &Ui, view: View<'_>, place: &Place, window: Window, shown: Rect) -> Response {
    let id = Id::unique("crop window");
    let movable = (window.width, window.height) != place.picture;
    let response = ui.interact(shown, id, Sense::click_and_drag());
    let words = format!(
        "Crop window, {} × {} of {} × {} pixels",
        window.width, window.height, place.picture.0, place.picture.1
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &words));
    if movable {
        let cursor = if response.dragged() {
            CursorIcon::Grabbing
        } else {
            CursorIcon::Grab
        };
        response.clone().on_hover_cursor(cursor);
    }
    let start = id.with("start");
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(start, window));
    }
    if response.dragged()
        && movable
        && let Some(from) = ui.data(|data| data.get_temp::<Window>(start))
    {
        let by = response.total_drag_delta().unwrap_or_default() / place.scale();
        let by = (by.x.round() as i64, by.y.round() as i64);
        set(view, crop::moved(from, by, place.picture), window);
    }
    if response.has_focus() {
        keys(ui, view, place, window, id);
    }
    focus_ring(ui, &response, shown);
    response
}

/// The arrow keys move the window, further with Shift; plus and minus change its size.
fn keys(ui: &Ui, view: View<'_>, place: &Place, window: Window, id: Id) {
    if let Some(by) = arrows(ui, place, id) {
        set(view, crop::moved(window, by, place.picture), window);
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    for (key, factor) in [
        (Key::Plus, ZOOM_STEP),
        (Key::Equals, ZOOM_STEP),
        (Key::Minus, 1.0 / ZOOM_STEP),
    ] {
        if pressed(Modifiers::NONE, key) {
            let zoomed = crop::zoomed(window, factor, place.picture, place.frame);
            set(view, zoomed, window);
        }
    }
}

/// How far the arrow keys go, in pixels of the picture; only the focused control receives them.
fn arrows(ui: &Ui, place: &Place, id: Id) -> Option<(i64, i64)> {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let mut by = (0, 0);
    for (modifiers, share) in [(Modifiers::SHIFT, 20), (Modifiers::NONE, 100)] {
        let step = |length: u32| i64::from((length / share).max(1));
        let (across, down) = (step(place.picture.0), step(place.picture.1));
        let pressed =
            |key| ui.input_mut(|input| input.count_and_consume_key(modifiers, key)) as i64;
        by.0 += across * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft));
        by.1 += down * (pressed(Key::ArrowDown) - pressed(Key::ArrowUp));
    }
    (by != (0, 0)).then_some(by)
}

/// Draws a handle, which is dragged or moved by the arrow keys; returns whether it is being dragged.
fn corner_or_edge(
    ui: &Ui,
    view: View<'_>,
    place: &Place,
    window: Window,
    shown: Rect,
    handle: Handle,
    name: &str,
) -> bool {
    let along = |low: f32, high: f32, end: i8| low + (high - low) * (f32::from(end) + 1.0) / 2.0;
    let centre = pos2(
        along(shown.left(), shown.right(), handle.across),
        along(shown.top(), shown.bottom(), handle.down),
    );
    let grip = Rect::from_center_size(centre, Vec2::splat(GRIP));
    let response = ui.interact(grip, Id::unique(("crop", name)), Sense::drag());
    let spoken = format!("Crop, {name}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let dot = Rect::from_center_size(centre, Vec2::splat(HANDLE));
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let fill = if lit {
        ui.colours().accent
    } else {
        ui.colours().text
    };
    let stroke = Stroke::new(tokens::STROKE, ui.colours().ground);
    ui.painter()
        .rect(dot, tokens::RADIUS_SMALL, fill, stroke, StrokeKind::Outside);
    response.clone().on_hover_cursor(cursor(handle));
    let pointer = response
        .dragged()
        .then(|| response.interact_pointer_pos())
        .flatten();
    let keyed = response
        .has_focus()
        .then(|| arrows(ui, place, response.id))
        .flatten();
    let by_key = keyed.map(|(across, down)| {
        let (x, y) = place.in_picture(centre);
        (x + across as f64, y + down as f64)
    });
    if let Some(to) = pointer.map(|point| place.in_picture(point)).or(by_key) {
        let dragged = crop::dragged(window, handle, to, place.picture, place.frame);
        if handle.is_corner() {
            set(view, dragged, window);
        } else {
            reshape(view, place, dragged);
        }
    }
    focus_ring(ui, &response, dot.expand(2.0));
    response.dragged()
}

/// Gives the window another shape; the frame takes the same shape, in the model's multiples.
fn reshape(view: View<'_>, place: &Place, window: Window) {
    let Some(card) = view.studio.model() else {
        return;
    };
    let size = size_for(window.shape(), &card.defaults);
    let frame = (size.0 as u32, size.1 as u32);
    let own = (card.defaults.width, card.defaults.height);
    let command = Choice::Framing(
        Fit::Window(window.shaped(frame)),
        (size != own).then_some(size),
    );
    if frame != place.frame || view.studio.direction().fit != Fit::Window(window.shaped(frame)) {
        view.send(Command::Direct(command));
    }
}

fn set(view: View<'_>, window: Window, before: Window) {
    if window != before {
        view.send(Command::Direct(Choice::Fit(Fit::Window(window))));
    }
}

fn cursor(handle: Handle) -> CursorIcon {
    match (handle.across * handle.down, handle.across) {
        (1, _) => CursorIcon::ResizeNwSe,
        (-1, _) => CursorIcon::ResizeNeSw,
        (_, 0) => CursorIcon::ResizeVertical,
        _ => CursorIcon::ResizeHorizontal,
    }
}

/// Darkens what the model will not see, and outlines the rest.
fn shade(painter: &Painter, rect: Rect, window: Rect) {
    for part in [
        Rect::from_min_max(rect.min, pos2(window.left(), rect.bottom())),
        Rect::from_min_max(pos2(window.right(), rect.top()), rect.max),
        Rect::from_min_max(
            pos2(window.left(), rect.top()),
            pos2(window.right(), window.top()),
        ),
        Rect::from_min_max(
            pos2(window.left(), window.bottom()),
            pos2(window.right(), rect.bottom()),
        ),
    ] {
        if part.width() >= 0.5 && part.height() >= 0.5 {
            painter.rect_filled(part, 0, painter.colours().shade);
        }
    }
    let stroke = Stroke::new(tokens::STROKE, painter.colours().untinted);
    painter.rect_stroke(window, 0, stroke, StrokeKind::Inside);
}

/// Draws the rule of thirds while something is dragged.
fn thirds(painter: &Painter, window: Rect) {
    let stroke = Stroke::new(
        tokens::STROKE,
        painter.colours().untinted.gamma_multiply(0.35),
    );
    for third in [1.0 / 3.0, 2.0 / 3.0] {
        let x = window.left() + window.width() * third;
        let y = window.top() + window.height() * third;
        painter.vline(x, window.y_range(), stroke);
        painter.hline(window.x_range(), y, stroke);
    }
}
