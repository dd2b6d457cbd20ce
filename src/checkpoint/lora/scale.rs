//! The factor of a low-rank update: alpha / rank.
//!
//! Contains the rules for where alpha can be stated: in a tensor of the module, in the metadata, or in a configuration beside the file.
//! If it is stated nowhere, the factor is 1.
//!
//! Sources: diffusers 0.42 `loaders/lora_base.py` (`lora_adapter_metadata`, keys with the
//! component's prefix), peft `tuners/lora/layer.py` and `utils/other.py` (`get_pattern_key`),
//! kohya `networks/lora.py` (`ss_network_alpha`).

use serde_json::{Map, Value};

use super::super::tensors::TensorFile;
use super::names::is_text;

/// What a file says about scales outside its tensors.
#[derive(Debug, Default)]
pub(super) struct Scales {
    unet: Stated,
    /// Of a text tower.
    text: Stated,
}

/// The same about one network.
#[derive(Debug, Default)]
struct Stated {
    /// alpha of modules that `patterns` does not name.
    alpha: Option<f64>,
    /// alpha by module or by ending of a module's name.
    patterns: Vec<(String, f64)>,
    /// Whether the factor is alpha / √rank.
    stabilised: bool,
}

impl Scales {
    /// Reads the metadata, or `adapter_config.json` if there is one beside the file.
    ///
    /// A value that cannot be understood counts as absent: the tensors are still usable.
    pub(super) fn new(file: &TensorFile, adapter_config: Option<&[u8]>) -> Self {
        let metadata = file.metadata();
        let adapter = match metadata.get("lora_adapter_metadata") {
            Some(json) => serde_json::from_str(json).ok(),
            None => adapter_config.and_then(|json| serde_json::from_slice(json).ok()),
        };
        let kohya = metadata
            .get("ss_network_alpha")
            .and_then(|text| text.trim().parse().ok());
        let kohya = kohya.filter(|alpha: &f64| alpha.is_finite());
        let of = |network: &str| {
            let stated = adapter.as_ref();
            let mut stated =
                stated.map_or_else(Stated::default, |fields| Stated::from_peft(fields, network));
            stated.alpha = stated.alpha.or(kohya);
            stated
        };
        Self {
            unet: of("unet."),
            text: of("text_encoder."),
        }
    }

    /// The factor of a module, given its own alpha if it has one.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "ranks are small, and the product is computed in f32"
    )]
    pub(super) fn factor(&self, module: &str, own: Option<f32>, rank: usize) -> f32 {
        let stated = if is_text(module) {
            &self.text
        } else {
            &self.unet
        };
        let (alpha, root) = match own {
            Some(own) => (Some(f64::from(own)), false),
            None => (stated.of(module), stated.stabilised),
        };
        let rank = rank as f64;
        alpha.map_or(1.0, |alpha| alpha / if root { rank.sqrt() } else { rank }) as f32
    }
}

impl Stated {
    /// Fields of peft's `LoraConfig`; diffusers puts the network's name before each.
    fn from_peft(fields: &Map<String, Value>, network: &str) -> Self {
        let field = |name: &str| {
            fields
                .get(&format!("{network}{name}"))
                .or_else(|| fields.get(name))
        };
        let patterns = field("alpha_pattern").and_then(Value::as_object);
        Self {
            alpha: field("lora_alpha").and_then(Value::as_f64),
            patterns: patterns
                .into_iter()
                .flatten()
                .filter_map(|(key, alpha)| Some((key.clone(), alpha.as_f64()?)))
                .collect(),
            stabilised: field("use_rslora")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        }
    }

    /// The alpha of a module.
    fn of(&self, module: &str) -> Option<f64> {
        let named = self.patterns.iter().find(|(key, _)| {
            let key = key.trim_start_matches('^').trim_start_matches("unet.");
            let key = key.trim_start_matches("text_encoder.");
            module == key
                || module
                    .strip_suffix(key)
                    .is_some_and(|before| before.ends_with('.'))
        });
        named.map(|(_, alpha)| *alpha).or(self.alpha)
    }
}
