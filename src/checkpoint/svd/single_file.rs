//! Original single files (`svd`, `svd_xt`, `svd_xt_1_1`, the image-decoder variants, SV3D).
//!
//! Owns the conversion from Stability's names and shapes to configurations and diffusers' names. A file is identified
//! by its tensors; its name is only a hint for the number of frames.
//!
//! The layout omits a few settings that cannot be derived from any tensor: the number of heads if it is not
//! channels / 64, the number of frames, the scaling of latents. A file may carry them in its metadata as the JSON of
//! diffusers' `config.json` files, under `kinora.unet_config`, `kinora.vae_config`, `kinora.image_encoder_config`,
//! `kinora.scheduler_config` and `kinora.defaults`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::kinds::kind_of_file;
use super::norm_eps::NormEps;
use super::original_unet;
use super::parts::SvdParts;
use crate::checkpoint::config::{FeatureExtractor, SchedulerConfig};
use crate::checkpoint::defaults::ModelDefaults;
use crate::checkpoint::expected_tensors;
use crate::checkpoint::opened::Opened;
use crate::checkpoint::parts::{Entry, Part, Transform};
use crate::checkpoint::single_file::{
    Derived, FIRST_STAGE, MOST_EMBEDDERS, Scope, UNET_PREFIX, clip, collect, configured, vae,
};
use crate::checkpoint::tensors::TensorFile;
use crate::error::CheckpointError;

/// Whether a file holds a UNet of this family, whose blocks mix spatial and temporal results.
pub(in crate::checkpoint) fn is_in_file(file: &TensorFile) -> bool {
    let scope = Scope::new(file, UNET_PREFIX);
    scope.has("middle_block.0.time_stack.") || scope.has("middle_block.0.time_mixer.")
}

/// Opens a single file of this family.
pub(in crate::checkpoint) fn open_file(
    file: &Arc<TensorFile>,
) -> Result<Opened<SvdParts>, CheckpointError> {
    let path = file.path();
    let prefixes = Prefixes::find(file)?;
    let mut warnings = Vec::new();

    let scope = Scope::new(file, UNET_PREFIX);
    let mut unet = configured(file, "kinora.unet_config", &mut warnings, || {
        original_unet::derive(&scope)
    })?;
    if !file.metadata().contains_key("kinora.unet_config") {
        unet.num_frames = frames_hint(path);
    }
    let vae = configured(file, "kinora.vae_config", &mut warnings, || {
        vae::derive(
            &Scope::new(file, &prefixes.encoder),
            &Scope::new(file, FIRST_STAGE),
        )
    })?;
    let visual = Scope::new(file, &prefixes.visual);
    let clip = configured(file, "kinora.image_encoder_config", &mut warnings, || {
        clip::derive(&visual)
    })?;
    let scheduler = configured(file, "kinora.scheduler_config", &mut warnings, || {
        Ok(Derived {
            config: SchedulerConfig::svd(),
            warnings: Vec::new(),
        })
    })?;
    let defaults = match file.metadata().get("kinora.defaults") {
        Some(json) => ModelDefaults::parse(json.as_bytes(), unet.num_frames, path)?,
        None => ModelDefaults::for_frames(unet.num_frames),
    };

    let kind = kind_of_file(&unet, prefixes.is_orbital);
    let mut taken = BTreeSet::new();
    let unet_tensors = collect(
        file,
        &mut taken,
        expected_tensors::svd_unet(&unet),
        |name| {
            let original = original_unet::original_name(&unet, name)?;
            Some((format!("{UNET_PREFIX}{original}"), Transform::None))
        },
    );
    let vae_tensors = collect(file, &mut taken, expected_tensors::vae(&vae), |name| {
        let original = vae::original_name(&vae, &prefixes.encoder, FIRST_STAGE, name)?;
        Some((original, Transform::None))
    });
    let clip_tensors = collect(
        file,
        &mut taken,
        expected_tensors::image_encoder(&clip),
        |name| {
            let (original, transform) = clip::original_name(clip.hidden_size, name)?;
            Some((format!("{}{original}", prefixes.visual), transform))
        },
    );

    let mut parts = SvdParts {
        norm_eps: NormEps::Diffusers,
        unet: Part {
            config: unet,
            tensors: unet_tensors,
        },
        vae: Part {
            config: vae,
            tensors: vae_tensors,
        },
        image_encoder: Part {
            config: clip,
            tensors: clip_tensors,
        },
        scheduler,
        feature_extractor: FeatureExtractor::default(),
    };
    keep_leftovers(&mut parts, file, &taken, &prefixes);
    Ok(Opened {
        kind,
        parts,
        defaults,
        warnings,
    })
}

