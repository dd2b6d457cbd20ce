//! The preview of camera moves on the stage: the artist's own picture, moving as the camera would.
//!
//! A control under the pointer or with the focus may request a preview while it is drawn; once everything
//! is drawn, the last request of the pass is sent.

use std::time::Duration;

use egui::{Context, Id, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use super::camera_pad::{pad, paint_pad};
use super::motion_layers::motion_layers;
use super::path_handles::{handles, path_pad};
use crate::app::Command;
use crate::app::command::camera::{CameraCommand, GhostOf};
use crate::app::query::camera::ghost_time;
use crate::app::query::camera_stack;
use crate::app::state::Shown;
use crate::app::state::shelf::ShelfPicture;
use crate::media::camera::Pose;
use crate::media::fit::Fit;
use crate::ui::paint::ghost::Params;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::{View, beside, contain, frame_size};
use crate::ui::widgets::duration;

/// Requests a preview in this pass.
pub(in crate::ui::panels) fn wish(ctx: &Context, of: GhostOf) {
    ctx.data_mut(|data| data.insert_temp(Id::unique("wished ghost"), of));
}

/// Takes this pass's request, and sends it if it differs from the current preview.
pub(in crate::ui) fn ask(ctx: &Context, view: View<'_>) {
    let id = Id::unique("wished ghost");
    let wished: Option<GhostOf> = ctx.data_mut(|data| data.remove_temp(id));
    let present = view.studio.session.camera.ghost.as_ref();
    if present.map(|ghost| &ghost.of) != wished.as_ref() {
        view.send(Command::Camera(CameraCommand::Preview(wished)));
    }
}

/// Draws preview and pad into `room`, if either is shown; returns the caption and the rectangle that it
/// goes below.
pub(in crate::ui::panels) fn ghost(
    ui: &mut Ui,
    room: Rect,
    view: View<'_>,
) -> Option<(Rect, String)> {
    let studio = view.studio;
    let padded = studio.session.camera.pad;
    if studio.session.draw.plays && studio.session.shown == Shown::Picture {
        wish(ui.ctx(), GhostOf::Stack);
    }
    let picture = studio
        .picture()
        .filter(|_| padded || studio.ghost().is_some())?;
    let whole = contain(frame_size(&picture.view), room);
    let cut = frame_in(view, picture);
    let frame = on_stage(whole, room, cut);
    let path = studio.edited_path();
    let dragged = path
        .as_ref()
        .and_then(|path| path_pad(ui, frame, view, path));
    let held = padded && path.is_none() && pad(ui, frame, view);
    let pose = if dragged.is_some() {
        dragged
    } else if held {
        // What is dragged stays under the pointer.
        studio.ghost_at(&GhostOf::Stack, 1.0)
    } else if let Some(pose) = studio.ghost() {
        Some(pose)
    } else {
        studio.ghost_at(&GhostOf::Stack, 1.0)
    };
    if padded && !held && ui.rect_contains_pointer(room) {
        wish(ui.ctx(), GhostOf::Stack);
    }
    let pose = pose.unwrap_or(Pose::REST);
    moved(ui, view, picture, (whole, frame), cut, pose);
    // A preview of a single move shows that move alone.
    let all = studio.session.camera.ghost.as_ref();
    if all.is_none_or(|ghost| ghost.of == GhostOf::Stack) {
        let t = if held { 1.0 } else { studio.ghost_progress() };
        let drawing = studio.drawing();
        motion_layers(ui, frame, picture, (&drawing, cut), (pose, t));
    }
    match &path {
        Some(path) => handles(ui, frame, view, path),
        None if padded => paint_pad(ui, frame, view),
        None => {}
    }
    Some((whole.union(frame), words(view)))
}

/// Draws a job before its first preview: its picture, moved by its camera moves. Returns its rectangle and the caption
/// below it.
pub(in crate::ui::panels) fn waiting(
    ui: &Ui,
    room: Rect,
    view: View<'_>,
) -> Option<(Rect, String)> {
    let studio = view.studio;
    let job = studio.shown_job().filter(|job| job.preview.is_none())?;
    let picture = studio.picture_named(job.request.picture)?;
    let direction = &job.request.direction;
    let own = studio.model().map_or(
        (
            picture.picture.width as usize,
            picture.picture.height as usize,
        ),
        |card| (card.defaults.width, card.defaults.height),
    );
    let size = match &job.plan {
        Some(plan) => (plan.request.width, plan.request.height),
        None => (
            direction.draft.width.unwrap_or(own.0),
            direction.draft.height.unwrap_or(own.1),
        ),
    };
    let whole = contain(frame_size(&picture.view), room);
    let cut = cut_of(picture, direction.fit, size);
    let frame = on_stage(whole, room, cut);
    let t = if studio.preferences.reduce_motion {
        1.0
    } else {
        view.repaint_after(ui.ctx(), Duration::ZERO);
        ghost_time(studio.runtime.now, studio.clip_length())
    };
    let pose = camera_stack::pose(
        &direction.moves,
        direction.path.as_ref(),
        studio.available_moves(),
        t,
    );
    moved(ui, view, picture, (whole, frame), cut, pose);
    let drawing = direction.drawing(picture.id);
    motion_layers(ui, frame, picture, (&drawing, cut), (pose, t));
    let left = job.ends_at.map(|end| {
        let left = end.saturating_sub(studio.runtime.now);
        format!(" · ≈ {} left", duration(left.as_secs_f64()))
    });
    let words = format!(
        "Camera preview. Rendering the take…{}",
        left.unwrap_or_default()
    );
    Some((whole.union(frame), words))
}

/// Draws a picture with the part in the frame moved to a pose, and the rest shaded.
fn moved(
    ui: &Ui,
    view: View<'_>,
    picture: &ShelfPicture,
    (whole, frame): (Rect, Rect),
    (crop_min, crop_size): Cut,
    pose: Pose,
) {
    let content = Content::Plain(&picture.view);
    view.paint(ui.ctx(), ui.painter(), whole, content, 0);
    for part in beside(whole, frame) {
        ui.painter().rect_filled(part, 0, ui.colours().shade);
    }
    let aspect = frame.width() / frame.height().max(1.0);
    let params = Params {
        pose,
        aspect,
        crop_min,
        crop_size,
    };
    show(ui, view, picture, frame, params);
}

fn show(ui: &Ui, view: View<'_>, picture: &ShelfPicture, frame: Rect, params: Params) {
    let content = Content::Plain(&picture.view);
    let texture = view.textures.get(ui.ctx(), content);
    let shape = texture.and_then(|texture| view.ghosts.shape(frame, texture, params));
    match shape {
        Some(shape) => {
            ui.painter().add(shape);
        }
        // The picture is uploaded in the next pass; a window without wgpu shows it unmoved.
        None => view.paint(ui.ctx(), ui.painter(), frame, content, 0),
    }
    let stroke = Stroke::new(tokens::STROKE, ui.colours().accent_dim);
    ui.painter()
        .rect_stroke(frame, 0, stroke, StrokeKind::Outside);
}

/// The frame within the picture, as fractions: corner and size.
type Cut = ([f32; 2], [f32; 2]);

/// The part of the picture that the next take uses.
fn frame_in(view: View<'_>, picture: &ShelfPicture) -> Cut {
    match view.studio.settings() {
        Some(settings) => cut_of(picture, view.studio.direction().fit, settings.size),
        None => ([0.0; 2], [1.0; 2]),
    }
}

fn cut_of(picture: &ShelfPicture, fit: Fit, (width, height): (usize, usize)) -> Cut {
    let size = (picture.picture.width, picture.picture.height);
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX).max(1);
    fit.frame_in(size, (side(width), side(height)))
}

