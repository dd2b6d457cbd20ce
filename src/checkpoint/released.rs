//! The published architecture without its weights, to measure before downloading 9 GB.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::config::{
    ClipVisionConfig, FeatureExtractor, HiddenActivation, SchedulerConfig, UnetConfig, VaeClass,
    VaeConfig,
};
use super::defaults::ModelDefaults;
use super::families::Parts;
use super::kind::FileLayout;
use super::open::Checkpoint;
use super::parts::Part;
use super::svd::{NormEps, SvdParts, kind_of};

impl Checkpoint {
    /// SVD (14 frames) or SVD-XT (25 frames) as released, without tensors.
    ///
    /// From spec §1.1, §2 and §3.1; the two differ only in their default number of frames.
    #[must_use]
    pub fn released(frames: usize) -> Self {
        let unet = UnetConfig {
            num_frames: frames,
            ..UnetConfig::default()
        };
        let vae = VaeConfig {
            class: VaeClass::TemporalDecoder,
            block_out_channels: vec![128, 256, 512, 512],
            down_block_types: vec!["DownEncoderBlock2D".to_owned(); 4],
            layers_per_block: 2,
            latent_channels: 4,
            ..VaeConfig::default()
        };
        let image_encoder = ClipVisionConfig {
            hidden_size: 1280,
            intermediate_size: 5120,
            projection_dim: 1024,
            num_hidden_layers: 32,
            num_attention_heads: 16,
            image_size: 224,
            patch_size: 14,
            hidden_act: HiddenActivation::Gelu,
            ..ClipVisionConfig::default()
        };
        Self {
            path: PathBuf::new(),
            kind: kind_of(&unet),
            layout: FileLayout::Folder,
            parts: Parts::Svd(Box::new(SvdParts {
                norm_eps: NormEps::Diffusers,
                unet: empty(unet),
                vae: empty(vae),
                image_encoder: empty(image_encoder),
                scheduler: SchedulerConfig::svd(),
                feature_extractor: FeatureExtractor::default(),
            })),
            defaults: ModelDefaults::for_frames(frames),
            licence: None,
            warnings: Vec::new(),
        }
    }
}

fn empty<C>(config: C) -> Part<C> {
    Part {
        config,
        tensors: BTreeMap::new(),
    }
}
