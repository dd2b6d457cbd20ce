//! The chosen picture on the stage, as the model will receive it: cropped, whole with bars, or stretched.

use egui::{Rect, Stroke, StrokeKind, Ui, vec2};

use super::crop::crop_window;
use super::cut_outs::{cut_out_area, cut_out_marks};
use super::masks::{paint_area, tints};
use crate::app::command::draw::{MaskKind, Tool};
use crate::app::query::crop::window_of;
use crate::app::state::shelf::ShelfPicture;
use crate::media::fit::Fit;
use crate::ui::paint::textures::Content;
use crate::ui::style::tokens::{self, Themed as _};
use crate::ui::view::{View, contain, frame_size};

/// Draws it into `inner`, with what is drawn over it; returns where it is on screen.
pub(in crate::ui::panels) fn picture_layer(
    ui: &mut Ui,
    inner: Rect,
    view: View<'_>,
    picture: &ShelfPicture,
) -> Rect {
    let (canvas, rect) = picture_alone(ui, inner, view, picture);
    match view.studio.session.draw.tool {
        Tool::Select => {
            tints(ui, rect, view, None);
            cut_out_marks(ui, rect, view);
        }
        Tool::Paint(kind) => {
            paint_area(ui, rect, view, kind);
            cut_out_marks(ui, rect, view);
        }
        Tool::CutOut => cut_out_area(ui, rect, view),
    }
    canvas
}

/// Draws it; returns where its canvas and the picture are on screen.
fn picture_alone(ui: &mut Ui, inner: Rect, view: View<'_>, picture: &ShelfPicture) -> (Rect, Rect) {
    let content = Content::Plain(&picture.view);
    let whole = frame_size(&picture.view);
    let frame = view.studio.settings().map_or(whole, |settings| {
        vec2(settings.size.0 as f32, settings.size.1 as f32)
    });
    match view.studio.direction().fit {
        Fit::Pad if frame.min_elem() > 0.0 => {
            let canvas = contain(frame, inner);
            let matte = tokens::opaque(view.studio.preferences.matte);
            ui.painter().rect_filled(canvas, 0, matte);
            let rect = contain(whole, canvas);
            view.paint(ui.ctx(), ui.painter(), rect, content, 0);
            outline(ui, canvas);
            (canvas, rect)
        }
        Fit::Stretch if frame.min_elem() > 0.0 => {
            let rect = contain(frame, inner);
            view.paint_pulled(ui.ctx(), ui.painter(), rect, content);
            outline(ui, rect);
            (rect, rect)
        }
        _ => {
            let rect = contain(whole, inner);
            view.paint(ui.ctx(), ui.painter(), rect, content, 0);
            crop_window(ui, rect, view, picture);
            (rect, rect)
        }
    }
}

fn outline(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(tokens::STROKE, ui.colours().outline);
    ui.painter()
        .rect_stroke(rect, 0, stroke, StrokeKind::Outside);
}

/// What the selected tool does, from the longest form to the shortest; `None` for the tool that is always there.
pub(in crate::ui::panels) fn tool_words(view: View<'_>) -> Option<Vec<String>> {
    let keys = "Hold Alt to erase · [ and ] change the brush size";
    let draw = &view.studio.session.draw;
    let words = match draw.tool {
        Tool::Select => return None,
        Tool::Paint(MaskKind::Lock) => "Paint over what must hold still",
        Tool::Paint(MaskKind::Brush) => "Paint over what may move",
        Tool::CutOut if view.studio.drawing().cut_outs.is_empty() => {
            let how = if draw.brushes_cut_outs {
                "Paint over"
            } else {
                "Draw around"
            };
            return Some(vec![
                format!(
                    "{how} an object in the picture, then drag it along the path that it should follow"
                ),
                format!("{how} an object in the picture"),
            ]);
        }
        Tool::CutOut => {
            return Some(vec![
                "Drag a cut-out to record its path; drag its end position to change where it ends, \
                 and the handles to scale and turn it"
                    .to_owned(),
                "Drag a cut-out to record its path".to_owned(),
            ]);
        }
    };
    Some(vec![format!("{words} · {keys}"), words.to_owned()])
}

/// Which part of the picture is used, and the frame that it becomes, from the longest form to the shortest.
pub(in crate::ui::panels) fn words(view: View<'_>, picture: &ShelfPicture) -> Vec<String> {
    let size = (picture.picture.width, picture.picture.height);
    let (width, height) = size;
    let plain = format!("{} · {width} × {height}", picture.name);
    let Some(settings) = view.studio.settings() else {
        return vec![plain];
    };
    let (to_width, to_height) = settings.size;
    let fit = view.studio.direction().fit;
    let window = window_of(fit, size, (to_width as u32, to_height as u32));
    let how = match fit {
        Fit::Pad => "whole, with bars ".to_owned(),
        Fit::Stretch => "stretched ".to_owned(),
        Fit::Crop | Fit::Window(_) if (window.width, window.height) == size => String::new(),
        Fit::Crop | Fit::Window(_) => {
            format!("using {} × {} ", window.width, window.height)
        }
    };
    let between = if how.is_empty() { " " } else { " · " };
    let becomes = format!("{how}→ {to_width} × {to_height}");
    vec![
        format!("{plain}{between}{becomes}"),
        format!("{width} × {height}{between}{becomes}"),
        becomes,
    ]
}
