//! The CLIP text tower.

use super::lister::{ExpectedTensors, Lister};
use crate::checkpoint::config::ClipTextConfig;

/// Every tensor of `CLIPTextModel`, without the level `text_model.` that files before transformers 5 have.
#[must_use]
pub fn text_encoder(config: &ClipTextConfig) -> ExpectedTensors {
    let mut out = Lister::default();
    let width = config.hidden_size;
    out.add(
        "embeddings.token_embedding.weight".to_owned(),
        &[config.vocab_size, width],
    );
    out.add(
        "embeddings.position_embedding.weight".to_owned(),
        &[config.max_position_embeddings, width],
    );
    for i in 0..config.num_hidden_layers {
        out.clip_layer(
            &format!("encoder.layers.{i}"),
            width,
            config.intermediate_size,
        );
    }
    out.norm("final_layer_norm", width);
    out.list
}
