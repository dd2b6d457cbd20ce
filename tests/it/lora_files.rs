//! A LoRA has the same effect whatever file format it comes in:
//! - each naming scheme of one update gives the same change, under diffusers' and the original names;
//! - a text tower is changed too, under each of its names;
//! - alpha is found in tensors, in metadata and in a file next to the LoRA, and without it the scale is 1;
//! - convolutions, biases, LoHa and LoKr give what their formulas say;
//! - partial matches are counted, and what cannot be applied is rejected by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kinora::checkpoint::config::Config as _;
use kinora::checkpoint::lora::{FittedLora, Lora, LoraStack, Targets};
use kinora::checkpoint::{Checkpoint, Identity, Prefer, UnetConfig, identify};
use tempfile::TempDir;

use super::checkpoint::{Stored, f32s, write};
use super::support::{golden, svd_mut};

/// A temporal attention layer, and its name in the original layout.
const LINEAR: &str = "down_blocks.1.attentions.0.temporal_transformer_blocks.0.attn1.to_out.0";
const LINEAR_ORIGINAL: &str = "input_blocks.3.1.time_stack.0.attn1.to_out.0";
/// A temporal convolution, likewise.
const CONV: &str = "up_blocks.0.resnets.1.temporal_res_block.conv2";
const CONV_ORIGINAL: &str = "output_blocks.1.0.time_stack.out_layers.3";
const RANK: usize = 2;

struct Files {
    dir: TempDir,
    targets: Targets,
}

impl Files {
    fn new() -> Self {
        let json = br#"{"down_block_types": ["DownBlockSpatioTemporal", "CrossAttnDownBlockSpatioTemporal"],
            "up_block_types": ["CrossAttnUpBlockSpatioTemporal", "UpBlockSpatioTemporal"],
            "block_out_channels": [32, 64], "layers_per_block": 1, "cross_attention_dim": 16,
            "num_attention_heads": 1}"#;
        let mut model = Checkpoint::released(14);
        svd_mut(&mut model).unet.config =
            UnetConfig::parse(json, Path::new("config.json")).unwrap();
        Self {
            dir: tempfile::tempdir().unwrap(),
            targets: model.lora_targets(),
        }
    }

    fn write(&self, tensors: &[(String, Stored)], metadata: &[(&str, &str)]) -> PathBuf {
        let path = self.dir.path().join("a move.safetensors");
        let metadata: Vec<_> = metadata
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()))
            .collect();
        write(
            &path,
            &tensors.iter().cloned().collect::<BTreeMap<_, _>>(),
            &metadata,
        );
        path
    }

    fn fit(
        &self,
        tensors: &[(String, Stored)],
        metadata: &[(&str, &str)],
    ) -> Result<FittedLora, String> {
        let path = self.write(tensors, metadata);
        let lora = Lora::open(&path).map_err(|error| error.to_string())?;
        lora.fit(&self.targets).map_err(|error| error.to_string())
    }
}

