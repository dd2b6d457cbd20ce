//! `unet/config.json` of `UNetSpatioTemporalConditionModel`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::per_level::PerLevel;
use super::rules::{
    Config, Flaw, MOST_CHANNELS, MOST_LAYERS, NORM_GROUPS, check_count, check_widths,
};
use crate::error::{CheckpointError, excerpt};

/// Maximum number of blocks in a network; SVD has 48. Every block has some fifty tensors, and their names are listed
/// before the first is looked up.
const MAX_BLOCKS: usize = 4096;

/// Configuration of the spatio-temporal UNet; defaults are those of diffusers 0.42.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnetConfig {
    /// Channels in: noisy latents and image latents. Default 8.
    pub in_channels: usize,
    /// Channels out: the prediction. Default 4.
    pub out_channels: usize,
    /// Block class per level, widest resolution first.
    pub down_block_types: Vec<String>,
    /// Block class per level, lowest resolution first.
    pub up_block_types: Vec<String>,
    /// Width per level. Default 320, 640, 1280, 1280.
    pub block_out_channels: Vec<usize>,
    /// Width of the sinusoid of each added id. Default 256.
    pub addition_time_embed_dim: usize,
    /// Width of all added sinusoids together. Default 768.
    pub projection_class_embeddings_input_dim: usize,
    /// Residual blocks per down level (up levels have one more). Default 2.
    pub layers_per_block: PerLevel<usize>,
    /// Width of the context tokens. Default 1024.
    pub cross_attention_dim: PerLevel<usize>,
    /// Blocks per transformer: one number, one per level, or one list per level. Default 1.
    pub transformer_layers_per_block: PerLevel<PerLevel<usize>>,
    /// Number of attention heads; the head width is channels / heads. Default 5, 10, 20, 20.
    pub num_attention_heads: PerLevel<usize>,
    /// Frames the model was made for; no weight depends on it. Default 25.
    pub num_frames: usize,
}

impl Default for UnetConfig {
    fn default() -> Self {
        let attention = "CrossAttnDownBlockSpatioTemporal".to_owned();
        let up_attention = "CrossAttnUpBlockSpatioTemporal".to_owned();
        Self {
            in_channels: 8,
            out_channels: 4,
            down_block_types: vec![
                attention.clone(),
                attention.clone(),
                attention,
                "DownBlockSpatioTemporal".to_owned(),
            ],
            up_block_types: vec![
                "UpBlockSpatioTemporal".to_owned(),
                up_attention.clone(),
                up_attention.clone(),
                up_attention,
            ],
            block_out_channels: vec![320, 640, 1280, 1280],
            addition_time_embed_dim: 256,
            projection_class_embeddings_input_dim: 768,
            layers_per_block: PerLevel::Same(2),
            cross_attention_dim: PerLevel::Same(1024),
            transformer_layers_per_block: PerLevel::Same(PerLevel::Same(1)),
            num_attention_heads: PerLevel::Each(vec![5, 10, 20, 20]),
            num_frames: 25,
        }
    }
}

