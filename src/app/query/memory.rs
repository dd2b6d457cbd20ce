//! Memory: used, available, and needed by the next take.

use crate::app::state::Studio;
use crate::engine::forecast::Forecast;

/// The memory that limits the next take: that of the GPU if it runs on one, otherwise the machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// Bytes that Kinora uses; `None` if unknown, as on a GPU.
    pub held: Option<u64>,
    /// Bytes that the next take needs at its peak, once planned.
    pub needed: Option<u64>,
    /// Bytes available.
    pub free: u64,
    /// Bytes in total.
    pub total: u64,
    /// Whether it is a GPU's own memory.
    pub card: bool,
}

impl MemoryUse {
    /// Whether the next take fits in the available memory.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.needed.is_none_or(|needed| needed <= self.free)
    }

    /// Fractions of the total, from 0 to 1: used by others, used by Kinora, needed by the next take. Together
    /// at most 1.
    #[must_use]
    pub fn parts(&self) -> [f32; 3] {
        let of = |bytes: u64| (bytes as f64 / self.total.max(1) as f64).min(1.0) as f32;
        let taken = self.total.saturating_sub(self.free);
        let held = self.held.unwrap_or(0).min(taken);
        let others = of(taken - held);
        let held = of(held);
        let left = (1.0 - others - held).max(0.0);
        [others, held, of(self.needed.unwrap_or(0)).min(left)]
    }
}

impl Studio {
    /// The memory that limits the next take, if known.
    #[must_use]
    pub fn memory(&self) -> Option<MemoryUse> {
        let forecast = self.runtime.forecast.latest.as_ref();
        let needed = forecast.map(Forecast::peak_bytes);
        if let Some(forecast) = forecast.filter(|forecast| forecast.gpu) {
            return Some(MemoryUse {
                held: None,
                needed,
                free: forecast.free_bytes,
                total: forecast.free_bytes,
                card: true,
            });
        }
        let found = self.runtime.memory.latest?;
        Some(MemoryUse {
            held: found.held,
            needed,
            free: found.free,
            total: found.total,
            card: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_exceed_the_whole() {
        let memory = MemoryUse {
            held: Some(20),
            needed: Some(30),
            free: 40,
            total: 100,
            card: false,
        };
        assert_eq!(memory.parts(), [0.4, 0.2, 0.3]);
        assert!(memory.fits());
        let tight = MemoryUse {
            needed: Some(90),
            ..memory
        };
        let [others, held, needed] = tight.parts();
        assert!((others + held + needed - 1.0).abs() < 1e-6);
        assert!(!tight.fits());
        let nonsense = MemoryUse {
            held: Some(u64::MAX),
            free: 200,
            ..memory
        };
        assert_eq!(nonsense.parts(), [0.0, 0.0, 0.3]);
    }
}
