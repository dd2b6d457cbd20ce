//! The move of a whole picture that most of its points agree on: a shift, a magnification and a rotation.

/// Pairs of points that are tried; enough to meet one good pair where a third of the points agree.
const DRAWS: usize = 200;
/// Rounds of least squares after that.
const ROUNDS: usize = 3;
/// Largest change of size from one picture to the next that is believed.
const MOST_SCALE: f32 = 2.0;

/// A point relative to the centre of the picture, and the point that it moves to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Match {
    pub(super) from: [f32; 2],
    pub(super) to: [f32; 2],
}

/// `x' = a·x − b·y + shift`, `y' = b·x + a·y + shift`, about the centre of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Similarity {
    /// Scale times the cosine of the rotation.
    pub(super) a: f32,
    /// Scale times the sine of the rotation, clockwise.
    pub(super) b: f32,
    pub(super) shift: [f32; 2],
}

impl Similarity {
    /// How far from where it should be a point is.
    pub(super) fn error(&self, pair: &Match) -> f32 {
        let [x, y] = pair.from;
        let across = self.a * x - self.b * y + self.shift[0] - pair.to[0];
        let down = self.b * x + self.a * y + self.shift[1] - pair.to[1];
        across.hypot(down)
    }

    /// Magnification.
    pub(super) fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// Rotation in degrees, clockwise.
    pub(super) fn roll(&self) -> f32 {
        self.b.atan2(self.a).to_degrees()
    }

    /// The move with the least weighted squares of errors; `None` if the points are all in one place.
    pub(super) fn fitted(matches: impl Iterator<Item = (Match, f32)> + Clone) -> Option<Self> {
        let mut total = 0.0_f64;
        let mut means = [0.0_f64; 4];
        for (pair, weight) in matches.clone() {
            let weight = f64::from(weight);
            total += weight;
            let [x, y] = pair.from;
            let [u, v] = pair.to;
            for (mean, value) in means.iter_mut().zip([x, y, u, v]) {
                *mean += weight * f64::from(value);
            }
        }
        if total <= 0.0 {
            return None;
        }
        let [x0, y0, u0, v0] = means.map(|sum| sum / total);
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (pair, weight) in matches {
            let weight = f64::from(weight);
            let (x, y) = (f64::from(pair.from[0]) - x0, f64::from(pair.from[1]) - y0);
            let (u, v) = (f64::from(pair.to[0]) - u0, f64::from(pair.to[1]) - v0);
            along += weight * (x * u + y * v);
            across += weight * (x * v - y * u);
            spread += weight * (x * x + y * y);
        }
        if spread <= total * 1e-6 {
            return None;
        }
        let (a, b) = (along / spread, across / spread);
        Some(Self {
            a: a as f32,
            b: b as f32,
            shift: [(u0 - a * x0 + b * y0) as f32, (v0 - b * x0 - a * y0) as f32],
        })
    }

    /// The move that most of `matches` agree on within `tolerance`, by random pairs of points; the same for the same
    /// points.
    pub(super) fn agreed(matches: &[Match], tolerance: f32) -> Option<Self> {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let mut best = None;
        let mut most = 0;
        for _ in 0..DRAWS {
            let two = [dice.below(matches.len()), dice.below(matches.len())];
            if two[0] == two[1] {
                continue;
            }
            let found = Self::fitted(two.map(|index| (matches[index], 1.0)).into_iter());
            let Some(found) = found.filter(Self::is_plausible) else {
                continue;
            };
            let count = found.agreeing(matches, tolerance).count();
            if count > most {
                (best, most) = (Some(found), count);
            }
        }
        best
    }

    /// The same move, fitted to all matches that agree with it, nearer ones counting more.
    pub(super) fn polished(self, matches: &[Match], tolerance: f32) -> Self {
        let mut found = self;
        for _ in 0..ROUNDS {
            let weighted = matches.iter().map(|pair| {
                let off = (found.error(pair) / tolerance).powi(2);
                // Tukey's weight: smooth, and nothing from the tolerance on.
                (*pair, (1.0 - off).max(0.0).powi(2))
            });
            match Self::fitted(weighted).filter(Self::is_plausible) {
                Some(better) => found = better,
                None => break,
            }
        }
        found
    }

    /// The matches that agree with the move.
    pub(super) fn agreeing<'a>(
        &'a self,
        matches: &'a [Match],
        tolerance: f32,
    ) -> impl Iterator<Item = &'a Match> {
        matches
            .iter()
            .filter(move |pair| self.error(pair) <= tolerance)
    }

    fn is_plausible(&self) -> bool {
        (1.0 / MOST_SCALE..=MOST_SCALE).contains(&self.scale())
    }
}

/// Numbers without order, always the same (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % count.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points moved by a known move, `bad` of ten of them by something else.
    fn moved(bad: usize) -> (Similarity, Vec<Match>) {
        let truth = Similarity {
            a: 1.02,
            b: -0.03,
            shift: [3.5, -1.25],
        };
        let mut dice = Dice(5);
        let point = |index: usize| {
            let from = [
                dice.below(200) as f32 - 100.0,
                dice.below(120) as f32 - 60.0,
            ];
            let [x, y] = from;
            let mut to = [
                truth.a * x - truth.b * y + truth.shift[0],
                truth.b * x + truth.a * y + truth.shift[1],
            ];
            if index % 10 < bad {
                to = [to[0] + 4.0 + dice.below(9) as f32, to[1] - 7.0];
            }
            Match { from, to }
        };
        (truth, (0..300).map(point).collect())
    }

    #[test]
    fn a_move_is_found_among_as_many_others() {
        for bad in [0, 3, 6] {
            let (truth, matches) = moved(bad);
            let found = Similarity::agreed(&matches, 0.75).unwrap();
            let found = found.polished(&matches, 0.75);
            for pair in &matches {
                let off = truth.error(pair);
                // Those that agree with the truth agree with what was found, and no others.
                assert_eq!(off < 0.75, found.error(pair) < 0.75);
            }
            assert!((found.a - truth.a).abs() < 1e-5 && (found.b - truth.b).abs() < 1e-5);
            assert!((found.shift[0] - truth.shift[0]).abs() < 1e-3);
        }
    }

    #[test]
    fn least_squares_are_the_least() {
        let (_, matches) = moved(3);
        let weighted = matches.iter().map(|pair| (*pair, 1.0));
        let found = Similarity::fitted(weighted).unwrap();
        let squares = |one: Similarity| {
            let errors = matches.iter().map(|pair| one.error(pair).powi(2));
            errors.sum::<f32>()
        };
        let least = squares(found);
        for (axis, step) in [
            (0, 1e-3),
            (0, -1e-3),
            (1, 1e-3),
            (1, -1e-3),
            (2, 0.05),
            (3, -0.05),
        ] {
            let mut other = found;
            match axis {
                0 => other.a += step,
                1 => other.b += step,
                axis => other.shift[axis - 2] += step,
            }
            assert!(squares(other) > least, "axis {axis}");
        }
        assert_eq!(Similarity::fitted([(matches[0], 1.0); 2].into_iter()), None);
        assert_eq!(Similarity::fitted(std::iter::empty()), None);
    }
}
