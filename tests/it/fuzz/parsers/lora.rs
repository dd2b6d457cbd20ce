//! LoRA files in every naming scheme, and the scales that may be stored next to them.
//!
//! An input is the contents of `adapter_config.json` on one line, empty for none, followed by the file.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use kinora::checkpoint::lora::{Lora, LoraStack, Targets};
use kinora::checkpoint::{Checkpoint, Prefer, TensorFile};
use serde_json::{Map, Value, json};

use super::{Dice, Target, assert_sentence, bytes, json, refused, repository, safetensors};

pub(super) const TARGET: Target = Target {
    name: "lora",
    seeds,
    change,
    check,
};

/// A linear layer of 32 → 32, as diffusers and as Stability's files call it.
const LINEAR: &str = "down_blocks.0.attentions.0.temporal_transformer_blocks.0.attn1.to_out.0";
const ORIGINAL: &str = "input_blocks.1.1.time_stack.0.attn1.to_out.0";
/// A convolution of 32 → 32 with a kernel of 3 × 1 × 1.
const CONV: &str = "up_blocks.0.resnets.1.temporal_res_block.conv2";

/// Suffixes by which one update is known.
const ENDINGS: [&str; 24] = [
    ".lora_A.weight",
    ".lora_B.weight",
    ".lora_B.bias",
    ".lora_A.default.weight",
    ".lora.down.weight",
    ".lora.up.weight",
    "_lora.down.weight",
    "_lora.up.weight",
    ".lora_down.weight",
    ".lora_up.weight",
    ".lora_mid.weight",
    ".alpha",
    ".diff",
    ".diff_b",
    ".hada_w1_a",
    ".hada_w1_b",
    ".hada_w2_a",
    ".hada_w2_b",
    ".hada_t1",
    ".lokr_w1",
    ".lokr_w1_a",
    ".lokr_w2",
    ".lokr_w2_b",
    ".dora_scale",
];
const PREFIXES: [&str; 6] = [
    "unet.",
    "base_model.model.",
    "diffusion_model.",
    "lora_unet_",
    "lycoris_",
    "",
];

/// The tensors of the tiny model that the golden numbers were made with.
fn targets() -> &'static Targets {
    static TARGETS: OnceLock<Targets> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let model = Checkpoint::open(&repository("tests/golden/tiny_svd"), Prefer::Full);
        model.expect("the golden model").lora_targets()
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let f32s = |shape: &[usize]| json!({ "dtype": "F32", "shape": shape });
    let file = |beside: &str, metadata: Value, tensors: Vec<(String, Value)>| {
        let mut header: Map<String, Value> = tensors.into_iter().collect();
        header.insert("__metadata__".to_owned(), metadata);
        [
            beside.as_bytes(),
            b"\n",
            &safetensors::laid_out(header, &[]),
        ]
        .concat()
    };
    let pair = |module: &str, down: &str, up: &str, shape: &[usize]| {
        let down_shape = [&[2, 32], shape].concat();
        let ones = vec![1; shape.len()];
        vec![
            (format!("{module}{down}"), f32s(&down_shape)),
            (
                format!("{module}{up}"),
                f32s(&[&[32, 2], ones.as_slice()].concat()),
            ),
        ]
    };
    let kohya = format!("lora_unet_{}", ORIGINAL.replace('.', "_"));
    let mut kohyas = pair(&kohya, ".lora_down.weight", ".lora_up.weight", &[]);
    kohyas.push((format!("{kohya}.alpha"), f32s(&[])));
    let peft =
        json!({ "r": 2, "lora_alpha": 4, "alpha_pattern": { "to_out.0": 8 }, "use_rslora": true });
    let inside = json!({ "lora_adapter_metadata": json!({ "unet.lora_alpha": 3 }).to_string() });
    let conv = format!("unet.{CONV}");
    let mut mid = pair(&conv, ".lora_down.weight", ".lora_up.weight", &[1, 1, 1]);
    mid.push((format!("{conv}.lora_mid.weight"), f32s(&[2, 2, 3, 1, 1])));
    vec![
        file(
            &peft.to_string(),
            json!({}),
            pair(
                &format!("unet.{LINEAR}"),
                ".lora_A.weight",
                ".lora_B.weight",
                &[],
            ),
        ),
        file(
            "",
            inside,
            pair(
                &format!("unet.{CONV}"),
                ".lora.down.weight",
                ".lora.up.weight",
                &[3, 1, 1],
            ),
        ),
        file("", json!({ "ss_network_alpha": "1.5" }), kohyas),
        file("", json!({}), mid),
        file(
            "",
            json!({}),
            vec![
                (format!("diffusion_model.{LINEAR}.diff"), f32s(&[32, 32])),
                (format!("diffusion_model.{LINEAR}.diff_b"), f32s(&[32])),
            ],
        ),
        file(
            "",
            json!({}),
            vec![
                (
                    format!("lycoris_{}.hada_w1_a", LINEAR.replace('.', "_")),
                    f32s(&[32, 2]),
                ),
                (
                    format!("lycoris_{}.hada_w1_b", LINEAR.replace('.', "_")),
                    f32s(&[2, 32]),
                ),
                (
                    format!("lycoris_{}.hada_w2_a", LINEAR.replace('.', "_")),
                    f32s(&[32, 2]),
                ),
                (
                    format!("lycoris_{}.hada_w2_b", LINEAR.replace('.', "_")),
                    f32s(&[2, 32]),
                ),
            ],
        ),
        file(
            "",
            json!({}),
            vec![
                (format!("{LINEAR}.lokr_w1"), f32s(&[4, 4])),
                (format!("{LINEAR}.lokr_w2_a"), f32s(&[8, 2])),
                (format!("{LINEAR}.lokr_w2_b"), f32s(&[2, 8])),
                (format!("{LINEAR}.alpha"), f32s(&[])),
            ],
        ),
    ]
}

