//! An animatic: a picture with everything that moves in it, at the size of a take, without any model.
//!
//! Its frames are the reference frames that a guide would follow.

use std::sync::Arc;
use std::thread;

use crate::error::{MotionError, PictureError};
use crate::media::fit::{Fit, prepare};
use crate::media::frame::Frame;
use crate::media::picture::Picture;
use crate::motion::{Motion, MotionPictures, Scene};

/// Most frames that are drawn at the same time.
const MOST_AT_ONCE: usize = 8;

/// A picture and what moves in it.
#[derive(Clone, Debug)]
pub(crate) struct Animatic {
    /// The picture.
    pub(crate) picture: Arc<Picture>,
    /// How it is fitted to the frame.
    pub(crate) fit: Fit,
    /// sRGB colour around a padded picture.
    pub(crate) matte: [u8; 3],
    /// What moves, in fractions of the frame.
    pub(crate) motion: Motion,
    /// Width and height of a frame, in pixels.
    pub(crate) size: (u32, u32),
    /// Number of frames.
    pub(crate) frames: usize,
    /// No motion that is drawn in the window has any.
    pub(crate) pictures: MotionPictures,
}

impl Animatic {
    /// The picture, fitted to the frame.
    ///
    /// # Errors
    /// As [`prepare`].
    pub(crate) fn fitted(&self) -> Result<Picture, PictureError> {
        let (width, height) = self.size;
        let prepared = prepare(&self.picture, width, height, self.fit, self.matte)?;
        Ok(prepared.frame)
    }

    /// The scene over the fitted picture.
    ///
    /// # Errors
    /// As [`Scene::new`].
    pub(crate) fn scene(&self, fitted: &Picture) -> Result<Scene<'_>, MotionError> {
        Scene::new(&self.motion, &self.pictures, fitted, self.frames)
    }
}

/// The frames of a scene, drawn several at a time as they are needed.
pub(crate) struct Drawn<'a> {
    scene: Scene<'a>,
    size: (u32, u32),
    /// The index of the first frame in `frames`.
    first: usize,
    frames: Vec<Frame>,
}

impl<'a> Drawn<'a> {
    /// The frames of `scene`, which have this width and height.
    pub(crate) fn new(scene: Scene<'a>, size: (u32, u32)) -> Self {
        Self {
            scene,
            size,
            first: 0,
            frames: Vec::new(),
        }
    }

    /// The frame `index`, counted from zero.
    ///
    /// # Errors
    /// As [`Scene::frame`].
    pub(crate) fn frame(&mut self, index: usize) -> Result<Frame, MotionError> {
        let kept = index
            .checked_sub(self.first)
            .and_then(|at| self.frames.get(at));
        if let Some(frame) = kept {
            return Ok(frame.clone());
        }
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let at_once = cores.min(MOST_AT_ONCE);
        // A run that also serves an export that plays backwards.
        self.first = index / at_once * at_once;
        let last = (self.first + at_once).min(self.scene.frames().max(index + 1));
        self.frames = self.draw(self.first..last)?;
        Ok(self.frames[index - self.first].clone())
    }

    fn draw(&self, indices: std::ops::Range<usize>) -> Result<Vec<Frame>, MotionError> {
        let (scene, (width, height)) = (&self.scene, self.size);
        let one = |index| {
            let frame = scene.frame(index)?;
            Ok(Frame::from_planes(&frame.planes, width, height))
        };
        thread::scope(|scope| {
            let threads: Vec<_> = indices
                .map(|index| (index, scope.spawn(move || one(index))))
                .collect();
            threads
                .into_iter()
                // Drawing again gives the same failure, on this thread.
                .map(|(index, thread)| thread.join().unwrap_or_else(|_| one(index)))
                .collect()
        })
    }
}
