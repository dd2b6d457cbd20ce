//! `scheduler/scheduler_config.json` of `EulerDiscreteScheduler`.

use serde::{Deserialize, Serialize};

use super::rules::{Config, Flaw, check_count};

/// Noise schedule; defaults are those of diffusers 0.42, [`SchedulerConfig::svd`] those of SVD.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SchedulerConfig {
    /// Steps of the training schedule. Default 1000.
    pub num_train_timesteps: usize,
    /// First β. Default 0.0001.
    pub beta_start: f64,
    /// Last β. Default 0.02.
    pub beta_end: f64,
    /// `linear`, `scaled_linear` or `squaredcos_cap_v2`. Default `linear`.
    pub beta_schedule: String,
    /// What the network predicts: `epsilon`, `sample` or `v_prediction`. Default `epsilon`.
    pub prediction_type: String,
    /// How sigmas between training steps are found: `linear` or `log_linear`. Default `linear`.
    pub interpolation_type: String,
    /// Whether Karras' sigmas are used. Default false.
    pub use_karras_sigmas: bool,
    /// Whether exponential sigmas are used. Default false.
    pub use_exponential_sigmas: bool,
    /// Whether beta-distributed sigmas are used. Default false.
    pub use_beta_sigmas: bool,
    /// Smallest σ, if fixed.
    pub sigma_min: Option<f64>,
    /// Largest σ, if fixed.
    pub sigma_max: Option<f64>,
    /// `linspace`, `leading` or `trailing`. Default `linspace`.
    pub timestep_spacing: String,
    /// `discrete`, or `continuous` for 0.25·ln σ. Default `discrete`.
    pub timestep_type: String,
    /// Added to the timesteps of the `leading` spacing. Default 0.
    pub steps_offset: i64,
    /// Whether the betas are rescaled to end in pure noise. Default false.
    pub rescale_betas_zero_snr: bool,
    /// What follows the last σ: `zero` or `sigma_min`. Default `zero`.
    pub final_sigmas_type: String,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            num_train_timesteps: 1000,
            beta_start: 0.0001,
            beta_end: 0.02,
            beta_schedule: "linear".to_owned(),
            prediction_type: "epsilon".to_owned(),
            interpolation_type: "linear".to_owned(),
            use_karras_sigmas: false,
            use_exponential_sigmas: false,
            use_beta_sigmas: false,
            sigma_min: None,
            sigma_max: None,
            timestep_spacing: "linspace".to_owned(),
            timestep_type: "discrete".to_owned(),
            steps_offset: 0,
            rescale_betas_zero_snr: false,
            final_sigmas_type: "zero".to_owned(),
        }
    }
}

impl SchedulerConfig {
    /// The schedule that SVD was published with, for files that contain none.
    #[must_use]
    pub fn svd() -> Self {
        Self {
            beta_start: 0.00085,
            beta_end: 0.012,
            beta_schedule: "scaled_linear".to_owned(),
            prediction_type: "v_prediction".to_owned(),
            use_karras_sigmas: true,
            sigma_min: Some(0.002),
            sigma_max: Some(700.0),
            timestep_spacing: "leading".to_owned(),
            timestep_type: "continuous".to_owned(),
            steps_offset: 1,
            ..Self::default()
        }
    }
}

impl SchedulerConfig {
    /// The noise levels `(σ_min, σ_max)` between which SVD is sampled.
    ///
    /// # Errors
    /// If the schedule is not the one that SVD is sampled with: v-prediction, continuous time and Karras spacing with
    /// both ends stated (spec §4.1).
    pub fn edm_range(&self) -> Result<(f64, f64), Flaw> {
        one_of("prediction_type", &self.prediction_type, &["v_prediction"])?;
        one_of("timestep_type", &self.timestep_type, &["continuous"])?;
        if !self.use_karras_sigmas {
            return Err(Flaw::new("use_karras_sigmas", "must be true"));
        }
        match (self.sigma_min, self.sigma_max) {
            (Some(low), Some(high)) => Ok((low, high)),
            (None, _) => Err(Flaw::new("sigma_min", "must be given")),
            (_, None) => Err(Flaw::new("sigma_max", "must be given")),
        }
    }
}

/// Checks that a word is one of the allowed ones.
fn one_of(field: &'static str, value: &str, allowed: &[&str]) -> Result<(), Flaw> {
    if allowed.contains(&value) {
        Ok(())
    } else {
        Err(Flaw::new(
            field,
            format!("must be {}, not {value}", allowed.join(" or ")),
        ))
    }
}

impl Config for SchedulerConfig {
    const FIELDS: &'static [&'static str] = &[
        "num_train_timesteps",
        "beta_start",
        "beta_end",
        "beta_schedule",
        "prediction_type",
        "interpolation_type",
        "use_karras_sigmas",
        "use_exponential_sigmas",
        "use_beta_sigmas",
        "sigma_min",
        "sigma_max",
        "timestep_spacing",
        "timestep_type",
        "steps_offset",
        "rescale_betas_zero_snr",
        "final_sigmas_type",
    ];

    fn validate(&self) -> Result<(), Flaw> {
        check_count("num_train_timesteps", self.num_train_timesteps, 1 << 20)?;
        let words: [(_, &str, &[&str]); 6] = [
            (
                "beta_schedule",
                &self.beta_schedule,
                &["linear", "scaled_linear", "squaredcos_cap_v2"],
            ),
            (
                "prediction_type",
                &self.prediction_type,
                &["epsilon", "sample", "v_prediction"],
            ),
            (
                "interpolation_type",
                &self.interpolation_type,
                &["linear", "log_linear"],
            ),
            (
                "timestep_spacing",
                &self.timestep_spacing,
                &["linspace", "leading", "trailing"],
            ),
            (
                "timestep_type",
                &self.timestep_type,
                &["discrete", "continuous"],
            ),
            (
                "final_sigmas_type",
                &self.final_sigmas_type,
                &["zero", "sigma_min"],
            ),
        ];
        for (field, value, allowed) in words {
            one_of(field, value, allowed)?;
        }
        for (field, sigma) in [("sigma_min", self.sigma_min), ("sigma_max", self.sigma_max)] {
            if sigma.is_some_and(|sigma| !sigma.is_finite() || sigma <= 0.0) {
                return Err(Flaw::new(field, "must be more than 0"));
            }
        }
        if let (Some(low), Some(high)) = (self.sigma_min, self.sigma_max)
            && low >= high
        {
            return Err(Flaw::new("sigma_max", "must be more than sigma_min"));
        }
        Ok(())
    }
}
