//! The shapes of Stable Video Diffusion's networks, and the plan computed from them.

use crate::checkpoint::{ClipVisionConfig, SvdParts, UnetConfig, VaeConfig};
use crate::model::autoencoder::{decoder_cost, encoder_cost};
use crate::model::clip::vision_cost;
use crate::model::cost::Extent;
use crate::model::svd::unet_cost;
use crate::pipeline::guide;
use crate::pipeline::network::Network;
use crate::pipeline::plan::{GenerationPlan, ModelShapes, Planner, StoredWeights};
use crate::request::GenerateRequest;
use crate::sampler::Schedule;

/// The configurations of the networks, and how their weights are stored.
#[derive(Clone, Debug)]
pub struct SvdShapes {
    /// The spatio-temporal UNet.
    pub unet: UnetConfig,
    /// The autoencoder.
    pub vae: VaeConfig,
    /// The CLIP vision tower.
    pub image_encoder: ClipVisionConfig,
    /// Which networks were published in f16.
    pub published_in_f16: PublishedInF16,
    /// Whether the weights are backed by files.
    pub mapped: bool,
    /// The smallest and the largest noise level (σ) of its schedule.
    pub sigma_range: (f64, f64),
}

/// Which networks were published in f16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedInF16 {
    /// The UNet.
    pub unet: bool,
    /// The autoencoder.
    pub vae: bool,
    /// The CLIP vision tower.
    pub image_encoder: bool,
}

/// Noise levels of the released models.
const RELEASED_RANGE: (f64, f64) = (0.002, 700.0);

impl SvdShapes {
    /// The shapes of an opened model.
    #[must_use]
    pub fn of(parts: &SvdParts) -> Self {
        Self {
            unet: parts.unet.config.clone(),
            vae: parts.vae.config.clone(),
            image_encoder: parts.image_encoder.config.clone(),
            published_in_f16: PublishedInF16 {
                unet: parts.unet.is_f16(),
                vae: parts.vae.is_f16(),
                image_encoder: parts.image_encoder.is_f16(),
            },
            mapped: !parts.unet.tensors.is_empty(),
            sigma_range: parts.scheduler.edm_range().unwrap_or(RELEASED_RANGE),
        }
    }

    /// The same model with random weights: there are no files, and the numbers are exact in f16.
    #[must_use]
    pub fn random(self) -> Self {
        let published_in_f16 = PublishedInF16 {
            unet: true,
            vae: true,
            image_encoder: true,
        };
        Self {
            published_in_f16,
            mapped: false,
            ..self
        }
    }
}

impl SvdShapes {
    /// Number of pictures to encode and of times that the denoising network runs, which depend on the guide of the take.
    fn guided(&self, request: &GenerateRequest) -> (usize, usize) {
        let steps = request.steps_done();
        let Some(guide) = &request.guide else {
            return (1, steps);
        };
        let (sampler, spacing) = (request.sampler, request.sigmas);
        let schedule = Schedule::of_sampler(sampler, spacing, request.steps, self.sigma_range);
        let first = guide::first_step(&schedule, guide.levels, steps);
        let repeated = guide::repeated(&schedule, guide.levels, steps);
        (1 + request.frames, steps - first + repeated)
    }
}

impl ModelShapes for SvdShapes {
    fn plan(&self, planner: &Planner<'_>) -> GenerationPlan {
        let request = planner.request;
        let scale = self.vae.scale();
        let latent = |frames| Extent {
            frames,
            height: request.height / scale,
            width: request.width / scale,
        };
        let picture = Extent {
            frames: 1,
            height: request.height,
            width: request.width,
        };
        let mapped = self.mapped;
        let stored = |f16| StoredWeights { mapped, f16 };
        let full = planner.full_precision();

        let one = decoder_cost(&self.vae, latent(1), &full);
        let chunk = planner.decode_chunk(&one);
        let embed = vision_cost(&self.image_encoder, &full);
        let encode = encoder_cost(&self.vae, picture, &full);
        let pass = unet_cost(&self.unet, latent(request.frames), &planner.denoiser());
        let decode = decoder_cost(&self.vae, latent(chunk), &full);

        let tower = stored(self.published_in_f16.image_encoder);
        let (vae, unet) = (
            stored(self.published_in_f16.vae),
            stored(self.published_in_f16.unet),
        );
        let (encodings, runs) = self.guided(request);
        let embedding = (1, embed.flops);
        let encoding = (encodings, encode.flops * encodings as f64);
        let cells = latent(request.frames);
        let latents = cells.frames * cells.height * cells.width * self.vae.latent_channels;
        let [making, following] = guide::host_bytes(request, latents);
        GenerationPlan {
            stages: vec![
                planner.encoding(Network::IMAGE_ENCODER, embed, tower, embedding),
                planner
                    .encoding(Network::VAE_ENCODER, encode, vae, encoding)
                    .with_host(making),
                planner
                    .denoising_of(runs, Network::UNET, pass, unet)
                    .with_host(following),
                planner.decoding(Network::VAE_DECODER, (decode, &one), vae, chunk),
            ],
            decode_chunk: chunk,
        }
    }
}
