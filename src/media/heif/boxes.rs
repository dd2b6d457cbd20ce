//! Boxes and big-endian numbers, each checked against the end of the data.

use super::types::HeifFault;

/// Data that is read from its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], HeifFault> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(HeifFault::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], HeifFault> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| HeifFault::Truncated)
    }

    pub(super) fn u8(&mut self) -> Result<u8, HeifFault> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, HeifFault> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, HeifFault> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn four(&mut self) -> Result<[u8; 4], HeifFault> {
        self.array()
    }

    /// A number of 0, 4 or 8 bytes, as the location of an item has them.
    pub(super) fn sized(&mut self, bytes: u8) -> Result<u64, HeifFault> {
        match bytes {
            0 => Ok(0),
            4 => self.u32().map(u64::from),
            8 => self.array().map(u64::from_be_bytes),
            _ => Err(HeifFault::Damaged("a location has an unknown form")),
        }
    }

    /// An item's ID, which newer boxes store in four bytes.
    pub(super) fn id(&mut self, wide: bool) -> Result<u32, HeifFault> {
        if wide {
            self.u32()
        } else {
            self.u16().map(u32::from)
        }
    }

    /// Version and flags at the start of a full box.
    pub(super) fn version(&mut self) -> Result<(u8, u32), HeifFault> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0x00ff_ffff))
    }

    /// The next box: its kind and contents; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<([u8; 4], Self)>, HeifFault> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (length, kind) = (self.u32()?, self.four()?);
        let (length, head) = match length {
            // To the end of the file.
            0 => (self.0.len() as u64 + 8, 8),
            1 => (self.sized(8)?, 16),
            length => (u64::from(length), 8),
        };
        let body = length
            .checked_sub(head)
            .ok_or(HeifFault::Damaged("a box is too short"))?;
        let body = usize::try_from(body).map_err(|_| HeifFault::Truncated)?;
        Ok(Some((kind, Self(self.take(body)?))))
    }

    /// The contents of the first box of this kind.
    pub(super) fn find(mut self, wanted: [u8; 4]) -> Result<Option<Self>, HeifFault> {
        while let Some((kind, body)) = self.next()? {
            if kind == wanted {
                return Ok(Some(body));
            }
        }
        Ok(None)
    }
}
