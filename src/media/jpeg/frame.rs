//! The frame header: size and planes of the picture (ITU T.81 B.2.2).

use super::fault::{BAD_SEGMENT, JpegFault};
use super::huffman::MAX_MISSING;
use super::idct::inverse_transform;

/// Limits on the size of a picture.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Maximum number of pixels on a side.
    pub(super) side: u32,
    /// Maximum bytes of samples and coefficients.
    pub(super) bytes: u64,
    /// Bytes after the header, which must contain all blocks: each takes at least one bit. No memory is allocated for
    /// blocks that the file cannot contain.
    pub(super) coded: usize,
}

/// The frame header, with the samples of each component.
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    /// The largest sampling factors, across and down.
    pub(super) max_h: usize,
    pub(super) max_v: usize,
    pub(super) components: Vec<Component>,
}

impl Frame {
    /// Reads a frame header.
    pub(super) fn parse(
        segment: &[u8],
        progressive: bool,
        limits: Limits,
    ) -> Result<Self, JpegFault> {
        let (head, rest) = segment.split_first_chunk::<6>().ok_or(BAD_SEGMENT)?;
        let [
            precision,
            height_high,
            height_low,
            width_high,
            width_low,
            count,
        ] = *head;
        let height = usize::from(u16::from_be_bytes([height_high, height_low]));
        let width = usize::from(u16::from_be_bytes([width_high, width_low]));
        if precision != 8 {
            return Err(JpegFault::Undecodable("its samples do not have 8 bits"));
        }
        if width == 0 || height == 0 {
            return Err(JpegFault::Undecodable("it has no pixels"));
        }
        if width > limits.side as usize || height > limits.side as usize {
            return Err(JpegFault::TooLarge {
                width: width as u32,
                height: height as u32,
            });
        }
        let specs: Option<Vec<Spec>> = rest.as_chunks::<3>().0.iter().map(Spec::parse).collect();
        let specs = specs.ok_or(BAD_SEGMENT)?;
        if specs.len() != usize::from(count) || !matches!(count, 1 | 3 | 4) {
            return Err(JpegFault::Undecodable(
                "it has an unusual number of colour planes",
            ));
        }
        let max_h = specs.iter().map(|spec| spec.h).max().unwrap_or(1);
        let max_v = specs.iter().map(|spec| spec.v).max().unwrap_or(1);
        let (size, max) = ((width, height), (max_h, max_v));
        let blocks: usize = specs.iter().map(|spec| spec.blocks(size, max)).sum();
        // A sample takes one byte; a progressive file also needs a 16-bit coefficient.
        let bytes_per_block = if progressive { 64 * 3 } else { 64 };
        if (blocks * bytes_per_block + width * height * 3) as u64 > limits.bytes {
            return Err(JpegFault::TooHeavy);
        }
        let coded: usize = specs.iter().map(|spec| spec.coded_blocks(size, max)).sum();
        if coded > 8 * limits.coded + MAX_MISSING as usize {
            return Err(JpegFault::Truncated);
        }
        let components = specs
            .into_iter()
            .map(|spec| Component::new(spec, size, max, progressive))
            .collect();
        Ok(Self {
            width,
            height,
            progressive,
            max_h,
            max_v,
            components,
        })
    }
}

/// The header of one component.
#[derive(Clone, Copy)]
struct Spec {
    id: u8,
    h: usize,
    v: usize,
    table: usize,
}

impl Spec {
    fn parse(&[id, sampling, table]: &[u8; 3]) -> Option<Self> {
        let (h, v) = (usize::from(sampling >> 4), usize::from(sampling & 15));
        let possible = (1..=4).contains(&h) && (1..=4).contains(&v);
        possible.then_some(Self {
            id,
            h,
            v,
            table: usize::from(table),
        })
    }

    /// Minimum number of coded blocks, whatever the scans.
    fn coded_blocks(self, size: (usize, usize), max: (usize, usize)) -> usize {
        let (width, height) = self.size(size, max);
        width.div_ceil(8) * height.div_ceil(8)
    }

    /// Size in samples, without padding.
    fn size(self, (width, height): (usize, usize), max: (usize, usize)) -> (usize, usize) {
        (
            (width * self.h).div_ceil(max.0),
            (height * self.v).div_ceil(max.1),
        )
    }

    /// Total number of blocks, with padding to whole units of the picture.
    fn blocks(self, (width, height): (usize, usize), (max_h, max_v): (usize, usize)) -> usize {
        self.h * self.v * width.div_ceil(8 * max_h) * height.div_ceil(8 * max_v)
    }
}

/// One colour plane.
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors, across and down.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Index of its quantization table.
    pub(super) table: usize,
    /// Size in samples, without padding.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Blocks in a row, with padding to whole units.
    pub(super) blocks_across: usize,
    /// `[8 · blocks down, 8 · blocks across]`.
    pub(super) samples: Vec<u8>,
    /// `[blocks down · blocks across, 64]` in row-major order, for progressive files only.
    pub(super) coefficients: Vec<[i16; 64]>,
    /// Set when the component's first scan is read.
    pub(super) quantization: Option<[u16; 64]>,
}

impl Component {
    fn new(spec: Spec, size: (usize, usize), max: (usize, usize), progressive: bool) -> Self {
        let blocks = spec.blocks(size, max);
        let (width, height) = spec.size(size, max);
        Self {
            id: spec.id,
            h: spec.h,
            v: spec.v,
            table: spec.table,
            width,
            height,
            blocks_across: spec.h * size.0.div_ceil(8 * max.0),
            samples: vec![0; blocks * 64],
            coefficients: vec![[0; 64]; if progressive { blocks } else { 0 }],
            quantization: None,
        }
    }

    /// Samples in a row, with padding.
    pub(super) fn stride(&self) -> usize {
        self.blocks_across * 8
    }

    /// Transforms all coefficients to samples.
    pub(super) fn transform(&mut self) {
        for (block, coefficients) in std::mem::take(&mut self.coefficients).iter().enumerate() {
            self.store(block, coefficients);
        }
    }

    /// Transforms the coefficients of one block to samples.
    pub(super) fn store(&mut self, block: usize, coefficients: &[i16; 64]) {
        let stride = self.stride();
        let first = block / self.blocks_across * 8 * stride + block % self.blocks_across * 8;
        let table = self.quantization.as_ref().unwrap_or(&[0; 64]);
        inverse_transform(coefficients, table, &mut self.samples[first..], stride);
    }
}
