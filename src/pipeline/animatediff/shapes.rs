//! The shapes of AnimateDiff's networks, and the plan computed from them.

use crate::checkpoint::tokenizer::CONTEXT;
use crate::checkpoint::{Animated, ClipTextConfig, MotionUnetConfig, SdParts, VaeConfig};
use crate::model::animatediff::motion_unet_cost;
use crate::model::autoencoder::decoder_cost;
use crate::model::clip::text_cost;
use crate::model::cost::Extent;
use crate::pipeline::network::Network;
use crate::pipeline::plan::{GenerationPlan, ModelShapes, Planner, StoredWeights};

/// The configurations of the networks, and how their weights are stored.
#[derive(Clone, Debug)]
pub(super) struct AnimateDiffShapes {
    unet: MotionUnetConfig,
    vae: VaeConfig,
    text_encoder: ClipTextConfig,
    /// Whether the UNet, the autoencoder and the text tower were published in f16.
    f16: [bool; 3],
    /// Whether the weights are backed by files.
    mapped: bool,
}

impl AnimateDiffShapes {
    /// The shapes of an opened model.
    pub(super) fn of(parts: &Animated<SdParts>) -> Self {
        let base = &parts.base;
        let unet = parts.unet_with(&base.unet);
        Self {
            f16: [unet.is_f16(), base.vae.is_f16(), base.text_encoder.is_f16()],
            mapped: !unet.tensors.is_empty(),
            unet: unet.config,
            vae: base.vae.config.clone(),
            text_encoder: base.text_encoder.config.clone(),
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

impl ModelShapes for AnimateDiffShapes {
    fn plan(&self, planner: &Planner<'_>) -> GenerationPlan {
        let request = planner.request;
        let scale = self.vae.scale();
        let frames = |frames: usize| Extent {
            frames,
            height: request.height / scale,
            width: request.width / scale,
        };
        let [unet, vae, text] = self.f16.map(|f16| StoredWeights {
            mapped: self.mapped,
            f16,
        });
        let full = planner.full_precision();
        let embed = text_cost(&self.text_encoder, CONTEXT, &full);
        let clip = frames(request.frames);
        let pass = motion_unet_cost(&self.unet, clip, CONTEXT, &planner.denoiser());
        let one = decoder_cost(&self.vae, frames(1), &full);
        let chunk = planner.decode_chunk(&one);
        let decode = decoder_cost(&self.vae, frames(chunk), &full);
        let texts = if request.guidance.is_active() { 2 } else { 1 };
        let embedding = (texts, embed.flops * texts as f64);
        GenerationPlan {
            stages: vec![
                planner.encoding(Network::TEXT_ENCODER, embed, text, embedding),
                planner.denoising(Network::UNET, pass, unet),
                planner.decoding(Network::VAE_DECODER, (decode, &one), vae, chunk),
            ],
            decode_chunk: chunk,
        }
    }
}
