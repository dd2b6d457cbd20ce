//! `config.json` of diffusers' `MotionAdapter`, and what motion modules are made of.
//!
//! Published configurations contradict their tensors (copies of version 3 claim a module in the middle that they lack),
//! so only what the tensors do not show is read from a configuration.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::per_level::PerLevel;
use super::rules::{Config, Flaw, MOST_CHANNELS, NORM_GROUPS, check_count, check_widths};
use super::unet2d::Unet2dConfig;
use crate::error::{CheckpointError, excerpt};

/// The most frames that a table of positions may be stated for.
const MOST_POSITIONS: usize = 4096;

/// What a configuration says about motion modules that their tensors do not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MotionAdapterConfig {
    /// Attention heads. Default 8.
    pub motion_num_attention_heads: PerLevel<usize>,
    /// Groups of the norms. Default 32.
    pub motion_norm_num_groups: usize,
    /// Rows of the table of positions, if the file does not have it. Default 32.
    pub motion_max_seq_length: usize,
}

impl Default for MotionAdapterConfig {
    fn default() -> Self {
        Self {
            motion_num_attention_heads: PerLevel::Same(8),
            motion_norm_num_groups: NORM_GROUPS,
            motion_max_seq_length: 32,
        }
    }
}

impl Config for MotionAdapterConfig {
    const FIELDS: &'static [&'static str] = &[
        "motion_num_attention_heads",
        "motion_norm_num_groups",
        "motion_max_seq_length",
    ];

    fn unwrap(mut fields: Map<String, Value>) -> Map<String, Value> {
        fields.retain(|name, value| !value.is_null() || name.starts_with('_'));
        fields
    }

    fn check_class(fields: &Map<String, Value>, path: &Path) -> Result<(), CheckpointError> {
        const NEEDED: &str = "MotionAdapter";
        match fields.get("_class_name").and_then(Value::as_str) {
            Some(found) if found != NEEDED && found != "UNetMotionModel" => {
                Err(CheckpointError::WrongClass {
                    found: excerpt(found),
                    needed: NEEDED,
                    path: path.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    fn validate(&self) -> Result<(), Flaw> {
        if self.motion_norm_num_groups != NORM_GROUPS {
            let reason = format!("must be {NORM_GROUPS}, not {}", self.motion_norm_num_groups);
            return Err(Flaw::new("motion_norm_num_groups", reason));
        }
        check_count(
            "motion_max_seq_length",
            self.motion_max_seq_length,
            MOST_POSITIONS,
        )
    }
}

/// The published kinds of motion modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MotionVersion {
    /// 24 positions, none in the middle.
    One,
    /// One in the middle.
    Two,
    /// 32 positions, none in the middle.
    Three,
}

impl MotionVersion {
    /// Its number, as in `v3_sd15_mm`.
    #[must_use]
    pub fn number(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

/// What motion modules are made of, according to their tensors.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MotionConfig {
    /// Width per level, highest resolution first.
    pub block_out_channels: Vec<usize>,
    /// Modules per down level; up levels have one more.
    pub modules_per_level: usize,
    /// Transformer blocks per module.
    pub blocks_per_module: usize,
    /// Attention heads.
    pub num_attention_heads: PerLevel<usize>,
    /// Frames that there are positions for.
    pub positions: usize,
    /// Whether the file has the positions; otherwise they are computed.
    pub positions_stored: bool,
    /// Whether there is a module in the middle.
    pub middle: bool,
}

/// The field with the number of heads.
const HEADS: &str = "motion_num_attention_heads";
/// First width of the published models.
const FIRST_WIDTH: usize = 320;
/// Context width of Stable Diffusion 2, whose UNets have the widths of Stable Diffusion 1.
const SECOND_CONTEXT: usize = 1024;
/// More levels, modules per level or blocks per module than this mean that the file is broken.
const MOST: usize = 8;
/// Rows of the table of positions of version 1.
const FIRST_POSITIONS: usize = 24;

impl MotionConfig {
    /// Attention heads at a level, counted from the highest resolution.
    #[must_use]
    pub fn heads(&self, level: usize) -> usize {
        self.num_attention_heads.at(level).copied().unwrap_or(1)
    }

    /// Which of the published kinds it is, or is most like.
    #[must_use]
    pub fn version(&self) -> MotionVersion {
        match (self.middle, self.positions) {
            (true, _) => MotionVersion::Two,
            (false, FIRST_POSITIONS) => MotionVersion::One,
            (false, _) => MotionVersion::Three,
        }
    }

    /// Why modules of this shape cannot be added to a UNet for pictures, if they cannot.
    #[must_use]
    pub fn misfit(&self, unet: &Unet2dConfig) -> Option<String> {
        let widths = &unet.block_out_channels;
        if self.block_out_channels != *widths {
            return Some(format!(
                "they are for a UNet of the widths {:?}, but the model's are {widths:?}",
                self.block_out_channels
            ));
        }
        if widths.first() == Some(&FIRST_WIDTH) && unet.context() == SECOND_CONTEXT {
            return Some("the model is a Stable Diffusion 2".to_owned());
        }
        let count = self.modules_per_level;
        let other = (0..unet.levels()).find(|&level| unet.layers(level) != count);
        other.map(|level| {
            let layers = unet.layers(level);
            format!(
                "there are {count} per level, but level {level} of the model's UNet has {layers} layers"
            )
        })
    }

    /// Checks that Kinora can compute it.
    ///
    /// # Errors
    /// The first number that is impossible.
    pub(in crate::checkpoint) fn check(&self) -> Result<(), Flaw> {
        check_widths("block_out_channels", &self.block_out_channels, NORM_GROUPS)?;
        check_count("block_out_channels", self.block_out_channels.len(), MOST)?;
        check_count("motion_layers_per_block", self.modules_per_level, MOST)?;
        check_count(
            "motion_transformer_layers_per_block",
            self.blocks_per_module,
            MOST,
        )?;
        check_count("motion_max_seq_length", self.positions, MOST_POSITIONS)?;
        let levels = self.block_out_channels.len();
        if self
            .num_attention_heads
            .listed()
            .is_some_and(|listed| listed != levels)
        {
            let reason = format!("must have one entry per level ({levels})");
            return Err(Flaw::new(HEADS, reason));
        }
        for (level, &width) in self.block_out_channels.iter().enumerate() {
            let heads = self.heads(level);
            check_count(HEADS, heads, MOST_CHANNELS)?;
            if !width.is_multiple_of(heads) {
                let reason = format!("must divide the widths, but {heads} does not divide {width}");
                return Err(Flaw::new(HEADS, reason));
            }
        }
        Ok(())
    }
}

/// A UNet with motion modules.
#[derive(Debug, Clone, PartialEq)]
pub struct MotionUnetConfig {
    /// The UNet for pictures.
    pub unet: Unet2dConfig,
    /// The motion modules.
    pub motion: MotionConfig,
}
