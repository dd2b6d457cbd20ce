//! From latents to frames, as many at a time as memory allows.

use burn::tensor::Tensor;

use super::load;
use crate::checkpoint::lora::LoraStack;
use crate::checkpoint::{Part, VaeConfig};
use crate::error::GenerateError;
use crate::kernels::{self, frame_to_rgba8};
use crate::media::frame::Frame;
use crate::model::autoencoder::VaeDecoder;
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::{Observer, Stage, StopMode};
use crate::pipeline::transfer::{frames_from, frames_of_rgba, place, read, require_finite};

/// Where a failure happened, for errors.
const PLACE: &str = "decoding the frames";

/// Decodes latents `[f, c, h, w]`. Returns `None` if stopped.
///
/// With a temporal decoder, the frames of a chunk influence each other (spec §2.2), so parity with another program
/// needs the same chunk size.
///
/// `whole` says that the latents are those of the last step. Only then are the frames passed to an observer that wants
/// tensors, since only those can be compared with another program's.
pub(in crate::pipeline) fn frames(
    job: &Job<'_>,
    part: &Part<VaeConfig>,
    latents: &[f32],
    whole: bool,
    observer: &mut dyn Observer,
) -> Result<Option<Vec<Frame>>, GenerateError> {
    let request = job.request;
    let target = job.full_precision();
    let none = LoraStack::default();
    let network = (Network::VAE_DECODER, &target);
    let decoder = load::network(job, network, part, &none, observer, |at| {
        VaeDecoder::load(at, &part.config)
    })?;

    observer.stage(Stage::Decode);
    let chunk = job.plan.decode_chunk;
    let on_device = kernels::is_registered(job.device);
    let (height, width) = (request.height, request.width);
    let scale = part.config.scale();
    let [channels, h, w] = [part.config.latent_channels, height / scale, width / scale];
    // Kept only for an observer that wants tensors.
    let mut values = Vec::new();
    let mut frames = Vec::with_capacity(request.frames);
    for piece in latents.chunks(chunk * channels * h * w) {
        let count = piece.len() / (channels * h * w);
        decoder.begin_pass();
        let piece: Tensor<4> = place(piece.to_vec(), [count, channels, h, w], &target);
        let decoded = decoder.forward(piece);
        if observer.wants_tensors() || !on_device {
            let mut decoded = read(decoded, PLACE)?;
            require_finite(&decoded, PLACE)?;
            for value in &mut decoded {
                *value = (*value / 2.0 + 0.5).clamp(0.0, 1.0);
            }
            frames.extend(frames_from(&decoded, count, height, width));
            if whole && observer.wants_tensors() {
                values.extend(decoded);
            }
        } else {
            let bytes = frame_to_rgba8(decoded).map_err(|reason| GenerateError::DeviceFailed {
                place: PLACE.to_owned(),
                reason,
            })?;
            if bytes.iter().skip(3).step_by(4).any(|&alpha| alpha == 0) {
                return Err(GenerateError::NotFinite {
                    place: PLACE.to_owned(),
                });
            }
            frames.extend(frames_of_rgba(&bytes, height, width));
        }
        observer.decoded(frames.len(), request.frames);
        if observer.stop() == Some(StopMode::Now) {
            return Ok(None);
        }
    }
    if whole && observer.wants_tensors() {
        observer.tensor("frames", &[request.frames, 3, height, width], &values)?;
    }
    Ok(Some(frames))
}
