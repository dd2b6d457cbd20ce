//! The UNet of a single file: its configuration, derived from names and shapes, and its original names.
//!
//! Source: CompVis `ldm/modules/diffusionmodules/openaimodel.py` (`UNetModel`); diffusers 0.42
//! `loaders/single_file_utils.py`.

use crate::checkpoint::config::{PerLevel, Unet2dConfig};
use crate::checkpoint::single_file::{Derived, Reason, Scope};

/// Width of a prompt's tokens in Stable Diffusion 1, whose UNet has eight heads at every level.
const SD_1_CONTEXT: usize = 768;
const SD_1_HEADS: usize = 8;
/// Width of a head in Stable Diffusion 2.
const SD_2_HEAD_WIDTH: usize = 64;

/// A level: its width, its residual blocks on the way down, and whether it has transformers down and up.
struct Level {
    width: usize,
    layers: usize,
    down: bool,
    up: bool,
}

/// Derives the configuration from the tensors.
pub(super) fn derive(scope: &Scope<'_>) -> Result<Derived<Unet2dConfig>, Reason> {
    let mut levels = down_levels(scope)?;
    let mut n = 0;
    for level in levels.iter_mut().rev() {
        level.up = scope.has(&format!("output_blocks.{n}.1.transformer_blocks."));
        n += level.layers + 1;
    }
    let middle = "middle_block.1.transformer_blocks";
    let context = scope.dim(&format!("{middle}.0.attn2.to_k.weight"), 1)?;
    let projection = scope.shape("middle_block.1.proj_in.weight");
    let widths: Vec<usize> = levels.iter().map(|level| level.width).collect();
    let heads = match context {
        SD_1_CONTEXT => PerLevel::Same(SD_1_HEADS),
        _ => {
            let heads = widths.iter().map(|width| (width / SD_2_HEAD_WIDTH).max(1));
            PerLevel::Each(heads.collect())
        }
    };
    let class = |cross: bool, name: &str| format!("{}{name}", if cross { "CrossAttn" } else { "" });
    let down = levels.iter().map(|level| class(level.down, "DownBlock2D"));
    let up = levels
        .iter()
        .rev()
        .map(|level| class(level.up, "UpBlock2D"));
    let config = Unet2dConfig {
        in_channels: scope.dim("input_blocks.0.0.weight", 1)?,
        out_channels: scope.dim("out.2.weight", 0)?,
        down_block_types: down.collect(),
        up_block_types: up.collect(),
        layers_per_block: PerLevel::from_levels(levels.iter().map(|level| level.layers).collect()),
        block_out_channels: widths,
        cross_attention_dim: PerLevel::Same(context),
        transformer_layers_per_block: PerLevel::Same(scope.count(&format!("{middle}."))),
        attention_head_dim: heads,
        use_linear_projection: projection.is_some_and(|shape| shape.len() == 2),
        ..Unet2dConfig::default()
    };
    Ok(Derived {
        config,
        warnings: Vec::new(),
    })
}

fn down_levels(scope: &Scope<'_>) -> Result<Vec<Level>, Reason> {
    let mut levels: Vec<Level> = Vec::new();
    let mut fresh = true;
    // Block 0 is the first convolution.
    for n in 1..scope.count("input_blocks.") {
        let name = format!("input_blocks.{n}");
        if scope.has(&format!("{name}.0.op.")) {
            fresh = true;
            continue;
        }
        let width = scope.dim(&format!("{name}.0.out_layers.3.weight"), 0)?;
        let down = scope.has(&format!("{name}.1.transformer_blocks."));
        match levels.last_mut().filter(|_| !fresh) {
            Some(level) if level.width == width && level.down == down => level.layers += 1,
            Some(_) => {
                return Err(format!(
                    "the blocks of the UNet level that contains {name} differ"
                ));
            }
            None => levels.push(Level {
                width,
                layers: 1,
                down,
                up: false,
            }),
        }
        fresh = false;
    }
    if levels.is_empty() {
        return Err("its UNet has no blocks".to_owned());
    }
    Ok(levels)
}