/// A LoRA of the text tower of Stable Diffusion acts on that tower, whichever of the usual names it has.
#[test]
fn a_text_tower_has_several_spellings_and_its_own_alpha() {
    let files = Files::new();
    let model = Checkpoint::open(&golden("sd/tiny"), Prefer::Full).unwrap();
    let targets = model.lora_targets();
    let weight = "encoder.layers.0.self_attn.q_proj.weight";
    let (down, up) = (pattern(RANK * 32, 1), pattern(32 * RANK, 2));
    let factors = [f32s(&[RANK, 32], &down), f32s(&[32, RANK], &up)];
    let fit = |names: [String; 2], more: &[(String, Stored)], metadata: &[(&str, &str)]| {
        let tensors: Vec<_> = names.into_iter().zip(factors.clone()).collect();
        let path = files.write(&[&tensors[..], more].concat(), metadata);
        Lora::open(&path).unwrap().fit(&targets).unwrap()
    };
    let delta = |lora: &FittedLora| lora.delta(weight).unwrap().expect("it is changed");
    let dotted = "encoder.layers.0.self_attn.q_proj";
    for module in [
        format!("text_encoder.text_model.{dotted}"),
        format!("text_encoder.{dotted}"),
        format!("base_model.model.text_model.{dotted}"),
        format!("text_model.{dotted}"),
    ] {
        let names = ["A", "B"].map(|side| format!("{module}.lora_{side}.weight"));
        let lora = fit(names, &[], &[]);
        // All values are multiples of 2⁻⁸ below 2⁴: the arithmetic is exact.
        assert_eq!(delta(&lora), product(&down, &up, 1.0), "{module}");
        assert_eq!((lora.report.matched, lora.report.total), (1, 1));
    }
    let kohya = "lora_te_text_model_encoder_layers_0_self_attn_q_proj";
    let names = ["down", "up"].map(|side| format!("{kohya}.lora_{side}.weight"));
    let alpha = [(format!("{kohya}.alpha"), f32s(&[], &[1.0]))];
    assert_eq!(delta(&fit(names, &alpha, &[])), product(&down, &up, 0.5));
    let module = format!("text_encoder.text_model.{dotted}");
    let names = ["down", "up"].map(|side| format!("{module}.lora_linear_layer.{side}.weight"));
    let metadata = r#"{"unet.lora_alpha": 8, "text_encoder.lora_alpha": 4}"#;
    let lora = fit(names, &[], &[("lora_adapter_metadata", metadata)]);
    assert_eq!(
        delta(&lora),
        product(&down, &up, 2.0),
        "not that of the UNet"
    );

    // A model without a text tower says what does not act.
    let both = [
        (format!("{kohya}.lora_down.weight"), factors[0].clone()),
        (format!("{kohya}.lora_up.weight"), factors[1].clone()),
    ];
    let error = files.fit(&both, &[]).unwrap_err();
    assert!(error.contains("text_model_encoder_layers_0"), "{error}");
}

fn pattern(count: usize, seed: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 37 + seed * 11) % 29) as f32 / 16.0 - 0.875)
        .collect()
}

/// Down and up factors of the linear layer (64 → 64) and of the convolution (64 → 64, kernel 3).
fn factors() -> [(Stored, Stored); 2] {
    [
        (
            f32s(&[RANK, 64], &pattern(RANK * 64, 1)),
            f32s(&[64, RANK], &pattern(64 * RANK, 2)),
        ),
        (
            f32s(&[RANK, 64, 3, 1, 1], &pattern(RANK * 192, 3)),
            f32s(&[64, RANK, 1, 1, 1], &pattern(64 * RANK, 4)),
        ),
    ]
}

/// `scale · up · down`, computed from the definition.
fn product(down: &[f32], up: &[f32], scale: f32) -> Vec<f32> {
    let columns = down.len() / RANK;
    let mut out = Vec::new();
    for row in up.chunks(RANK) {
        for column in 0..columns {
            let sum: f32 = (0..RANK).map(|r| row[r] * down[r * columns + column]).sum();
            out.push(scale * sum);
        }
    }
    out
}

fn expected(scale: f32) -> [Vec<f32>; 2] {
    [
        product(&pattern(RANK * 64, 1), &pattern(64 * RANK, 2), scale),
        product(&pattern(RANK * 192, 3), &pattern(64 * RANK, 4), scale),
    ]
}

fn check(lora: &FittedLora, scale: f32, what: &str) {
    for (name, want) in [LINEAR, CONV].iter().zip(expected(scale)) {
        let got = lora.delta(&format!("{name}.weight")).unwrap().expect(what);
        // All values are multiples of 2⁻⁸ below 2⁴: the arithmetic is exact.
        assert!(got == want, "{what}: {name}");
    }
    assert_eq!((lora.report.matched, lora.report.total), (2, 2), "{what}");
}

