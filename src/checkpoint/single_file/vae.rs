//! The autoencoder of a single file: its configuration, derived from names and shapes, and its original names.
//!
//! Source: Stability's `sgm/modules/diffusionmodules/model.py` and
//! `sgm/modules/autoencoding/temporal_ae.py`.

use super::derived::{Derived, Reason};
use super::scope::Scope;
use crate::checkpoint::config::{VaeClass, VaeConfig};

/// Derives the configuration from the tensors.
///
/// `encoder` is the scope of `encoder.` and `quant_conv.`, `first_stage` that of `decoder.`.
pub(in crate::checkpoint) fn derive(
    encoder: &Scope<'_>,
    first_stage: &Scope<'_>,
) -> Result<Derived<VaeConfig>, Reason> {
    let levels = encoder.count("encoder.down.");
    let widths = (0..levels)
        .map(|i| encoder.dim(&format!("encoder.down.{i}.block.0.conv2.weight"), 0))
        .collect::<Result<Vec<_>, _>>()?;
    let temporal = first_stage.has("decoder.mid.block_1.time_stack.")
        || first_stage.has("decoder.mid.block_1.mix_factor");
    let config = VaeConfig {
        class: if temporal {
            VaeClass::TemporalDecoder
        } else {
            VaeClass::Plain
        },
        in_channels: encoder.dim("encoder.conv_in.weight", 1)?,
        out_channels: first_stage.dim("decoder.conv_out.weight", 0)?,
        down_block_types: vec!["DownEncoderBlock2D".to_owned(); levels],
        up_block_types: vec!["UpDecoderBlock2D".to_owned(); levels],
        block_out_channels: widths,
        layers_per_block: encoder.count("encoder.down.0.block."),
        latent_channels: first_stage.dim("decoder.conv_in.weight", 1)?,
        use_quant_conv: encoder.has("quant_conv."),
        use_post_quant_conv: first_stage.has("post_quant_conv."),
        mid_block_add_attention: encoder.has("encoder.mid.attn_1."),
        ..VaeConfig::default()
    };
    Ok(Derived {
        config,
        warnings: Vec::new(),
    })
}

/// The original name of a tensor with its prefix; `None` for names diffusers does not use.
///
/// | diffusers | original |
/// | --- | --- |
/// | `encoder.down_blocks.i.resnets.j` | `encoder.down.i.block.j` |
/// | `encoder.down_blocks.i.downsamplers.0.conv` | `encoder.down.i.downsample.conv` |
/// | `*.mid_block.resnets.j` | `*.mid.block_{j+1}` |
/// | `*.mid_block.attentions.0.{group_norm,to_q,to_k,to_v,to_out.0}` | `*.mid.attn_1.{norm,q,k,v,proj_out}` |
/// | `decoder.up_blocks.i.resnets.j` | `decoder.up.{levels-1-i}.block.j` |
/// | `decoder.up_blocks.i.upsamplers.0.conv` | `decoder.up.{levels-1-i}.upsample.conv` |
/// | `*.conv_norm_out`, `conv_shortcut` | `*.norm_out`, `nin_shortcut` |
/// | `decoder.time_conv_out` | `decoder.conv_out.time_mix_conv` |
pub(in crate::checkpoint) fn original_name(
    config: &VaeConfig,
    encoder: &str,
    first_stage: &str,
    name: &str,
) -> Option<String> {
    if name.starts_with("quant_conv.") {
        return Some(format!("{encoder}{name}"));
    }
    if name.starts_with("post_quant_conv.") {
        return Some(format!("{first_stage}{name}"));
    }
    if let Some(rest) = name.strip_prefix("decoder.time_conv_out.") {
        return Some(format!(
            "{first_stage}decoder.conv_out.time_mix_conv.{rest}"
        ));
    }
    let (side, rest) = name.split_once('.')?;
    let prefix = match side {
        "encoder" => encoder,
        "decoder" => first_stage,
        _ => return None,
    };
    let temporal = side == "decoder" && config.is_temporal();
    let original = inside(config, temporal, rest)?;
    Some(format!("{prefix}{side}.{original}"))
}

/// A name inside the encoder or decoder.
fn inside(config: &VaeConfig, temporal: bool, name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("conv_norm_out.") {
        return Some(format!("norm_out.{rest}"));
    }
    if name.starts_with("conv_in.") || name.starts_with("conv_out.") {
        return Some(name.to_owned());
    }
    if let Some(rest) = name.strip_prefix("mid_block.attentions.0.") {
        return Some(format!("mid.attn_1.{}", attention(rest)?));
    }
    if let Some(rest) = name.strip_prefix("mid_block.resnets.") {
        let (index, rest) = rest.split_once('.')?;
        let index = index.parse::<usize>().ok()? + 1;
        return Some(format!("mid.block_{index}.{}", residual(temporal, rest)?));
    }
    let (path, level) = match name.strip_prefix("down_blocks.") {
        Some(rest) => ("down", rest),
        None => ("up", name.strip_prefix("up_blocks.")?),
    };
    let (level, rest) = level.split_once('.')?;
    let mut level: usize = level.parse().ok()?;
    if path == "up" {
        // The original counts decoder levels from the highest resolution.
        level = config.levels().checked_sub(1 + level)?;
    }
    if let Some(rest) = rest.strip_prefix("downsamplers.0.") {
        return Some(format!("down.{level}.downsample.{rest}"));
    }
    if let Some(rest) = rest.strip_prefix("upsamplers.0.") {
        return Some(format!("up.{level}.upsample.{rest}"));
    }
    let (layer, rest) = rest.strip_prefix("resnets.")?.split_once('.')?;
    Some(format!(
        "{path}.{level}.block.{layer}.{}",
        residual(temporal, rest)?
    ))
}

/// Inside the middle block's attention.
fn attention(name: &str) -> Option<String> {
    const LAYERS: [(&str, &str); 5] = [
        ("group_norm.", "norm."),
        ("to_q.", "q."),
        ("to_k.", "k."),
        ("to_v.", "v."),
        ("to_out.0.", "proj_out."),
    ];
    let (ours, original) = LAYERS.iter().find(|(ours, _)| name.starts_with(ours))?;
    Some(format!("{original}{}", &name[ours.len()..]))
}

/// Inside a residual block.
fn residual(temporal: bool, name: &str) -> Option<String> {
    const STACK: [(&str, &str); 4] = [
        ("norm1.", "in_layers.0."),
        ("conv1.", "in_layers.2."),
        ("norm2.", "out_layers.0."),
        ("conv2.", "out_layers.3."),
    ];
    let spatial = |name: &str| match name.strip_prefix("conv_shortcut.") {
        Some(rest) => format!("nin_shortcut.{rest}"),
        None => name.to_owned(),
    };
    if !temporal {
        return Some(spatial(name));
    }
    if name == "time_mixer.mix_factor" {
        return Some("mix_factor".to_owned());
    }
    if let Some(rest) = name.strip_prefix("spatial_res_block.") {
        return Some(spatial(rest));
    }
    let rest = name.strip_prefix("temporal_res_block.")?;
    let (ours, original) = STACK.iter().find(|(ours, _)| rest.starts_with(ours))?;
    Some(format!("time_stack.{original}{}", &rest[ours.len()..]))
}
