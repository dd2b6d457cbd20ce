//! What is drawn over the picture, for the window and for the next take.

use std::borrow::Cow;

use crate::app::command::draw::MaskKind;
use crate::app::state::Studio;
use crate::library::steering::steer_cards;
use crate::motion::{CutOut, Drawing, FrameIn, Motion, Painted};
use crate::request::Steer;

use super::camera_stack;

impl Studio {
    /// What is drawn over the picture that the next take is made from, in fractions of it.
    #[must_use]
    pub fn drawing(&self) -> Cow<'_, Drawing> {
        let chosen = self.project.document.picture;
        let drawn = chosen.and_then(|picture| self.direction().drawings.get(&picture));
        drawn.map_or_else(|| Cow::Owned(Drawing::default()), Cow::Borrowed)
    }

    /// A mask over the picture; `None` if nothing was painted on it.
    #[must_use]
    pub fn mask(&self, kind: MaskKind) -> Option<&Painted> {
        let picture = self.project.document.picture?;
        let drawing = self.direction().drawings.get(&picture)?;
        match kind {
            MaskKind::Lock => drawing.lock.as_ref(),
            MaskKind::Brush => drawing.brush.as_ref(),
        }
    }

    /// The selected cut-out, with its place counted from the back.
    #[must_use]
    pub fn selected_cut_out(&self) -> Option<(usize, CutOut)> {
        let index = self.session.draw.selected?;
        let drawing = self.drawing();
        Some((index, drawing.cut_outs.get(index)?.clone()))
    }

    /// The frame of the next take within its picture.
    #[must_use]
    pub fn frame_in_picture(&self) -> FrameIn {
        let (Some(picture), Some(settings)) = (self.picture(), self.settings()) else {
            return ([0.0; 2], [1.0; 2]);
        };
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX).max(1);
        let size = (picture.picture.width, picture.picture.height);
        let frame = (side(settings.size.0), side(settings.size.1));
        self.direction().fit.frame_in(size, frame)
    }

    /// What is drawn over the picture, in fractions of the next take's frame.
    #[must_use]
    pub fn drawing_in_frame(&self) -> Drawing {
        self.drawing().in_frame(self.frame_in_picture())
    }

    /// Everything that moves in the next take, however it will reach the model: what a preview shows.
    #[must_use]
    pub fn motion_shown(&self) -> Motion {
        let cards = self.available_moves();
        let moves = camera_stack::loras(&self.moves(), cards);
        let steered = steer_cards(
            cards,
            (&moves, self.direction().path.as_ref()),
            Steer::Guide,
        )
        .unwrap_or_default();
        let mut motion = Motion {
            camera: steered.moves,
            ..Motion::default()
        };
        self.drawing_in_frame().add_to(&mut motion);
        motion
    }

    /// Whether the picture on the stage can be exported as an animatic: a preview of everything that moves in it.
    #[must_use]
    pub fn can_export_animatic(&self) -> bool {
        let path = self.direction().path.is_some();
        let moves = path || !self.moves().is_empty() || !self.drawing().is_empty();
        moves && self.picture().is_some() && self.settings().is_some()
    }
}

/// What a mask covers, in a few words.
#[must_use]
pub fn mask_words(mask: Option<&Painted>) -> String {
    let Some(mask) = mask.filter(|mask| !mask.is_empty()) else {
        return "nothing".to_owned();
    };
    let strokes = match mask.strokes.len() {
        0 => return "everything".to_owned(),
        1 => "1 stroke".to_owned(),
        count => format!("{count} strokes"),
    };
    if mask.all {
        format!("everything, edited with {strokes}")
    } else {
        strokes
    }
}

/// A drawing in a few words: "Lock + 2 cut-outs"; empty if it is empty.
#[must_use]
pub fn drawing_words(drawing: &Drawing) -> String {
    let mut parts = Vec::new();
    let masks = [
        (MaskKind::Lock, &drawing.lock),
        (MaskKind::Brush, &drawing.brush),
    ];
    for (kind, mask) in masks {
        if mask.as_ref().is_some_and(|mask| !mask.is_empty()) {
            parts.push(kind.title().to_owned());
        }
    }
    match drawing.cut_outs.len() {
        0 => {}
        1 => parts.push("1 cut-out".to_owned()),
        count => parts.push(format!("{count} cut-outs")),
    }
    parts.join(" + ")
}
