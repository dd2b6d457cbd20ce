//! Memory used by this process, available, and installed.
//!
//! A query takes about a millisecond, too long for the window's thread.

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Memory at one moment, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residency {
    /// Resident memory of this process: weights, intermediate results, frames, the window. `None` if the system does
    /// not say.
    pub held: Option<u64>,
    /// Memory available without swapping.
    pub free: u64,
    /// Installed memory.
    pub total: u64,
}

impl Residency {
    /// Queries the system.
    #[must_use]
    pub fn now() -> Self {
        let mut system = System::new();
        system.refresh_memory();
        Self {
            held: held(&mut system),
            free: system.available_memory(),
            total: system.total_memory(),
        }
    }
}

fn held(system: &mut System) -> Option<u64> {
    let own = get_current_pid().ok()?;
    let memory = ProcessRefreshKind::nothing().with_memory().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, memory);
    Some(system.process(own)?.memory())
}

/// Bytes of memory available without swapping; zero if the system does not say.
#[must_use]
pub fn available() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    system.available_memory()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocated_memory_is_counted_and_at_most_what_is_installed() {
        // The pages must be written to, or the system does not allocate them.
        let taken = vec![1_u8; 64 << 20];
        let found = Residency::now();
        assert!(found.total > 0 && found.free <= found.total);
        if let Some(held) = found.held {
            assert!(held >= taken.len() as u64 && held <= found.total, "{held}");
        }
        assert_eq!(std::hint::black_box(&taken)[taken.len() / 2], 1);
    }
}
