//! Byte-pair encoding: adjacent symbols are merged in order of rank.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A merge: its rank, and the resulting token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merge {
    pub(super) rank: usize,
    pub(super) token: u32,
}

/// Merges adjacent symbols until no merge applies: the merge of lowest rank first, and of equal ranks the leftmost.
///
/// With a heap of candidates, the time for a long word is almost proportional to its length.
pub(super) fn merged(
    mut symbols: Vec<u32>,
    merge_of: impl Fn((u32, u32)) -> Option<Merge>,
) -> Vec<u32> {
    let count = symbols.len();
    // Neighbours of the remaining symbols; `count` means the end.
    let mut next: Vec<usize> = (1..=count).collect();
    let mut previous: Vec<Option<usize>> = (0..count).map(|at| at.checked_sub(1)).collect();
    let mut gone = vec![false; count];
    let mut candidates = BinaryHeap::new();
    let candidate = |symbols: &[u32], left: usize, right: usize| {
        let merge = merge_of((*symbols.get(left)?, *symbols.get(right)?))?;
        Some(Reverse((merge.rank, left, merge.token)))
    };
    for left in 0..count {
        candidates.extend(candidate(&symbols, left, left + 1));
    }
    while let Some(Reverse((_, left, token))) = candidates.pop() {
        let right = next[left];
        if gone[left] || right >= count {
            continue;
        }
        // One of the two symbols may have been merged with another one since.
        let still = merge_of((symbols[left], symbols[right]));
        if still.is_none_or(|merge| merge.token != token) {
            continue;
        }
        symbols[left] = token;
        gone[right] = true;
        next[left] = next[right];
        if let Some(after) = previous.get_mut(next[left]) {
            *after = Some(left);
        }
        candidates.extend(candidate(&symbols, left, next[left]));
        if let Some(before) = previous[left] {
            candidates.extend(candidate(&symbols, before, left));
        }
    }
    let kept = symbols.into_iter().zip(gone);
    kept.filter(|(_, gone)| !gone)
        .map(|(symbol, _)| symbol)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_rank_comes_first_and_the_leftmost_of_equals() {
        let merge_of = |pair| match pair {
            (1, 1) => Some(Merge { rank: 1, token: 2 }),
            (2, 1) => Some(Merge { rank: 2, token: 3 }),
            (1, 5) => Some(Merge { rank: 0, token: 6 }),
            _ => None,
        };
        assert_eq!(merged(vec![1, 1, 1], merge_of), [3]);
        assert_eq!(merged(vec![1, 1, 1, 1], merge_of), [2, 2]);
        assert_eq!(merged(vec![1, 1, 5], merge_of), [1, 6]);
        assert_eq!(merged(vec![7], merge_of), [7]);
        assert!(merged(Vec::new(), merge_of).is_empty());
    }
}
