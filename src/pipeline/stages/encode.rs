//! Encoding a picture: its CLIP embedding and its latent.

use burn::tensor::Tensor;

use super::load::{self, Loaded};
use crate::checkpoint::lora::LoraStack;
use crate::checkpoint::{ClipVisionConfig, FeatureExtractor, Part, VaeConfig};
use crate::error::GenerateError;
use crate::media::clip_pixels::clip_pixels;
use crate::media::picture::Picture;
use crate::model::autoencoder::VaeEncoder;
use crate::model::clip::ClipVision;
use crate::model::weights::Target;
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::{Observer, Stage};
use crate::pipeline::transfer::{place, read, require_finite};

/// The CLIP embedding of the picture, `[d]`.
pub(in crate::pipeline) fn embedding(
    job: &Job<'_>,
    part: &Part<ClipVisionConfig>,
    extractor: &FeatureExtractor,
    view: &Picture,
    observer: &mut dyn Observer,
) -> Result<Vec<f32>, GenerateError> {
    const PLACE: &str = "the picture's embedding";
    let target = job.full_precision();
    let none = LoraStack::default();
    let network = (Network::IMAGE_ENCODER, &target);
    let tower = load::network(job, network, part, &none, observer, |at| {
        ClipVision::load(at, &part.config)
    })?;

    observer.stage(Stage::Encode);
    let size = part.config.image_size;
    let pixels = clip_pixels(
        view,
        size,
        extractor.image_mean.map(|v| v as f32),
        extractor.image_std.map(|v| v as f32),
    );
    let pixels: Tensor<4> = place(pixels, [1, 3, size, size], &target);
    let values = read(tower.forward(pixels), PLACE)?;
    require_finite(&values, PLACE)?;
    Ok(values)
}

/// The encoder of the VAE.
pub(in crate::pipeline) struct PictureEncoder {
    encoder: Loaded<VaeEncoder>,
    target: Target,
}

impl PictureEncoder {
    /// Loads it for one or several pictures.
    pub(in crate::pipeline) fn load(
        job: &Job<'_>,
        part: &Part<VaeConfig>,
        observer: &mut dyn Observer,
    ) -> Result<Self, GenerateError> {
        let target = job.full_precision();
        let none = LoraStack::default();
        let network = (Network::VAE_ENCODER, &target);
        let encoder = load::network(job, network, part, &none, observer, |at| {
            VaeEncoder::load(at, &part.config)
        })?;
        observer.stage(Stage::Encode);
        Ok(Self { encoder, target })
    }

    /// The mean latent of pictures in ±1: `pixels` `[n, 3, H, W]` to `[n, c, h, w]`, not scaled.
    pub(in crate::pipeline) fn latents(
        &self,
        pixels: Vec<f32>,
        shape: [usize; 4],
    ) -> Result<Vec<f32>, GenerateError> {
        const PLACE: &str = "the picture's latent";
        self.encoder.begin_pass();
        let mean = self.encoder.forward(place(pixels, shape, &self.target));
        let values = read(mean, PLACE)?;
        require_finite(&values, PLACE)?;
        Ok(values)
    }
}
