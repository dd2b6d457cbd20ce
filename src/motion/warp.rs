//! The picture as a camera pose shows it, and which of its pixels the picture really contains.

use super::backward::{Backward, Taps, is_inside, pixel_at};
use super::mesh::Surface;
use super::nearest::nearest;
use crate::media::camera::Pose;

/// What a pixel of a warped picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Something that the picture shows.
    Seen,
    /// Something hidden in the picture: behind a near thing, or behind a cut-out that moved away.
    Hidden,
    /// Something beyond the edge of the picture.
    Beyond,
}

/// A picture to warp.
pub(super) struct Source<'a> {
    /// Planes `[3, h, w]`.
    pub(super) planes: &'a [f32],
    /// Pixels that were filled in: they have colours, but their real content is unknown.
    pub(super) filled: &'a [bool],
    /// How near each pixel is, `[h, w]`.
    pub(super) near: &'a [f32],
    /// Width and height.
    pub(super) size: [usize; 2],
}

/// A warped picture: planes `[3, h, w]`, and what each pixel shows, `[h, w]`. Pixels that show nothing have
/// the colours of the nearest pixel that shows something.
pub(super) struct Warped {
    pub(super) planes: Vec<f32>,
    pub(super) sights: Vec<Sight>,
}

impl Source<'_> {
    /// The picture in the pose `pose`. Without parallax, one exact mapping serves all depths; at rest, the
    /// picture is unchanged.
    pub(super) fn warped(&self, pose: Pose) -> Warped {
        let surface = pose
            .has_parallax()
            .then(|| Surface::new(pose, self.near, self.size));
        let backward = Backward::new(pose, self.size);
        let area = self.size[0] * self.size[1];
        let mut warped = Warped {
            planes: vec![0.0; 3 * area],
            sights: vec![Sight::Beyond; area],
        };
        for index in 0..area {
            let origin = match &surface {
                Some(surface) => surface.at(index).map(|(origin, _)| origin),
                None => {
                    let origin = backward.origin(index % self.size[0], index / self.size[0]);
                    is_inside(origin, self.size).then_some(origin)
                }
            };
            let Some(origin) = origin else {
                continue;
            };
            let taps = Taps::at(origin, self.size);
            for (channel, plane) in self.planes.chunks_exact(area).enumerate() {
                warped.planes[channel * area + index] = taps.of(plane);
            }
            warped.sights[index] = if self.filled[pixel_at(origin, self.size)] {
                Sight::Hidden
            } else {
                Sight::Seen
            };
        }
        self.fill(&mut warped, (pose, surface.as_ref()));
        warped
    }

    /// Gives every pixel that shows nothing the colours of the nearest pixel that does. On a surface, a
    /// pixel counts as beyond the edge only if it would be beyond it at the depth of that nearest pixel.
    fn fill(&self, warped: &mut Warped, (pose, surface): (Pose, Option<&Surface>)) {
        let shows = |sight: &Sight| *sight != Sight::Beyond;
        if warped.sights.iter().all(shows) {
            return;
        }
        let shown: Vec<bool> = warped.sights.iter().map(shows).collect();
        let Some(nearest) = nearest(&shown, self.size[0]) else {
            // The picture was moved out of view entirely, so the unmoved picture is as good a start as any.
            warped.planes.copy_from_slice(self.planes);
            return;
        };
        let area = shown.len();
        for (index, &from) in nearest.iter().enumerate().filter(|(at, _)| !shown[*at]) {
            let from = from as usize;
            for channel in 0..3 {
                warped.planes[channel * area + index] = warped.planes[channel * area + from];
            }
            if let Some((_, depth)) = surface.and_then(|surface| surface.at(from)) {
                let backward = Backward::at_depth(pose, depth, self.size);
                let origin = backward.origin(index % self.size[0], index / self.size[0]);
                if is_inside(origin, self.size) {
                    warped.sights[index] = Sight::Hidden;
                }
            }
        }
    }
}
