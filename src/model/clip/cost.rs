//! The cost of the towers.

use super::text::ClipText;
use super::vision::ClipVision;
use crate::checkpoint::{ClipTextConfig, ClipVisionConfig};
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
    layers(
        ledger,
        config.num_hidden_layers,
        tokens,
        [width, inner, config.num_attention_heads],
    );
    ledger.linear(1, width, config.projection_dim);
}

/// The cost of embedding one prompt of `tokens` tokens.
#[must_use]
pub fn text_cost(config: &ClipTextConfig, tokens: usize, memory: &BackendMemory) -> Cost {
    let mut ledger = Ledger::new(memory);
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    if memory.fused {
        // The table of all tokens, which is in f32 on the host whatever the device and the format of the weights.
        ledger.input(config.vocab_size * width);
    }
    ledger.input(tokens * width);
    // The mask.
    ledger.input(tokens * tokens);
    layers(
        &mut ledger,
        config.num_hidden_layers,
        tokens,
        [width, inner, config.num_attention_heads],
    );
    ledger.norm(tokens * width);
    let parameters = ClipText::parameters(config).unwrap_or_default();
    ledger.close(Sizes::of(&parameters, |name| {
        !name.contains("token_embedding")
    }))
}

/// `EncoderLayer::forward`, `count` times on tokens that are already allocated.
fn layers(ledger: &mut Ledger<'_>, count: usize, tokens: usize, [width, inner, heads]: [usize; 3]) {
    let size = tokens * width;
    for _ in 0..count {
        ledger.self_attention(tokens, tokens, width, width / heads.max(1));
        ledger.norm_beside(size);
        ledger.linear(tokens, width, inner);
        ledger.normed_used(size);
        ledger.linear_onto(tokens, inner, width);
        ledger.free(tokens * inner);
    }
}
