//! Suggestions where the user has not chosen: a gentle camera move and a frame that suit the picture.
//!
//! They are not part of the document. They depend on the picture until the user makes a choice, and become part of
//! a take when it is queued.

use std::borrow::Cow;

use super::camera_stack;
use super::crop::size_for;
use crate::app::state::Studio;
use crate::library::camera_moves::MoveCard;
use crate::project::direction::{CameraMove, Direction};

/// The strength of a suggested move: visible at once, but not dominant.
const GENTLE: f32 = 0.6;
/// From this aspect ratio on, a picture is panned.
const PANORAMA: f64 = 1.9;
/// Up to this aspect ratio, a picture is tilted.
const TOWER: f64 = 0.5;
/// A picture narrower than this loses too much in a landscape frame.
const NARROW: f64 = 1.2;
/// The narrowest frame that is suggested, that of a phone.
const NARROWEST: f64 = 9.0 / 16.0;

impl Studio {
    /// The camera moves of the next take: those chosen by the user, or else the suggested ones.
    #[must_use]
    pub fn moves(&self) -> Cow<'_, [CameraMove]> {
        match self.suggested_moves() {
            Some(suggested) => Cow::Owned(suggested),
            None => Cow::Borrowed(&self.direction().moves),
        }
    }

    /// The moves that suit the picture; `None` if the user has chosen, or no installed move is suitable.
    #[must_use]
    pub fn suggested_moves(&self) -> Option<Vec<CameraMove>> {
        let direction = self.direction();
        if direction.camera_chosen || direction.path.is_some() || !direction.moves.is_empty() {
            return None;
        }
        let shape = self.picture_shape()?;
        let wanted = match shape {
            PANORAMA.. => "pan-right",
            ..=TOWER => "tilt-up",
            _ => "zoom-in",
        };
        let library = &self.runtime.camera;
        // Moves compared with another model may not fit this one.
        let known = library.compared_with == direction.model;
        let cards = if known { &library.cards[..] } else { &[] };
        let usable = |name: &str| camera_stack::card(cards, name).filter(|card| card.is_usable());
        let card: &MoveCard = usable(wanted).or_else(|| usable("zoom-in"))?;
        Some(vec![CameraMove::steady(&card.name, GENTLE)])
    }

    /// The frame that suits the picture, width and height in pixels; `None` if the user has chosen one, or the
    /// model's own suits it.
    #[must_use]
    pub fn suggested_size(&self) -> Option<(usize, usize)> {
        let direction = self.direction();
        let draft = &direction.draft;
        if direction.frame_chosen || draft.width.or(draft.height).is_some() {
            return None;
        }
        self.fitting_size()
    }

    /// The frame of a take if the user chooses none, width and height in pixels.
    #[must_use]
    pub fn usual_size(&self) -> Option<(usize, usize)> {
        let defaults = &self.model()?.defaults;
        self.fitting_size()
            .or(Some((defaults.width, defaults.height)))
    }

    /// A frame for a picture that would lose too much in the model's own.
    fn fitting_size(&self) -> Option<(usize, usize)> {
        let shape = self.picture_shape().filter(|shape| *shape < NARROW)?;
        let defaults = &self.model()?.defaults;
        Some(size_for(shape.max(NARROWEST), defaults))
    }

    /// The direction including all suggestions, with which a take is made.
    #[must_use]
    pub fn complete_direction(&self) -> Direction {
        let mut direction = self.direction().clone();
        if let Some((width, height)) = self.suggested_size() {
            (direction.draft.width, direction.draft.height) = (Some(width), Some(height));
        }
        direction.moves = self.moves().into_owned();
        (direction.camera_chosen, direction.frame_chosen) = (true, true);
        direction
    }

    /// Width over height of the picture that the next take is made from.
    pub(in crate::app) fn picture_shape(&self) -> Option<f64> {
        let picture = &self.picture()?.picture;
        Some(f64::from(picture.width) / f64::from(picture.height.max(1)))
    }
}
