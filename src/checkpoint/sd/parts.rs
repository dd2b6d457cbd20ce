//! The parts of a model of this family.

use std::path::Path;

use super::original_unet;
use crate::checkpoint::config::{ClipTextConfig, DiscreteSchedulerConfig, Unet2dConfig, VaeConfig};
use crate::checkpoint::expected_tensors;
use crate::checkpoint::fingerprint::Print;
use crate::checkpoint::kind::Kind;
use crate::checkpoint::lora::Targets;
use crate::checkpoint::networks::Networks;
use crate::checkpoint::part_description::PartDescription;
use crate::checkpoint::parts::Part;
use crate::checkpoint::tokenizer::{CONTEXT, Tokenizer};
use crate::error::CheckpointError;

/// The networks and settings of a model with the architecture of Stable Diffusion 1 or 2.
#[derive(Debug, Clone)]
pub struct SdParts {
    /// The UNet.
    pub unet: Part<Unet2dConfig>,
    /// The autoencoder.
    pub vae: Part<VaeConfig>,
    /// The CLIP text tower.
    pub text_encoder: Part<ClipTextConfig>,
    /// The tokenizer, from prompts to token ids.
    pub tokenizer: Tokenizer,
    /// The noise schedule.
    pub scheduler: DiscreteSchedulerConfig,
}

impl SdParts {
    /// The first mismatch between two parts, if any.
    fn disagreement(&self) -> Option<String> {
        let (unet, vae, text) = (
            &self.unet.config,
            &self.vae.config,
            &self.text_encoder.config,
        );
        let latent = vae.latent_channels;
        if unet.in_channels != latent || unet.out_channels != latent {
            return Some(format!(
                "the VAE has {latent} latent channels, but the UNet takes {} and returns {}",
                unet.in_channels, unet.out_channels
            ));
        }
        if unet.context() != text.hidden_size {
            return Some(format!(
                "the text encoder returns {} values, but the UNet attends to {}",
                text.hidden_size,
                unet.context()
            ));
        }
        if text.max_position_embeddings < CONTEXT {
            return Some(format!(
                "the text encoder takes {} tokens, not {CONTEXT}",
                text.max_position_embeddings
            ));
        }
        let largest = self.tokenizer.largest_id() as usize;
        if largest >= text.vocab_size {
            return Some(format!(
                "the tokenizer's largest token id is {largest}, but the text encoder has only {} tokens",
                text.vocab_size
            ));
        }
        if vae.in_channels != 3 || vae.out_channels != 3 || vae.is_temporal() {
            return Some("the VAE is not made for pictures with 3 channels".to_owned());
        }
        None
    }
}

impl Networks for SdParts {
    fn describe(&self) -> Vec<PartDescription> {
        let unet = expected_tensors::sd_unet(&self.unet.config);
        let vae = expected_tensors::vae(&self.vae.config);
        let text = expected_tensors::text_encoder(&self.text_encoder.config);
        vec![
            PartDescription::new("unet", &self.unet, &unet),
            PartDescription::new("vae", &self.vae, &vae),
            PartDescription::new("text_encoder", &self.text_encoder, &text),
        ]
    }

    fn check(&self, _kind: Kind, path: &Path) -> Result<(), CheckpointError> {
        match self.disagreement() {
            None => Ok(()),
            Some(reason) => Err(CheckpointError::PartsDisagree {
                reason,
                path: path.to_owned(),
            }),
        }
    }

    fn check_schedule(&self, _path: &Path) -> Result<(), CheckpointError> {
        // Any schedule that could be read can be sampled.
        Ok(())
    }

    fn picture_unet(&self) -> Option<&Unet2dConfig> {
        Some(&self.unet.config)
    }

    fn is_named_few_step(&self, _path: &Path) -> bool {
        false
    }

    fn fingerprint(&self, print: &mut Print) {
        print.part(&self.unet, expected_tensors::sd_unet(&self.unet.config));
        print.part(&self.vae, expected_tensors::vae(&self.vae.config));
        let text = expected_tensors::text_encoder(&self.text_encoder.config);
        print.part(&self.text_encoder, text);
    }

    fn lora_targets(&self) -> Targets {
        let config = &self.unet.config;
        let unet = Targets::new(&expected_tensors::sd_unet(config), |name| {
            original_unet::original_name(config, name)
        });
        unet.with_text(&expected_tensors::text_encoder(&self.text_encoder.config))
    }
}
