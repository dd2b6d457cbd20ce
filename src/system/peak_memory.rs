//! The most memory that this process held, span by span.
//!
//! Reads what Linux keeps of a process; on other systems nothing is known. Must not know what the spans are.

use std::fs;

/// Writing this to the file below makes the system forget the high-water mark.
const FORGET: &str = "5";
const FORGET_FILE: &str = "/proc/self/clear_refs";
const STATUS_FILE: &str = "/proc/self/status";

/// High-water marks of the spans of several runs; each span keeps the highest of all runs.
#[derive(Debug, Default)]
pub(crate) struct MemoryWatch {
    spans: Vec<Option<u64>>,
    current: Option<usize>,
    highest: Option<u64>,
}

impl MemoryWatch {
    /// A run begins; its first span begins with [`MemoryWatch::next`].
    pub(crate) fn begin(&mut self) {
        self.current = None;
    }

    /// The span in progress ends and the next begins.
    pub(crate) fn next(&mut self) {
        self.end();
        self.current = Some(self.current.map_or(0, |span| span + 1));
    }

    /// The span in progress ends.
    pub(crate) fn end(&mut self) {
        let mark = high_water();
        self.highest = self.highest.max(mark);
        if let Some(span) = self.current {
            if self.spans.len() <= span {
                self.spans.resize(span + 1, None);
            }
            self.spans[span] = self.spans[span].max(mark);
        }
        forget();
    }

    /// The highest mark of each span.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Option<u64>> {
        self.spans.iter().copied().chain(std::iter::repeat(None))
    }

    /// The highest mark of all.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.highest
    }
}

/// The process's high-water mark in bytes, where the system keeps one that can be read as a file.
fn high_water() -> Option<u64> {
    let status = fs::read_to_string(STATUS_FILE).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Where it cannot be forgotten, spans are only as low as what came before them.
fn forget() {
    let _ = fs::write(FORGET_FILE, FORGET);
}
