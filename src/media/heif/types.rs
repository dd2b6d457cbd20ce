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

/// A change to the decoded picture (ISO/IEC 23008-12, 6.5.9–6.5.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeifTurn {
    /// Quarter turns anticlockwise.
    Rotate(u8),
    /// Left and right are swapped.
    LeftRight,
    /// Top and bottom are swapped.
    TopBottom,
    /// Only a part in its middle is meant to be seen.
    Crop(HeifCrop),
}

/// The part of a picture that is meant to be seen (ISO/IEC 14496-12, 12.1.4): fractions, as numerator and denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeifCrop {
    /// Width and height in pixels.
    pub(crate) size: [(u32, u32); 2],
    /// From the middle of the picture to the middle of the part, to the right and down.
    pub(crate) offset: [(i32, u32); 2],
}

impl HeifCrop {
    /// Left, top, width and height of the part in a picture of this size; `None` if there is no such part.
    pub(crate) fn within(self, width: u32, height: u32) -> Option<[u32; 4]> {
        let along = |axis: usize, side: u32| {
            let ((size, size_by), (offset, offset_by)) = (self.size[axis], self.offset[axis]);
            if size_by == 0 || offset_by == 0 {
                return None;
            }
            let size = f64::from(size) / f64::from(size_by);
            let middle = f64::from(side) / 2.0 + f64::from(offset) / f64::from(offset_by);
            let first = (middle - size / 2.0).floor().max(0.0);
            let end = (middle + size / 2.0).floor().min(f64::from(side));
            (end > first).then_some((first as u32, (end - first) as u32))
        };
        let (left, width) = along(0, width)?;
        let (top, height) = along(1, height)?;
        Some([left, top, width, height])
    }
}

/// How colours are stored, where the file says so (ITU-T H.273).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeifColour {
    /// Code of the primaries.
    pub(crate) primaries: u16,
    /// Code of the transfer curve.
    pub(crate) transfer: u16,
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
    /// The ICC profile of its colours, which counts more than their codes.
    pub(crate) profile: Option<Vec<u8>>,
    /// How opaque it is, as another picture.
    pub(crate) alpha: Option<Box<Self>>,
}

impl HeifPicture {
    /// Width and height of the part that is meant to be seen, before it is turned.
    pub(crate) fn seen_size(&self) -> (u32, u32) {
        let crop = self.turns.iter().find_map(|turn| match turn {
            HeifTurn::Crop(crop) => crop.within(self.size.0, self.size.1),
            _ => None,
        });
        crop.map_or(self.size, |[_, _, width, height]| (width, height))
    }
}

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeifFault {
    /// The data ends too early.
    Truncated,
    /// The data contradicts itself, or uses something that is not read.
    Damaged(&'static str),
}
