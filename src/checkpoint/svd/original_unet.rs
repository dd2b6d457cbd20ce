//! The UNet of a single file: its configuration, derived from names and shapes, and its original names.
//!
//! Source: Stability's `sgm/modules/diffusionmodules/video_model.py` (`VideoUNet`).

use crate::checkpoint::config::{PerLevel, UnetConfig};
use crate::checkpoint::single_file::{Derived, Reason, Scope};

/// Width of a head in all of Stability's UNets (`num_head_channels`).
const HEAD_WIDTH: usize = 64;
/// `VideoUNet` takes three added ids.
const ADDED_IDS: usize = 3;

/// One input or output block.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Block {
    width: usize,
    /// Transformer depth and context width, if there is a transformer.
    attention: Option<(usize, usize)>,
}

/// Derives the configuration from the tensors.
pub(super) fn derive(scope: &Scope<'_>) -> Result<Derived<UnetConfig>, Reason> {
    let down = down_levels(scope)?;
    let up = up_levels(scope, &down)?;
    let middle = attention(scope, "middle_block.1")?
        .ok_or("model.diffusion_model.middle_block.1 has no transformer")?;
    let widths: Vec<usize> = down.iter().map(|level| level[0].width).collect();
    let last = down.len() - 1;

    let mut contexts = Vec::new();
    let mut depths = Vec::new();
    for (level, (down, up)) in down.iter().zip(&up).enumerate() {
        let seen = || down.iter().chain(up).filter_map(|block| block.attention);
        let context = seen().next().unwrap_or(middle).1;
        if seen().any(|(_, other)| other != context) {
            return Err(format!(
                "level {level} of the UNet has several context widths"
            ));
        }
        contexts.push(context);
        depths.push(depth_list(
            level,
            down,
            up,
            (level == last).then_some(middle.0),
        )?);
    }
    let attends = |blocks: &[Block]| blocks.iter().any(|block| block.attention.is_some());
    let class = |cross: bool, name: &str| format!("{}{name}", if cross { "CrossAttn" } else { "" });
    let heads: Vec<usize> = widths
        .iter()
        .map(|width| (width / HEAD_WIDTH).max(1))
        .collect();
    let unsure = widths.iter().enumerate().any(|(level, width)| {
        width % HEAD_WIDTH != 0 && (level == last || attends(&down[level]) || attends(&up[level]))
    });
    let mut warnings = Vec::new();
    if unsure {
        warnings.push(format!(
            "This file does not state the number of attention heads; {heads:?} per level is assumed."
        ));
    }
    let added = scope.dim("label_emb.0.0.weight", 1)?;
    let config = UnetConfig {
        in_channels: scope.dim("input_blocks.0.0.weight", 1)?,
        out_channels: scope.dim("out.2.weight", 0)?,
        down_block_types: down
            .iter()
            .map(|level| class(attends(level), "DownBlockSpatioTemporal"))
            .collect(),
        up_block_types: up
            .iter()
            .rev()
            .map(|level| class(attends(level), "UpBlockSpatioTemporal"))
            .collect(),
        block_out_channels: widths,
        // SV3D's width is not divisible by three; each of its values is 256 wide, a published constant.
        addition_time_embed_dim: if added % ADDED_IDS == 0 {
            added / ADDED_IDS
        } else {
            256
        },
        projection_class_embeddings_input_dim: added,
        layers_per_block: PerLevel::from_levels(down.iter().map(Vec::len).collect()),
        cross_attention_dim: PerLevel::from_levels(contexts),
        transformer_layers_per_block: PerLevel::from_levels(depths),
        num_attention_heads: PerLevel::Each(heads),
        num_frames: 14,
    };
    Ok(Derived { config, warnings })
}

/// Residual blocks per level of the down path.
fn down_levels(scope: &Scope<'_>) -> Result<Vec<Vec<Block>>, Reason> {
    let mut levels: Vec<Vec<Block>> = vec![Vec::new()];
    // Block 0 is the first convolution.
    for n in 1..scope.count("input_blocks.") {
        let name = format!("input_blocks.{n}");
        if scope.has(&format!("{name}.0.op.")) {
            levels.push(Vec::new());
        } else if let Some(level) = levels.last_mut() {
            level.push(block(scope, &name)?);
        }
    }
    for (i, level) in levels.iter().enumerate() {
        check_level(i, level)?;
    }
    Ok(levels)
}

/// Residual blocks per level of the up path, in the order of the down path's levels.
fn up_levels(scope: &Scope<'_>, down: &[Vec<Block>]) -> Result<Vec<Vec<Block>>, Reason> {
    let mut n = 0;
    let mut levels = Vec::new();
    for (i, level) in down.iter().enumerate().rev() {
        let count = level.len() + 1;
        let blocks = (n..n + count)
            .map(|n| block(scope, &format!("output_blocks.{n}")))
            .collect::<Result<Vec<_>, _>>()?;
        check_level(i, &blocks)?;
        n += count;
        levels.push(blocks);
    }
    levels.reverse();
    Ok(levels)
}

fn block(scope: &Scope<'_>, name: &str) -> Result<Block, Reason> {
    Ok(Block {
        width: scope.dim(&format!("{name}.0.out_layers.3.weight"), 0)?,
        attention: attention(scope, &format!("{name}.1"))?,
    })
}

/// Depth and context width of a transformer, if there is one.
fn attention(scope: &Scope<'_>, name: &str) -> Result<Option<(usize, usize)>, Reason> {
    if !scope.has(&format!("{name}.transformer_blocks.")) {
        return Ok(None);
    }
    let depth = scope.count(&format!("{name}.transformer_blocks."));
    let context = scope.dim(&format!("{name}.transformer_blocks.0.attn2.to_k.weight"), 1)?;
    Ok(Some((depth, context)))
}

