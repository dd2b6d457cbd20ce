//! Motion of a take: a description of what moves where, and the reference frames and masks made from it.
//!
//! A [`Motion`] holds plain values: camera moves with their paths, cut-outs with their tracks, and the names of
//! masks. With the pixels of those masks ([`MotionPictures`]) and the fitted picture it becomes a [`Scene`], which
//! renders one [`ReferenceFrame`] at a time: pixels, and for each pixel whether and why a take must follow them.
//! Must not know latents, noise levels or models.

mod backward;
mod cells;
mod description;
mod drag;
mod drawing;
mod layers;
mod masks;
mod mesh;
mod nearest;
mod outline;
mod painted;
mod pictures;
mod scene;
mod simplified;
mod warp;

pub use cells::Held;
pub use description::{CutOut, DRAWN_PATH, Mask, Motion, Move, Outline, PictureName, Reference};
pub use drag::{Dragged, DraggedOutline, parse_drag};
pub use drawing::{Drawing, FrameIn, Pace, ending_at, paced, performed, recorded};
pub use layers::{Layer, LayerOfCutOut, Layers};
pub use masks::guessed_near_at;
pub use outline::{brushed, contains, lasso, middle_of};
pub use painted::{MOST_STROKES, Painted, Stroke};
pub use pictures::MotionPictures;
pub use scene::{ReferenceFrame, Scene};
