//! The naming schemes ("spellings") of the tensors in LoRA files.
//!
//! Owns the table of spellings; must not depend on shapes or networks.
//!
//! | spelling | example |
//! | --- | --- |
//! | PEFT | `unet.….to_q.lora_A.weight`, `base_model.model.….lora_B.default.weight` |
//! | diffusers | `unet.….to_q.lora.down.weight` |
//! | diffusers, old processors | `….attn1.processor.to_q_lora.down.weight`, `to_out_lora` |
//! | kohya | `lora_unet_down_blocks_0_….lora_down.weight`, `.lora_mid.weight`, `.alpha` |
//! | kohya, text tower | `lora_te_text_model_encoder_layers_0_….lora_down.weight` |
//! | PEFT, diffusers, text tower | `text_encoder.text_model.encoder.layers.0.….lora_A.weight` |
//! | full difference | `diffusion_model.….diff`, `.diff_b` |
//! | `LyCORIS` | `.hada_w1_a`, `.lokr_w1`, … |

use serde::Serialize;

use super::super::tensors::TensorFile;
use crate::error::LoraError;

/// The spelling of most tensors in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum LoraFormat {
    /// `lora_A`, `lora_B`.
    #[serde(rename = "PEFT")]
    Peft,
    /// `lora.down`, `lora.up`.
    #[serde(rename = "diffusers")]
    Diffusers,
    /// `processor.to_q_lora.down`.
    #[serde(rename = "diffusers attention processors")]
    Processor,
    /// `lora_down`, `lora_up`, `alpha`.
    #[serde(rename = "kohya")]
    Kohya,
    /// `diff`, `diff_b`.
    #[serde(rename = "full difference")]
    Full,
    /// `hada_w1_a` and its like.
    #[serde(rename = "LoHa")]
    LoHa,
    /// `lokr_w1` and its like.
    #[serde(rename = "LoKr")]
    LoKr,
    /// Several spellings.
    #[serde(rename = "mixed")]
    Mixed,
}

impl LoraFormat {
    /// The display name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Peft => "PEFT",
            Self::Diffusers => "diffusers",
            Self::Processor => "diffusers attention processors",
            Self::Kohya => "kohya",
            Self::Full => "full difference",
            Self::LoHa => "LoHa",
            Self::LoKr => "LoKr",
            Self::Mixed => "mixed",
        }
    }
}

/// The role of a tensor within its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Down,
    Up,
    UpBias,
    Mid,
    Alpha,
    Diff,
    DiffBias,
    HadaW1A,
    HadaW1B,
    HadaW2A,
    HadaW2B,
    HadaT1,
    HadaT2,
    LokrW1,
    LokrW1A,
    LokrW1B,
    LokrW2,
    LokrW2A,
    LokrW2B,
    LokrT2,
}

/// Endings and what they mean. A longer ending comes before a shorter one that it ends with.
const ENDINGS: &[(&str, Role, LoraFormat)] = &[
    (".lora.down.weight", Role::Down, LoraFormat::Diffusers),
    (".lora.up.weight", Role::Up, LoraFormat::Diffusers),
    (
        ".lora_linear_layer.down.weight",
        Role::Down,
        LoraFormat::Diffusers,
    ),
    (
        ".lora_linear_layer.up.weight",
        Role::Up,
        LoraFormat::Diffusers,
    ),
    ("_lora.down.weight", Role::Down, LoraFormat::Processor),
    ("_lora.up.weight", Role::Up, LoraFormat::Processor),
    (".lora_down.weight", Role::Down, LoraFormat::Kohya),
    (".lora_up.weight", Role::Up, LoraFormat::Kohya),
    (".lora_mid.weight", Role::Mid, LoraFormat::Kohya),
    (".lora.alpha", Role::Alpha, LoraFormat::Diffusers),
    ("_lora.alpha", Role::Alpha, LoraFormat::Processor),
    (".alpha", Role::Alpha, LoraFormat::Kohya),
    (".diff_b", Role::DiffBias, LoraFormat::Full),
    (".diff", Role::Diff, LoraFormat::Full),
    (".hada_w1_a", Role::HadaW1A, LoraFormat::LoHa),
    (".hada_w1_b", Role::HadaW1B, LoraFormat::LoHa),
    (".hada_w2_a", Role::HadaW2A, LoraFormat::LoHa),
    (".hada_w2_b", Role::HadaW2B, LoraFormat::LoHa),
    (".hada_t1", Role::HadaT1, LoraFormat::LoHa),
    (".hada_t2", Role::HadaT2, LoraFormat::LoHa),
    (".lokr_w1_a", Role::LokrW1A, LoraFormat::LoKr),
    (".lokr_w1_b", Role::LokrW1B, LoraFormat::LoKr),
    (".lokr_w1", Role::LokrW1, LoraFormat::LoKr),
    (".lokr_w2_a", Role::LokrW2A, LoraFormat::LoKr),
    (".lokr_w2_b", Role::LokrW2B, LoraFormat::LoKr),
    (".lokr_w2", Role::LokrW2, LoraFormat::LoKr),
    (".lokr_t2", Role::LokrT2, LoraFormat::LoKr),
];

