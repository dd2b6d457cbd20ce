//! A requested take: everything that the queue, a retry and an edit need.

use serde::{Deserialize, Serialize};

use super::direction::Direction;
use super::ids::PictureId;
use crate::request::DevicePreference;

/// A requested take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeRequest {
    /// The picture it is made from.
    pub picture: PictureId,
    /// Its settings.
    pub direction: Direction,
    /// Where to compute, if not on the preferred device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DevicePreference>,
}
