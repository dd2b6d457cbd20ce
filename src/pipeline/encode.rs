//! What the networks are told about the picture.

use burn::tensor::Tensor;

use super::{Job, Network, Observer, Stage, place, read, require_finite};
use crate::checkpoint::lora::LoraStack;
use crate::error::GenerateError;
use crate::kernels::host::Recycling;
use crate::media::clip_view::{clip_pixels, frame_pixels};
use crate::media::picture::Picture;
use crate::model::autoencoder::VaeEncoder;
use crate::model::clip::ClipVision;
use crate::model::weights::Loader;
use crate::sampler::noise::Generator;

/// CLIP's embedding of the whole picture, `[d]`.
pub(super) fn embedding(
    job: &Job<'_>,
    view: &Picture,
    observer: &mut dyn Observer,
) -> Result<Vec<f32>, GenerateError> {
    let _recycling = Recycling::begin();
    let target = job.full_precision();
    let part = &job.checkpoint.image_encoder;

    observer.stage(Stage::Load);
    let none = LoraStack::default();
    let source = job.source(part, &none);
    let loader = Loader::new(&source, &target).keeping(job.keeping(Network::ImageEncoder));
    let tower = ClipVision::load(&loader, &part.config)?;

    observer.stage(Stage::Encode);
    let size = part.config.image_size;
    let extractor = &job.checkpoint.feature_extractor;
    let pixels = clip_pixels(
        view,
        size,
        extractor.image_mean.map(|v| v as f32),
        extractor.image_std.map(|v| v as f32),
    );
    let pixels: Tensor<4> = place(pixels, [1, 3, size, size], &target);
    let values = read(tower.forward(pixels), "the picture's embedding")?;
    require_finite(&values, "the picture's embedding")?;
    observer.tensor("image_embeds", &[1, 1, values.len()], &values)?;
    Ok(values)
}

/// The VAE's mean of the slightly noised picture, `[c, h, w]`.
///
/// The noise is drawn first of all, `[1, 3, H, W]`, whatever its strength: diffusers' order.
pub(super) fn latents(
    job: &Job<'_>,
    frame: &Picture,
    generator: &mut Generator,
    observer: &mut dyn Observer,
) -> Result<Vec<f32>, GenerateError> {
    let _recycling = Recycling::begin();
    let target = job.full_precision();
    let part = &job.checkpoint.vae;

    observer.stage(Stage::Load);
    let none = LoraStack::default();
    let source = job.source(part, &none);
    let loader = Loader::new(&source, &target).keeping(job.keeping(Network::VaeEncoder));
    let encoder = VaeEncoder::load(&loader, &part.config)?;

    observer.stage(Stage::Encode);
    let mut pixels = frame_pixels(frame);
    let noise = generator.normal(pixels.len());
    for (pixel, noise) in pixels.iter_mut().zip(noise) {
        *pixel += job.request.noise_aug * noise;
    }
    let shape = [1, 3, job.request.height, job.request.width];
    let mean = encoder.forward(place(pixels, shape, &target));
    let values = read(mean, "the picture's latent")?;
    require_finite(&values, "the picture's latent")?;
    let [h, w] = job.latent_size();
    observer.tensor(
        "image_latents",
        &[1, part.config.latent_channels, h, w],
        &values,
    )?;
    Ok(values)
}
