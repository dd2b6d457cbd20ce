//! The encoder and the decoder, which never need to be in memory together.
//!
//! diffusers' `AutoencoderKLTemporalDecoder` and `AutoencoderKL`; spec §2.

use burn::tensor::Tensor;

use super::encoder::Encoder;
use super::image_decoder::ImageDecoder;
use super::temporal_decoder::TemporalDecoder;
use crate::checkpoint::VaeConfig;
use crate::error::ModelError;
use crate::model::blocks::Conv2d;
use crate::model::weights::{Expected, Loader, list_parameters};

/// Picture to latent.
pub struct VaeEncoder {
    encoder: Encoder,
    quant_conv: Option<Conv2d>,
    latent_channels: usize,
}

impl VaeEncoder {
    /// Reads `encoder` and, if `config` has it, `quant_conv`.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, config: &VaeConfig) -> Result<Self, ModelError> {
        let moments = config.latent_channels * 2;
        Ok(Self {
            encoder: Encoder::load(&at.at("encoder"), config)?,
            quant_conv: config
                .use_quant_conv
                .then(|| Conv2d::load(&at.at("quant_conv"), moments, moments, 1))
                .transpose()?,
            latent_channels: config.latent_channels,
        })
    }

    /// Every parameter that `config` asks for.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &VaeConfig) -> Result<Vec<Expected>, ModelError> {
        list_parameters(|at| Self::load(at, config))
    }

    /// The mean of the posterior for pictures in ±1: `[n, 3, h, w]` to `[n, latent, h/2^k, w/2^k]`.
    ///
    /// SVD conditions on the mean, neither sampled nor scaled (spec §9, trap 8).
    #[must_use]
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<4> {
        let moments = self.encoder.forward(pictures);
        let moments = match &self.quant_conv {
            Some(conv) => conv.forward(moments),
            None => moments,
        };
        moments.narrow(1, 0, self.latent_channels)
    }
}

enum Decoder {
    Temporal(Box<TemporalDecoder>),
    Image(Box<ImageDecoder>),
}

/// Latents to frames.
pub struct VaeDecoder {
    decoder: Decoder,
    scaling_factor: f64,
}

impl VaeDecoder {
    /// Reads `decoder`, with or without temporal layers as `config` says, and, if `config` has it, `post_quant_conv`.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(at: &Loader<'_>, config: &VaeConfig) -> Result<Self, ModelError> {
        let decoder = if config.is_temporal() {
            Decoder::Temporal(Box::new(TemporalDecoder::load(&at.at("decoder"), config)?))
        } else {
            Decoder::Image(Box::new(ImageDecoder::load(at, config)?))
        };
        Ok(Self {
            decoder,
            scaling_factor: config.scaling_factor,
        })
    }

    /// Every parameter that `config` asks for.
    ///
    /// # Errors
    /// None for a valid configuration.
    pub fn parameters(config: &VaeConfig) -> Result<Vec<Expected>, ModelError> {
        list_parameters(|at| Self::load(at, config))
    }

    /// A chunk of scaled latents `[f, latent, h, w]` to frames `[f, 3, h·2^k, w·2^k]` in about ±1.
    ///
    /// With a temporal decoder, the result depends on which frames share the chunk (spec §2.2).
    #[must_use]
    pub fn forward(&self, latents: Tensor<4>) -> Tensor<4> {
        let latents = latents.mul_scalar(1.0 / self.scaling_factor);
        match &self.decoder {
            Decoder::Temporal(decoder) => decoder.forward(latents),
            Decoder::Image(decoder) => decoder.forward(latents),
        }
    }
}
