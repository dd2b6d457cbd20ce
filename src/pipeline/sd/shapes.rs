//! The shapes of Stable Diffusion's networks, and the plan computed from them.

use crate::checkpoint::tokenizer::CONTEXT;
use crate::checkpoint::{ClipTextConfig, SdParts, Unet2dConfig, VaeConfig};
use crate::model::autoencoder::decoder_cost;
use crate::model::clip::text_cost;
use crate::model::cost::Extent;
use crate::model::unet2d::unet2d_cost;
use crate::pipeline::network::Network;
use crate::pipeline::plan::{GenerationPlan, ModelShapes, Planner, StoredWeights};

/// The configurations of the networks, and how their weights are stored.
#[derive(Clone, Debug)]
pub(super) struct SdShapes {
    unet: Unet2dConfig,
    vae: VaeConfig,
    text_encoder: ClipTextConfig,
    /// Whether the UNet, the autoencoder and the text tower were published in f16.
    f16: [bool; 3],
    /// Whether the weights are backed by files.
    mapped: bool,
}

impl SdShapes {
    /// The shapes of an opened model.
    pub(super) fn of(parts: &SdParts) -> Self {
        Self {
            unet: parts.unet.config.clone(),
            vae: parts.vae.config.clone(),
            text_encoder: parts.text_encoder.config.clone(),
            f16: [
                parts.unet.is_f16(),
                parts.vae.is_f16(),
                parts.text_encoder.is_f16(),
            ],
            mapped: !parts.unet.tensors.is_empty(),
        }
    }

    /// The same model with random weights: there are no files, and the numbers are exact in f16.
    pub(super) fn random(self) -> Self {
        Self {
            f16: [true; 3],
            mapped: false,
            ..self
        }
    }
}

impl ModelShapes for SdShapes {
    fn plan(&self, planner: &Planner<'_>) -> GenerationPlan {
        let request = planner.request;
        let scale = self.vae.scale();
        let latent = Extent {
            frames: 1,
            height: request.height / scale,
            width: request.width / scale,
        };
        let [unet, vae, text] = self.f16.map(|f16| StoredWeights {
            mapped: self.mapped,
            f16,
        });
        let full = planner.full_precision();
        let embed = text_cost(&self.text_encoder, CONTEXT, &full);
        let pass = unet2d_cost(&self.unet, latent, CONTEXT, &planner.denoiser());
        let decode = decoder_cost(&self.vae, latent, &full);
        let texts = if request.guidance.is_active() { 2 } else { 1 };
        let embedding = (texts, embed.flops * texts as f64);
        GenerationPlan {
            stages: vec![
                planner.encoding(Network::TEXT_ENCODER, embed, text, embedding),
                planner.denoising(Network::UNET, pass, unet),
                planner.decoding(Network::VAE_DECODER, (decode, &decode), vae, 1),
            ],
            decode_chunk: 1,
        }
    }
}
