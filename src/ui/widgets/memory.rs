//! How full the memory is: what other programs use, what Kinora uses, and what the next take needs.

use egui::{FontId, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::bytes::in_bytes;
use crate::app::query::memory::MemoryUse;
use crate::ui::style::tokens::{self, Themed as _};

/// Height of the bar.
const HEIGHT: f32 = 8.0;
/// The least width of a part that is not empty.
const LEAST: f32 = 3.0;

/// Draws the bar, with figures before it where there is room; from right to left.
pub(in crate::ui) fn memory_bar(
    ui: &mut Ui,
    width: f32,
    figures: bool,
    memory: MemoryUse,
    making: bool,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, tokens::CONTROL), Sense::hover());
    let words = words(memory, making);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Meter, true, "Memory");
        let parts: f32 = memory.parts().iter().sum();
        info.value = Some(f64::from(parts));
        info
    });
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_value(words.as_str()));
    let colours = ui.colours();
    let bar = Rect::from_center_size(rect.center(), vec2(width, HEIGHT));
    let painter = ui.painter();
    painter.rect_filled(bar, tokens::RADIUS_SMALL, colours.sunken);
    let [others, held, needed] = memory.parts();
    let need = if memory.fits() {
        colours.accent
    } else {
        colours.caution
    };
    let mut left = bar.left();
    for (part, colour) in [
        (others, colours.pressed),
        (held, colours.text_weak),
        (needed, need),
    ] {
        if part <= 0.0 {
            continue;
        }
        let wide = (bar.width() * part).max(LEAST).min(bar.right() - left);
        let part = Rect::from_min_max(
            pos2(left, bar.top()),
            pos2(left + wide.max(0.0), bar.bottom()),
        );
        painter.rect_filled(part, tokens::RADIUS_SMALL, colour);
        left = part.right();
    }
    let outline = Stroke::new(tokens::STROKE, colours.outline);
    painter.rect_stroke(bar, tokens::RADIUS_SMALL, outline, StrokeKind::Outside);
    response.on_hover_ui(|ui| tell(ui, memory));
    if figures {
        let ink = if memory.fits() {
            colours.text_weak
        } else {
            colours.caution
        };
        // Screen readers have already announced the bar.
        let font = FontId::proportional(tokens::FONT_SMALL);
        let galley = ui.painter().layout_no_wrap(words, font, ink);
        let size = vec2(galley.size().x + tokens::GAP, tokens::CONTROL);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
    }
}

/// The most important figure right now.
fn words(memory: MemoryUse, making: bool) -> String {
    let total = in_bytes(memory.total);
    match (memory.held, memory.needed) {
        (Some(held), _) if making => format!("{} of {total} used", in_bytes(held)),
        (_, Some(needed)) => format!("{} of {total} needed", in_bytes(needed)),
        (Some(held), None) => format!("{} of {total} used", in_bytes(held)),
        (None, None) => total,
    }
}

/// Lists all figures.
fn tell(ui: &mut Ui, memory: MemoryUse) {
    let colours = ui.colours();
    let what = if memory.card {
        "The GPU has"
    } else {
        "This machine has"
    };
    let mut lines = vec![(
        format!(
            "{what} {} of memory, {} of it free",
            in_bytes(memory.total),
            in_bytes(memory.free)
        ),
        colours.text,
    )];
    if let Some(held) = memory.held {
        lines.push((format!("Kinora uses {} now", in_bytes(held)), colours.text));
    }
    if let Some(needed) = memory.needed {
        let needed = in_bytes(needed);
        lines.push(if memory.fits() {
            (
                format!("The next take needs another {needed}"),
                colours.accent,
            )
        } else {
            (
                format!("The next take needs another {needed}, which is more than is free"),
                colours.caution,
            )
        });
    }
    for (words, ink) in lines {
        ui.label(RichText::new(words).size(tokens::FONT_SMALL).color(ink));
    }
}
