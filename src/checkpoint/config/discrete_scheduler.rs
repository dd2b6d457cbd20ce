//! `scheduler/scheduler_config.json` of models with a discrete noise schedule, of any of diffusers' classes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rules::{Config, Flaw, check_count};

/// A noise schedule as a file states it. Settings that the file omits depend on the scheduler's class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiscreteSchedulerConfig {
    /// The class of the scheduler.
    #[serde(rename = "_class_name")]
    pub class: Option<String>,
    /// Steps of the training schedule.
    pub num_train_timesteps: Option<usize>,
    /// First β.
    pub beta_start: Option<f64>,
    /// Last β.
    pub beta_end: Option<f64>,
    /// `linear` or `scaled_linear`.
    pub beta_schedule: Option<String>,
    /// `epsilon` or `v_prediction`.
    pub prediction_type: Option<String>,
    /// `linspace`, `leading` or `trailing`.
    pub timestep_spacing: Option<String>,
    /// Added to the timesteps of the `leading` spacing.
    pub steps_offset: Option<usize>,
    /// Whether the betas are rescaled to end in pure noise.
    pub rescale_betas_zero_snr: Option<bool>,
    /// Whether DDIM and LCM end at ᾱ = 1.
    pub set_alpha_to_one: Option<bool>,
    /// Whether DDIM and LCM clip the clean latents that they estimate.
    pub clip_sample: Option<bool>,
    /// Bound for the clipping.
    pub clip_sample_range: Option<f64>,
    /// What follows the last σ: `zero` or `sigma_min`.
    pub final_sigmas_type: Option<String>,
    /// Steps of the schedule that an LCM was distilled on.
    pub original_inference_steps: Option<usize>,
    /// Every other setting.
    #[serde(flatten)]
    pub others: serde_json::Map<String, Value>,
}

/// Settings that change the schedule, and their values in every published model.
fn usual() -> [(&'static str, Value); 12] {
    [
        ("trained_betas", Value::Null),
        ("use_karras_sigmas", false.into()),
        ("use_exponential_sigmas", false.into()),
        ("use_beta_sigmas", false.into()),
        ("use_lu_lambdas", false.into()),
        ("use_flow_sigmas", false.into()),
        ("thresholding", false.into()),
        ("timestep_type", "discrete".into()),
        ("interpolation_type", "linear".into()),
        ("algorithm_type", "dpmsolver++".into()),
        ("solver_type", "midpoint".into()),
        ("solver_order", 2.into()),
    ]
}

impl Config for DiscreteSchedulerConfig {
    const FIELDS: &'static [&'static str] = &[
        "num_train_timesteps",
        "beta_start",
        "beta_end",
        "beta_schedule",
        "prediction_type",
        "timestep_spacing",
        "steps_offset",
        "rescale_betas_zero_snr",
        "set_alpha_to_one",
        "clip_sample",
        "clip_sample_range",
        "final_sigmas_type",
        "original_inference_steps",
    ];

    fn validate(&self) -> Result<(), Flaw> {
        for (field, needed) in usual() {
            let found = self.others.get(field);
            let found = found.filter(|found| !found.is_null() && **found != needed);
            if let Some(found) = found {
                let reason = format!("is {found}, which Kinora does not support");
                return Err(Flaw::new(field, reason));
            }
        }
        let words: [(_, &Option<String>, &[&str]); 4] = [
            (
                "beta_schedule",
                &self.beta_schedule,
                &["linear", "scaled_linear"],
            ),
            (
                "prediction_type",
                &self.prediction_type,
                &["epsilon", "v_prediction"],
            ),
            (
                "timestep_spacing",
                &self.timestep_spacing,
                &["linspace", "leading", "trailing"],
            ),
            (
                "final_sigmas_type",
                &self.final_sigmas_type,
                &["zero", "sigma_min"],
            ),
        ];
        for (field, word, allowed) in words {
            let wrong = word
                .as_ref()
                .filter(|word| !allowed.contains(&word.as_str()));
            if let Some(wrong) = wrong {
                let reason = format!("must be {}, not {wrong}", allowed.join(" or "));
                return Err(Flaw::new(field, reason));
            }
        }
        let levels = self.num_train_timesteps.unwrap_or(1000);
        check_count("num_train_timesteps", levels, 1 << 20)?;
        let original = self.original_inference_steps.unwrap_or(1);
        check_count("original_inference_steps", original, levels)?;
        for (field, beta) in [("beta_start", self.beta_start), ("beta_end", self.beta_end)] {
            if beta.is_some_and(|beta| !(0.0..1.0).contains(&beta)) {
                return Err(Flaw::new(field, "must be from 0 to 1"));
            }
        }
        Ok(())
    }
}
