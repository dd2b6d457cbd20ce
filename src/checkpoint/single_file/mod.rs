//! Original single files (`svd`, `svd_xt`, `svd_xt_1_1`, the image-decoder variants, SV3D).
//!
//! Owns the whole way from Stability's names and shapes to configurations and diffusers' names.
//! What a file is, is decided by its tensors; its name is only a hint for the number of frames.
//!
//! The layout leaves a few settings out, which cannot be seen in any tensor: the number of heads
//! where it is not channels / 64, the number of frames, the scaling of latents. A file may carry
//! them in its metadata as the JSON of diffusers' `config.json` files, under `kinora.unet_config`,
//! `kinora.vae_config`, `kinora.image_encoder_config`, `kinora.scheduler_config` and
//! `kinora.defaults`.

mod clip;
mod scope;
mod unet;
mod vae;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::config::{ClipVisionConfig, Config, SchedulerConfig, UnetConfig, VaeConfig};
use super::parts::{Entry, Part, Transform};
use super::tensors::TensorFile;
use super::{Defaults, Kind, census};
use crate::error::CheckpointError;
use scope::Scope;
pub(super) use unet::original_name as original_unet_name;

/// Where the UNet's tensors lie.
const UNET_PREFIX: &str = "model.diffusion_model.";
/// Where the training-time autoencoder's tensors lie.
const FIRST_STAGE: &str = "first_stage_model.";
/// Conditioners are numbered; the releases have at most five.
const MOST_EMBEDDERS: usize = 8;

/// What a single file turned out to be.
pub(super) struct SingleFile {
    pub(super) kind: Kind,
    pub(super) unet: Part<UnetConfig>,
    pub(super) vae: Part<VaeConfig>,
    pub(super) image_encoder: Part<ClipVisionConfig>,
    pub(super) scheduler: SchedulerConfig,
    pub(super) defaults: Defaults,
    pub(super) warnings: Vec<String>,
}

/// A configuration read off the tensors, with what had to be assumed.
struct Derived<C> {
    config: C,
    warnings: Vec<String>,
}

/// Why a configuration cannot be read off the tensors.
type Reason = String;

/// Reads a single file.
pub(super) fn read(file: &Arc<TensorFile>) -> Result<SingleFile, CheckpointError> {
    let path = file.path();
    let prefixes = Prefixes::find(file)?;
    let mut warnings = Vec::new();

    let scope = Scope::new(file, UNET_PREFIX);
    let mut unet = configured(file, "kinora.unet_config", &mut warnings, || {
        unet::derive(&scope)
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
        Some(json) => Defaults::parse(json.as_bytes(), unet.num_frames, path)?,
        None => Defaults::for_frames(unet.num_frames),
    };

    let kind = match (Kind::of(&unet), prefixes.is_orbital) {
        (Kind::Custom, true) if unet.projection_class_embeddings_input_dim > 256 => Kind::Sv3dP,
        (Kind::Custom, true) => Kind::Sv3dU,
        (kind, _) => kind,
    };
    let mut taken = BTreeSet::new();
    let unet_tensors = collect(file, &mut taken, census::unet(&unet), |name| {
        let original = unet::original_name(&unet, name)?;
        Some((format!("{UNET_PREFIX}{original}"), Transform::None))
    });
    let vae_tensors = collect(file, &mut taken, census::vae(&vae), |name| {
        let original = vae::original_name(&vae, &prefixes.encoder, FIRST_STAGE, name)?;
        Some((original, Transform::None))
    });
    let clip_tensors = collect(file, &mut taken, census::image_encoder(&clip), |name| {
        let (original, transform) = clip::original_name(clip.hidden_size, name)?;
        Some((format!("{}{original}", prefixes.visual), transform))
    });

    let mut found = SingleFile {
        kind,
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
        defaults,
        warnings,
    };
    found.keep_leftovers(file, &taken, &prefixes);
    Ok(found)
}

impl SingleFile {
    /// Files every tensor no rule has taken under the part it lies beside, by its own name, so
    /// that a report names it.
    fn keep_leftovers(
        &mut self,
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
            let part =
                if info.name.starts_with(FIRST_STAGE) || info.name.starts_with(&prefixes.encoder) {
                    &mut self.vae.tensors
                } else if info.name.starts_with("conditioner.") {
                    &mut self.image_encoder.tensors
                } else {
                    &mut self.unet.tensors
                };
            part.insert(info.name.clone(), entry);
        }
    }
}

