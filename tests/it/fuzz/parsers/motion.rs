//! Motion modules: files with AnimateDiff's names or diffusers', and the configuration beside them.
//!
//! An input is the contents of `config.json` on one line, empty for none, followed by the file.

use std::path::Path;

use kinora::checkpoint::{MotionModule, Prefer, expected_tensors};
use kinora::model::animatediff::MotionModules;
use serde_json::{Map, Value, json};

use super::{Dice, Target, assert_sentence, bytes, json, refused, safetensors};

pub(super) const TARGET: Target = Target {
    name: "motion-module",
    seeds,
    change,
    check,
};

/// Parts of names that the reader looks for.
const PARTS: [&str; 14] = [
    "module.",
    "down_blocks.0.",
    "down_blocks.1.",
    "mid_block.",
    "up_blocks.0.",
    "motion_modules.0.",
    "motion_modules.1.",
    "temporal_transformer.",
    "transformer_blocks.0.",
    "attention_blocks.1.",
    "pos_encoder.pe",
    "norm.weight",
    "conv_in.weight",
    "temporal_attentions.",
];

fn seeds() -> Vec<Vec<u8>> {
    let file = |config: &str, names: &[(&str, Value)]| {
        let tensors = names.iter().map(|(name, shape)| {
            let info = json!({ "dtype": "F16", "shape": shape });
            ((*name).to_owned(), info)
        });
        let header: Map<String, Value> = tensors.collect();
        [
            config.as_bytes(),
            b"\n",
            &safetensors::laid_out(header, &[]),
        ]
        .concat()
    };
    let first = "down_blocks.0.motion_modules.0";
    let original = format!("{first}.temporal_transformer");
    let config = json!({
        "_class_name": "MotionAdapter", "motion_num_attention_heads": [4, 8],
        "motion_norm_num_groups": 32, "motion_max_seq_length": 24, "use_motion_mid_block": true
    });
    vec![
        file(
            "",
            &[
                (&format!("module.{original}.norm.weight"), json!([32])),
                (
                    &format!("{original}.transformer_blocks.0.attention_blocks.0.pos_encoder.pe"),
                    json!([1, 24, 32]),
                ),
                (
                    &format!("{original}.transformer_blocks.0.attention_blocks.1.pos_encoder.pe"),
                    json!([1, 24, 32]),
                ),
            ],
        ),
        file(
            &config.to_string(),
            &[
                (&format!("{first}.norm.weight"), json!([32])),
                (
                    &format!("{first}.transformer_blocks.0.norm1.weight"),
                    json!([32]),
                ),
                ("down_blocks.1.motion_modules.0.norm.weight", json!([64])),
                ("mid_block.motion_modules.0.norm.weight", json!([64])),
            ],
        ),
    ]
}

fn check(data: &[u8], folder: &Path) -> bool {
    let line = data.iter().position(|&byte| byte == b'\n');
    let Some((config, file)) = line.map(|line| (&data[..line], &data[line + 1..])) else {
        return false;
    };
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).expect("the folder is the check's own");
    };
    write("diffusion_pytorch_model.safetensors", file);
    if config.is_empty() {
        // An earlier check may have left one.
        let _ = std::fs::remove_file(folder.join("config.json"));
    } else {
        write("config.json", config);
    }
    let module = match MotionModule::open(folder, Prefer::Full) {
        Ok(module) => module,
        Err(error) => return refused(&error),
    };
    let config = &module.part.config;
    let mut listed = expected_tensors::motion_modules(config);
    let mut asked = MotionModules::parameters(config).expect("a checked configuration");
    listed.sort();
    asked.sort();
    assert_eq!(listed, asked, "what is looked for is what is loaded");
    if let Err(error) = module.report().require_complete("motion modules", folder) {
        assert_sentence(&error);
    }
    assert_eq!(module.fingerprint().len(), 16);
    true
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    let Some(line) = data.iter().position(|&byte| byte == b'\n') else {
        bytes::change(data, dice);
        return;
    };
    let (mut config, mut file) = (data[..line].to_vec(), data[line + 1..].to_vec());
    match dice.below(8) {
        0 | 1 if !config.is_empty() => json::change(&mut config, dice),
        2..=4 => rename(&mut file, dice),
        _ => safetensors::change(&mut file, dice),
    }
    config.retain(|&byte| byte != b'\n');
    *data = [config.as_slice(), b"\n", &file].concat();
}

/// Another part in some names.
fn rename(file: &mut Vec<u8>, dice: &mut Dice) {
    let Some((header, tensors)) = safetensors::parts(file) else {
        return;
    };
    let tensors = tensors.to_vec();
    let renamed = header.into_iter().map(|(name, value)| {
        if name == "__metadata__" || dice.one_in(2) {
            return (name, value);
        }
        let part = PARTS.iter().find(|part| name.contains(**part));
        let name = match (part, dice.below(3)) {
            (Some(part), 0 | 1) => name.replacen(*part, dice.of::<&str>(&PARTS), 1),
            _ => format!("{}{name}", dice.of(&PARTS)),
        };
        (name, value)
    });
    *file = safetensors::laid_out(renamed.collect(), &tensors);
}
