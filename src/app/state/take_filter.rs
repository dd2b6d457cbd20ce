//! The shelf's filter.

/// The shelf's filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShelfFilter {
    /// Words that must all occur, in any order.
    pub words: String,
    /// Whether to show only starred takes.
    pub starred: bool,
}

impl ShelfFilter {
    /// Whether it hides anything.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.starred || !self.words.trim().is_empty()
    }

    /// Whether a take with this description passes.
    #[must_use]
    pub fn finds(&self, text: &str, starred: bool) -> bool {
        if self.starred && !starred {
            return false;
        }
        let text = text.to_lowercase();
        let words = self.words.to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_in_any_order_and_case() {
        let find = |words: &str, starred| {
            let filter = ShelfFilter {
                words: words.to_owned(),
                starred,
            };
            filter.finds("take 3 Übergang.png slow zoom seed 42", false)
        };
        assert!(find("", false));
        assert!(find("ZOOM über", false));
        assert!(find("42", false));
        assert!(!find("zoom fast", false));
        assert!(!find("zoom", true), "not starred");
    }
}