/// The original name of a tensor, both relative to their prefixes. `None` for names diffusers does not use.
///
/// | diffusers | original |
/// | --- | --- |
/// | `conv_in`, `conv_norm_out`, `conv_out` | `input_blocks.0.0`, `out.0`, `out.2` |
/// | `time_embedding.linear_{1,2}` | `time_embed.{0,2}` |
/// | `down_blocks.i.resnets.j`, `.attentions.j` | `input_blocks.n.0`, `.1` |
/// | `down_blocks.i.downsamplers.0.conv` | `input_blocks.n.0.op` |
/// | `mid_block.resnets.0`, `attentions.0`, `resnets.1` | `middle_block.0`, `.1`, `.2` |
/// | `up_blocks.i.resnets.j`, `.attentions.j` | `output_blocks.n.0`, `.1` |
/// | `up_blocks.i.upsamplers.0.conv` | `output_blocks.n.1.conv`, `.2.conv` after a transformer |
pub(super) fn original_name(config: &Unet2dConfig, name: &str) -> Option<String> {
    const TOP: [(&str, &str); 5] = [
        ("conv_in.", "input_blocks.0.0."),
        ("conv_norm_out.", "out.0."),
        ("conv_out.", "out.2."),
        ("time_embedding.linear_1.", "time_embed.0."),
        ("time_embedding.linear_2.", "time_embed.2."),
    ];
    for (ours, original) in TOP {
        if let Some(rest) = name.strip_prefix(ours) {
            return Some(format!("{original}{rest}"));
        }
    }
    if let Some(rest) = name.strip_prefix("mid_block.") {
        let (kind, index, rest) = member(rest)?;
        return match (kind, index) {
            ("resnets", 0 | 1) => Some(format!("middle_block.{}.{}", 2 * index, residual(rest)?)),
            ("attentions", 0) => Some(format!("middle_block.1.{rest}")),
            _ => None,
        };
    }
    let (path, block, rest) = member(name)?;
    let (kind, layer, rest) = member(rest)?;
    let top = config.levels().checked_sub(1)?;
    let (side, first, level) = match path {
        "down_blocks" => {
            let before: usize = (0..block).map(|level| config.layers(level) + 1).sum();
            ("input_blocks", 1 + before, block)
        }
        "up_blocks" => {
            let level = top.checked_sub(block)?;
            let above = level + 1..=top;
            let before = above.map(|level| config.layers(level) + 1).sum();
            ("output_blocks", before, level)
        }
        _ => return None,
    };
    let last = first + config.layers(level);
    match kind {
        "resnets" => Some(format!("{side}.{}.0.{}", first + layer, residual(rest)?)),
        "attentions" => Some(format!("{side}.{}.1.{rest}", first + layer)),
        "downsamplers" => Some(format!(
            "{side}.{last}.0.op.{}",
            rest.strip_prefix("conv.")?
        )),
        "upsamplers" => {
            let slot = if config.up_attends(level) { 2 } else { 1 };
            Some(format!("{side}.{last}.{slot}.{rest}"))
        }
        _ => None,
    }
}

/// Splits `resnets.1.rest` into its three parts.
fn member(name: &str) -> Option<(&str, usize, &str)> {
    let (kind, rest) = name.split_once('.')?;
    let (index, rest) = rest.split_once('.')?;
    Some((kind, index.parse().ok()?, rest))
}

/// Inside a residual block.
fn residual(name: &str) -> Option<String> {
    const LAYERS: [(&str, &str); 6] = [
        ("norm1.", "in_layers.0."),
        ("conv1.", "in_layers.2."),
        ("time_emb_proj.", "emb_layers.1."),
        ("norm2.", "out_layers.0."),
        ("conv2.", "out_layers.3."),
        ("conv_shortcut.", "skip_connection."),
    ];
    let (ours, original) = LAYERS.iter().find(|(ours, _)| name.starts_with(ours))?;
    Some(format!("{original}{}", &name[ours.len()..]))
}
