//! The image encoder of a single file: its configuration, derived from names and shapes, and its original names.
//!
//! Source: `open_clip/transformer.py` (`VisionTransformer`).

use super::derived::{Derived, Reason};
use super::scope::Scope;
use crate::checkpoint::config::{ClipVisionConfig, HiddenActivation};
use crate::checkpoint::parts::Transform;

/// Head widths of open_clip's vision towers by token width (`model_configs/*.json`); others have 64.
const HEAD_WIDTHS: [(usize, usize); 4] = [(1280, 80), (1408, 88), (1664, 104), (1792, 112)];

/// Derives the configuration from the tensors.
pub(in crate::checkpoint) fn derive(
    scope: &Scope<'_>,
) -> Result<Derived<ClipVisionConfig>, Reason> {
    let width = scope.dim("conv1.weight", 0)?;
    let patch = scope.dim("conv1.weight", 2)?;
    let patches = scope.dim("positional_embedding", 0)?.saturating_sub(1);
    let side = patches.isqrt();
    if side == 0 || side * side != patches {
        return Err(format!(
            "its image encoder has {patches} positions, which is not a square number"
        ));
    }
    let known = HEAD_WIDTHS.iter().find(|(tokens, _)| *tokens == width);
    let head = known.map_or(64, |(_, head)| *head);
    let heads = (width / head).max(1);
    let mut warnings = Vec::new();
    if width % head != 0 {
        warnings.push(format!(
            "This file does not state the image encoder's number of attention heads; {heads} is assumed."
        ));
    }
    let config = ClipVisionConfig {
        hidden_size: width,
        intermediate_size: scope.dim("transformer.resblocks.0.mlp.c_fc.weight", 0)?,
        projection_dim: scope.dim("proj", 1)?,
        num_hidden_layers: scope.count("transformer.resblocks."),
        num_attention_heads: heads,
        num_channels: scope.dim("conv1.weight", 1)?,
        image_size: side
            .checked_mul(patch)
            .ok_or("its image encoder's patches are too large")?,
        patch_size: patch,
        // The released towers are LAION's, trained with the exact GELU.
        hidden_act: HiddenActivation::Gelu,
        layer_norm_eps: 1e-5,
    };
    Ok(Derived { config, warnings })
}

/// The original name of a tensor relative to `visual.`, and its transform; `None` for names that transformers does not
/// use. `width` is the token width.
///
/// | transformers | open_clip |
/// | --- | --- |
/// | `embeddings.class_embedding` | `class_embedding` |
/// | `embeddings.patch_embedding.weight` | `conv1.weight` |
/// | `embeddings.position_embedding.weight` | `positional_embedding` |
/// | `pre_layrnorm`, `post_layernorm` | `ln_pre`, `ln_post` |
/// | `visual_projection.weight` | `proj`, transposed |
/// | `encoder.layers.i.layer_norm{1,2}` | `transformer.resblocks.i.ln_{1,2}` |
/// | `….self_attn.{q,k,v}_proj` | thirds of `….attn.in_proj_{weight,bias}` |
/// | `….self_attn.out_proj`, `….mlp.fc{1,2}` | `….attn.out_proj`, `….mlp.c_{fc,proj}` |
pub(in crate::checkpoint) fn original_name(
    width: usize,
    name: &str,
) -> Option<(String, Transform)> {
    const TOP: [(&str, &str); 3] = [
        ("embeddings.class_embedding", "class_embedding"),
        ("embeddings.patch_embedding.weight", "conv1.weight"),
        (
            "embeddings.position_embedding.weight",
            "positional_embedding",
        ),
    ];
    const NORMS: [(&str, &str); 2] = [
        ("pre_layrnorm.", "ln_pre."),
        ("post_layernorm.", "ln_post."),
    ];
    if name == "visual_projection.weight" {
        return Some(("proj".to_owned(), Transform::Transpose));
    }
    let name = name.strip_prefix("vision_model.")?;
    if let Some((_, original)) = TOP.iter().find(|(ours, _)| *ours == name) {
        return Some(((*original).to_owned(), Transform::None));
    }
    if let Some((ours, original)) = NORMS.iter().find(|(ours, _)| name.starts_with(ours)) {
        let kind = &name[ours.len()..];
        return Some((format!("{original}{kind}"), Transform::None));
    }
    layer_name(width, name)
}

/// The original name of a tensor of a layer, `encoder.layers.…`, in the vision tower or the text tower.
pub(super) fn layer_name(width: usize, name: &str) -> Option<(String, Transform)> {
    const LAYERS: [(&str, &str); 5] = [
        ("layer_norm1.", "ln_1."),
        ("layer_norm2.", "ln_2."),
        ("self_attn.out_proj.", "attn.out_proj."),
        ("mlp.fc1.", "mlp.c_fc."),
        ("mlp.fc2.", "mlp.c_proj."),
    ];
    let (index, inner) = name.strip_prefix("encoder.layers.")?.split_once('.')?;
    let before = format!("transformer.resblocks.{index}.");
    for (third, ours) in [
        "self_attn.q_proj.",
        "self_attn.k_proj.",
        "self_attn.v_proj.",
    ]
    .iter()
    .enumerate()
    {
        if let Some(kind) = inner.strip_prefix(ours) {
            let rows = Transform::Rows {
                start: third * width,
                len: width,
            };
            return Some((format!("{before}attn.in_proj_{kind}"), rows));
        }
    }
    let (ours, original) = LAYERS.iter().find(|(ours, _)| inner.starts_with(ours))?;
    Some((
        format!("{before}{original}{}", &inner[ours.len()..]),
        Transform::None,
    ))
}
