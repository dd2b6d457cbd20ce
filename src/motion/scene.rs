//! Reference frames of a take: the fitted picture, moved as its motion describes.

use super::backward::{Backward, Taps, is_inside};
use super::cells::{Held, by_corner, by_share};
use super::description::{CutOut, Mask, Motion, Outline, Reference};
use super::masks::{
    grown, guessed_near, mask_of, middle_of_corners, middle_of_mask, near_of, planes_of,
    polygon_mask,
};
use super::nearest::nearest;
use super::pictures::MotionPictures;
use super::warp::{Sight, Source};
use crate::error::MotionError;
use crate::media::camera::CameraPath;
use crate::media::picture::Picture;

/// How far hidden areas are extended, in pixels, because the edges of near maps and cut-outs are never exact.
const GROWN: usize = 2;

/// One reference frame.
pub struct ReferenceFrame {
    /// Planes `[3, h, w]` from 0 to 1.
    pub planes: Vec<f32>,
    /// Whether and why a take must follow each pixel, `[h, w]`.
    pub held: Vec<Held>,
    width: usize,
    /// Whether a cell takes the kind of its upper left pixel rather than of most of its pixels.
    by_corner: bool,
}

impl ReferenceFrame {
    /// The latent cells `[h/scale, w/scale]` of `scale` × `scale` pixels each.
    ///
    /// A cell is unseen if at least a fifth of its pixels is, and otherwise has the kind of most of its
    /// pixels. For frames and masks of another program, it has the kind of its upper left pixel, as in
    /// Time-to-Move.
    #[must_use]
    pub fn cells(&self, scale: usize) -> Vec<Held> {
        let cells = if self.by_corner { by_corner } else { by_share };
        cells(&self.held, self.width, scale)
    }
}

/// The picture of a take and everything that moves in it.
pub struct Scene<'a> {
    motion: &'a Motion,
    pictures: &'a MotionPictures,
    size: [usize; 2],
    frames: usize,
    /// The fitted picture, planes `[3, h, w]`.
    picture: Vec<f32>,
    /// The picture without the cut-outs: their pixels have the nearest colours.
    background: Vec<f32>,
    /// The pixels of the cut-outs, `[h, w]`.
    hole: Vec<bool>,
    /// How near the background is, `[h, w]`; empty where depth does not matter.
    near: Vec<f32>,
    lock: Option<Vec<bool>>,
    brush: Option<Vec<bool>>,
    sprites: Vec<Sprite<'a>>,
}

/// A cut-out in pixels.
struct Sprite<'a> {
    /// One inside, zero outside, `[h, w]`.
    alpha: Vec<f32>,
    /// The point that it turns about.
    middle: [f64; 2],
    track: &'a CameraPath,
}

impl<'a> Scene<'a> {
    /// The scene of `motion` over the fitted picture `frame`, for a take of `frames` frames.
    ///
    /// # Errors
    /// [`MotionError`]: a picture is missing or has the wrong size, there are too few reference frames, or a
    /// cut-out has no pixel in the frame.
    pub fn new(
        motion: &'a Motion,
        pictures: &'a MotionPictures,
        frame: &Picture,
        frames: usize,
    ) -> Result<Self, MotionError> {
        let size = [frame.width as usize, frame.height as usize];
        if let Some(reference) = &motion.reference {
            check_reference(reference, pictures, size, frames)?;
        }
        let mask = |mask: &Option<Mask>| -> Result<Option<Vec<bool>>, MotionError> {
            Ok(match mask {
                None => None,
                Some(Mask::Picture(named)) => Some(mask_of(pictures.get(named)?, size)),
                Some(Mask::Painted(painted)) => Some(painted.mask(size)),
            })
        };
        let mut near = match &motion.near {
            Some(named) => near_of(pictures.get(named)?, size),
            None if motion.camera.iter().any(|one| one.path.has_parallax()) => guessed_near(size),
            None => Vec::new(),
        };
        let sprites = sprites(&motion.cut_outs, pictures, size)?;
        let mut hole = vec![false; size[0] * size[1]];
        for sprite in &sprites {
            for (hole, &alpha) in hole.iter_mut().zip(&sprite.alpha) {
                *hole |= alpha > 0.0;
            }
        }
        let picture = planes_of(frame);
        let mut background = picture.clone();
        fill(&mut background, &hole, size);
        fill(&mut near, &hole, size);
        Ok(Self {
            motion,
            pictures,
            size,
            frames,
            picture,
            background,
            hole,
            near,
            lock: mask(&motion.lock)?,
            brush: mask(&motion.brush)?,
            sprites,
        })
    }

