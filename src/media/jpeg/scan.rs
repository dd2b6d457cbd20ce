//! Decoding of one scan: which blocks it contains and how their coefficients are coded.
//!
//! Sequential blocks become samples at once; progressive ones gather their
//! coefficients over several scans (ITU T.81 annexes F and G).

use super::fault::JpegFault;
use super::frame::Frame;
use super::huffman::{Bits, HuffmanTable};
use super::zigzag::ZIGZAG;

/// A component in a scan.
pub(super) struct ScanComponent<'a> {
    /// Its index in the frame.
    pub(super) index: usize,
    pub(super) dc: Option<&'a HuffmanTable>,
    pub(super) ac: Option<&'a HuffmanTable>,
}

/// A scan header, resolved.
pub(super) struct Scan<'a> {
    pub(super) components: Vec<ScanComponent<'a>>,
    /// First and last coefficient, in zigzag order.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Point transform: how many low bits were missing before this scan (`Ah`) and are missing after it (`Al`).
    pub(super) high: u8,
    pub(super) low: u8,
    /// Units between restart marks; 0 for none.
    pub(super) restart_interval: usize,
}

/// State that carries over from block to block until a restart.
#[derive(Default)]
struct Carry {
    predictions: [i32; 4],
    /// Number of following blocks without further coefficients in this scan.
    end_of_band: u32,
}

impl Scan<'_> {
    /// Decodes the data at `at` into `frame`; returns where it ends. `go_on` is called before each row of units, with
    /// the position in the data; false stops.
    pub(super) fn decode(
        &self,
        frame: &mut Frame,
        bytes: &[u8],
        at: usize,
        go_on: &dyn Fn(usize) -> bool,
    ) -> Result<usize, JpegFault> {
        self.check(frame.progressive)?;
        let mut bits = Bits::new(bytes, at);
        let mut carry = Carry::default();
        let alone = self.components.len() == 1;
        let (across, down) = if alone {
            let component = &frame.components[self.components[0].index];
            (component.width.div_ceil(8), component.height.div_ceil(8))
        } else {
            (
                frame.width.div_ceil(8 * frame.max_h),
                frame.height.div_ceil(8 * frame.max_v),
            )
        };
        let mut until_restart = self.restart_interval;
        for unit in 0..across * down {
            if unit % across == 0 && !go_on(bits.position()) {
                return Err(JpegFault::Ended);
            }
            if self.restart_interval != 0 {
                if until_restart == 0 {
                    restart(&mut bits, bytes)?;
                    carry = Carry::default();
                    until_restart = self.restart_interval;
                }
                until_restart -= 1;
            }
            let (x, y) = (unit % across, unit / across);
            for part in &self.components {
                let component = &mut frame.components[part.index];
                let (h, v) = if alone {
                    (1, 1)
                } else {
                    (component.h, component.v)
                };
                for row in 0..v {
                    for column in 0..h {
                        let block = (y * v + row) * component.blocks_across + x * h + column;
                        if frame.progressive {
                            let coefficients = &mut component.coefficients[block];
                            self.progressive(part, &mut bits, &mut carry, coefficients)?;
                        } else {
                            let mut coefficients = [0; 64];
                            let prediction = &mut carry.predictions[part.index];
                            sequential(part, &mut bits, prediction, &mut coefficients)?;
                            component.store(block, &coefficients);
                        }
                    }
                }
            }
        }
        Ok(bits.position())
    }

    fn check(&self, progressive: bool) -> Result<(), JpegFault> {
        let band = self.start <= self.end && self.end <= 63;
        let possible = if progressive {
            // A band of AC coefficients contains only one component, and no DC coefficients.
            let alone = self.components.len() == 1;
            band && self.low <= 13
                && if self.start == 0 {
                    self.end == 0
                } else {
                    alone
                }
        } else {
            true
        };
        if self.components.is_empty() || !possible {
            return Err(JpegFault::Undecodable("a scan header is contradictory"));
        }
        Ok(())
    }

    fn progressive(
        &self,
        part: &ScanComponent<'_>,
        bits: &mut Bits<'_>,
        carry: &mut Carry,
        block: &mut [i16; 64],
    ) -> Result<(), JpegFault> {
        match (self.start == 0, self.high == 0) {
            (true, true) => {
                let size = bits.symbol(part.dc.ok_or(NO_TABLE)?)?;
                let prediction = &mut carry.predictions[part.index];
                *prediction = prediction.wrapping_add(bits.number(u32::from(size))?);
                block[0] = (*prediction << self.low) as i16;
                Ok(())
            }
            (true, false) => {
                if bits.take(1)? == 1 {
                    block[0] |= 1 << self.low;
                }
                Ok(())
            }
            (false, true) => self.band(part.ac.ok_or(NO_TABLE)?, bits, carry, block),
            (false, false) => self.refinement(part.ac.ok_or(NO_TABLE)?, bits, carry, block),
        }
    }

    /// First bits of a band of AC coefficients (G.1.2.2).
    fn band(
        &self,
        table: &HuffmanTable,
        bits: &mut Bits<'_>,
        carry: &mut Carry,
        block: &mut [i16; 64],
    ) -> Result<(), JpegFault> {
        if carry.end_of_band > 0 {
            carry.end_of_band -= 1;
            return Ok(());
        }
        let mut k = self.start;
        while k <= self.end {
            let symbol = bits.symbol(table)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size != 0 {
                k += run as usize;
                let position = *ZIGZAG.get(k).ok_or(TOO_MANY)?;
                block[usize::from(position)] = (bits.number(size)? << self.low) as i16;
                k += 1;
            } else if run == 15 {
                k += 16;
            } else {
                carry.end_of_band = (1 << run) - 1 + bits.take(run)? as u32;
                break;
            }
        }
        Ok(())
    }

    /// One more bit of a band of AC coefficients (G.1.2.3).
    fn refinement(
        &self,
        table: &HuffmanTable,
        bits: &mut Bits<'_>,
        carry: &mut Carry,
        block: &mut [i16; 64],
    ) -> Result<(), JpegFault> {
        let mut k = self.start;
        if carry.end_of_band == 0 {
            while k <= self.end {
                let symbol = bits.symbol(table)?;
                let (run, size) = (u32::from(symbol >> 4), symbol & 15);
                let mut fresh = 0;
                match size {
                    0 if run < 15 => {
                        carry.end_of_band = (1 << run) + bits.take(run)? as u32;
                        break;
                    }
                    0 => {}
                    1 => {
                        fresh = if bits.take(1)? == 1 {
                            1 << self.low
                        } else {
                            -1 << self.low
                        }
                    }
                    _ => return Err(JpegFault::Undecodable("a refinement is contradictory")),
                }
                k = self.refine_run(k, Some(run), bits, block)?;
                if fresh != 0 {
                    let position = *ZIGZAG.get(k).ok_or(TOO_MANY)?;
                    block[usize::from(position)] = fresh;
                }
                k += 1;
            }
        }
        if carry.end_of_band > 0 {
            self.refine_run(k, None, bits, block)?;
            carry.end_of_band -= 1;
        }
        Ok(())
    }

    /// Refines the nonzero coefficients from `k` on, past `zeros` zeros or to the end of the band; returns the position
    /// of the zero after those.
    fn refine_run(
        &self,
        mut k: usize,
        zeros: Option<u32>,
        bits: &mut Bits<'_>,
        block: &mut [i16; 64],
    ) -> Result<usize, JpegFault> {
        let mut left = zeros;
        while k <= self.end {
            let value = &mut block[usize::from(ZIGZAG[k])];
            if *value == 0 {
                match &mut left {
                    Some(0) => break,
                    Some(zeros) => *zeros -= 1,
                    None => {}
                }
            } else if bits.take(1)? == 1 && *value & (1 << self.low) == 0 {
                let step = 1 << self.low;
                *value = value.wrapping_add(if *value > 0 { step } else { -step });
            }
            k += 1;
        }
        Ok(k)
    }
}

