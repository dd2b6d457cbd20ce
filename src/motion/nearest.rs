//! For every pixel, the nearest one of a set.
//!
//! Exact Euclidean distances in two passes (Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions,
//! 2012): first along columns, then, along each row, the lower envelope of the parabolas over the columns.

/// Marks a column without a pixel of the set.
const NONE: u32 = u32::MAX;

/// The index of the nearest pixel of `set` for every pixel, row-major with `width` columns; `None` if the set is empty.
pub(super) fn nearest(set: &[bool], width: usize) -> Option<Vec<u32>> {
    if !set.contains(&true) {
        return None;
    }
    let rows = rows_in_columns(set, width);
    let mut found = vec![0; set.len()];
    let mut envelope = Envelope::default();
    for (y, line) in found.chunks_exact_mut(width).enumerate() {
        let rows = &rows[y * width..(y + 1) * width];
        envelope.clear();
        for (x, &row) in rows.iter().enumerate() {
            if row != NONE {
                envelope.add(x, (f64::from(row) - y as f64).powi(2));
            }
        }
        for (x, column) in envelope.columns(width).enumerate() {
            line[x] = rows[column] * width as u32 + column as u32;
        }
    }
    Some(found)
}

/// For every pixel, the nearest row of its column with a pixel of the set.
fn rows_in_columns(set: &[bool], width: usize) -> Vec<u32> {
    let height = set.len() / width;
    let mut rows = vec![NONE; set.len()];
    for x in 0..width {
        let mut last = NONE;
        for y in 0..height {
            if set[y * width + x] {
                last = y as u32;
            }
            rows[y * width + x] = last;
        }
        last = NONE;
        for y in (0..height).rev() {
            let at = y * width + x;
            if set[at] {
                last = y as u32;
            }
            let above = rows[at];
            let closer = |row: u32| (y as u32).abs_diff(row);
            if last != NONE && (above == NONE || closer(last) < closer(above)) {
                rows[at] = last;
            }
        }
    }
    rows
}

/// The lower envelope of parabolas `(x − column)² + height`.
#[derive(Default)]
struct Envelope {
    /// Column, height, and where the parabola starts to be the lowest.
    parabolas: Vec<(f64, f64, f64)>,
}

impl Envelope {
    fn clear(&mut self) {
        self.parabolas.clear();
    }

    /// Adds the parabola of a column to the right of all others.
    fn add(&mut self, column: usize, height: f64) {
        let column = column as f64;
        let mut begin = f64::NEG_INFINITY;
        while let Some(&(before, low, from)) = self.parabolas.last() {
            let squares = (height + column * column) - (low + before * before);
            begin = squares / (2.0 * (column - before));
            if begin > from {
                break;
            }
            self.parabolas.pop();
            begin = f64::NEG_INFINITY;
        }
        self.parabolas.push((column, height, begin));
    }

    /// The column of the lowest parabola at each of the first `width` positions.
    fn columns(&self, width: usize) -> impl Iterator<Item = usize> + '_ {
        let mut lowest = 0;
        (0..width).map(move |x| {
            while self
                .parabolas
                .get(lowest + 1)
                .is_some_and(|next| next.2 <= x as f64)
            {
                lowest += 1;
            }
            self.parabolas[lowest].0 as usize
        })
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    /// A few hundred numbers from a fixed seed.
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 33
        })
    }

    #[test]
    fn distances_are_those_of_a_plain_search() {
        for (seed, [width, height], one_in) in [
            (1, [17, 9], 3),
            (2, [1, 12], 4),
            (3, [23, 1], 5),
            (4, [31, 24], 90),
        ] {
            let draws = numbers(seed).take(width * height);
            let mut set: Vec<bool> = draws.map(|n| n % one_in == 0).collect();
            set[width * height / 2] = true;
            let found = nearest(&set, width).expect("it is not empty");
            let distance = |a: usize, b: usize| {
                let across = (a % width).abs_diff(b % width);
                let down = (a / width).abs_diff(b / width);
                across * across + down * down
            };
            for (pixel, &found) in found.iter().enumerate() {
                let members = (0..set.len()).filter(|&other| set[other]);
                let least = members.map(|other| distance(pixel, other)).min();
                assert!(set[found as usize]);
                assert_eq!(
                    Some(distance(pixel, found as usize)),
                    least,
                    "pixel {pixel}"
                );
            }
        }
        assert_eq!(nearest(&[false; 6], 3), None);
    }
}
