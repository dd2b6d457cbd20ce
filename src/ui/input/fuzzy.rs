//! Finding a name by some of its letters.

/// How well `query` matches `name`: larger is better, `None` if its letters do not all occur in order. Case
/// and spaces in the query are ignored.
pub(in crate::ui) fn score(query: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let mut best = 0;
    let mut from = 0;
    let mut before = None;
    for letter in query.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let rest = name.get(from..)?;
        let starts = |at: &usize| *at == 0 || !name[at - 1].is_alphanumeric();
        let places: Vec<usize> = (from..name.len())
            .filter(|&at| name[at] == letter)
            .collect();
        // The very next letter first, then the beginning of a word, then any place.
        let next = places
            .iter()
            .copied()
            .find(|at| before == at.checked_sub(1) && before.is_some());
        let word = places.iter().copied().find(starts);
        let (at, gain) = match (next, word) {
            (Some(at), _) => (at, 5),
            (None, Some(at)) => (at, 4),
            (None, None) => (from + rest.iter().position(|&c| c == letter)?, 1),
        };
        best += gain;
        before = Some(at);
        from = at + 1;
    }
    // Among equal scores the shorter name wins: the query covers more of it.
    Some(best * 100 - i32::try_from(name.len()).unwrap_or(i32::MAX).min(99))
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn letters_in_order_find_and_beginnings_of_words_win() {
        assert!(score("gn", "Generate").is_some());
        assert!(score("ng", "Generate a").is_none());
        assert!(score("", "Anything").is_some());
        assert!(score("ff", "Frame forward") > score("ff", "Take off effect"));
        assert!(score("fold", "Fold") > score("fold", "Folder"));
        assert!(score("export", "Export…") > score("export", "Cancel export"));
    }
}