    /// Checks everything that [`Scene::new`] rejects, without the picture; `size` is the width and height
    /// of the frames.
    ///
    /// # Errors
    /// As [`Scene::new`].
    pub fn check(
        motion: &Motion,
        pictures: &MotionPictures,
        size: [usize; 2],
        frames: usize,
    ) -> Result<(), MotionError> {
        if let Some(reference) = &motion.reference {
            check_reference(reference, pictures, size, frames)?;
        }
        for named in motion.pictures() {
            pictures.get(named)?;
        }
        sprites(&motion.cut_outs, pictures, size).map(|_| ())
    }

    /// Frames in the take.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The reference frame `index`, counted from zero.
    ///
    /// # Errors
    /// [`MotionError::PictureGone`] if there is no such frame.
    pub fn frame(&self, index: usize) -> Result<ReferenceFrame, MotionError> {
        if let Some(reference) = &self.motion.reference {
            return self.made_elsewhere(reference, index);
        }
        let t = index as f32 / self.frames.saturating_sub(1).max(1) as f32;
        let source = Source {
            planes: &self.background,
            filled: &self.hole,
            near: &self.near,
            size: self.size,
        };
        let warped = source.warped(self.motion.pose(t));
        let sights = warped.sights.iter();
        let hidden: Vec<bool> = sights.map(|sight| *sight == Sight::Hidden).collect();
        let hidden = grown(&hidden, self.size[0], GROWN);
        let usual = if !self.motion.camera.is_empty() {
            Held::Camera
        } else if self.brush.is_some() {
            Held::Still
        } else {
            Held::Free
        };
        let sights = warped.sights.iter().zip(hidden);
        let held = sights.map(|(sight, hidden)| match sight {
            Sight::Seen if !hidden => usual,
            _ => Held::Unseen,
        });
        let mut frame = ReferenceFrame {
            held: held.collect(),
            planes: warped.planes,
            width: self.size[0],
            by_corner: false,
        };
        self.brush_and_lock(&mut frame);
        for sprite in &self.sprites {
            self.draw(sprite, t, &mut frame);
        }
        Ok(frame)
    }

    /// Frees the parts that the brush covers, and keeps locked parts as they are in the picture. What a
    /// cut-out hid is unknown, so it cannot be locked.
    fn brush_and_lock(&self, frame: &mut ReferenceFrame) {
        let area = self.hole.len();
        for index in 0..area {
            let covers = |mask: &Option<Vec<bool>>| mask.as_ref().is_some_and(|mask| mask[index]);
            if covers(&self.brush) {
                frame.held[index] = Held::Free;
            }
            if covers(&self.lock) {
                let known = !self.hole[index];
                frame.held[index] = if known { Held::Still } else { Held::Unseen };
                for channel in 0..3 {
                    let at = channel * area + index;
                    frame.planes[at] = self.background[at];
                }
            }
        }
    }

