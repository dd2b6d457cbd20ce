//! Peak memory of this process, span by span. Read from `/proc`, so available only on Linux.

use std::fs;

/// Written to `/proc/self/clear_refs`, this resets the high-water mark.
const FORGET: &str = "5";
const FORGET_FILE: &str = "/proc/self/clear_refs";
const STATUS_FILE: &str = "/proc/self/status";

/// Peak memory of each span of a run, in bytes; over several runs, the highest.
#[derive(Debug, Default)]
pub(crate) struct MemoryWatch {
    spans: Vec<Option<u64>>,
    current: Option<usize>,
    highest: Option<u64>,
}

impl MemoryWatch {
    /// Starts a run; its first span starts with [`MemoryWatch::next`].
    pub(crate) fn begin(&mut self) {
        self.current = None;
    }

    /// Ends the current span and starts the next.
    pub(crate) fn next(&mut self) {
        self.end();
        self.current = Some(self.current.map_or(0, |span| span + 1));
    }

    /// Ends the current span.
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

    /// The peak of each span, in bytes.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Option<u64>> {
        self.spans.iter().copied().chain(std::iter::repeat(None))
    }

    /// The peak of all spans, in bytes.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.highest
    }
}

/// The process's high-water mark in bytes, if the system provides it.
fn high_water() -> Option<u64> {
    let status = fs::read_to_string(STATUS_FILE).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Resets the mark. If that fails, a span's peak includes the spans before it.
fn forget() {
    let _ = fs::write(FORGET_FILE, FORGET);
}
