//! A strength that changes over a clip: points with straight lines between them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::excerpt;

/// Maximum number of points in a curve; more than any clip has frames.
const MOST_POINTS: usize = 512;
/// Largest strength, positive or negative.
const MOST: f32 = 100.0;

/// A strength at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    /// Time, from 0 at the first to 1 at the last frame.
    t: f32,
    /// Strength.
    v: f32,
}

/// A strength over the time of a clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Point>", into = "Vec<Point>")]
pub struct StrengthCurve {
    /// Never empty; times never decrease.
    points: Vec<Point>,
}

impl StrengthCurve {
    /// A straight line from the first to the last frame.
    #[must_use]
    pub fn line(first: f32, last: f32) -> Self {
        Self {
            points: vec![Point { t: 0.0, v: first }, Point { t: 1.0, v: last }],
        }
    }

    /// Reads a JSON list of points: `[{"t":0,"v":0},{"t":1,"v":1}]`.
    ///
    /// # Errors
    /// A clause that says what is wrong with it.
    pub fn parse(json: &str) -> Result<Self, String> {
        let points: Vec<Point> = serde_json::from_str(json).map_err(excerpt)?;
        Self::try_from(points)
    }

    /// A curve through times and strengths; `None` if there are none or too many, times decrease or are outside 0 to 1,
    /// or a strength is out of range.
    #[must_use]
    pub fn through(points: impl IntoIterator<Item = (f32, f32)>) -> Option<Self> {
        let points = points.into_iter().map(|(t, v)| Point { t, v });
        Self::try_from(points.collect::<Vec<_>>()).ok()
    }

    /// Its times and strengths, in order.
    pub fn points(&self) -> impl ExactSizeIterator<Item = (f32, f32)> + '_ {
        self.points.iter().map(|point| (point.t, point.v))
    }

    /// The strength furthest from zero, with its sign; the first one of several.
    #[must_use]
    pub fn peak(&self) -> f32 {
        let further = |most: f32, value: f32| {
            if value.abs() > most.abs() {
                value
            } else {
                most
            }
        };
        self.points.iter().map(|point| point.v).fold(0.0, further)
    }

    /// The strength, if it is the same at all times.
    #[must_use]
    pub fn constant(&self) -> Option<f32> {
        let first = self.points[0].v;
        let same = self.points.iter().all(|point| point.v == first);
        same.then_some(first)
    }

    /// The curve with other strengths at the same times, limited to the valid ones.
    #[must_use]
    pub fn mapped(&self, change: impl Fn(f32) -> f32) -> Self {
        let points = self.points.iter().map(|point| Point {
            t: point.t,
            v: change(point.v).clamp(-MOST, MOST),
        });
        Self {
            points: points.collect(),
        }
    }

    /// The part above zero, and the part below zero with the opposite sign: the first minus the second is the curve.
    /// Both have all of its points, and further ones where it crosses zero. `None` for a part that is zero throughout.
    #[must_use]
    pub fn parts(&self) -> (Option<Self>, Option<Self>) {
        let mut points = vec![self.points[0]];
        for pair in self.points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            if from.v * to.v < 0.0 && to.t > from.t {
                let t = from.t + (to.t - from.t) * (from.v / (from.v - to.v));
                points.push(Point { t, v: 0.0 });
            }
            points.push(to);
        }
        let whole = Self { points };
        let part = |sign: f32| {
            // Adding zero turns a negative zero into a positive one.
            let part = whole.mapped(|v| (sign * v).max(0.0) + 0.0);
            (part.constant() != Some(0.0)).then_some(part)
        };
        (part(1.0), part(-1.0))
    }

    /// This curve minus another one with the same times, which undoes [`parts`](Self::parts); `None` if their times
    /// differ.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let times = |curve: &Self| -> Vec<f32> { curve.points().map(|(t, _)| t).collect() };
        if times(self) != times(other) {
            return None;
        }
        let points = self.points.iter().zip(&other.points);
        Self::through(points.map(|(one, two)| (one.t, one.v - two.v)))
    }

    /// The strength at `t`, from 0 at the first to 1 at the last frame.
    #[must_use]
    pub fn at(&self, t: f32) -> f32 {
        let after = self.points.iter().position(|point| point.t > t);
        let (before, after) = match after {
            Some(0) => return self.points[0].v,
            Some(after) => (self.points[after - 1], self.points[after]),
            None => return self.points.last().map_or(0.0, |point| point.v),
        };
        before.v + (after.v - before.v) * ((t - before.t) / (after.t - before.t))
    }

    /// The strength at each of `frames` frames.
    #[must_use]
    pub fn over(&self, frames: usize) -> Vec<f32> {
        let last = frames.saturating_sub(1).max(1) as f32;
        (0..frames).map(|i| self.at(i as f32 / last)).collect()
    }
}

