//! Seeded noise compared with PyTorch's CPU generator.
//!
//! - Every bit of small, large and mixed draws is that of the reference, for seeds at the edges of 32 and 64 bits.
//! - The pending second value of a small draw survives large and empty draws.
//! - Dividing a sequence into draws differently changes it, as in the reference; a copy continues identically.
//!
//! There is no tolerance: the fixture contains bits.

use std::path::Path;

use kinora::sampler::noise::Generator;
use serde_json::Value;

fn cases() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/noise.json");
    let text = std::fs::read_to_string(path).expect("the fixture is in the repository");
    let fixture: Value = serde_json::from_str(&text).expect("the fixture is JSON");
    fixture["cases"]
        .as_array()
        .expect("a list of cases")
        .clone()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

/// The bits that a string of 8 hexadecimal digits per value stands for.
fn bits(value: &Value) -> Vec<u32> {
    let digits = value.as_str().expect("a string of digits");
    (0..digits.len() / 8)
        .map(|k| u32::from_str_radix(&digits[8 * k..8 * k + 8], 16).expect("hexadecimal digits"))
        .collect()
}

/// The fixture's checksum of a long draw: the bits of value k times 2k + 1, modulo 2^64.
fn weighted_sum(bits: &[u32]) -> u64 {
    (0_u64..).zip(bits).fold(0, |sum, (k, &b)| {
        sum.wrapping_add(u64::from(b).wrapping_mul(2 * k + 1))
    })
}

#[test]
fn every_draw_has_the_bits_of_the_reference() {
    let cases = cases();
    assert!(!cases.is_empty());
    for case in &cases {
        let seed = number(&case["seed"]);
        let mut generator = Generator::seeded(seed);
        for (turn, draw) in case["draws"]
            .as_array()
            .expect("a list of draws")
            .iter()
            .enumerate()
        {
            let count = usize::try_from(number(&draw["count"])).expect("a count fits memory");
            let drawn: Vec<u32> = generator
                .normal(count)
                .iter()
                .map(|v| v.to_bits())
                .collect();
            let at = format!("seed {seed}, draw {turn} of {count}");
            assert_eq!(drawn.len(), count, "{at}");
            if let Some(sum) = draw["sum"].as_u64() {
                let (first, last) = (bits(&draw["first"]), bits(&draw["last"]));
                assert_eq!(drawn[..first.len()], first, "{at}: first values");
                assert_eq!(drawn[count - last.len()..], last, "{at}: last values");
                assert_eq!(weighted_sum(&drawn), sum, "{at}: sum");
            } else {
                assert_eq!(drawn, bits(&draw["bits"]), "{at}");
            }
        }
    }
}

#[test]
fn a_copy_goes_on_alike() {
    let mut generator = Generator::seeded(3);
    // A small draw of odd length leaves a value pending, which the copy must have too.
    let _ = generator.normal(5);
    let mut copy = generator.clone();
    for count in [1, 20, 2] {
        assert_eq!(generator.normal(count), copy.normal(count));
    }
}

#[test]
fn only_whole_blocks_can_be_drawn_apart() {
    let whole = Generator::seeded(11).normal(32);
    let mut generator = Generator::seeded(11);
    let mut halves = generator.normal(16);
    halves.extend(generator.normal(16));
    assert_eq!(whole, halves, "blocks of 16 are independent of each other");
    let mut generator = Generator::seeded(11);
    let mut odd = generator.normal(17);
    odd.extend(generator.normal(15));
    assert_ne!(whole, odd, "a remainder redraws the last block");
}
