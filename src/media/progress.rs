//! Progress of opening a picture, and stopping it early.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};

/// Bytes passed on between two checks whether to stop.
const PIECE: usize = 64 << 10;
/// Fraction of the work done once the file is read; decoding is most of the rest.
pub(super) const READ: f32 = 0.15;
/// Fraction of the work done once its bytes are decoded.
pub(super) const DECODED: f32 = 0.85;

/// Lets the caller of [`Picture::open_watched`](super::picture::Picture::open_watched) observe it and stop it early.
#[derive(Clone, Copy)]
pub struct PictureWatch<'a> {
    /// Whether to stop; no picture is returned then.
    pub ended: &'a dyn Fn() -> bool,
    /// Called now and then with the fraction done, from 0 to 1.
    pub progress: &'a dyn Fn(f32),
}

impl PictureWatch<'static> {
    /// Ignores progress and never stops.
    #[must_use]
    pub fn none() -> Self {
        Self {
            ended: &|| false,
            progress: &|_| {},
        }
    }
}

impl PictureWatch<'_> {
    /// Reports the bytes read from the disk.
    pub(super) fn read(&self, done: u64, total: u64) {
        (self.progress)(READ * part(done, total));
    }

    /// Reports the bytes decoded; returns whether to continue.
    pub(super) fn decoded(&self, done: usize, total: usize) -> bool {
        (self.progress)(READ + (DECODED - READ) * part(done as u64, total as u64));
        !(self.ended)()
    }
}

fn part(done: u64, total: u64) -> f32 {
    (done as f64 / total.max(1) as f64).min(1.0) as f32
}

/// The bytes of a file as a reader for a decoder: reports progress by position, and stops with an error.
pub(super) struct WatchedBytes<'a> {
    bytes: Cursor<&'a [u8]>,
    watch: PictureWatch<'a>,
    /// The furthest position read.
    furthest: u64,
}

impl<'a> WatchedBytes<'a> {
    pub(super) fn new(bytes: &'a [u8], watch: PictureWatch<'a>) -> Self {
        Self {
            bytes: Cursor::new(bytes),
            watch,
            furthest: 0,
        }
    }

    fn look(&mut self) -> io::Result<()> {
        // A decoder may read the end first; progress then jumps, but never goes back.
        let at = self.bytes.position();
        let total = self.bytes.get_ref().len();
        if at >= self.furthest + PIECE as u64 && at < total as u64 {
            self.furthest = at;
        }
        if self.watch.decoded(self.furthest as usize, total) {
            Ok(())
        } else {
            Err(io::Error::other("ended"))
        }
    }
}

impl Read for WatchedBytes<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        self.look()?;
        let most = target.len().min(PIECE);
        self.bytes.read(&mut target[..most])
    }
}

impl BufRead for WatchedBytes<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.look()?;
        let rest = self.bytes.fill_buf()?;
        Ok(&rest[..rest.len().min(PIECE)])
    }

    fn consume(&mut self, count: usize) {
        self.bytes.consume(count);
    }
}

impl Seek for WatchedBytes<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_reader_is_followed_and_ended() {
        let bytes = vec![7; 5 * PIECE + 3];
        let (told, calls) = (Cell::new(0.0_f32), Cell::new(0));
        let progress = |part: f32| {
            assert!(part >= told.get() && part <= 1.0, "it never goes back");
            told.set(part);
        };
        let never = || false;
        let watch = PictureWatch {
            ended: &never,
            progress: &progress,
        };
        let mut copy = Vec::new();
        let read = WatchedBytes::new(&bytes, watch).read_to_end(&mut copy);
        assert_eq!(read.unwrap(), bytes.len());
        assert!(copy == bytes && told.get() > 0.7, "{}", told.get());

        let third = || calls.replace(calls.get() + 1) >= 2;
        let watch = PictureWatch {
            ended: &third,
            progress: &|_| {},
        };
        let mut reader = WatchedBytes::new(&bytes, watch);
        let mut target = vec![0; 2 * PIECE];
        for _ in 0..2 {
            let read = reader.read(&mut target);
            assert_eq!(read.unwrap(), PIECE, "a piece at a time");
        }
        assert!(reader.read(&mut target).is_err(), "the third is its end");
    }
}
