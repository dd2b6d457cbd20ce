//! What was asked of the camera of a take, and what it does in the finished frames.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::measure::{Axes, Measured, MeasuredMove, Pair};

/// What was asked of the camera, and what was measured in all of a take's frames.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraReport {
    /// The sum of the camera moves, if all of them are known and move all depths alike; `None` without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Axes>,
    /// The measured sum.
    pub measured: Pair,
    /// What that is called.
    #[serde(rename = "move")]
    pub name: MeasuredMove,
    /// How much of all that moves is this move, from 0 to 1.
    pub purity: f32,
}

impl CameraReport {
    /// A report of these frames' measurement.
    #[must_use]
    pub fn new(asked: Option<Axes>, measured: &Measured) -> Self {
        Self {
            asked,
            measured: measured.total,
            name: measured.name,
            purity: measured.purity,
        }
    }

    /// Reads a report; one that this version does not understand is left out instead of refusing the take.
    pub(super) fn lenient<'de, D: Deserializer<'de>>(
        document: D,
    ) -> Result<Option<Self>, D::Error> {
        let value = Value::deserialize(document)?;
        let report: Option<Self> = serde_json::from_value(value).ok();
        Ok(report.filter(Self::is_finite))
    }

    /// JSON has numbers beyond `f32`, which are read as infinite.
    fn is_finite(&self) -> bool {
        let Pair {
            inliers, residual, ..
        } = self.measured;
        let asked = self.asked.unwrap_or_default().values();
        let mut numbers = asked.into_iter().chain(self.measured.axes().values());
        let others = [inliers, residual, self.purity];
        numbers.all(f32::is_finite) && others.into_iter().all(f32::is_finite)
    }
}

impl fmt::Display for CameraReport {
    /// `pan left 10.0% + tilt up 5.0%, measured 9.6% + 4.8%`, or without anything asked: `measured pan left 9.6%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let got = self.measured.axes();
        let believed = self.measured.is_believable();
        let found = match self.name {
            MeasuredMove::Static => "still".to_owned(),
            name => with_amount(name, got),
        };
        let Some(asked) = self.asked else {
            return match believed {
                true => write!(f, "measured {found}"),
                false => f.write_str("camera could not be measured"),
            };
        };
        let wanted = MeasuredMove::all(asked);
        let listed = |words: &dyn Fn(MeasuredMove) -> String| {
            let each: Vec<String> = wanted.iter().map(|&name| words(name)).collect();
            each.join(" + ")
        };
        let named = match wanted.as_slice() {
            [] => "hold still".to_owned(),
            _ => listed(&|name| with_amount(name, asked)),
        };
        match wanted.as_slice() {
            _ if !believed => write!(f, "{named}, could not be measured"),
            [] => write!(f, "{named}, measured {found}"),
            _ => write!(f, "{named}, measured {}", listed(&|name| words(name, got))),
        }
    }
}

/// A move with its amount in `axes`, if it has one.
fn with_amount(name: MeasuredMove, axes: Axes) -> String {
    match words(name, axes) {
        words if words.is_empty() => name.title(),
        words => format!("{} {words}", name.title()),
    }
}

/// The amount of a move in `axes` with its unit; empty for a move without one.
fn words(name: MeasuredMove, axes: Axes) -> String {
    let Some(amount) = name.amount(axes) else {
        return String::new();
    };
    // What rounds to 0 has no sign.
    let amount = (amount * 10.0).round() / 10.0 + 0.0;
    let sign = if amount < 0.0 { "−" } else { "" };
    let unit = if name.is_roll() { "°" } else { "%" };
    format!("{sign}{:.1}{unit}", amount.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(asked: Option<Axes>, step: Pair) -> String {
        let measured = Measured::of(vec![step; 10], 7.0);
        CameraReport::new(asked, &measured).to_string()
    }

    #[test]
    fn reports_are_worded_by_what_was_asked() {
        let rest = Axes::default();
        let none = Pair {
            inliers: 1.0,
            ..Pair::default()
        };
        let pan = Pair {
            pan: 0.0096,
            ..none
        };
        let left = Axes { pan: 0.1, ..rest };
        assert_eq!(report(Some(left), pan), "pan left 10.0%, measured 9.6%");
        let right = Axes { pan: -0.1, ..rest };
        assert_eq!(report(Some(right), pan), "pan right 10.0%, measured −9.6%");
        let zoom = Axes {
            zoom: -(1.3_f32.ln()),
            // Too little for a move.
            roll: 0.2,
            ..rest
        };
        assert_eq!(report(Some(zoom), none), "zoom out 23.1%, measured 0.0%");
        let both = Axes { tilt: 0.05, ..left };
        let drift = Pair {
            tilt: 0.0048,
            ..pan
        };
        assert_eq!(
            report(Some(both), drift),
            "pan left 10.0% + tilt up 5.0%, measured 9.6% + 4.8%"
        );
        assert_eq!(
            report(Some(both), Pair::default()),
            "pan left 10.0% + tilt up 5.0%, could not be measured"
        );
        let roll = Axes { roll: 15.0, ..rest };
        let turned = Pair { roll: 1.2, ..none };
        assert_eq!(report(Some(roll), turned), "roll ccw 15.0°, measured 12.0°");
        assert_eq!(report(Some(rest), none), "hold still, measured still");
        assert_eq!(
            report(Some(rest), pan),
            "hold still, measured pan left 9.6%"
        );
        assert_eq!(report(None, pan), "measured pan left 9.6%");
        assert_eq!(report(None, none), "measured still");
        let lost = Pair::default();
        assert_eq!(
            report(Some(left), lost),
            "pan left 10.0%, could not be measured"
        );
        assert_eq!(
            report(Some(rest), lost),
            "hold still, could not be measured"
        );
        assert_eq!(report(None, lost), "camera could not be measured");
    }
}
