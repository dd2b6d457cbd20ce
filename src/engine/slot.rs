//! A cell for the latest value. A slow reader gets the newest value and misses the others.

use std::sync::{Arc, Mutex, PoisonError};

/// A shared cell that holds at most one value.
#[derive(Debug)]
pub struct Slot<T> {
    cell: Arc<Mutex<Option<T>>>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self {
            cell: Arc::clone(&self.cell),
        }
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            cell: Arc::new(Mutex::new(None)),
        }
    }
}

impl<T> Slot<T> {
    /// Stores `value`, replacing an earlier one.
    pub fn put(&self, value: T) {
        // The cell stays consistent even if a writer panicked.
        *self.cell.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// Takes the latest value, if there is a new one.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.cell
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}
