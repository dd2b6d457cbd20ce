//! The parts of a model of this family.

use std::path::Path;

use super::kinds::is_orbital;
use super::norm_eps::NormEps;
use super::original_unet;
use crate::checkpoint::config::{
    ClipVisionConfig, FeatureExtractor, Flaw, SchedulerConfig, UnetConfig, VaeConfig,
};
use crate::checkpoint::expected_tensors;
use crate::checkpoint::fingerprint::Print;
use crate::checkpoint::kind::Kind;
use crate::checkpoint::lora::Targets;
use crate::checkpoint::networks::Networks;
use crate::checkpoint::part_description::PartDescription;
use crate::checkpoint::parts::Part;
use crate::error::CheckpointError;

/// The networks and settings of a model with the architecture of Stable Video Diffusion.
#[derive(Debug, Clone)]
pub struct SvdParts {
    /// Which of the two references' GroupNorm constants to use; see [`NormEps`].
    pub norm_eps: NormEps,
    /// The spatio-temporal UNet.
    pub unet: Part<UnetConfig>,
    /// The autoencoder.
    pub vae: Part<VaeConfig>,
    /// The CLIP vision tower.
    pub image_encoder: Part<ClipVisionConfig>,
    /// The noise schedule.
    pub scheduler: SchedulerConfig,
    /// How pixels are normalised for the image encoder.
    pub feature_extractor: FeatureExtractor,
}

impl SvdParts {
    /// The range of noise levels `(σ_min, σ_max)`; `path` is the path of the model, for errors.
    ///
    /// # Errors
    /// If its scheduler is not SVD's.
    pub fn sigma_range(&self, path: &Path) -> Result<(f64, f64), CheckpointError> {
        self.scheduler
            .edm_range()
            .map_err(|flaw: Flaw| flaw.at(&path.join("scheduler/scheduler_config.json")))
    }

    /// The first mismatch between two parts, if any; diffusers' pipeline relies on the same conditions.
    fn disagreement(&self, kind: Kind) -> Option<String> {
        let (unet, vae) = (&self.unet.config, &self.vae.config);
        let latent = vae.latent_channels;
        let projection = self.image_encoder.config.projection_dim;
        let last = unet.levels().saturating_sub(1);
        let context = (0..unet.levels())
            .filter(|&level| level == last || unet.down_attends(level) || unet.up_attends(level))
            .map(|level| unet.context(level))
            .find(|&context| context != projection);
        let ids = unet.projection_class_embeddings_input_dim;
        let each = unet.addition_time_embed_dim;
        Some(
            if unet.in_channels != 2 * latent || unet.out_channels != latent {
                format!(
                    "the VAE has {latent} latent channels, but the UNet takes {} and returns {}",
                    unet.in_channels, unet.out_channels
                )
            } else if let Some(context) = context {
                format!(
                    "the image encoder returns {projection} values, but the UNet attends to {context}"
                )
            } else if vae.in_channels != 3 || vae.out_channels != 3 {
                format!(
                    "the VAE turns {} channels into {}, not 3 into 3",
                    vae.in_channels, vae.out_channels
                )
            } else if ids != 3 * each && !is_orbital(kind) {
                format!("the UNet takes {ids} values for the added ids, not 3 × {each}")
            } else {
                return None;
            },
        )
    }
}

impl Networks for SvdParts {
    fn describe(&self) -> Vec<PartDescription> {
        let unet = expected_tensors::svd_unet(&self.unet.config);
        let vae = expected_tensors::vae(&self.vae.config);
        let image_encoder = expected_tensors::image_encoder(&self.image_encoder.config);
        vec![
            PartDescription::new("unet", &self.unet, &unet),
            PartDescription::new("vae", &self.vae, &vae),
            PartDescription::new("image_encoder", &self.image_encoder, &image_encoder),
        ]
    }

    fn check(&self, kind: Kind, path: &Path) -> Result<(), CheckpointError> {
        match self.disagreement(kind) {
            None => Ok(()),
            Some(reason) => Err(CheckpointError::PartsDisagree {
                reason,
                path: path.to_owned(),
            }),
        }
    }

    fn check_schedule(&self, path: &Path) -> Result<(), CheckpointError> {
        self.sigma_range(path).map(drop)
    }

    fn is_named_few_step(&self, path: &Path) -> bool {
        let mut entries = self.unet.tensors.values();
        let file = entries.next().map(|entry| entry.file().path());
        file.into_iter().chain([path]).any(is_few_step_name)
    }

    fn fingerprint(&self, print: &mut Print) {
        print.part(&self.unet, expected_tensors::svd_unet(&self.unet.config));
        print.part(&self.vae, expected_tensors::vae(&self.vae.config));
        let tower = expected_tensors::image_encoder(&self.image_encoder.config);
        print.part(&self.image_encoder, tower);
    }

    fn lora_targets(&self) -> Targets {
        let config = &self.unet.config;
        Targets::new(&expected_tensors::svd_unet(config), |name| {
            original_unet::original_name(config, name)
        })
    }
}

/// Whether a file or folder is named like the published few-step weights (`AnimateLCM-SVD-xt.safetensors`), whose
/// tensors are those of SVD-XT with other values.
fn is_few_step_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.to_ascii_lowercase().contains("animatelcm")
}
