//! The text tower agrees with transformers' layer by layer, with either activation.

use std::path::Path;

use kinora::checkpoint::config::Config as _;
use kinora::checkpoint::{ClipTextConfig, expected_tensors};
use kinora::model::clip::ClipText;

use super::built;
use crate::support::{Fixture, assert_near, golden, values};

/// Largest difference over the largest value: f32 sums in another order.
const BOUND: f64 = 1e-5;

#[test]
fn every_layer_of_a_text_tower() {
    for activation in ["gelu", "quick_gelu"] {
        let folder = format!("text/{activation}");
        let config = std::fs::read(golden(&format!("{folder}/config.json"))).unwrap();
        let config = ClipTextConfig::parse(&config, Path::new("config.json")).unwrap();
        // transformers 5 leaves out the prefix `text_model.`.
        let weights = Fixture::open(&format!("{folder}/model.safetensors")).weights("");
        let tower = built(&weights, |at| ClipText::load(at, &config));
        let mut expected = expected_tensors::text_encoder(&config);
        expected.sort();
        let mut asked = ClipText::parameters(&config).unwrap();
        asked.sort();
        assert_eq!(asked, expected);

        let io = Fixture::open(&format!("{folder}/io.safetensors"));
        let ids: Vec<u32> = io.values("ids").iter().map(|&id| id as u32).collect();
        let states = tower.hidden_states(&ids);
        assert_eq!(states.len(), config.num_hidden_layers + 1);
        let named = |i: usize| format!("expected.hidden_{i:03}");
        for (i, state) in states.into_iter().enumerate() {
            close(&named(i), &values(state), &io.values(&named(i)));
        }
        let last = values(tower.forward(&ids));
        close("the last state", &last, &io.values("expected.last"));
    }
}

fn close(what: &str, found: &[f32], expected: &[f32]) {
    let most = expected.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let apart = found.iter().zip(expected);
    let apart = apart.fold(0.0_f32, |apart, (a, b)| apart.max((a - b).abs()));
    assert!(
        f64::from(apart / most) <= BOUND,
        "{what}: {apart:e} of {most:e}"
    );
    assert_near(what, found, expected, BOUND);
}
