//! Fitting a picture to a frame of another shape: crop, pad, stretch, or a chosen part.
//!
//! The rounding rules are here; [`lanczos`] does the resampling.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::crop::{Window, is_wider, scaled};
use crate::error::{FitError, PictureError};
use crate::media::lanczos::lanczos;
use crate::media::picture::{MAX_SIDE, Picture};

/// How a picture is fitted to a frame of another shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// The largest centred part that has the frame's shape.
    #[default]
    Crop,
    /// The whole picture, centred on a plain canvas that has the frame's shape.
    Pad,
    /// The whole picture, stretched to the frame's shape, as diffusers does.
    Stretch,
    /// The largest centred part of this window that has the frame's shape.
    Window(Window),
}

impl Fit {
    /// Every way without a parameter, in display order.
    pub const ALL: [Self; 3] = [Self::Crop, Self::Pad, Self::Stretch];

    const fn word(self) -> &'static str {
        match self {
            Self::Crop => "crop",
            Self::Pad => "pad",
            Self::Stretch => "stretch",
            Self::Window(_) => "window",
        }
    }
}

impl Fit {
    /// This way for a picture of size `picture` (width, height): a window that extends beyond it counts as none.
    #[must_use]
    pub fn within(self, picture: (u32, u32)) -> Self {
        match self {
            Self::Window(window) if !window.lies_in(picture) => Self::Crop,
            way => way,
        }
    }

    /// The part of a picture of size `picture` that a frame of size `frame` (width, height) shows: its upper left
    /// corner and its size, as fractions of the picture. A padded frame extends beyond the picture.
    #[must_use]
    pub fn frame_in(self, picture: (u32, u32), frame: (u32, u32)) -> ([f32; 2], [f32; 2]) {
        let window = match self {
            Self::Stretch => return ([0.0; 2], [1.0; 2]),
            Self::Crop => Window::whole(picture).shaped(frame),
            Self::Window(window) => window.shaped(frame),
            Self::Pad => {
                let shape = frame.0 as f32 / frame.1 as f32;
                let own = picture.0 as f32 / picture.1 as f32;
                let size = [(shape / own).max(1.0), (own / shape).max(1.0)];
                return (size.map(|side| (1.0 - side) / 2.0), size);
            }
        };
        let part = |pixels: u32, whole: u32| pixels as f32 / whole.max(1) as f32;
        (
            [part(window.x, picture.0), part(window.y, picture.1)],
            [
                part(window.width, picture.0),
                part(window.height, picture.1),
            ],
        )
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window(window) => write!(formatter, "window {window}"),
            way => formatter.pad(way.word()),
        }
    }
}

impl FromStr for Fit {
    type Err = FitError;

    fn from_str(word: &str) -> Result<Self, FitError> {
        Self::ALL
            .into_iter()
            .find(|fit| fit.word() == word)
            .ok_or_else(|| FitError::Unknown {
                word: word.to_owned(),
            })
    }
}

/// A picture prepared for the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The picture at its own resolution, cropped or padded to the frame's shape: the input of CLIP, and the `image`
    /// with which diffusers gives the same take.
    pub view: Picture,
    /// `view` at the frame's size: the input of the VAE.
    pub frame: Picture,
}

/// Fits `picture` to a frame of `width` × `height` pixels.
///
/// Rounding: the side that `Crop` shortens or `Pad` lengthens is rounded to the nearest pixel (halves up), at least 1;
/// an odd remainder goes to the right or the bottom. The other side stays as it is, so no pixel is resampled twice.
/// `matte` (sRGB) fills the canvas of `Pad`; the other ways ignore it.
///
/// # Errors
/// [`PictureError::FrameSize`] if a side of the frame is 0 or above
/// [`MAX_SIDE`]; [`PictureError::Canvas`] if the padded canvas would be;
/// [`PictureError::Window`] if the window is not entirely inside the picture.
pub fn prepare(
    picture: &Picture,
    width: u32,
    height: u32,
    fit: Fit,
    matte: [u8; 3],
) -> Result<Prepared, PictureError> {
    let side = 1..=MAX_SIDE;
    if !side.contains(&width) || !side.contains(&height) {
        return Err(PictureError::FrameSize {
            width,
            height,
            limit: MAX_SIDE,
        });
    }
    let view = match fit {
        Fit::Crop => cut(
            picture,
            Window::whole((picture.width, picture.height)).shaped((width, height)),
        ),
        Fit::Window(window) => {
            if !window.lies_in((picture.width, picture.height)) {
                return Err(PictureError::Window {
                    window: window.to_string(),
                    width: picture.width,
                    height: picture.height,
                });
            }
            cut(picture, window.shaped((width, height)))
        }
        Fit::Pad => pad(picture, width, height, matte)?,
        Fit::Stretch => picture.clone(),
    };
    let frame = lanczos(&view, width, height);
    Ok(Prepared { view, frame })
}

/// The pixels of a window, which must be inside the picture.
fn cut(picture: &Picture, window: Window) -> Picture {
    let (left, width) = (window.x as usize, window.width as usize);
    let rgb = picture
        .rgb
        .chunks_exact(picture.width as usize * 3)
        .skip(window.y as usize)
        .take(window.height as usize)
        .flat_map(|row| &row[left * 3..(left + width) * 3])
        .copied()
        .collect();
    Picture {
        width: window.width,
        height: window.height,
        rgb,
    }
}

fn pad(
    picture: &Picture,
    width: u32,
    height: u32,
    matte: [u8; 3],
) -> Result<Picture, PictureError> {
    let (mut canvas_width, mut canvas_height) =
        (u64::from(picture.width), u64::from(picture.height));
    if is_wider((picture.width, picture.height), (width, height)) {
        canvas_height = scaled(picture.width, height, width).max(canvas_height);
    } else {
        canvas_width = scaled(picture.height, width, height).max(canvas_width);
    }
    let limit = u64::from(MAX_SIDE);
    if canvas_width > limit || canvas_height > limit {
        return Err(PictureError::Canvas {
            width: picture.width,
            height: picture.height,
            frame_width: width,
            frame_height: height,
        });
    }
    let (canvas_width, canvas_height) = (canvas_width as usize, canvas_height as usize);
    let left = (canvas_width - picture.width as usize) / 2;
    let top = (canvas_height - picture.height as usize) / 2;
    let mut rgb = matte.repeat(canvas_width * canvas_height);
    let stride = picture.width as usize * 3;
    for (canvas_row, row) in rgb
        .chunks_exact_mut(canvas_width * 3)
        .skip(top)
        .zip(picture.rgb.chunks_exact(stride))
    {
        canvas_row[left * 3..left * 3 + stride].copy_from_slice(row);
    }
    Ok(Picture {
        width: canvas_width as u32,
        height: canvas_height as u32,
        rgb,
    })
}
