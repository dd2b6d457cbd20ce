//! Reading bits and Huffman codes of entropy-coded data (ITU T.81 annex F).

use super::fault::JpegFault;

/// Codes up to this length are decoded by table lookup.
const SHORT: u32 = 9;
/// Bits that may be missing at the end of a segment: some writers do not flush their last word.
pub(super) const MAX_MISSING: u32 = 64;

/// A Huffman table, ready to decode.
pub(super) struct HuffmanTable {
    /// For every prefix of `SHORT` bits: length and symbol of its code; length 0 if the code is longer.
    short: Vec<(u8, u8)>,
    /// For every length, one past its largest code, aligned to 16 bits.
    ends: [u32; 17],
    /// For every length, what to add to a code to get the index of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// Builds the canonical code with `counts[i]` codes of `i + 1` bits.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut short = vec![(0, 0); 1 << SHORT];
        let (mut ends, mut offsets) = ([0; 17], [0; 17]);
        let (mut code, mut place) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = usize::from(counts[length as usize - 1]);
            offsets[length as usize] = place as i32 - code as i32;
            for &symbol in symbols.get(place..place + count)? {
                if code >= 1 << length {
                    return None;
                }
                if length <= SHORT {
                    let spread = SHORT - length;
                    let first = (code << spread) as usize;
                    short[first..first + (1 << spread)].fill((length as u8, symbol));
                }
                code += 1;
            }
            place += count;
            ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Some(Self {
            short,
            ends,
            offsets,
            symbols: symbols.to_vec(),
        })
    }
}

/// The bits of one entropy-coded segment.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, starting at the top.
    buffer: u64,
    count: u32,
    ended: bool,
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            buffer: 0,
            count: 0,
            ended: false,
            missing: 0,
        }
    }

    /// The read position; if a marker was met, that of its first byte.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Starts over at the byte `at`.
    pub(super) fn restart(&mut self, at: usize) {
        *self = Self::new(self.bytes, at);
    }

    fn fill(&mut self) {
        while self.count <= 56 && !self.ended {
            let byte = match self.bytes.get(self.at) {
                Some(&0xff) => {
                    // 0xff 0x00 stands for 0xff; repeated 0xff before either are padding.
                    let mut next = self.at + 1;
                    while self.bytes.get(next) == Some(&0xff) {
                        next += 1;
                    }
                    if self.bytes.get(next) != Some(&0) {
                        self.ended = true;
                        return;
                    }
                    self.at = next + 1;
                    0xff
                }
                Some(&byte) => {
                    self.at += 1;
                    byte
                }
                None => {
                    self.ended = true;
                    return;
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn skip(&mut self, bits: u32) -> Result<(), JpegFault> {
        if bits > self.count {
            self.missing += bits - self.count;
            if self.missing > MAX_MISSING {
                return Err(JpegFault::Truncated);
            }
            self.count = bits;
        }
        self.buffer <<= bits;
        self.count -= bits;
        Ok(())
    }

    /// The next `bits` bits, at most 16.
    pub(super) fn take(&mut self, bits: u32) -> Result<i32, JpegFault> {
        if bits == 0 {
            return Ok(0);
        }
        if self.count < bits {
            self.fill();
        }
        let value = (self.buffer >> (64 - bits)) as i32;
        self.skip(bits)?;
        Ok(value)
    }

    /// A number of `bits` bits in the sign convention of annex F.2.2.1.
    pub(super) fn number(&mut self, bits: u32) -> Result<i32, JpegFault> {
        if bits > 16 {
            return Err(JpegFault::Undecodable("a coefficient is out of range"));
        }
        let value = self.take(bits)?;
        Ok(if bits > 0 && value < 1 << (bits - 1) {
            value - (1 << bits) + 1
        } else {
            value
        })
    }

    /// The symbol of the next code in `table`.
    pub(super) fn symbol(&mut self, table: &HuffmanTable) -> Result<u8, JpegFault> {
        if self.count < 16 {
            self.fill();
        }
        let (length, symbol) = table.short[(self.buffer >> (64 - SHORT)) as usize];
        if length != 0 {
            self.skip(u32::from(length))?;
            return Ok(symbol);
        }
        let start = (self.buffer >> 48) as u32;
        for length in SHORT + 1..=16 {
            if start < table.ends[length as usize] {
                let code = (start >> (16 - length)) as i32;
                let place = code + table.offsets[length as usize];
                self.skip(length)?;
                return usize::try_from(place)
                    .ok()
                    .and_then(|place| table.symbols.get(place).copied())
                    .ok_or(BAD_CODE);
            }
        }
        Err(BAD_CODE)
    }
}

const BAD_CODE: JpegFault = JpegFault::Undecodable("its data does not match its tables");