/// A block of a sequential scan (F.2.2).
fn sequential(
    part: &ScanComponent<'_>,
    bits: &mut Bits<'_>,
    prediction: &mut i32,
    block: &mut [i16; 64],
) -> Result<(), JpegFault> {
    let (dc, ac) = part.dc.zip(part.ac).ok_or(NO_TABLE)?;
    let size = bits.symbol(dc)?;
    *prediction = prediction.wrapping_add(bits.number(u32::from(size))?);
    block[0] = *prediction as i16;
    let mut k = 1;
    while k < 64 {
        let symbol = bits.symbol(ac)?;
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if run != 15 {
                break;
            }
            k += 16;
        } else {
            k += run;
            let position = *ZIGZAG.get(k).ok_or(TOO_MANY)?;
            block[usize::from(position)] = bits.number(size)? as i16;
            k += 1;
        }
    }
    Ok(())
}

/// Skips past the next restart marker.
fn restart(bits: &mut Bits<'_>, bytes: &[u8]) -> Result<(), JpegFault> {
    let mut at = bits.position();
    loop {
        let pair = bytes.get(at..at + 2).ok_or(JpegFault::Truncated)?;
        match (pair[0], pair[1]) {
            (0xff, 0xd0..=0xd7) => break,
            (0xff, 0xd9) => return Err(JpegFault::Truncated),
            (0xff, 1..=0xfe) => return Err(JpegFault::Undecodable("a restart marker is missing")),
            _ => at += 1,
        }
    }
    bits.restart(at + 2);
    Ok(())
}

const NO_TABLE: JpegFault = JpegFault::Undecodable("a Huffman table is missing");
const TOO_MANY: JpegFault = JpegFault::Undecodable("a block has too many coefficients");
