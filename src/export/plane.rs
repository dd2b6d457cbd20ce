//! One plane of video samples.

/// Rows × columns of 8-bit samples, without padding between rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::export) struct Plane {
    /// Samples per row.
    pub(in crate::export) width: usize,
    /// Rows.
    pub(in crate::export) height: usize,
    /// `[height, width]`.
    pub(in crate::export) samples: Vec<u8>,
}
