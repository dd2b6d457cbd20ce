//! `unet/config.json` of `UNet2DConditionModel`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::per_level::PerLevel;
use super::rules::{
    Config, Flaw, MOST_CHANNELS, MOST_LAYERS, NORM_GROUPS, check_count, check_widths,
};
use crate::error::{CheckpointError, excerpt};

const CROSS_DOWN: &str = "CrossAttnDownBlock2D";
const PLAIN_DOWN: &str = "DownBlock2D";
const CROSS_UP: &str = "CrossAttnUpBlock2D";
const PLAIN_UP: &str = "UpBlock2D";
const MID: &str = "UNetMidBlock2DCrossAttn";

/// Configuration of the UNet of Stable Diffusion 1 and 2; defaults are those of diffusers 0.42.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unet2dConfig {
    /// Channels in: noisy latents. Default 4.
    pub in_channels: usize,
    /// Channels out: the prediction. Default 4.
    pub out_channels: usize,
    /// Side of the latents that the model was made for. Default 64 (diffusers has none).
    pub sample_size: PerLevel<usize>,
    /// Block class per level, widest resolution first.
    pub down_block_types: Vec<String>,
    /// Class of the middle block.
    pub mid_block_type: String,
    /// Block class per level, lowest resolution first.
    pub up_block_types: Vec<String>,
    /// Width per level. Default 320, 640, 1280, 1280.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks per down level (up levels have one more). Default 2.
    pub layers_per_block: PerLevel<usize>,
    /// Width of the context tokens. Default 1280.
    pub cross_attention_dim: PerLevel<usize>,
    /// Blocks per transformer. Default 1.
    pub transformer_layers_per_block: PerLevel<usize>,
    /// Despite its name, the number of attention heads if `num_attention_heads` is not given. Default 8.
    pub attention_head_dim: PerLevel<usize>,
    /// Number of attention heads.
    pub num_attention_heads: Option<PerLevel<usize>>,
    /// Whether transformers project with linear layers; otherwise with 1×1 convolutions, which compute the same.
    pub use_linear_projection: bool,
    /// Groups of the norms. Default 32.
    pub norm_num_groups: usize,
    /// Added to the variance in the residual blocks' norms and the last norm. Default 1e-5.
    pub norm_eps: f64,
}

impl Default for Unet2dConfig {
    fn default() -> Self {
        let own = str::to_owned;
        Self {
            in_channels: 4,
            out_channels: 4,
            sample_size: PerLevel::Same(64),
            down_block_types: [CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, PLAIN_DOWN]
                .map(own)
                .into(),
            mid_block_type: own(MID),
            up_block_types: [PLAIN_UP, CROSS_UP, CROSS_UP, CROSS_UP].map(own).into(),
            block_out_channels: vec![320, 640, 1280, 1280],
            layers_per_block: PerLevel::Same(2),
            cross_attention_dim: PerLevel::Same(1280),
            transformer_layers_per_block: PerLevel::Same(1),
            attention_head_dim: PerLevel::Same(8),
            num_attention_heads: None,
            use_linear_projection: false,
            norm_num_groups: NORM_GROUPS,
            norm_eps: 1e-5,
        }
    }
}

impl Unet2dConfig {
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
        let heads = self.num_attention_heads.as_ref();
        let heads = heads.unwrap_or(&self.attention_head_dim);
        heads.at(level).copied().unwrap_or(1)
    }

    /// Width of the context tokens.
    #[must_use]
    pub fn context(&self) -> usize {
        self.cross_attention_dim.at(0).copied().unwrap_or(0)
    }

    /// Blocks in each transformer of a level.
    #[must_use]
    pub fn depth(&self, level: usize) -> usize {
        let depth = self.transformer_layers_per_block.at(level);
        depth.copied().unwrap_or(1)
    }

    /// Whether the down block of a level has transformers.
    #[must_use]
    pub fn down_attends(&self, level: usize) -> bool {
        let class = self.down_block_types.get(level);
        class.is_some_and(|class| class == CROSS_DOWN)
    }

    /// Whether the up block of a level (counted from the highest resolution) has transformers.
    #[must_use]
    pub fn up_attends(&self, level: usize) -> bool {
        let index = self.levels().checked_sub(level + 1);
        let class = index.and_then(|i| self.up_block_types.get(i));
        class.is_some_and(|class| class == CROSS_UP)
    }

    fn check_lengths(&self) -> Result<(), Flaw> {
        let levels = self.levels();
        let heads = self.num_attention_heads.as_ref();
        let lists = [
            ("down_block_types", Some(self.down_block_types.len())),
            ("up_block_types", Some(self.up_block_types.len())),
            ("layers_per_block", self.layers_per_block.listed()),
            ("attention_head_dim", self.attention_head_dim.listed()),
            ("num_attention_heads", heads.and_then(PerLevel::listed)),
            (
                "transformer_layers_per_block",
                self.transformer_layers_per_block.listed(),
            ),
        ];
        let wrong = lists
            .into_iter()
            .find(|(_, length)| length.is_some_and(|length| length != levels));
        match wrong {
            None => Ok(()),
            Some((field, _)) => Err(Flaw::new(
                field,
                format!("must have one entry per width of block_out_channels ({levels})"),
            )),
        }
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
            [PLAIN_DOWN, CROSS_DOWN],
        )?;
        check("up_block_types", &self.up_block_types, [PLAIN_UP, CROSS_UP])?;
        let mid = std::slice::from_ref(&self.mid_block_type);
        check("mid_block_type", mid, [MID, MID])
    }

    fn check_level(&self, level: usize) -> Result<(), Flaw> {
        check_count("layers_per_block", self.layers(level), MOST_LAYERS)?;
        check_count(
            "transformer_layers_per_block",
            self.depth(level),
            MOST_LAYERS,
        )?;
        let (width, heads) = (self.block_out_channels[level], self.heads(level));
        let field = match self.num_attention_heads {
            Some(_) => "num_attention_heads",
            None => "attention_head_dim",
        };
        check_count(field, heads, width)?;
        if width.is_multiple_of(heads) {
            return Ok(());
        }
        Err(Flaw::new(
            field,
            format!("must divide the width of its level, but {heads} does not divide {width}"),
        ))
    }
}

