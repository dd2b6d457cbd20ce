//! Named shapes of frames: that of the picture, and those of films and phones.

use super::crop::size_for;
use crate::app::state::Studio;
use crate::request::Defaults;

/// A named shape of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameShape {
    /// The shape of the picture.
    AsPicture,
    /// 16:9, a film.
    Film,
    /// 1:1.
    Square,
    /// 4:5, a portrait post.
    Post,
    /// 9:16, a phone held upright.
    Phone,
}

impl FrameShape {
    /// All shapes, in display order.
    pub const ALL: [Self; 5] = [
        Self::AsPicture,
        Self::Film,
        Self::Square,
        Self::Post,
        Self::Phone,
    ];

    /// The name shown to the user.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AsPicture => "As picture",
            Self::Film => "16:9",
            Self::Square => "1:1",
            Self::Post => "4:5",
            Self::Phone => "9:16",
        }
    }

    /// Width over height; `picture` is that of the picture.
    fn ratio(self, picture: Option<f64>) -> Option<f64> {
        match self {
            Self::AsPicture => picture,
            Self::Film => Some(16.0 / 9.0),
            Self::Square => Some(1.0),
            Self::Post => Some(0.8),
            Self::Phone => Some(9.0 / 16.0),
        }
    }

    /// The frame size of this shape with about as many pixels as the model's own.
    fn size(self, picture: Option<f64>, defaults: &Defaults) -> Option<(usize, usize)> {
        let (width, height) = (defaults.width, defaults.height);
        let ratio = self.ratio(picture)?;
        let is = |width: usize, height: usize| {
            (width as f64 / height.max(1) as f64 - ratio).abs() < 0.01
        };
        // The model's own size, upright or not, is the one that it was trained on.
        Some(match () {
            () if is(width, height) => (width, height),
            () if is(height, width) => (height, width),
            () => size_for(ratio, defaults),
        })
    }
}

impl Studio {
    /// The frame size of a shape for the selected picture and model; `None` without them.
    #[must_use]
    pub fn size_of(&self, shape: FrameShape) -> Option<(usize, usize)> {
        shape.size(self.picture_shape(), &self.model()?.defaults)
    }

    /// The shape of the next take's frame, if it has a name.
    #[must_use]
    pub fn frame_shape(&self) -> Option<FrameShape> {
        let size = self.settings()?.size;
        let named = |shape: &FrameShape| self.size_of(*shape) == Some(size);
        // If the picture's shape has a name of its own, that is preferred.
        let mut shapes = FrameShape::ALL.into_iter().rev();
        shapes.find(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::rate::Rate;
    use crate::request::Rules;
    use crate::sampler::{Guidance, GuidanceShape};

    fn defaults() -> Defaults {
        Defaults {
            width: 1024,
            height: 576,
            frames: 14,
            steps: 25,
            fps: Rate { num: 7, den: 1 },
            motion_bucket: 127.0,
            noise_aug: 0.02,
            guidance: Guidance {
                min: 1.0,
                max: 3.0,
                shape: GuidanceShape::Linear,
            },
            sampler: Default::default(),
            rules: Rules::any(64),
        }
    }

    #[test]
    fn shapes_keep_the_models_pixels_and_its_own_size_upright_or_not() {
        let defaults = defaults();
        let size = |shape: FrameShape| shape.size(Some(0.75), &defaults).unwrap();
        assert_eq!(size(FrameShape::Film), (1024, 576));
        assert_eq!(size(FrameShape::Phone), (576, 1024));
        let (width, height) = size(FrameShape::Square);
        assert_eq!(width, height);
        for shape in FrameShape::ALL {
            let (width, height) = size(shape);
            let pixels = (width * height) as f64 / (1024.0 * 576.0);
            assert!((0.85..=1.15).contains(&pixels), "{width} × {height}");
            let off = width as f64 / height as f64 / shape.ratio(Some(0.75)).unwrap();
            assert!((off - 1.0).abs() < 0.06, "{width} × {height}");
        }
        assert_eq!(FrameShape::AsPicture.size(None, &defaults), None);
    }
}
