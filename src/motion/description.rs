//! What moves in a take, as plain values that a recipe can hold.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::painted::Painted;
use crate::media::camera::{CameraPath, Pose, stacked};
use crate::media::curve::StrengthCurve;
use crate::media::picture::Picture;

/// A picture that a motion names: a mask, a near map or a reference frame.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureName {
    /// The name of its file, without folders.
    pub name: String,
    /// Its [`Picture::fingerprint`].
    pub fingerprint: String,
}

impl PictureName {
    /// The name of `picture`, which is called `name`.
    #[must_use]
    pub fn of(name: &str, picture: &Picture) -> Self {
        Self {
            name: name.to_owned(),
            fingerprint: picture.fingerprint(),
        }
    }
}

/// A mask over the frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Mask {
    /// A picture: white is part of the mask.
    Picture(PictureName),
    /// Strokes of a brush.
    Painted(Painted),
}

impl From<PictureName> for Mask {
    fn from(named: PictureName) -> Self {
        Self::Picture(named)
    }
}

impl Mask {
    /// The picture that it is, if it is one.
    #[must_use]
    pub fn picture(&self) -> Option<&PictureName> {
        match self {
            Self::Picture(named) => Some(named),
            Self::Painted(_) => None,
        }
    }

    /// Its name in a list: that of its file, or "painted".
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Picture(named) => &named.name,
            Self::Painted(_) => "painted",
        }
    }
}

/// The name of the camera path that is drawn on the stage.
pub const DRAWN_PATH: &str = "drawn path";

/// A camera path and its strength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The name of the camera move, or of the file that the camera path was read from, without its folders.
    pub name: String,
    /// Factor on the path; a negative one moves backwards.
    #[serde(deserialize_with = "finite_strength")]
    pub strength: f32,
    /// A strength that changes over the clip, which replaces `strength`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<StrengthCurve>,
    /// The path at strength 1.
    pub path: CameraPath,
}

impl Move {
    /// The strength at `t`, from 0 at the first to 1 at the last frame.
    #[must_use]
    pub fn strength_at(&self, t: f32) -> f32 {
        let curve = self.curve.as_ref();
        curve.map_or(self.strength, |curve| curve.at(t))
    }
}

/// JSON has numbers beyond `f32`, which would be read as infinite.
fn finite_strength<'de, D: Deserializer<'de>>(document: D) -> Result<f32, D::Error> {
    let strength = f32::deserialize(document)?;
    if strength.is_finite() {
        return Ok(strength);
    }
    Err(D::Error::custom("a number is too large"))
}

/// The outline of a cut-out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outline {
    /// Corners as fractions of the frame.
    Polygon(#[serde(deserialize_with = "corners")] Vec<[f32; 2]>),
    /// A mask over the frame: white is part of the cut-out.
    Mask(PictureName),
}

/// Maximum number of corners of a polygon.
const MOST_CORNERS: usize = 4096;
/// How far a corner may be from the frame's origin, in widths or heights of the frame.
const FURTHEST: f32 = 8.0;

/// Checks the corners of a polygon.
///
/// # Errors
/// What is wrong with them, as a clause.
pub(super) fn check_corners(corners: &[[f32; 2]]) -> Result<(), String> {
    let count = corners.len();
    if !(3..=MOST_CORNERS).contains(&count) {
        return Err(format!(
            "its polygon has {count} corners, not 3 to {MOST_CORNERS}"
        ));
    }
    // Also false for a number beyond `f32`.
    let near = |value: &f32| value.abs() <= FURTHEST;
    if !corners.iter().flatten().all(near) {
        return Err("a corner is more than 8 frame sizes away".to_owned());
    }
    Ok(())
}

fn corners<'de, D: Deserializer<'de>>(document: D) -> Result<Vec<[f32; 2]>, D::Error> {
    let corners = Vec::deserialize(document)?;
    check_corners(&corners).map_err(D::Error::custom)?;
    Ok(corners)
}

/// A part of the picture that moves along its own track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOut {
    /// Its outline in the picture.
    pub outline: Outline,
    /// Its track: shift, scale and roll about the centre of its bounding box.
    pub track: CameraPath,
}

/// Reference frames and masks made by another program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The name of the folder of frames.
    pub frames_folder: String,
    /// The name of the folder of masks.
    pub masks_folder: String,
    /// One per frame of the take.
    pub frames: Vec<PictureName>,
    /// One per frame of the take: white follows the reference.
    pub masks: Vec<PictureName>,
}

/// What moves in a take.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Motion {
    /// Camera moves, composed. Without any, the camera is not guided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub camera: Vec<Move>,
    /// Cut-outs, the rearmost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cut_outs: Vec<CutOut>,
    /// White parts must hold still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<Mask>,
    /// White parts may move freely; the rest holds still or follows the camera moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brush: Option<Mask>,
    /// How near the content is: white is nearest. Without it, Kinora guesses the depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<PictureName>,
    /// Reference frames that replace all of the above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

impl Motion {
    /// Whether a take need not be guided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // A near map alone moves nothing.
        self.camera.is_empty()
            && self.cut_outs.is_empty()
            && self.lock.is_none()
            && self.brush.is_none()
            && self.reference.is_none()
    }

    /// The pose of the camera moves at `t`, from 0 at the first to 1 at the last frame.
    #[must_use]
    pub fn pose(&self, t: f32) -> Pose {
        let moves = self.camera.iter();
        stacked(moves.map(|one| (&one.path, one.strength_at(t))), t)
    }

    /// Whether a mask is painted, which earlier versions cannot read.
    #[must_use]
    pub fn is_painted(&self) -> bool {
        let masks = [&self.lock, &self.brush].into_iter().flatten();
        masks.into_iter().any(|mask| mask.picture().is_none())
    }

    /// All pictures that it names.
    pub fn pictures(&self) -> impl Iterator<Item = &PictureName> {
        let cut_outs = self.cut_outs.iter().filter_map(|cut| match &cut.outline {
            Outline::Mask(mask) => Some(mask),
            Outline::Polygon(_) => None,
        });
        let reference = self.reference.iter();
        let reference = reference.flat_map(|made| made.frames.iter().chain(&made.masks));
        let masks = [&self.lock, &self.brush].into_iter().flatten();
        masks
            .filter_map(Mask::picture)
            .chain(&self.near)
            .chain(cut_outs)
            .chain(reference)
    }
}