/// Adds every unused tensor to the part it is stored with, under its own name, so that the report lists it.
fn keep_leftovers(
    parts: &mut SvdParts,
    file: &Arc<TensorFile>,
    taken: &BTreeSet<usize>,
    prefixes: &Prefixes,
) {
    for (position, info) in file.tensors().iter().enumerate() {
        if taken.contains(&position) || prefixes.is_spare(&info.name) {
            continue;
        }
        let Some(entry) = Entry::new(file, position, Transform::None) else {
            continue;
        };
        let part = if info.name.starts_with(FIRST_STAGE) || info.name.starts_with(&prefixes.encoder)
        {
            &mut parts.vae.tensors
        } else if info.name.starts_with("conditioner.") {
            &mut parts.image_encoder.tensors
        } else {
            &mut parts.unet.tensors
        };
        part.insert(info.name.clone(), entry);
    }
}

/// Prefixes of the parts in this file.
struct Prefixes {
    /// The prefix of the image encoder, which ends in `visual.`.
    visual: String,
    /// The prefix of `encoder.` and `quant_conv.`: that of a conditioner, or of the training-time autoencoder.
    encoder: String,
    /// Whether the conditioners are those of SV3D.
    is_orbital: bool,
}

impl Prefixes {
    fn find(file: &TensorFile) -> Result<Self, CheckpointError> {
        let missing = |part: &str| CheckpointError::MissingPart {
            part: part.to_owned(),
            path: file.path().to_owned(),
        };
        let visual = (0..MOST_EMBEDDERS)
            .map(|i| format!("conditioner.embedders.{i}.open_clip.model.visual."))
            .find(|prefix| file.has_prefix(prefix))
            .ok_or_else(|| {
                missing("its image encoder (conditioner.embedders.0.open_clip.model.visual)")
            })?;
        let conditioner = (0..MOST_EMBEDDERS)
            .find(|i| file.has_prefix(&format!("conditioner.embedders.{i}.encoder.encoder.")));
        let encoder = match conditioner {
            Some(i) => format!("conditioner.embedders.{i}.encoder."),
            None if file.has_prefix("first_stage_model.encoder.") => FIRST_STAGE.to_owned(),
            None => return Err(missing("its VAE encoder (conditioner.embedders.3.encoder)")),
        };
        if !file.has_prefix("first_stage_model.decoder.") {
            return Err(missing("its VAE decoder (first_stage_model.decoder)"));
        }
        Ok(Self {
            visual,
            encoder,
            // SV3D has no fps and motion conditioners, so its autoencoder comes second.
            is_orbital: conditioner == Some(1),
        })
    }

    /// Unused second copies in every published file: the decoder beside the conditioner's encoder, and the
    /// training-time encoder.
    fn is_spare(&self, name: &str) -> bool {
        if self.encoder == FIRST_STAGE {
            return false;
        }
        let beside = name.strip_prefix(&self.encoder);
        beside.is_some_and(|rest| {
            rest.starts_with("decoder.") || rest.starts_with("post_quant_conv.")
        }) || name.strip_prefix(FIRST_STAGE).is_some_and(|rest| {
            ["encoder.", "quant_conv.", "post_quant_conv."]
                .iter()
                .any(|part| rest.starts_with(part))
        })
    }
}

/// The default number of frames: 25 if the file is named like SVD-XT, otherwise 14.
///
/// Both have the same tensors; nothing but this default depends on the name.
fn frames_hint(path: &Path) -> usize {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    if words.contains(&"xt") || words.contains(&"svdxt") {
        25
    } else {
        14
    }
}
