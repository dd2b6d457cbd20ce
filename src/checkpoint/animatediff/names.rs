//! The names of motion modules in AnimateDiff's own files, and in diffusers'.

/// The part of every name that comes before a module's index.
pub(super) const MARK: &str = "motion_modules.";

/// A prefix of names that were saved from a wrapped module.
const WRAPPED: &str = "module.";

/// What a tensor is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A tensor of a motion module, under diffusers' name.
    Known(String),
    /// A second copy of a block's positions.
    Copy,
}

/// Original and current parts of names. `attention_blocks` also occurs in `pos_encoder`'s names, which come first.
const PARTS: [(&str, &str); 7] = [
    (".temporal_transformer.", "."),
    (".attention_blocks.0.pos_encoder.pe", ".pos_embed.pe"),
    (".attention_blocks.0.", ".attn1."),
    (".attention_blocks.1.", ".attn2."),
    (".norms.0.", ".norm1."),
    (".norms.1.", ".norm2."),
    (".ff_norm.", ".norm3."),
];

/// What a tensor of a file with motion modules is.
pub(super) fn current(name: &str) -> Named {
    let name = name.strip_prefix(WRAPPED).unwrap_or(name);
    if name.ends_with(".attention_blocks.1.pos_encoder.pe") {
        return Named::Copy;
    }
    let renamed = PARTS
        .iter()
        .fold(name.to_owned(), |name, (old, new)| name.replace(old, new));
    Named::Known(renamed)
}

/// The name in AnimateDiff's own files of a tensor with diffusers' name.
pub(super) fn original(name: &str) -> Option<String> {
    let at = name.find(MARK)? + MARK.len();
    let dot = at + name.get(at..)?.find('.')?;
    let (module, rest) = name.split_at(dot);
    let rest = PARTS[1..]
        .iter()
        .fold(rest.to_owned(), |name, (old, new)| name.replace(new, old));
    Some(format!("{module}.temporal_transformer{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Named, current, original};

    #[test]
    fn original_names_and_diffusers_names_are_translated_both_ways() {
        let module = "up_blocks.1.motion_modules.2";
        let pairs = [
            ("norm.weight", "norm.weight"),
            ("proj_in.bias", "proj_in.bias"),
            (
                "transformer_blocks.0.attention_blocks.0.to_q.weight",
                "transformer_blocks.0.attn1.to_q.weight",
            ),
            (
                "transformer_blocks.0.attention_blocks.1.to_out.0.bias",
                "transformer_blocks.0.attn2.to_out.0.bias",
            ),
            (
                "transformer_blocks.0.attention_blocks.0.pos_encoder.pe",
                "transformer_blocks.0.pos_embed.pe",
            ),
            (
                "transformer_blocks.0.norms.1.bias",
                "transformer_blocks.0.norm2.bias",
            ),
            (
                "transformer_blocks.0.ff_norm.weight",
                "transformer_blocks.0.norm3.weight",
            ),
            (
                "transformer_blocks.0.ff.net.0.proj.weight",
                "transformer_blocks.0.ff.net.0.proj.weight",
            ),
        ];
        for (old, new) in pairs {
            let old = format!("{module}.temporal_transformer.{old}");
            let new = format!("{module}.{new}");
            assert_eq!(current(&old), Named::Known(new.clone()));
            assert_eq!(current(&format!("module.{old}")), Named::Known(new.clone()));
            assert_eq!(current(&new), Named::Known(new.clone()));
            assert_eq!(original(&new), Some(old));
        }
        let second = format!(
            "{module}.temporal_transformer.transformer_blocks.0.attention_blocks.1.pos_encoder.pe"
        );
        assert_eq!(current(&second), Named::Copy);
        assert_eq!(original("conv_in.weight"), None);
    }
}
