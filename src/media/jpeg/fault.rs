//! Why a JPEG cannot be decoded.

/// Why a JPEG cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum JpegFault {
    /// The data stops before the end mark.
    Truncated,
    /// The caller ended it.
    Ended,
    /// More pixels on a side than allowed.
    TooLarge { width: u32, height: u32 },
    /// The samples would take more memory than allowed.
    TooHeavy,
    /// Contradictory data, or a kind of JPEG that is not read.
    Undecodable(&'static str),
}

/// A segment whose fields contradict each other.
pub(super) const BAD_SEGMENT: JpegFault = JpegFault::Undecodable("a header is contradictory");
