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
