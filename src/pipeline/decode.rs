//! From latents to frames, as many at a time as memory allows.

use burn::tensor::Tensor;

use super::{Job, Observer, Stage, StopMode, frames_from, place, read, require_finite};
use crate::checkpoint::lora::LoraStack;
use crate::error::GenerateError;
use crate::media::frame::Frame;
use crate::model::{Loader, VaeDecoder};

/// Decodes `[f, c, h, w]`; `None` when stopped on the way.
///
/// With a temporal decoder, frames of one chunk influence each other (spec §2.2): parity with
/// another program needs the same chunk.
pub(super) fn decode(
    job: &Job<'_>,
    latents: &[f32],
    dump: bool,
    observer: &mut dyn Observer,
) -> Result<Option<Vec<Frame>>, GenerateError> {
    let request = job.request;
    let part = &job.checkpoint.vae;
    let target = job.full_precision();

    observer.stage(Stage::Load);
    let none = LoraStack::default();
    let source = job.source(part, &none);
    let decoder = VaeDecoder::load(&Loader::new(&source, &target), &part.config)?;

    observer.stage(Stage::Decode);
    let chunk = job.plan().decode_chunk;
    let [h, w] = job.latent_size();
    let channels = part.config.latent_channels;
    let mut values = Vec::with_capacity(request.frames * 3 * request.height * request.width);
    for piece in latents.chunks(chunk * channels * h * w) {
        let count = piece.len() / (channels * h * w);
        let piece: Tensor<4> = place(piece.to_vec(), [count, channels, h, w], &target);
        let name = "decoding the frames";
        let decoded = read(decoder.forward(piece), name)?;
        require_finite(&decoded, name)?;
        values.extend(decoded.into_iter().map(|v| (v / 2.0 + 0.5).clamp(0.0, 1.0)));
        let done = values.len() / (3 * request.height * request.width);
        observer.decoded(done, request.frames);
        if observer.stop() == Some(StopMode::Now) {
            return Ok(None);
        }
    }
    if dump {
        let shape = [request.frames, 3, request.height, request.width];
        observer.tensor("frames", &shape, &values)?;
    }
    Ok(Some(frames_from(
        &values,
        request.frames,
        request.height,
        request.width,
    )))
}