impl UnetConfig {
    /// Number of resolution levels.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.block_out_channels.len()
    }

    /// Width of the time embedding: four times the first width.
    #[must_use]
    pub fn time_embed_dim(&self) -> usize {
        4 * self.block_out_channels.first().copied().unwrap_or(0)
    }

    /// Residual blocks in the down block of a level; the up block has one more.
    #[must_use]
    pub fn layers(&self, level: usize) -> usize {
        self.layers_per_block.at(level).copied().unwrap_or(0)
    }

    /// Attention heads at a level (counted from the highest resolution).
    #[must_use]
    pub fn heads(&self, level: usize) -> usize {
        self.num_attention_heads.at(level).copied().unwrap_or(1)
    }

    /// Context width at a level.
    #[must_use]
    pub fn context(&self, level: usize) -> usize {
        self.cross_attention_dim.at(level).copied().unwrap_or(0)
    }

    /// Blocks in the transformer after the given residual block of a level; with none, only the transformer's two
    /// projections are left.
    ///
    /// The middle block is `depth(levels() - 1, 0)`.
    #[must_use]
    pub fn depth(&self, level: usize, layer: usize) -> usize {
        self.transformer_layers_per_block
            .at(level)
            .and_then(|layers| layers.at(layer))
            .copied()
            .unwrap_or(1)
    }

    /// Whether the down block of a level has transformers.
    #[must_use]
    pub fn down_attends(&self, level: usize) -> bool {
        self.down_block_types
            .get(level)
            .is_some_and(|class| class == "CrossAttnDownBlockSpatioTemporal")
    }

    /// Whether the up block of a level (counted from the highest resolution) has transformers.
    #[must_use]
    pub fn up_attends(&self, level: usize) -> bool {
        (self.levels().checked_sub(level + 1))
            .and_then(|i| self.up_block_types.get(i))
            .is_some_and(|class| class == "CrossAttnUpBlockSpatioTemporal")
    }

    /// Whether a level has transformers on its way down, up or in the middle.
    fn attends(&self, level: usize) -> bool {
        level + 1 == self.levels() || self.down_attends(level) || self.up_attends(level)
    }

    /// Residual and transformer blocks, as many on the way down as on the way up.
    fn blocks(&self) -> usize {
        let of_level = |level| -> usize {
            let depth = |layer| match self.attends(level) {
                true => self.depth(level, layer),
                false => 0,
            };
            (0..=self.layers(level)).map(|layer| 1 + depth(layer)).sum()
        };
        2 * (0..self.levels()).map(of_level).sum::<usize>()
    }

    /// Checks that lists have one entry per level.
    fn check_lengths(&self) -> Result<(), Flaw> {
        let levels = self.levels();
        let lists = [
            ("down_block_types", Some(self.down_block_types.len())),
            ("up_block_types", Some(self.up_block_types.len())),
            ("layers_per_block", self.layers_per_block.listed()),
            ("cross_attention_dim", self.cross_attention_dim.listed()),
            (
                "transformer_layers_per_block",
                self.transformer_layers_per_block.listed(),
            ),
            ("num_attention_heads", self.num_attention_heads.listed()),
        ];
        for (field, length) in lists {
            if let Some(length) = length.filter(|&length| length != levels) {
                return Err(Flaw::new(
                    field,
                    format!(
                        "must have one entry per width of block_out_channels ({levels}), not {length}"
                    ),
                ));
            }
        }
        Ok(())
    }

    fn check_types(&self) -> Result<(), Flaw> {
        let check = |field, classes: &[String], allowed: [&str; 2]| match classes
            .iter()
            .find(|class| !allowed.contains(&class.as_str()))
        {
            Some(class) => Err(Flaw::new(
                field,
                format!("must contain {} or {}, not {class}", allowed[0], allowed[1]),
            )),
            None => Ok(()),
        };
        check(
            "down_block_types",
            &self.down_block_types,
            [
                "DownBlockSpatioTemporal",
                "CrossAttnDownBlockSpatioTemporal",
            ],
        )?;
        check(
            "up_block_types",
            &self.up_block_types,
            ["UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"],
        )
    }

    /// Checks heads, context and depth of a level that has transformers.
    fn check_attention(&self, level: usize) -> Result<(), Flaw> {
        let width = self.block_out_channels[level];
        let heads = self.heads(level);
        check_count("num_attention_heads", heads, width)?;
        if !width.is_multiple_of(heads) {
            return Err(Flaw::new(
                "num_attention_heads",
                format!("must divide the width of its level, but {heads} does not divide {width}"),
            ));
        }
        check_count("cross_attention_dim", self.context(level), MOST_CHANNELS)?;
        let most = self.layers(level) + 1;
        let depths = self.transformer_layers_per_block.at(level);
        if let Some(listed) = depths.and_then(PerLevel::listed).filter(|&n| n < most) {
            return Err(Flaw::new(
                "transformer_layers_per_block",
                format!(
                    "must list {most} depths at level {level} (one per layer of its up block), not {listed}"
                ),
            ));
        }
        for layer in 0..most {
            let depth = self.depth(level, layer);
            if depth > MOST_LAYERS {
                return Err(Flaw::new(
                    "transformer_layers_per_block",
                    format!("must be 0 to {MOST_LAYERS}, not {depth}"),
                ));
            }
        }
        Ok(())
    }
}

impl Config for UnetConfig {
    const FIELDS: &'static [&'static str] = &[
        "in_channels",
        "out_channels",
        "down_block_types",
        "up_block_types",
        "block_out_channels",
        "addition_time_embed_dim",
        "projection_class_embeddings_input_dim",
        "layers_per_block",
        "cross_attention_dim",
        "transformer_layers_per_block",
        "num_attention_heads",
        "num_frames",
    ];

    fn check_class(fields: &Map<String, Value>, path: &Path) -> Result<(), CheckpointError> {
        const NEEDED: &str = "UNetSpatioTemporalConditionModel";
        match fields.get("_class_name").and_then(Value::as_str) {
            Some(found) if found != NEEDED => Err(CheckpointError::WrongClass {
                found: excerpt(found),
                needed: NEEDED,
                path: path.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn validate(&self) -> Result<(), Flaw> {
        check_widths("block_out_channels", &self.block_out_channels, NORM_GROUPS)?;
        self.check_lengths()?;
        self.check_types()?;
        check_count("in_channels", self.in_channels, MOST_CHANNELS)?;
        check_count("out_channels", self.out_channels, MOST_CHANNELS)?;
        check_count("num_frames", self.num_frames, MOST_CHANNELS)?;
        check_count(
            "addition_time_embed_dim",
            self.addition_time_embed_dim,
            MOST_CHANNELS,
        )?;
        check_count(
            "projection_class_embeddings_input_dim",
            self.projection_class_embeddings_input_dim,
            MOST_CHANNELS,
        )?;
        for level in 0..self.levels() {
            check_count("layers_per_block", self.layers(level), MOST_LAYERS)?;
        }
        for level in (0..self.levels()).filter(|&level| self.attends(level)) {
            self.check_attention(level)?;
        }
        let blocks = self.blocks();
        if blocks > MAX_BLOCKS {
            return Err(Flaw::new(
                "layers_per_block",
                format!(
                    "and transformer_layers_per_block must make at most {MAX_BLOCKS} blocks together, not {blocks}"
                ),
            ));
        }
        Ok(())
    }
}