/// diffusers describes a level by one width and one block class.
fn check_level(index: usize, level: &[Block]) -> Result<(), Reason> {
    let Some(first) = level.first() else {
        return Err(format!("level {index} of the UNet has no residual blocks"));
    };
    let alike = |block: &Block| {
        block.width == first.width && block.attention.is_some() == first.attention.is_some()
    };
    if level.iter().all(alike) {
        Ok(())
    } else {
        Err(format!("the blocks of level {index} of the UNet differ"))
    }
}

/// The transformer depths of a level as one number or one per layer.
fn depth_list(
    index: usize,
    down: &[Block],
    up: &[Block],
    middle: Option<usize>,
) -> Result<PerLevel<usize>, Reason> {
    let depth = |blocks: &[Block], i: usize| blocks.get(i).and_then(|b| b.attention).map(|a| a.0);
    let mut depths = Vec::new();
    for i in 0..up.len() {
        let middle = middle.filter(|_| i == 0);
        let mut seen = [depth(down, i), depth(up, i), middle].into_iter().flatten();
        let first = seen.next();
        if seen.any(|other| Some(other) != first) {
            return Err(format!(
                "level {index} of the UNet has transformers of several depths"
            ));
        }
        depths.extend(first);
    }
    if depths.is_empty() {
        depths.push(1);
    }
    Ok(PerLevel::from_levels(depths))
}

/// The original name of a tensor, both relative to their prefixes.
///
/// `None` for names diffusers does not use. The rules, for any number of levels:
///
/// | diffusers | original |
/// | --- | --- |
/// | `conv_in`, `conv_norm_out`, `conv_out` | `input_blocks.0.0`, `out.0`, `out.2` |
/// | `time_embedding.linear_{1,2}` | `time_embed.{0,2}` |
/// | `add_embedding.linear_{1,2}` | `label_emb.0.{0,2}` |
/// | `down_blocks.i.resnets.j`, `.attentions.j` | `input_blocks.n.0`, `.1` |
/// | `down_blocks.i.downsamplers.0.conv` | `input_blocks.n.0.op` |
/// | `mid_block.resnets.0`, `attentions.0`, `resnets.1` | `middle_block.0`, `.1`, `.2` |
/// | `up_blocks.i.resnets.j`, `.attentions.j` | `output_blocks.n.0`, `.1` |
/// | `up_blocks.i.upsamplers.0.conv` | `output_blocks.n.1.conv`, `.2.conv` after a transformer |
pub(super) fn original_name(config: &UnetConfig, name: &str) -> Option<String> {
    const TOP: [(&str, &str); 7] = [
        ("conv_in.", "input_blocks.0.0."),
        ("conv_norm_out.", "out.0."),
        ("conv_out.", "out.2."),
        ("time_embedding.linear_1.", "time_embed.0."),
        ("time_embedding.linear_2.", "time_embed.2."),
        ("add_embedding.linear_1.", "label_emb.0.0."),
        ("add_embedding.linear_2.", "label_emb.0.2."),
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
            ("attentions", 0) => Some(format!("middle_block.1.{}", transformer(rest))),
            _ => None,
        };
    }
    let (path, block, rest) = member(name)?;
    let (kind, layer, rest) = member(rest)?;
    match path {
        "down_blocks" => {
            let before: usize = (0..block).map(|level| config.layers(level) + 1).sum();
            match kind {
                "resnets" => Some(format!(
                    "input_blocks.{}.0.{}",
                    1 + before + layer,
                    residual(rest)?
                )),
                "attentions" => Some(format!(
                    "input_blocks.{}.1.{}",
                    1 + before + layer,
                    transformer(rest)
                )),
                "downsamplers" => {
                    let n = 1 + before + config.layers(block);
                    Some(format!(
                        "input_blocks.{n}.0.op.{}",
                        rest.strip_prefix("conv.")?
                    ))
                }
                _ => None,
            }
        }
        "up_blocks" => {
            let top = config.levels().checked_sub(1)?;
            let level = top.checked_sub(block)?;
            let before: usize = (level + 1..=top)
                .map(|level| config.layers(level) + 1)
                .sum();
            match kind {
                "resnets" => Some(format!(
                    "output_blocks.{}.0.{}",
                    before + layer,
                    residual(rest)?
                )),
                "attentions" => Some(format!(
                    "output_blocks.{}.1.{}",
                    before + layer,
                    transformer(rest)
                )),
                "upsamplers" => {
                    let n = before + config.layers(level);
                    let slot = if config.up_attends(level) { 2 } else { 1 };
                    Some(format!("output_blocks.{n}.{slot}.{rest}"))
                }
                _ => None,
            }
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
    if name.starts_with("time_mixer.") {
        return Some(name.to_owned());
    }
    let (stack, inner) = match name.strip_prefix("spatial_res_block.") {
        Some(inner) => ("", inner),
        None => ("time_stack.", name.strip_prefix("temporal_res_block.")?),
    };
    let (ours, original) = LAYERS.iter().find(|(ours, _)| inner.starts_with(ours))?;
    Some(format!("{stack}{original}{}", &inner[ours.len()..]))
}

/// Inside a transformer.
fn transformer(name: &str) -> String {
    const RENAMED: [(&str, &str); 3] = [
        ("temporal_transformer_blocks.", "time_stack."),
        ("time_pos_embed.linear_1.", "time_pos_embed.0."),
        ("time_pos_embed.linear_2.", "time_pos_embed.2."),
    ];
    let renamed = RENAMED.iter().find(|(ours, _)| name.starts_with(ours));
    match renamed {
        Some((ours, original)) => format!("{original}{}", &name[ours.len()..]),
        None => name.to_owned(),
    }
}
