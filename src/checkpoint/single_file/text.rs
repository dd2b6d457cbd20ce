//! The text tower of a single file: where it is, and whose names it has.
//!
//! Source: diffusers 0.42 `loaders/single_file_utils.py`.

use crate::checkpoint::tensors::TensorFile;

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