/// Where the parts lie in this file.
struct Prefixes {
    /// Ends in `visual.`.
    visual: String,
    /// The prefix of `encoder.` and `quant_conv.`: a conditioner's, or the training-time one.
    encoder: String,
    /// The conditioners are those of SV3D.
    is_orbital: bool,
}

impl Prefixes {
    fn find(file: &TensorFile) -> Result<Self, CheckpointError> {
        let missing = |part: &str| CheckpointError::MissingPart {
            part: part.to_owned(),
            path: file.path().to_owned(),
        };
        if !file.has_prefix(UNET_PREFIX) {
            return Err(CheckpointError::UnknownModel {
                reason: look(file),
                path: file.path().to_owned(),
            });
        }
        // Before the parts: another model's file lacks these as well, and this says why.
        if !Scope::new(file, UNET_PREFIX).is_spatio_temporal() {
            return Err(CheckpointError::UnknownModel {
                reason: "its UNet has no temporal layers, so it makes pictures, not video"
                    .to_owned(),
                path: file.path().to_owned(),
            });
        }
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

    /// Second copies that every published file carries and nothing uses: the decoder beside the
    /// conditioner's encoder, and the training-time encoder.
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

/// What a file without a UNet of this layout seems to be.
fn look(file: &TensorFile) -> String {
    let first = file.tensors().first().map_or("", |info| info.name.as_str());
    let lora =
        |name: &str| name.contains("lora_") || name.contains(".lora.") || name.contains("_lora.");
    if file.tensors().is_empty() {
        "it holds no tensors".to_owned()
    } else if file.tensors().iter().any(|info| lora(&info.name)) {
        "it is a LoRA, to be used together with a model".to_owned()
    } else if file.has_prefix("down_blocks.") && file.has_prefix("up_blocks.") {
        "it is the UNet alone; choose the folder that holds unet/, vae/ and image_encoder/"
            .to_owned()
    } else if file.has_prefix("encoder.") && file.has_prefix("decoder.") {
        "it is a VAE alone; choose the folder that holds unet/, vae/ and image_encoder/".to_owned()
    } else if file.has_prefix("vision_model.") {
        "it is an image encoder alone; choose the folder that holds unet/, vae/ and image_encoder/"
            .to_owned()
    } else {
        format!("its first tensor is {first}")
    }
}

/// The configuration a file carries in its metadata, or the one its tensors tell.
fn configured<C: Config>(
    file: &TensorFile,
    key: &str,
    warnings: &mut Vec<String>,
    derive: impl FnOnce() -> Result<Derived<C>, Reason>,
) -> Result<C, CheckpointError> {
    if let Some(json) = file.metadata().get(key) {
        return C::parse(json.as_bytes(), file.path());
    }
    let unknown = |reason: String| CheckpointError::UnknownModel {
        reason,
        path: file.path().to_owned(),
    };
    let derived = derive().map_err(unknown)?;
    derived
        .config
        .validate()
        .map_err(|flaw| unknown(format!("{} {}", flaw.field, flaw.reason)))?;
    warnings.extend(derived.warnings);
    Ok(derived.config)
}

/// Entries for the names found in the file; the rest is for the report to miss.
///
/// `original` gives the file's name for diffusers' name, and how to turn the tensor.
fn collect(
    file: &Arc<TensorFile>,
    taken: &mut BTreeSet<usize>,
    names: census::Census,
    original: impl Fn(&str) -> Option<(String, Transform)>,
) -> BTreeMap<String, Entry> {
    let mut tensors = BTreeMap::new();
    for (name, _) in names {
        let found = original(&name)
            .and_then(|(original, transform)| Some((file.position(&original)?, transform)));
        let Some((position, transform)) = found else {
            continue;
        };
        taken.insert(position);
        let transform = match (transform, file.tensors()[position].shape.as_slice()) {
            // The autoencoder's attention was written with 1×1 convolutions.
            (Transform::None, [_, _, 1, 1]) if name.contains(".attentions.") => Transform::Squeeze,
            (transform, _) => transform,
        };
        // A shape that the transform does not fit is kept as it is, for the report to show.
        let entry = Entry::new(file, position, transform)
            .or_else(|| Entry::new(file, position, Transform::None));
        if let Some(entry) = entry {
            tensors.insert(name, entry);
        }
    }
    tensors
}

/// The default number of frames: 25 if the file is named like SVD-XT, 14 otherwise.
///
/// The tensors of the two are the same; nothing but this default depends on the name.
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
