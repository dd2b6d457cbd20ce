//! The CLIP vision tower.

use super::lister::{ExpectedTensors, Lister};
use crate::checkpoint::config::ClipVisionConfig;

/// Every tensor of `CLIPVisionModelWithProjection`.
#[must_use]
pub fn image_encoder(config: &ClipVisionConfig) -> ExpectedTensors {
    let mut out = Lister::default();
    let width = config.hidden_size;
    let patch = config.patch_size;
    let embeddings = "vision_model.embeddings";
    out.add(format!("{embeddings}.class_embedding"), &[width]);
    out.add(
        format!("{embeddings}.patch_embedding.weight"),
        &[width, config.num_channels, patch, patch],
    );
    out.add(
        format!("{embeddings}.position_embedding.weight"),
        &[config.positions(), width],
    );
    out.norm("vision_model.pre_layrnorm", width);
    out.norm("vision_model.post_layernorm", width);
    for i in 0..config.num_hidden_layers {
        let layer = format!("vision_model.encoder.layers.{i}");
        out.clip_layer(&layer, width, config.intermediate_size);
    }
    out.add(
        "visual_projection.weight".to_owned(),
        &[config.projection_dim, width],
    );
    out.list
}
