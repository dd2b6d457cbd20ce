//! What plays on the stage: a take, the sequence, or what a job has made so far; zoomed or whole, next to
//! another take, or with its neighbours showing through.

use egui::{Rect, Ui, vec2};

use super::compare::compared;
use super::layers::Screen;
use crate::app::state::Shown;
use crate::ui::view::{View, frame_size};

/// Draws what plays into `room`; returns its rectangle, or `None` when nothing plays.
pub(in crate::ui::panels) fn screen(ui: &mut Ui, room: Rect, view: View<'_>) -> Option<Rect> {
    let studio = view.studio;
    let index = studio.playhead();
    if studio.session.shown == Shown::Sequence {
        let mix = studio.sequence().mix_at(index)?;
        let (width, height) = studio.sequence().size()?;
        let screen = Screen::new(ui, room, view, vec2(width as f32, height as f32));
        screen.mix(ui, mix);
        screen.prepare_sequence(ui, index);
        screen.speak(ui, &format!("Sequence, frame {}", index + 1));
        return Some(screen.rect);
    }
    let clip_source = studio.clip_source()?;
    let frame = clip_source.frames.get(index)?;
    if let Some((other, compare)) = studio.compared()
        && let Some(shown) = studio.shown_take()
    {
        return Some(compared(ui, room, view, shown, other, compare));
    }
    let screen = Screen::new(ui, room, view, frame_size(frame));
    if studio.session.playback.onion && !studio.session.playback.playing {
        screen.onion(ui, &clip_source, index);
    } else {
        screen.frame(ui, &clip_source, index);
    }
    // Frames of a preview would be out of date before they were uploaded.
    if studio.shown_take().is_some() {
        screen.prepare(
            ui,
            &clip_source,
            index,
            &mut view.textures.room_to_prepare(),
        );
    }
    let what = match studio.shown_take() {
        Some(take) => format!("Take {}", take.number),
        None => "Preview".to_owned(),
    };
    screen.speak(ui, &format!("{what}, frame {}", index + 1));
    Some(screen.rect)
}