/// Settings by which other networks of this class differ, with the only values that Kinora supports.
fn usual() -> [(&'static str, Value); 12] {
    [
        ("addition_embed_type", Value::Null),
        ("class_embed_type", Value::Null),
        ("num_class_embeds", Value::Null),
        ("encoder_hid_dim", Value::Null),
        ("time_cond_proj_dim", Value::Null),
        ("time_embedding_type", "positional".into()),
        ("resnet_time_scale_shift", "default".into()),
        ("dual_cross_attention", false.into()),
        ("center_input_sample", false.into()),
        ("flip_sin_to_cos", true.into()),
        ("freq_shift", 0.into()),
        ("act_fn", "silu".into()),
    ]
}

impl Config for Unet2dConfig {
    const FIELDS: &'static [&'static str] = &[
        "in_channels",
        "out_channels",
        "sample_size",
        "down_block_types",
        "mid_block_type",
        "up_block_types",
        "block_out_channels",
        "layers_per_block",
        "cross_attention_dim",
        "transformer_layers_per_block",
        "attention_head_dim",
        "num_attention_heads",
        "use_linear_projection",
        "norm_num_groups",
        "norm_eps",
    ];

    fn unwrap(mut fields: Map<String, Value>) -> Map<String, Value> {
        // Some configurations contain `null` for settings that they leave open.
        fields.retain(|name, value| !value.is_null() || name.starts_with('_'));
        fields
    }

    fn check_class(fields: &Map<String, Value>, path: &Path) -> Result<(), CheckpointError> {
        const NEEDED: &str = "UNet2DConditionModel";
        if let Some(found) = fields.get("_class_name").and_then(Value::as_str)
            && found != NEEDED
        {
            return Err(CheckpointError::WrongClass {
                found: excerpt(found),
                needed: NEEDED,
                path: path.to_owned(),
            });
        }
        for (field, needed) in usual() {
            let found = fields.get(field).filter(|found| **found != needed);
            if let Some(found) = found {
                let reason = format!("is {found}, which Kinora does not support");
                return Err(Flaw::new(field, reason).at(path));
            }
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), Flaw> {
        check_count("norm_num_groups", self.norm_num_groups, MOST_CHANNELS)?;
        if self.norm_num_groups != NORM_GROUPS {
            let reason = format!("must be {NORM_GROUPS}, not {}", self.norm_num_groups);
            return Err(Flaw::new("norm_num_groups", reason));
        }
        check_widths("block_out_channels", &self.block_out_channels, NORM_GROUPS)?;
        check_count("block_out_channels", self.levels(), 16)?;
        self.check_lengths()?;
        self.check_types()?;
        check_count("in_channels", self.in_channels, MOST_CHANNELS)?;
        check_count("out_channels", self.out_channels, MOST_CHANNELS)?;
        check_count("cross_attention_dim", self.context(), MOST_CHANNELS)?;
        if self.cross_attention_dim.listed().is_some() {
            return Err(Flaw::new("cross_attention_dim", "must be one number"));
        }
        if !self.norm_eps.is_finite() || self.norm_eps < 0.0 {
            return Err(Flaw::new("norm_eps", "must be 0 or more"));
        }
        (0..self.levels()).try_for_each(|level| self.check_level(level))
    }
}
