//! Parsers with every kind of fault, which prove that the runs would find one.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use super::parsers::Target;
use super::run::Plan;

/// A file that starts with this triggers the fault.
const MARK: u8 = 0x2a;

/// Each planted fault, with what the run must report about it.
pub(super) const PLANTED: [(Target, &str); 5] = [
    (planted("planted-panic", panics), "planted"),
    (planted("planted-overflow", recurses), "stack"),
    (planted("planted-hang", hangs), "no end"),
    (planted("planted-memory", fills), "MiB"),
    (
        planted("planted-allocation", asks_for_all),
        "memory allocation",
    ),
];

/// Short limits, so that the faults are found quickly.
pub(super) fn plan() -> Plan {
    Plan {
        inputs: 5000,
        longest: Duration::from_secs(5),
        most_memory: 64 << 20,
        ..Plan::default()
    }
}

pub(super) fn is_faulty(data: &[u8]) -> bool {
    data.first() == Some(&MARK)
}

const fn planted(name: &'static str, check: fn(&[u8], &Path) -> bool) -> Target {
    Target {
        name,
        seeds: || vec![vec![0; 4]],
        change: |data, dice| data[0] = dice.byte(),
        check,
    }
}

fn panics(data: &[u8], _folder: &Path) -> bool {
    assert!(!is_faulty(data), "planted");
    true
}

fn recurses(data: &[u8], folder: &Path) -> bool {
    // The optimiser must not turn it into a loop.
    black_box(!is_faulty(data) || recurses(black_box(data), black_box(folder)))
}

fn hangs(data: &[u8], _folder: &Path) -> bool {
    if is_faulty(data) {
        std::thread::sleep(Duration::from_secs(600));
    }
    true
}

fn fills(data: &[u8], _folder: &Path) -> bool {
    if is_faulty(data) {
        black_box(vec![MARK; 128 << 20]);
    }
    true
}

fn asks_for_all(data: &[u8], _folder: &Path) -> bool {
    if is_faulty(data) {
        black_box(Vec::<u8>::with_capacity(1 << 40));
    }
    true
}