/// Prefixes that only say "the UNet" or "the text tower"; several can follow each other.
const PREFIXES: [&str; 10] = [
    "base_model.model.",
    "model.diffusion_model.",
    "diffusion_model.",
    "unet.",
    "transformer.",
    "lora_unet_",
    "lycoris_unet_",
    "lycoris_",
    "text_encoder.",
    "lora_te_",
];
/// How the modules of a text tower begin, without these prefixes. No UNet has such modules.
const OF_TEXT: [&str; 4] = [
    "text_model.",
    "text_model_",
    "encoder.layers.",
    "encoder_layers_",
];

/// Kinds that are recognised by a part of a name and cannot be applied.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "dora_scale",
        "a DoRA",
        "export it as a plain LoRA or a full difference",
    ),
    (
        "lora_magnitude_vector",
        "a DoRA",
        "export it as a plain LoRA or a full difference",
    ),
    (
        "oft_blocks",
        "an OFT adapter",
        "export it as a full difference",
    ),
    (
        "oft_diag",
        "an OFT adapter",
        "export it as a full difference",
    ),
    ("boft_", "a BOFT adapter", "export it as a full difference"),
    (
        ".on_input",
        "an IA3 adapter",
        "export it as a full difference",
    ),
    ("ia3_l", "an IA3 adapter", "export it as a full difference"),
    (
        "lora_embedding_",
        "a LoRA of an embedding",
        "choose a LoRA made for Stable Video Diffusion",
    ),
];

/// Refuses a file whose tensor names show that it is of a kind that cannot be applied.
pub(super) fn refuse(file: &TensorFile) -> Result<(), LoraError> {
    for (mark, what, advice) in REFUSED {
        if let Some(info) = file.tensors().iter().find(|info| info.name.contains(mark)) {
            return Err(LoraError::Unsupported {
                what,
                name: info.name.clone(),
                advice,
                path: file.path().to_owned(),
            });
        }
    }
    Ok(())
}

/// Module (without known prefixes), role and spelling of a tensor; `None` for other tensors.
pub(super) fn split(name: &str) -> Option<(String, Role, LoraFormat)> {
    if let Some((module, role)) = split_peft(name) {
        return Some((strip(module).to_owned(), role, LoraFormat::Peft));
    }
    let (ending, role, format) = ENDINGS.iter().find(|(ending, ..)| name.ends_with(ending))?;
    let module = strip(&name[..name.len() - ending.len()]);
    let module = if *format == LoraFormat::Processor {
        current_processor(module)
    } else {
        module.to_owned()
    };
    Some((module, *role, *format))
}

/// `module.lora_A.weight`, `module.lora_B.<adapter>.weight`, `module.lora_B.bias`.
fn split_peft(name: &str) -> Option<(&str, Role)> {
    for (mark, weight, bias) in [
        (".lora_A", Role::Down, None),
        (".lora_B", Role::Up, Some(Role::UpBias)),
    ] {
        let Some((module, rest)) = name.rsplit_once(mark) else {
            continue;
        };
        // The adapter's name may be anything, but has no dots.
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let leaf = rest.split_once('.').map_or(rest, |(_, leaf)| leaf);
        return match leaf {
            "weight" => Some((module, weight)),
            "bias" => bias.map(|role| (module, role)),
            _ => None,
        };
    }
    None
}

/// The current name of a module that has the layout of diffusers' old attention processors.
fn current_processor(module: &str) -> String {
    let module = module.replace(".processor.", ".");
    match module.strip_suffix(".to_out") {
        Some(attention) => format!("{attention}.to_out.0"),
        None => module,
    }
}

/// Whether a module, without known prefixes, is one of a text tower.
pub(super) fn is_text(module: &str) -> bool {
    OF_TEXT.iter().any(|start| module.starts_with(start))
}

fn strip(module: &str) -> &str {
    let mut rest = module;
    while let Some(inner) = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        rest = inner;
    }
    rest
}
