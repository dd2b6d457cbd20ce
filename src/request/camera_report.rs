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
    /// `pan left 10.0%, measured 9.6%`, or without anything asked: `measured pan left 9.6%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let got = self.measured.axes();
        let believed = self.measured.is_believable();
        let found = match (self.name, self.name.amount(got)) {
            (MeasuredMove::Static, _) => "still".to_owned(),
            (name, None) => name.title(),
            (name, Some(amount)) => format!("{} {}", name.title(), words(name, amount)),
        };
        let Some(asked) = self.asked else {
            return match believed {
                true => write!(f, "measured {found}"),
                false => f.write_str("camera could not be measured"),
            };
        };
        let wanted = MeasuredMove::largest(asked);
        if !believed {
            return match wanted.amount(asked) {
                Some(amount) => write!(
                    f,
                    "{} {}, could not be measured",
                    wanted.title(),
                    words(wanted, amount)
                ),
                None => f.write_str("hold still, could not be measured"),
            };
        }
        match (wanted.amount(asked), wanted.amount(got)) {
            (Some(asked), Some(got)) => write!(
                f,
                "{} {}, measured {}",
                wanted.title(),
                words(wanted, asked),
                words(wanted, got)
            ),
            _ => write!(f, "hold still, measured {found}"),
        }
    }
}

/// An amount with its unit.
fn words(name: MeasuredMove, amount: f32) -> String {
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
            roll: 0.5,
            ..rest
        };
        assert_eq!(report(Some(zoom), none), "zoom out 23.1%, measured 0.0%");
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
