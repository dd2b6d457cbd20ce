//! A take as it was asked for: everything that a queue, a retry and an edit need of it.

use super::direction::Direction;
use super::ids::PictureId;
use crate::engine::device::DevicePreference;

/// A take that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct TakeRequest {
    /// The picture it is made of.
    pub picture: PictureId,
    /// How.
    pub direction: Direction,
    /// Where to compute, if elsewhere than preferred.
    pub device: Option<DevicePreference>,
}