impl fmt::Display for StrengthCurve {
    /// `0 to 1`, and the number of points if there are more than two.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.at(0.0), self.at(1.0))?;
        if self.points.len() > 2 {
            write!(f, " by {} points", self.points.len())?;
        }
        Ok(())
    }
}

impl TryFrom<Vec<Point>> for StrengthCurve {
    type Error = String;

    fn try_from(points: Vec<Point>) -> Result<Self, String> {
        if points.is_empty() || points.len() > MOST_POINTS {
            return Err(format!(
                "it has {} points, not 1 to {MOST_POINTS}",
                points.len()
            ));
        }
        if points.iter().any(|point| !(0.0..=1.0).contains(&point.t)) {
            return Err("a time is outside 0 to 1".to_owned());
        }
        // This also rejects numbers beyond f32, which are read as infinite.
        if points
            .iter()
            .any(|point| !(-MOST..=MOST).contains(&point.v))
        {
            return Err(format!("a strength is outside -{MOST} to {MOST}"));
        }
        if points.windows(2).any(|pair| pair[1].t < pair[0].t) {
            return Err("its times decrease".to_owned());
        }
        Ok(Self { points })
    }
}

impl From<StrengthCurve> for Vec<Point> {
    fn from(curve: StrengthCurve) -> Self {
        curve.points
    }
}

#[cfg(test)]
mod tests {
    use super::StrengthCurve;

    #[test]
    fn a_curve_through_zero_is_the_difference_of_its_parts() {
        let curve = [(0.0, 0.0), (0.2, 1.0), (0.6, -1.0), (0.6, 0.5), (1.0, 0.3)];
        let curve = StrengthCurve::through(curve).expect("a curve");
        assert_eq!(curve.peak(), 1.0);
        let (above, below) = curve.parts();
        let (above, below) = (above.expect("above"), below.expect("below"));
        for index in 0..=100_u8 {
            let t = f32::from(index) / 100.0;
            let (plus, minus) = (above.at(t), below.at(t));
            assert!(plus >= 0.0 && minus >= 0.0, "{t}");
            assert!(plus == 0.0 || minus == 0.0, "{t}: {plus} and {minus}");
            // Values up to 1 in `f32`.
            assert!((plus - minus - curve.at(t)).abs() < 1e-6, "{t}");
        }
        let again = above.minus(&below).expect("the same times");
        assert_eq!(again.parts(), (Some(above.clone()), Some(below)));
        assert_eq!(above.parts(), (Some(above.clone()), None));
        assert_eq!(above.minus(&StrengthCurve::line(0.0, 1.0)), None);
        let steady = StrengthCurve::line(0.4, 0.4);
        assert_eq!((steady.constant(), curve.constant()), (Some(0.4), None));
    }

    #[test]
    fn strengths_are_straight_between_points() {
        let line = StrengthCurve::line(0.5, -0.5);
        assert_eq!(line.over(5), [0.5, 0.25, 0.0, -0.25, -0.5]);
        assert_eq!(line.over(1), [0.5]);
        let curve = r#"[{"t":0.25,"v":0},{"t":0.5,"v":1},{"t":0.5,"v":3},{"t":0.75,"v":2}]"#;
        let curve = StrengthCurve::parse(curve).expect("a curve");
        assert_eq!(curve.over(5), [0.0, 0.0, 3.0, 2.0, 2.0]);
        assert_eq!(curve.at(0.375), 0.5);
        assert_eq!(curve.to_string(), "0 to 2 by 4 points");
        let written = serde_json::to_string(&curve).expect("it is written");
        assert_eq!(StrengthCurve::parse(&written), Ok(curve));
        for (json, words) in [
            ("[]", "0 points"),
            ("1", "invalid type"),
            (r#"[{"t":0}]"#, "missing field `v`"),
            (r#"[{"t":0,"v":1,"x":2}]"#, "unknown field"),
            (r#"[{"t":1.5,"v":1}]"#, "outside 0 to 1"),
            (r#"[{"t":0.5,"v":1},{"t":0.1,"v":1}]"#, "decrease"),
            (r#"[{"t":0,"v":1e9}]"#, "outside -100 to 100"),
        ] {
            let flaw = StrengthCurve::parse(json).expect_err(json);
            assert!(flaw.contains(words), "{json}: {flaw}");
        }
    }
}
