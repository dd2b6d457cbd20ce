//! Why a JPEG cannot be decoded.

/// Why a JPEG cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum JpegFault {
    /// The data ends before the end marker.
    Truncated,
    /// The caller stopped it.
    Ended,
    /// More pixels on a side than allowed.
    TooLarge { width: u32, height: u32 },
    /// The samples would take more memory than allowed.
    TooHeavy,
    /// Contradictory data, or an unsupported kind of JPEG.
    Undecodable(&'static str),
}

/// A segment whose fields contradict each other.
pub(super) const BAD_SEGMENT: JpegFault = JpegFault::Undecodable("a header is contradictory");
