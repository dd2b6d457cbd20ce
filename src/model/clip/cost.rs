//! The cost of the vision tower.

use super::vision::ClipVision;
use crate::checkpoint::ClipVisionConfig;
use crate::model::cost::{BackendMemory, Cost, Ledger, Sizes};

/// The cost of embedding one picture.
#[must_use]
pub fn vision_cost(config: &ClipVisionConfig, memory: &BackendMemory) -> Cost {
    let mut ledger = Ledger::new(memory);
    embed(&mut ledger, config);
    let parameters = ClipVision::parameters(config).unwrap_or_default();
    ledger.close(Sizes::of(&parameters, |_| true))
}

fn embed(ledger: &mut Ledger<'_>, config: &ClipVisionConfig) {
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    let side = config.image_size / config.patch_size;
    let patches = side * side;
    let tokens = patches + 1;
    let size = tokens * width;
    ledger.input(config.num_channels * config.image_size * config.image_size);
    let patch = config.patch_size * config.patch_size;
    ledger.conv(config.num_channels, width, patches, patch);
    ledger.make(size);
    for _ in 0..config.num_hidden_layers {
        let head = width / config.num_attention_heads.max(1);
        ledger.self_attention(tokens, tokens, width, head);
        ledger.norm_beside(size);
        ledger.linear(tokens, width, inner);
        ledger.normed_used(size);
        ledger.linear_onto(tokens, inner, width);
        ledger.free(tokens * inner);
    }
    ledger.linear(1, width, config.projection_dim);
}
