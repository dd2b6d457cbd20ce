//! The tokenizer that was used last: reading its files takes longer than using it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::checkpoint::tokenizer::Tokenizer;
use crate::library::Library;

/// A tokenizer with the name of its model.
type Named = (String, Arc<Tokenizer>);

/// The tokenizer that was used last, with the name of its model.
#[derive(Clone, Default)]
pub(super) struct LastTokenizer(Arc<Mutex<Option<Named>>>);

impl LastTokenizer {
    /// The tokenizer of a model; `None` if it cannot be read, which using the model reports.
    pub(super) fn of(&self, library: &Library, model: &str) -> Option<Arc<Tokenizer>> {
        // A panic cannot have left it inconsistent: it is replaced as a whole.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, tokenizer)) = last.as_ref()
            && name == model
        {
            return Some(Arc::clone(tokenizer));
        }
        let tokenizer = Arc::new(library.tokenizer(model).ok()?);
        *last = Some((model.to_owned(), Arc::clone(&tokenizer)));
        Some(tokenizer)
    }
}