fn check(data: &[u8], folder: &Path) -> bool {
    let line = data.iter().position(|&byte| byte == b'\n');
    let Some((beside, file)) = line.map(|line| (&data[..line], &data[line + 1..])) else {
        return false;
    };
    let path = folder.join("adapter_model.safetensors");
    std::fs::write(&path, file).expect("the folder is the check's own");
    std::fs::write(folder.join("adapter_config.json"), beside)
        .expect("the folder is the check's own");
    let lora = match Lora::open(&path) {
        Ok(lora) => lora,
        Err(error) => return refused(&error),
    };
    assert!(lora.total() > 0 && !lora.updates.is_empty());
    assert!(lora.ranks().is_sorted());
    let stored: usize = TensorFile::open(&path)
        .expect("it was opened before")
        .tensors()
        .iter()
        .map(|info| info.shape.iter().product::<usize>())
        .sum();
    assert!(
        lora.parameters() <= stored,
        "no more values than the file has"
    );
    let fitted = match lora.fit(targets()) {
        Ok(fitted) => fitted,
        Err(error) => return refused(&error),
    };
    let report = &fitted.report;
    assert_eq!(
        report.total,
        report.matched + report.unmatched.len() + report.wrong_shape.len(),
        "every tensor is accounted for"
    );
    let fitted = Arc::new(fitted);
    let stack = |strength| LoraStack::new(vec![(Arc::clone(&fitted), strength)]);
    for name in fitted.names() {
        let (_, shape) = census_of(name);
        let values: usize = shape.iter().product();
        let delta = match fitted.delta(name) {
            Ok(delta) => delta.expect("it says that it changes this one"),
            Err(error) => {
                assert_sentence(&error);
                continue;
            }
        };
        assert_eq!(delta.len(), values, "{name} {shape:?}");
        let mut weights = vec![1.0; values];
        let applied = stack(2.0).apply(name, &mut weights);
        assert!(matches!(applied, Ok(true)), "{applied:?}");
        let same = |(weight, delta): (&f32, &f32)| {
            let wanted = 1.0 + 2.0 * delta;
            *weight == wanted || wanted.is_nan() && weight.is_nan()
        };
        assert!(
            weights.iter().zip(&delta).all(same),
            "the update is added at its strength"
        );
        assert!(matches!(stack(0.0).apply(name, &mut weights), Ok(false)));
    }
    true
}

/// A tensor of the small UNet.
fn census_of(name: &str) -> (String, Vec<usize>) {
    let (module, side) = name.rsplit_once('.').unwrap_or((name, ""));
    let side = match side {
        "bias" => kinora::checkpoint::lora::Side::Bias,
        _ => kinora::checkpoint::lora::Side::Weight,
    };
    let found = targets()
        .find(module, side)
        .or_else(|| targets().find(name, side));
    let (name, shape) = found.expect("it was matched with this one");
    (name, shape.to_vec())
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    let Some(line) = data.iter().position(|&byte| byte == b'\n') else {
        bytes::change(data, dice);
        return;
    };
    let (mut beside, mut file) = (data[..line].to_vec(), data[line + 1..].to_vec());
    match dice.below(8) {
        0 | 1 if !beside.is_empty() => json::change(&mut beside, dice),
        2..=4 => rename(&mut file, dice),
        _ => safetensors::change(&mut file, dice),
    }
    beside.retain(|&byte| byte != b'\n');
    *data = [beside.as_slice(), b"\n", &file].concat();
}

/// Another naming scheme, another module, or a shape that fits none.
fn rename(file: &mut Vec<u8>, dice: &mut Dice) {
    let Some((header, tensors)) = safetensors::parts(file) else {
        return;
    };
    let tensors = tensors.to_vec();
    let whole = dice.one_in(3);
    let renamed = header.into_iter().map(|(name, value)| {
        if name == "__metadata__" || !(whole || dice.one_in(2)) {
            return (name, value);
        }
        let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending));
        let module = ending.map_or(name.as_str(), |ending| &name[..name.len() - ending.len()]);
        let named = match dice.below(5) {
            0 => format!("{}{name}", dice.of(&PREFIXES)),
            1 => format!("{}{LINEAR}{}", dice.of(&PREFIXES), dice.of(&ENDINGS)),
            2 => format!("{}{}", module.replace('_', "."), ending.unwrap_or(&"")),
            _ => format!("{module}{}", dice.of(&ENDINGS)),
        };
        (named, value)
    });
    *file = safetensors::laid_out(renamed.collect(), &tensors);
}
