//! Original single files of Stable Diffusion 1 and 2, identified by their tensors.
//!
//! They state neither the schedule nor what the network predicts: ε and DDIM are assumed, or a single Euler step if the
//! file is named Turbo. Settings that cannot be derived may be in the metadata as the JSON of diffusers' `config.json`
//! files, under `kinora.unet_config`, `kinora.vae_config`, `kinora.text_encoder_config` and `kinora.scheduler_config`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::folder::is_projection;
use super::kinds::{defaults, kind_of, schedule};
use super::original_unet;
use super::parts::SdParts;
use crate::checkpoint::config::ClipTextConfig;
use crate::checkpoint::expected_tensors;
use crate::checkpoint::opened::Opened;
use crate::checkpoint::parts::{Entry, Part, Transform};
use crate::checkpoint::single_file::{
    Derived, FIRST_STAGE, Scope, UNET_PREFIX, collect, configured, text, vae,
};
use crate::checkpoint::tensors::TensorFile;
use crate::checkpoint::tokenizer::Tokenizer;
use crate::error::CheckpointError;

/// Copies and training state that files carry beside the networks.
const SPARE: [&str; 6] = [
    "model_ema.",
    "betas",
    "alphas_cumprod",
    "sqrt_",
    "log_one_minus_alphas_cumprod",
    "posterior_",
];

/// Whether a file holds a UNet of this family: it attends to a prompt and has nothing temporal.
pub(in crate::checkpoint) fn is_in_file(file: &TensorFile) -> bool {
    let scope = Scope::new(file, UNET_PREFIX);
    let temporal = ["time_stack.", "time_mixer."].map(|kind| format!("middle_block.0.{kind}"));
    scope.has("middle_block.1.transformer_blocks.0.attn2.to_k.weight")
        && !temporal.iter().any(|name| scope.has(name))
        && text::find(file).is_some()
}

/// Opens a single file of this family.
pub(in crate::checkpoint) fn open_file(
    file: &Arc<TensorFile>,
) -> Result<Opened<SdParts>, CheckpointError> {
    let path = file.path();
    let Some((prefix, names)) = text::find(file) else {
        return Err(CheckpointError::MissingPart {
            part: "its text encoder (cond_stage_model)".to_owned(),
            path: path.to_owned(),
        });
    };
    let mut warnings = Vec::new();
    let unet = configured(file, "kinora.unet_config", &mut warnings, || {
        original_unet::derive(&Scope::new(file, UNET_PREFIX))
    })?;
    let vae = configured(file, "kinora.vae_config", &mut warnings, || {
        let scope = Scope::new(file, FIRST_STAGE);
        vae::derive(&scope, &scope)
    })?;
    let tower: ClipTextConfig =
        configured(file, "kinora.text_encoder_config", &mut warnings, || {
            text::derive(&Scope::new(file, prefix), names)
        })?;
    let scheduler = configured(file, "kinora.scheduler_config", &mut warnings, || {
        Ok(Derived {
            config: schedule(path),
            warnings: Vec::new(),
        })
    })?;

    let mut taken = BTreeSet::new();
    let unet_tensors = collect(file, &mut taken, expected_tensors::sd_unet(&unet), |name| {
        let original = original_unet::original_name(&unet, name)?;
        Some((format!("{UNET_PREFIX}{original}"), Transform::None))
    });
    let vae_tensors = collect(file, &mut taken, expected_tensors::vae(&vae), |name| {
        let original = vae::original_name(&vae, FIRST_STAGE, FIRST_STAGE, name)?;
        Some((original, Transform::None))
    });
    let width = tower.hidden_size;
    let text_names = expected_tensors::text_encoder(&tower);
    let text_tensors = collect(file, &mut taken, text_names, |name| {
        let (original, transform) = text::original_name(names, width, name)?;
        Some((format!("{prefix}{original}"), transform))
    });
    let (kind, defaults) = (kind_of(&unet), defaults(path, &unet, vae.scale()));
    let layers = tower.num_hidden_layers;
    let mut parts = SdParts {
        unet: Part {
            config: unet,
            tensors: unet_tensors,
        }
        .squeezed(is_projection),
        vae: Part {
            config: vae,
            tensors: vae_tensors,
        },
        text_encoder: Part {
            config: tower,
            tensors: text_tensors,
        },
        tokenizer: Tokenizer::of_file(file)?,
        scheduler,
    };
    keep_leftovers(&mut parts, file, &taken, layers);
    Ok(Opened {
        kind,
        parts,
        defaults,
        warnings,
    })
}

/// Adds every unused tensor to the part it is stored with, under its own name, so that the report lists it.
fn keep_leftovers(
    parts: &mut SdParts,
    file: &Arc<TensorFile>,
    taken: &BTreeSet<usize>,
    layers: usize,
) {
    // The layer after the last one that runs.
    let cut = format!(".resblocks.{layers}.");
    for (position, info) in file.tensors().iter().enumerate() {
        let name = &info.name;
        let spare = SPARE.iter().any(|spare| name.starts_with(spare)) || name.contains(&cut);
        if taken.contains(&position) || spare {
            continue;
        }
        let Some(entry) = Entry::new(file, position, Transform::None) else {
            continue;
        };
        let part = if name.starts_with(FIRST_STAGE) {
            &mut parts.vae.tensors
        } else if name.starts_with("cond_stage_model.") || name.starts_with("conditioner.") {
            &mut parts.text_encoder.tensors
        } else {
            &mut parts.unet.tensors
        };
        part.insert(name.clone(), entry);
    }
}
