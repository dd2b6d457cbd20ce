//! The text tower of a single file: where it is, its configuration, derived from names and shapes, and its original
//! names.
//!
//! Sources: diffusers 0.42 `loaders/single_file_utils.py`; `open_clip/transformer.py` (`TextTransformer`).

use super::clip::layer_name;
use super::derived::{Derived, Reason};
use super::scope::Scope;
use crate::checkpoint::config::{ClipTextConfig, HiddenActivation};
use crate::checkpoint::parts::Transform;
use crate::checkpoint::tensors::TensorFile;

/// Width of a head in all published text towers.
const HEAD_WIDTH: usize = 64;
/// Layers of OpenCLIP-H in a folder, where the last one is left out already.
const CUT_LAYERS: usize = 23;

/// The naming of a text tower in a single file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checkpoint) enum TextNames {
    /// transformers' names: SD 1.5.
    Transformers,
    /// open_clip's names: SD 2.
    OpenClip,
}

/// Prefixes under which a text tower may be, with its naming.
const PLACES: [(&str, TextNames); 4] = [
    (
        "cond_stage_model.transformer.text_model.",
        TextNames::Transformers,
    ),
    ("cond_stage_model.transformer.", TextNames::Transformers),
    ("cond_stage_model.model.", TextNames::OpenClip),
    ("conditioner.embedders.0.model.", TextNames::OpenClip),
];

/// The prefix and the naming of the text tower of a file, if it has one.
pub(in crate::checkpoint) fn find(file: &TensorFile) -> Option<(&'static str, TextNames)> {
    PLACES.into_iter().find(|(prefix, names)| {
        let table = match names {
            TextNames::Transformers => "embeddings.token_embedding.",
            TextNames::OpenClip => "token_embedding.",
        };
        file.has_prefix(&format!("{prefix}{table}"))
    })
}

/// Derives the configuration from the tensors.
///
/// Stable Diffusion 2 uses the output of the last layer but one. A single file has all layers, so the last one is not
/// among those that run; a file with the 23 layers of a folder has lost it already.
pub(in crate::checkpoint) fn derive(
    scope: &Scope<'_>,
    names: TextNames,
) -> Result<Derived<ClipTextConfig>, Reason> {
    let (table, positions, layers, inner) = match names {
        TextNames::Transformers => (
            "embeddings.token_embedding.weight",
            "embeddings.position_embedding.weight",
            "encoder.layers.",
            "encoder.layers.0.mlp.fc1.weight",
        ),
        TextNames::OpenClip => (
            "token_embedding.weight",
            "positional_embedding",
            "transformer.resblocks.",
            "transformer.resblocks.0.mlp.c_fc.weight",
        ),
    };
    let width = scope.dim(table, 1)?;
    let mut warnings = Vec::new();
    if width % HEAD_WIDTH != 0 {
        warnings.push(format!(
            "This file does not state the text encoder's number of attention heads; {} is assumed.",
            (width / HEAD_WIDTH).max(1)
        ));
    }
    let count = scope.count(layers);
    let (num_hidden_layers, hidden_act) = match names {
        TextNames::Transformers => (count, HiddenActivation::QuickGelu),
        TextNames::OpenClip if count == CUT_LAYERS => (count, HiddenActivation::Gelu),
        TextNames::OpenClip => (count.saturating_sub(1), HiddenActivation::Gelu),
    };
    let config = ClipTextConfig {
        vocab_size: scope.dim(table, 0)?,
        hidden_size: width,
        intermediate_size: scope.dim(inner, 0)?,
        num_hidden_layers,
        num_attention_heads: (width / HEAD_WIDTH).max(1),
        max_position_embeddings: scope.dim(positions, 0)?,
        hidden_act,
        layer_norm_eps: 1e-5,
    };
    Ok(Derived { config, warnings })
}

/// The original name of a tensor relative to the tower's prefix, and its transform; `None` for names that the layout
/// does not have. `width` is the token width.
///
/// | transformers | open_clip |
/// | --- | --- |
/// | `embeddings.token_embedding.weight` | `token_embedding.weight` |
/// | `embeddings.position_embedding.weight` | `positional_embedding` |
/// | `final_layer_norm` | `ln_final` |
/// | `encoder.layers.i` | `transformer.resblocks.i`, as in the vision tower |
pub(in crate::checkpoint) fn original_name(
    names: TextNames,
    width: usize,
    name: &str,
) -> Option<(String, Transform)> {
    if names == TextNames::Transformers {
        return Some((name.to_owned(), Transform::None));
    }
    let plain = |name: &str| Some((name.to_owned(), Transform::None));
    match name {
        "embeddings.token_embedding.weight" => plain("token_embedding.weight"),
        "embeddings.position_embedding.weight" => plain("positional_embedding"),
        _ => match name.strip_prefix("final_layer_norm.") {
            Some(kind) => plain(&format!("ln_final.{kind}")),
            None => layer_name(width, name),
        },
    }
}