#[test]
fn every_spelling_gives_the_same_change() {
    let files = Files::new();
    let pairs = |spell: &dyn Fn(&str, &str, bool) -> String| -> Vec<(String, Stored)> {
        let names = [(LINEAR, LINEAR_ORIGINAL), (CONV, CONV_ORIGINAL)];
        let all = names
            .iter()
            .zip(factors())
            .flat_map(|((ours, original), (down, up))| {
                [
                    (spell(ours, original, true), down),
                    (spell(ours, original, false), up),
                ]
            });
        all.collect()
    };
    let under = |name: &str| name.replace('.', "_");
    let ab = |down: bool| if down { "A" } else { "B" };
    let word = |down: bool| if down { "down" } else { "up" };
    type Spell<'a> = &'a dyn Fn(&str, &str, bool) -> String;
    let spellings: [(&str, Spell<'_>); 11] = [
        ("PEFT", &|n, _, d| format!("unet.{n}.lora_{}.weight", ab(d))),
        ("PEFT bare", &|n, _, d| format!("{n}.lora_{}.weight", ab(d))),
        ("PEFT model", &|n, _, d| {
            format!("base_model.model.{n}.lora_{}.default.weight", ab(d))
        }),
        ("PEFT pipeline", &|n, _, d| {
            format!("base_model.model.unet.{n}.lora_{}.weight", ab(d))
        }),
        ("diffusers", &|n, _, d| {
            format!("unet.{n}.lora.{}.weight", word(d))
        }),
        ("processor", &|n, _, d| {
            let old = n.replace(".attn1.to_out.0", ".attn1.processor.to_out");
            if old == n {
                format!("{n}.lora.{}.weight", word(d))
            } else {
                format!("unet.{old}_lora.{}.weight", word(d))
            }
        }),
        ("kohya", &|n, _, d| {
            format!("lora_unet_{}.lora_{}.weight", under(n), word(d))
        }),
        ("kohya original", &|_, o, d| {
            format!("lora_unet_{}.lora_{}.weight", under(o), word(d))
        }),
        ("ComfyUI", &|_, o, d| {
            format!("diffusion_model.{o}.lora_{}.weight", word(d))
        }),
        ("full model", &|_, o, d| {
            format!("model.diffusion_model.{o}.lora_{}.weight", word(d))
        }),
        ("LyCORIS", &|n, _, d| {
            format!("lycoris_{}.lora_{}.weight", under(n), word(d))
        }),
    ];
    for (what, spell) in spellings {
        check(&files.fit(&pairs(spell), &[]).unwrap(), 1.0, what);
    }
}

#[test]
fn full_differences_and_biases_are_added() {
    let files = Files::new();
    let [linear, conv] = expected(1.0);
    let bias = pattern(64, 5);
    let tensors = [
        (format!("unet.{LINEAR}.diff"), f32s(&[64, 64], &linear)),
        (
            format!("diffusion_model.{CONV_ORIGINAL}.diff"),
            f32s(&[64, 64, 3, 1, 1], &conv),
        ),
        (
            format!("diffusion_model.{CONV_ORIGINAL}.diff_b"),
            f32s(&[64], &bias),
        ),
        (
            "lora_unet_middle_block_0_time_mixer_mix_factor.diff".to_owned(),
            f32s(&[1], &[0.5]),
        ),
    ];
    let lora = files.fit(&tensors, &[]).unwrap();
    assert_eq!((lora.report.matched, lora.report.total), (4, 4));
    assert!(lora.delta(&format!("{LINEAR}.weight")).unwrap() == Some(linear));
    assert!(lora.delta(&format!("{CONV}.weight")).unwrap() == Some(conv));
    assert_eq!(lora.delta(&format!("{CONV}.bias")).unwrap(), Some(bias));
    assert_eq!(
        lora.delta("mid_block.resnets.0.time_mixer.mix_factor")
            .unwrap(),
        Some(vec![0.5])
    );
    assert_eq!(lora.delta("conv_in.weight").unwrap(), None);
}

#[test]
fn alpha_is_found_wherever_it_is_stated() {
    let files = Files::new();
    let [(down, up), _] = factors();
    let scale = |tensors: &[(String, Stored)], metadata: &[(&str, &str)]| -> f32 {
        let lora = files.fit(tensors, metadata).unwrap();
        let got = lora.delta(&format!("{LINEAR}.weight")).unwrap().unwrap();
        let want = product(&pattern(RANK * 64, 1), &pattern(64 * RANK, 2), 1.0);
        let i = want.iter().position(|value| value.abs() > 0.5).unwrap();
        got[i] / want[i]
    };
    let peft = [
        (format!("unet.{LINEAR}.lora_A.weight"), down.clone()),
        (format!("unet.{LINEAR}.lora_B.weight"), up.clone()),
    ];
    let kohya = [
        (format!("{LINEAR}.lora_down.weight"), down.clone()),
        (format!("{LINEAR}.lora_up.weight"), up.clone()),
        (format!("{LINEAR}.alpha"), f32s(&[], &[3.0])),
    ];
    // alpha / rank with rank 2.
    assert_eq!(scale(&peft, &[]), 1.0);
    assert_eq!(scale(&kohya, &[]), 1.5);
    let metadata = r#"{"unet.r": 2, "unet.lora_alpha": 8}"#;
    assert_eq!(scale(&peft, &[("lora_adapter_metadata", metadata)]), 4.0);
    assert_eq!(
        scale(&kohya, &[("lora_adapter_metadata", metadata)]),
        1.5,
        "the tensor wins"
    );
    let pattern =
        r#"{"r": 2, "lora_alpha": 8, "alpha_pattern": {"attn1.to_out.0": 5, "conv2": 7}}"#;
    assert_eq!(scale(&peft, &[("lora_adapter_metadata", pattern)]), 2.5);
    assert_eq!(
        scale(
            &kohya[..2],
            &[("ss_network_alpha", "1.0"), ("ss_network_dim", "2")]
        ),
        0.5
    );
    assert_eq!(scale(&peft, &[("lora_adapter_metadata", "not json")]), 1.0);
    // A PEFT folder stores alpha in a separate file.
    let folder = files.dir.path().join("adapter");
    write(
        &folder.join("adapter_model.safetensors"),
        &BTreeMap::from(peft),
        &[],
    );
    std::fs::write(
        folder.join("adapter_config.json"),
        r#"{"r": 2, "lora_alpha": 6}"#,
    )
    .unwrap();
    let lora = Lora::open(&folder).unwrap().fit(&files.targets).unwrap();
    let got = lora.delta(&format!("{LINEAR}.weight")).unwrap().unwrap();
    assert!(got == expected(3.0)[0]);
}

#[test]
fn loha_and_lokr_follow_their_formulas() {
    let files = Files::new();
    let key = format!("lora_unet_{}", LINEAR.replace('.', "_"));
    let (a1, b1, a2, b2) = (
        pattern(128, 1),
        pattern(128, 2),
        pattern(128, 3),
        pattern(128, 4),
    );
    let loha = [
        (format!("{key}.hada_w1_a"), f32s(&[64, RANK], &a1)),
        (format!("{key}.hada_w1_b"), f32s(&[RANK, 64], &b1)),
        (format!("{key}.hada_w2_a"), f32s(&[64, RANK], &a2)),
        (format!("{key}.hada_w2_b"), f32s(&[RANK, 64], &b2)),
        (format!("{key}.alpha"), f32s(&[], &[1.0])),
    ];
    let got = files
        .fit(&loha, &[])
        .unwrap()
        .delta(&format!("{LINEAR}.weight"))
        .unwrap()
        .unwrap();
    let (w1, w2) = (product(&b1, &a1, 1.0), product(&b2, &a2, 1.0));
    let worst = got
        .iter()
        .zip(w1.iter().zip(&w2))
        .map(|(got, (a, b))| (got - a * b / 2.0).abs());
    // Products of sums below 2⁴ in f32: 2⁻²⁰ is far above rounding and far below a wrong term.
    assert!(worst.fold(0.0, f32::max) < 1e-6);

    let lokr = [
        (format!("{key}.lokr_w1"), f32s(&[2, 4], &pattern(8, 5))),
        (format!("{key}.lokr_w2"), f32s(&[32, 16], &pattern(512, 6))),
        (format!("{key}.alpha"), f32s(&[], &[1.0])),
    ];
    let got = files
        .fit(&lokr, &[])
        .unwrap()
        .delta(&format!("{LINEAR}.weight"))
        .unwrap()
        .unwrap();
    let (w1, w2) = (pattern(8, 5), pattern(512, 6));
    for (i, got) in got.iter().enumerate() {
        let (row, column) = (i / 64, i % 64);
        let want = w1[row / 32 * 4 + column / 16] * w2[row % 32 * 16 + column % 16];
        assert_eq!(
            *got, want,
            "whole matrices have no rank, so alpha means nothing"
        );
    }
}

#[test]
fn a_kernel_between_the_factors_is_multiplied_through() {
    let files = Files::new();
    let key = format!("lora_unet_{}", CONV.replace('.', "_"));
    let (down, mid, up) = (
        pattern(RANK * 64, 7),
        pattern(RANK * RANK * 3, 8),
        pattern(64 * RANK, 9),
    );
    let tucker = [
        (
            format!("{key}.lora_down.weight"),
            f32s(&[RANK, 64, 1, 1, 1], &down),
        ),
        (
            format!("{key}.lora_mid.weight"),
            f32s(&[RANK, RANK, 3, 1, 1], &mid),
        ),
        (
            format!("{key}.lora_up.weight"),
            f32s(&[64, RANK, 1, 1, 1], &up),
        ),
    ];
    let got = files
        .fit(&tucker, &[])
        .unwrap()
        .delta(&format!("{CONV}.weight"))
        .unwrap()
        .unwrap();
    for (i, got) in got.iter().enumerate() {
        let (o, c, k) = (i / 192, i / 3 % 64, i % 3);
        let mut want = 0.0;
        for a in 0..RANK {
            for b in 0..RANK {
                want += up[o * RANK + a] * mid[(a * RANK + b) * 3 + k] * down[b * 64 + c];
            }
        }
        assert!((got - want).abs() < 1e-6, "{got} {want}");
    }
}

#[test]
fn strengths_add_up_and_leave_the_base_alone() {
    let files = Files::new();
    let [(down, up), _] = factors();
    let tensors = [
        (format!("{LINEAR}.lora_A.weight"), down),
        (format!("{LINEAR}.lora_B.weight"), up),
    ];
    let lora = Arc::new(files.fit(&tensors, &[]).unwrap());
    let base = pattern(64 * 64, 6);
    let stack = LoraStack::new(vec![(Arc::clone(&lora), 0.5), (Arc::clone(&lora), -0.25)]);
    let mut values = base.clone();
    assert!(
        stack
            .apply(&format!("{LINEAR}.weight"), &mut values)
            .unwrap()
    );
    let [delta, _] = expected(1.0);
    let want = base
        .iter()
        .zip(&delta)
        .map(|(base, delta)| base + 0.5 * delta - 0.25 * delta);
    assert!(values.iter().zip(want).all(|(got, want)| *got == want));
    assert!(!stack.apply("conv_in.weight", &mut values).unwrap());
    assert!(stack.changes(&format!("{LINEAR}.weight")) && !stack.changes("conv_in.weight"));
    let off = LoraStack::new(vec![(lora, 0.0)]);
    assert!(!off.changes(&format!("{LINEAR}.weight")));
}

#[test]
fn partial_matches_are_counted_and_named() {
    let files = Files::new();
    let [(down, up), _] = factors();
    let narrow = f32s(&[RANK, 320], &pattern(RANK * 320, 1));
    let tensors = [
        (format!("unet.{LINEAR}.lora_A.weight"), down.clone()),
        (format!("unet.{LINEAR}.lora_B.weight"), up.clone()),
        (
            "unet.down_blocks.7.attentions.0.proj_in.lora_A.weight".to_owned(),
            down.clone(),
        ),
        (
            "unet.down_blocks.7.attentions.0.proj_in.lora_B.weight".to_owned(),
            up.clone(),
        ),
        (
            "unet.mid_block.attentions.0.proj_in.lora_A.weight".to_owned(),
            narrow,
        ),
        (
            "unet.mid_block.attentions.0.proj_in.lora_B.weight".to_owned(),
            up.clone(),
        ),
        ("something.else".to_owned(), f32s(&[1], &[0.0])),
    ];
    let lora = files.fit(&tensors, &[]).unwrap();
    assert_eq!((lora.report.matched, lora.report.total), (1, 4));
    assert_eq!(identify(&lora.path).unwrap(), Identity::Lora);
    assert_eq!(lora.report.wrong_shape[0].found, [64, 320]);
    let text = lora.report.to_string();
    assert!(
        text.starts_with("1 of 4 tensors matched, not in this model: "),
        "{text}"
    );
    assert!(
        text.contains("down_blocks.7.attentions.0.proj_in"),
        "{text}"
    );

    let error = files.fit(&tensors[2..], &[]).unwrap_err();
    assert!(
        error.starts_with("none of the 3 LoRA tensors fit this model (for example "),
        "{error}"
    );
    assert!(
        error.contains("is [64, 320] instead of [64, 64]"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_applied_is_refused_by_name() {
    let files = Files::new();
    let [(down, up), _] = factors();
    let pair = |module: &str| {
        vec![
            (format!("{module}.lora_A.weight"), down.clone()),
            (format!("{module}.lora_B.weight"), up.clone()),
        ]
    };
    let with = |name: String, stored: Stored| {
        let mut tensors = pair(LINEAR);
        tensors.push((name, stored));
        tensors
    };
    let one = || f32s(&[1], &[1.0]);
    let cases = [
        (
            with(format!("{LINEAR}.lora_magnitude_vector"), one()),
            "a DoRA",
        ),
        (with(format!("{LINEAR}.dora_scale"), one()), "a DoRA"),
        (with("x.oft_blocks".to_owned(), one()), "an OFT adapter"),
        (
            with(format!("{LINEAR}.alpha"), f32s(&[], &[f32::NAN])),
            "holds NaN or infinite",
        ),
        (
            with(
                "x.lora_A.weight".to_owned(),
                f32s(&[1, 1], &[f32::INFINITY]),
            ),
            "the tensor x.lora_A.weight holds NaN",
        ),
        (
            pair(LINEAR)[..1].to_vec(),
            "one of its two factors is missing",
        ),
        (with("x.alpha".to_owned(), one()), "an alpha but no factors"),
        (
            with("x.lora_A.weight".to_owned(), f32s(&[0, 4], &[])),
            "a dimension of length 0",
        ),
        (
            vec![
                (format!("{LINEAR}.lora_A.weight"), down.clone()),
                (
                    format!("{LINEAR}.lora_B.weight"),
                    f32s(&[64, 3], &[0.0; 192]),
                ),
            ],
            "cannot be multiplied",
        ),
        (
            vec![("conv_in.weight".to_owned(), one())],
            "this file contains no LoRA tensors (tensors in the file: 1;",
        ),
    ];
    for (tensors, reason) in cases {
        let error = files.fit(&tensors, &[]).unwrap_err();
        assert!(
            error.contains(reason) && !error.contains('\n'),
            "{reason}: {error}"
        );
        assert!(error.ends_with("a move.safetensors"), "{error}");
    }
}