    /// Draws a cut-out over a frame, where its track puts it at `t`.
    fn draw(&self, sprite: &Sprite<'_>, t: f32, frame: &mut ReferenceFrame) {
        let backward = Backward::about(sprite.track.at(t), sprite.middle, self.size);
        let area = self.hole.len();
        for index in 0..area {
            let origin = backward.origin(index % self.size[0], index / self.size[0]);
            if !is_inside(origin, self.size) {
                continue;
            }
            let taps = Taps::at(origin, self.size);
            let alpha = taps.of(&sprite.alpha);
            if alpha <= 0.0 {
                continue;
            }
            for (channel, plane) in self.picture.chunks_exact(area).enumerate() {
                let value = &mut frame.planes[channel * area + index];
                let own = taps.of(plane);
                // Exact inside the cut-out; only the edge is rounded.
                *value = if alpha < 1.0 {
                    *value + (own - *value) * alpha
                } else {
                    own
                };
            }
            if alpha >= 0.5 {
                frame.held[index] = Held::CutOut;
            }
        }
    }

    fn made_elsewhere(
        &self,
        reference: &Reference,
        index: usize,
    ) -> Result<ReferenceFrame, MotionError> {
        let of = |named: &'_ [_]| {
            named.get(index).map_or_else(
                || {
                    let name = reference.frames_folder.clone();
                    Err(MotionError::PictureGone { name })
                },
                |named| self.pictures.get(named),
            )
        };
        let follows = mask_of(of(&reference.masks)?, self.size);
        let held = |follows| if follows { Held::Camera } else { Held::Free };
        Ok(ReferenceFrame {
            planes: planes_of(of(&reference.frames)?),
            held: follows.into_iter().map(held).collect(),
            width: self.size[0],
            by_corner: true,
        })
    }
}

/// Rejects reference frames that are too few or too many, or not of the take's size.
fn check_reference(
    reference: &Reference,
    pictures: &MotionPictures,
    size: [usize; 2],
    frames: usize,
) -> Result<(), MotionError> {
    let folders = [
        (&reference.frames_folder, &reference.frames),
        (&reference.masks_folder, &reference.masks),
    ];
    for (folder, named) in folders {
        if named.len() != frames {
            return Err(MotionError::ReferenceCount {
                folder: folder.clone(),
                count: named.len(),
                frames,
            });
        }
        for named in named {
            let picture = pictures.get(named)?;
            let own = [picture.width as usize, picture.height as usize];
            if own != size {
                return Err(MotionError::ReferenceSize {
                    name: named.name.clone(),
                    found: own,
                    expected: size,
                });
            }
        }
    }
    Ok(())
}

fn sprites<'a>(
    cut_outs: &'a [CutOut],
    pictures: &MotionPictures,
    size: [usize; 2],
) -> Result<Vec<Sprite<'a>>, MotionError> {
    let numbered = cut_outs.iter().zip(1..);
    numbered
        .map(|(cut, number)| {
            let (mask, middle) = match &cut.outline {
                Outline::Polygon(corners) => (
                    polygon_mask(corners, size),
                    Some(middle_of_corners(corners, size)),
                ),
                Outline::Mask(named) => {
                    let mask = mask_of(pictures.get(named)?, size);
                    let middle = middle_of_mask(&mask, size[0]);
                    (mask, middle)
                }
            };
            let middle = middle.filter(|_| mask.contains(&true));
            Ok(Sprite {
                alpha: mask
                    .into_iter()
                    .map(|inside| f32::from(u8::from(inside)))
                    .collect(),
                middle: middle.ok_or(MotionError::EmptyCutOut { number })?,
                track: &cut.track,
            })
        })
        .collect()
}

/// Gives the pixels of `hole` in every plane the value of the nearest pixel outside it.
fn fill(planes: &mut [f32], hole: &[bool], size: [usize; 2]) {
    if !hole.contains(&true) {
        return;
    }
    let outside: Vec<bool> = hole.iter().map(|inside| !inside).collect();
    let Some(nearest) = nearest(&outside, size[0]) else {
        return;
    };
    for plane in planes.chunks_exact_mut(hole.len()) {
        for (index, &from) in nearest.iter().enumerate() {
            plane[index] = plane[from as usize];
        }
    }
}
