//! What a HEIF file consists of, as values.

/// A codec of the images in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeifCodec {
    /// H.265, in HEIC files.
    Hevc,
    /// AV1, in AVIF files.
    Av1,
}

/// One coded image: the whole picture, or a part of its grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeifTile {
    /// Its codec.
    pub(crate) codec: HeifCodec,
    /// The decoder's configuration, from `hvcC` or `av1C`.
    pub(crate) config: Vec<u8>,
    /// The coded data.
    pub(crate) data: Vec<u8>,
}

/// A change to the decoded picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeifTurn {
    /// Quarter turns anticlockwise.
    Rotate(u8),
    /// Left and right are swapped.
    LeftRight,
    /// Top and bottom are swapped.
    TopBottom,
}

/// How colours are stored, where the file says so (ITU-T H.273).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeifColour {
    /// Code of the matrix between RGB and the stored planes.
    pub(crate) matrix: u16,
    /// Whether values use the whole range.
    pub(crate) full_range: bool,
}

/// A picture as a file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeifPicture {
    /// Width and height in pixels, before it is turned.
    pub(crate) size: (u32, u32),
    /// Its images, row by row; at least one.
    pub(crate) tiles: Vec<HeifTile>,
    /// Number of images in a row.
    pub(crate) columns: usize,
    /// What to do with the decoded picture, in order.
    pub(crate) turns: Vec<HeifTurn>,
    /// How its colours are stored, if the file says so.
    pub(crate) colour: Option<HeifColour>,
    /// How opaque it is, as another picture.
    pub(crate) alpha: Option<Box<Self>>,
}

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeifFault {
    /// The data ends too early.
    Truncated,
    /// The data contradicts itself, or uses something that is not read.
    Damaged(&'static str),
}
