//! Which levels of the training schedule the steps use.

use super::DiscreteConfig;

/// How steps are spread over the levels (arXiv 2305.08891, table 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    /// From the last level to the first, both included.
    Linspace,
    /// Whole strides from the first level, in reverse.
    #[default]
    Leading,
    /// Whole strides from the last level.
    Trailing,
}

/// Timesteps of DDIM and Euler, in order; Euler keeps the fractions of [`Spacing::Linspace`].
pub(super) fn spread(config: &DiscreteConfig, steps: usize, fractions: bool) -> Vec<f64> {
    let levels = config.train_steps;
    match config.spacing {
        Spacing::Linspace => {
            let points = linspace((levels - 1) as f64, steps).into_iter().rev();
            let rounded = |point: f64| match fractions {
                // numpy rounds to f32 if the result is requested in f32.
                true => f64::from(point as f32),
                false => point.round_ties_even(),
            };
            points.map(rounded).collect()
        }
        Spacing::Leading => {
            let stride = levels / steps;
            let points = (0..steps).rev().map(|i| i * stride + config.offset);
            points.map(|point| point as f64).collect()
        }
        Spacing::Trailing => trailing(levels, steps),
    }
}

/// Timesteps of DPM++ 2M: those of a run with one more step, without the last one.
pub(super) fn spread_and_cut(config: &DiscreteConfig, steps: usize) -> Vec<f64> {
    let levels = config.train_steps;
    match config.spacing {
        Spacing::Linspace => {
            let points = linspace((levels - 1) as f64, steps + 1).into_iter().rev();
            points.take(steps).map(f64::round_ties_even).collect()
        }
        Spacing::Leading => {
            let stride = levels / (steps + 1);
            let points = (1..=steps).rev().map(|i| i * stride + config.offset);
            points.map(|point| point as f64).collect()
        }
        Spacing::Trailing => trailing(levels, steps),
    }
}

/// Timesteps of LCM: evenly spread over the schedule that it was distilled on.
pub(super) fn distilled(config: &DiscreteConfig, steps: usize) -> Vec<f64> {
    let original = config.original_steps;
    let stride = config.train_steps / original;
    let picks = (0..steps).map(|i| (i as f64 * (original as f64 / steps as f64)).floor() as usize);
    picks
        .map(|pick| ((original - pick.min(original - 1)) * stride - 1) as f64)
        .collect()
}

fn trailing(levels: usize, steps: usize) -> Vec<f64> {
    let stride = -(levels as f64 / steps as f64);
    // numpy's `arange`: the difference of the first two values, times the index.
    let distance = (levels as f64 + stride) - levels as f64;
    let points = (0..steps).map(|i| levels as f64 + i as f64 * distance);
    points.map(|point| point.round_ties_even() - 1.0).collect()
}

/// numpy's `linspace` from zero.
fn linspace(end: f64, count: usize) -> Vec<f64> {
    let step = end / count.saturating_sub(1).max(1) as f64;
    let mut points: Vec<f64> = (0..count).map(|i| i as f64 * step).collect();
    if let Some(last) = points.last_mut().filter(|_| count > 1) {
        *last = end;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::super::tests::config;
    use super::*;

    #[test]
    fn spacings_are_the_published_ones() {
        let of = |spacing| {
            let config = DiscreteConfig {
                spacing,
                ..config()
            };
            let all = spread(&config, 25, false);
            (all[..3].to_vec(), all[23..].to_vec())
        };
        let pairs = |first: [f64; 3], last: [f64; 2]| (first.to_vec(), last.to_vec());
        assert_eq!(
            of(Spacing::Linspace),
            pairs([999.0, 957.0, 916.0], [42.0, 0.0])
        );
        assert_eq!(
            of(Spacing::Leading),
            pairs([961.0, 921.0, 881.0], [41.0, 1.0])
        );
        assert_eq!(
            of(Spacing::Trailing),
            pairs([999.0, 959.0, 919.0], [79.0, 39.0])
        );
        assert_eq!(distilled(&config(), 4), [999.0, 759.0, 499.0, 259.0]);
        let hundred = DiscreteConfig {
            original_steps: 100,
            ..config()
        };
        let eight = [999.0, 879.0, 749.0, 629.0, 499.0, 379.0, 249.0, 129.0];
        assert_eq!(distilled(&hundred, 8), eight);
    }
}
