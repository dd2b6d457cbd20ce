//! `vae/config.json` of `AutoencoderKLTemporalDecoder` and of the plain `AutoencoderKL`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::rules::{
    Config, Flaw, MOST_CHANNELS, MOST_LAYERS, NORM_GROUPS, check_count, check_widths,
};
use crate::error::{CheckpointError, excerpt};

/// Which autoencoder a configuration describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum VaeClass {
    /// Decoder with temporal layers (SVD).
    #[default]
    #[serde(rename = "AutoencoderKLTemporalDecoder")]
    TemporalDecoder,
    /// Decoder without temporal layers (the image-decoder variants).
    #[serde(rename = "AutoencoderKL")]
    Plain,
}

/// Configuration of the autoencoder; defaults are those of diffusers 0.42.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VaeConfig {
    /// The class. Default: the temporal decoder.
    #[serde(rename = "_class_name")]
    pub class: VaeClass,
    /// Channels of a picture. Default 3.
    pub in_channels: usize,
    /// Channels of a decoded picture. Default 3.
    pub out_channels: usize,
    /// Encoder block class per level.
    pub down_block_types: Vec<String>,
    /// Decoder block class per level; only the plain class has this field.
    pub up_block_types: Vec<String>,
    /// Width per level. Default 64.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks per encoder level (decoder levels have one more). Default 1.
    pub layers_per_block: usize,
    /// Activation of the plain class. Default `silu`.
    pub act_fn: String,
    /// Channels of a latent. Default 4.
    pub latent_channels: usize,
    /// Groups of GroupNorm in the plain class; the temporal class always has 32.
    pub norm_num_groups: usize,
    /// Latents are divided by this before decoding. Default 0.18215.
    pub scaling_factor: f64,
    /// Added to latents by other pipelines; the video pipeline never reads it.
    pub shift_factor: Option<f64>,
    /// Whether half precision is unsafe for the encoder. Default true.
    pub force_upcast: bool,
    /// Whether a 1×1 convolution follows the encoder. Always true, except in the plain class and in single files whose
    /// encoder already contains it.
    pub use_quant_conv: bool,
    /// Whether a 1×1 convolution precedes the decoder. Only the plain class can have one.
    pub use_post_quant_conv: bool,
    /// Whether the middle blocks of the plain class have attention. Default true.
    pub mid_block_add_attention: bool,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            class: VaeClass::TemporalDecoder,
            in_channels: 3,
            out_channels: 3,
            down_block_types: vec!["DownEncoderBlock2D".to_owned()],
            up_block_types: vec!["UpDecoderBlock2D".to_owned()],
            block_out_channels: vec![64],
            layers_per_block: 1,
            act_fn: "silu".to_owned(),
            latent_channels: 4,
            norm_num_groups: NORM_GROUPS,
            scaling_factor: 0.18215,
            shift_factor: None,
            force_upcast: true,
            use_quant_conv: true,
            use_post_quant_conv: true,
            mid_block_add_attention: true,
        }
    }
}

impl VaeConfig {
    /// Number of resolution levels.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.block_out_channels.len()
    }

    /// Picture pixels per latent pixel along one axis.
    #[must_use]
    pub fn scale(&self) -> usize {
        1 << self.levels().saturating_sub(1)
    }

    /// Whether the decoder has temporal layers.
    #[must_use]
    pub fn is_temporal(&self) -> bool {
        self.class == VaeClass::TemporalDecoder
    }

    /// Groups of GroupNorm: 32 in the temporal class, configurable in the plain one.
    #[must_use]
    pub fn norm_groups(&self) -> usize {
        if self.is_temporal() {
            NORM_GROUPS
        } else {
            self.norm_num_groups
        }
    }

    /// Whether a 1×1 convolution precedes the decoder.
    #[must_use]
    pub fn has_post_quant_conv(&self) -> bool {
        !self.is_temporal() && self.use_post_quant_conv
    }

    /// Whether the middle blocks have attention.
    #[must_use]
    pub fn mid_attends(&self) -> bool {
        self.is_temporal() || self.mid_block_add_attention
    }

    fn check_types(&self) -> Result<(), Flaw> {
        let levels = self.levels();
        let check = |field, classes: &[String], allowed: &str| {
            if classes.len() != levels {
                return Err(Flaw::new(
                    field,
                    format!(
                        "must have one entry per width of block_out_channels ({levels}), not {}",
                        classes.len()
                    ),
                ));
            }
            match classes.iter().find(|class| *class != allowed) {
                Some(class) => Err(Flaw::new(
                    field,
                    format!("must contain {allowed}, not {class}"),
                )),
                None => Ok(()),
            }
        };
        check(
            "down_block_types",
            &self.down_block_types,
            "DownEncoderBlock2D",
        )?;
        if self.is_temporal() {
            return Ok(());
        }
        check("up_block_types", &self.up_block_types, "UpDecoderBlock2D")?;
        if !["silu", "swish"].contains(&self.act_fn.as_str()) {
            return Err(Flaw::new(
                "act_fn",
                format!("must be silu, not {}", self.act_fn),
            ));
        }
        Ok(())
    }
}

impl Config for VaeConfig {
    const FIELDS: &'static [&'static str] = &[
        "in_channels",
        "out_channels",
        "down_block_types",
        "up_block_types",
        "block_out_channels",
        "layers_per_block",
        "act_fn",
        "latent_channels",
        "norm_num_groups",
        "scaling_factor",
        "shift_factor",
        "force_upcast",
        "use_quant_conv",
        "use_post_quant_conv",
        "mid_block_add_attention",
    ];

    fn check_class(fields: &Map<String, Value>, path: &Path) -> Result<(), CheckpointError> {
        match fields.get("_class_name") {
            Some(class) if serde_json::from_value::<VaeClass>(class.clone()).is_err() => {
                Err(CheckpointError::WrongClass {
                    found: excerpt(class.as_str().unwrap_or("(none given)")),
                    needed: "AutoencoderKLTemporalDecoder or AutoencoderKL",
                    path: path.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    fn validate(&self) -> Result<(), Flaw> {
        check_count("norm_num_groups", self.norm_num_groups, MOST_CHANNELS)?;
        check_widths(
            "block_out_channels",
            &self.block_out_channels,
            self.norm_groups(),
        )?;
        // Halving a picture more than 16 times leaves nothing, and the scale must not overflow.
        check_count("block_out_channels", self.levels(), 16)?;
        self.check_types()?;
        check_count("in_channels", self.in_channels, MOST_CHANNELS)?;
        check_count("out_channels", self.out_channels, MOST_CHANNELS)?;
        check_count("latent_channels", self.latent_channels, MOST_CHANNELS)?;
        check_count("layers_per_block", self.layers_per_block, MOST_LAYERS)?;
        if !self.scaling_factor.is_finite() || self.scaling_factor == 0.0 {
            return Err(Flaw::new("scaling_factor", "must be a number other than 0"));
        }
        Ok(())
    }
}