/// Where the frame is on the stage; it moves towards the middle where it would not fit.
fn on_stage(whole: Rect, room: Rect, (crop_min, crop_size): Cut) -> Rect {
    let at = pos2(
        whole.left() + crop_min[0] * whole.width(),
        whole.top() + crop_min[1] * whole.height(),
    );
    let size = vec2(crop_size[0] * whole.width(), crop_size[1] * whole.height());
    let frame = Rect::from_min_size(at, size);
    if room.expand(1.0).contains_rect(frame) {
        frame
    } else {
        contain(size, room)
    }
}

fn words(view: View<'_>) -> String {
    let studio = view.studio;
    let cards = studio.available_moves();
    let moves = studio.moves();
    let of = studio.session.camera.ghost.as_ref().map(|ghost| &ghost.of);
    if let Some(path) = studio.edited_path()
        && !matches!(of, Some(GhostOf::Move(_)))
    {
        return match path.frame {
            _ if studio.session.camera.performs => {
                "Drag the picture while it plays; your movement becomes the path"
            }
            0 => "The first frame is the picture itself; move the playhead to set a keyframe",
            _ => "Drag to pan and tilt, turn the ring to roll, scroll to zoom at this frame",
        }
        .to_owned();
    }
    match of {
        Some(GhostOf::Move(name)) => {
            let title =
                camera_stack::card(cards, name).map_or(name.as_str(), |card| card.title.as_str());
            format!("{title}: preview, not a rendered take")
        }
        _ if studio.session.draw.plays => {
            "Preview of everything that moves, not a rendered take".to_owned()
        }
        _ if studio.edits_time() => {
            "Camera preview at the playhead, not a rendered take".to_owned()
        }
        _ if moves.is_empty() => {
            "Drag to pan and tilt, turn the ring to roll, scroll to zoom".to_owned()
        }
        _ if !camera_stack::is_shown_whole(&moves, cards) => {
            "Camera preview; a move without a camera path is not shown".to_owned()
        }
        _ => "Camera preview, not a rendered take".to_owned(),
    }
}
