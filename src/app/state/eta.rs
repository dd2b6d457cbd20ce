//! Estimating the remaining time of a running job, in seconds, from its own steps and from earlier runs.

use std::time::Duration;

use crate::engine::forecast::Forecast;
use crate::engine::protocol::Stage;

/// Longer than any job; an absurd estimate must not make the program panic.
const LONGEST_ETA_S: f64 = 1e7;

/// Seconds as a duration, capped so that it cannot overflow.
pub(in crate::app) fn eta(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_ETA_S))
}

/// What is known about the speed of a job.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    /// Duration of each finished step, in seconds.
    steps: Vec<f64>,
    /// Total number of steps.
    total: usize,
    /// Duration of all decoding in seconds, according to earlier runs.
    decode_s: Option<f64>,
    /// Work of decoding divided by that of all steps; used when there are no earlier runs.
    decode_share: Option<f64>,
}

impl Estimate {
    /// Records the forecast of the job.
    pub(in crate::app) fn record_forecast(&mut self, forecast: &Forecast) {
        let stage = |stage| forecast.stage(stage);
        self.decode_s = stage(Stage::Decode).and_then(|decode| decode.seconds);
        self.decode_share = stage(Stage::Decode)
            .zip(stage(Stage::Denoise))
            .map(|(decode, denoise)| decode.work / denoise.work)
            .filter(|share| share.is_finite());
    }

    /// Records a finished step.
    pub(in crate::app) fn step(&mut self, seconds: f64, total: usize) {
        self.steps.push(seconds);
        self.total = total;
    }

    /// Seconds until the last frame; `None` before the first step.
    #[must_use]
    pub fn remaining(&self) -> Option<f64> {
        let pace = self.pace()?;
        let left = self.total.saturating_sub(self.steps.len()) as f64;
        Some(pace * left + self.decoding(pace))
    }

    /// Seconds until the last frame during decoding, when `spent` seconds went into `done` of `total`
    /// frames.
    #[must_use]
    pub fn remaining_of_decoding(&self, spent: f64, done: usize, total: usize) -> Option<f64> {
        if done == 0 {
            let whole = self.decoding(self.pace()?);
            return Some((whole - spent).max(0.0));
        }
        Some(spent / done as f64 * total.saturating_sub(done) as f64)
    }

    /// The typical duration of a step in seconds. The first step also places weights, so it counts only if it is the
    /// only one.
    fn pace(&self) -> Option<f64> {
        let steps = match &self.steps[..] {
            [] => return None,
            [first] => return Some(*first),
            [_, others @ ..] => others,
        };
        // The median: a step during which the machine was busy must not distort it.
        let mut sorted = steps.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        Some(if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        })
    }

    fn decoding(&self, pace: f64) -> f64 {
        self.decode_s.unwrap_or_else(|| {
            let share = self.decode_share.unwrap_or(0.0);
            pace * self.total as f64 * share
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_first_step_and_an_outlier_do_not_distort_the_estimate() {
        let mut estimate = Estimate::default();
        assert_eq!(estimate.remaining(), None);
        estimate.step(4.0, 10);
        assert_eq!(estimate.remaining(), Some(36.0));
        for seconds in [1.0, 1.0, 9.0] {
            estimate.step(seconds, 10);
        }
        assert_eq!(estimate.remaining(), Some(6.0));
        estimate.decode_share = Some(0.5);
        assert_eq!(
            estimate.remaining(),
            Some(11.0),
            "decoding takes five seconds"
        );
        estimate.decode_s = Some(2.0);
        assert_eq!(
            estimate.remaining(),
            Some(8.0),
            "earlier runs take precedence"
        );
        assert_eq!(estimate.remaining_of_decoding(0.5, 0, 8), Some(1.5));
        assert_eq!(estimate.remaining_of_decoding(1.0, 2, 8), Some(3.0));
        assert_eq!(estimate.remaining_of_decoding(9.0, 0, 8), Some(0.0));
    }
}
