//! Changes to JSON documents that leave them well-formed, because a parser of settings looks at the values.

use serde_json::{Map, Value, json};

use super::bytes::EDGES;
use super::dice::Dice;

/// Maximum length of a list, so that a document stays small.
const LONGEST: usize = 600;

/// Fractions at the edges of `f32` and `f64`, and beyond those of `f32`.
const FRACTIONS: [f64; 10] = [
    0.0, -0.0, 0.5, -1.0, 1e-320, 1e-39, 1e38, 3.5e38, 1e300, -1e308,
];

/// Changes a few places of a document; bytes that are not JSON are changed as such.
pub(crate) fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    match serde_json::from_slice(data) {
        Ok(mut value) if !dice.one_in(12) => {
            change_value(&mut value, dice);
            *data = value.to_string().into_bytes();
        }
        _ => super::bytes::change(data, dice),
    }
}

/// Changes a few places of a value.
pub(crate) fn change_value(value: &mut Value, dice: &mut Dice) {
    let keys = keys_of(value);
    for _ in 0..dice.few() {
        let place = dice.below(count(value));
        if let Some(node) = nth(value, place) {
            change_node(node, &keys, dice);
        }
    }
}

/// Changes a value, mostly to another of the same type; a parser would reject another type immediately.
fn change_node(node: &mut Value, keys: &[String], dice: &mut Dice) {
    if dice.one_in(8) {
        *node = anything(dice);
        return;
    }
    match node {
        Value::Null => *node = anything(dice),
        Value::Bool(on) => *on = !*on,
        Value::Number(was) => *node = number(was.as_f64().unwrap_or(1.0), dice),
        Value::String(was) => *was = text_like(was, keys, dice),
        Value::Array(items) => items_of(items, dice),
        Value::Object(fields) => fields_of(fields, keys, dice),
    }
}

/// Returns an edge value, or a neighbouring number.
fn number(was: f64, dice: &mut Dice) -> Value {
    match dice.below(6) {
        0 | 1 => json!(dice.of(&EDGES)),
        2 => json!(*dice.of(&FRACTIONS)),
        3 => json!(was * *dice.of(&[-1.0, 0.5, 2.0, 1e3, 1e-9, 1e30])),
        _ => json!(was as i64 + *dice.of(&[-1, 1, 2, -8, 8])),
    }
}

/// Returns another word of the document, a word with one letter changed, or something entirely different.
fn text_like(was: &str, keys: &[String], dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => dice.of(keys).clone(),
        1 => {
            let mut letters: Vec<char> = was.chars().collect();
            let at = dice.below(letters.len() + 1);
            let end = (at + dice.below(3)).min(letters.len());
            letters.splice(at..end, dice.of(&["", "/", "0", "-1", ".", "é"]).chars());
            letters.into_iter().collect()
        }
        _ => text(dice),
    }
}

fn items_of(items: &mut Vec<Value>, dice: &mut Dice) {
    if items.is_empty() {
        items.push(anything(dice));
        return;
    }
    let at = dice.below(items.len());
    match dice.below(4) {
        0 => drop(items.remove(at)),
        1 => items.insert(at, items[at].clone()),
        2 => {
            let copies = *dice.of(&[2, 9, 300]);
            let item = items[at].clone();
            items.extend(std::iter::repeat_n(item, copies));
            items.truncate(LONGEST);
        }
        _ => {
            let other = dice.below(items.len());
            items.swap(at, other);
        }
    }
}

fn fields_of(fields: &mut Map<String, Value>, keys: &[String], dice: &mut Dice) {
    let names: Vec<String> = fields.keys().cloned().collect();
    if names.is_empty() {
        fields.insert(dice.of(keys).clone(), anything(dice));
        return;
    }
    let name = dice.of(&names);
    match dice.below(4) {
        0 => drop(fields.remove(name)),
        1 => {
            let value = fields.remove(name).unwrap_or_default();
            let renamed = if dice.one_in(2) {
                dice.of(keys).clone()
            } else {
                text(dice)
            };
            fields.insert(renamed, value);
        }
        2 => drop(fields.insert(dice.of(keys).clone(), anything(dice))),
        _ => {
            let other = fields.get(dice.of(&names)).cloned().unwrap_or_default();
            fields.insert(name.clone(), other);
        }
    }
}

/// Whether two documents are equal. `serde_json` reads more than fifteen digits as one of the two nearest doubles, so
/// neighbours count as the same number.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let near = |one: f64, other: f64| {
                one == other || one.next_up() == other || one.next_down() == other
            };
            one == other
                || one
                    .as_f64()
                    .zip(other.as_f64())
                    .is_some_and(|(one, other)| near(one, other))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let found = |(name, value): (&String, &Value)| {
                other.get(name).is_some_and(|other| is_same(value, other))
            };
            one.len() == other.len() && one.iter().all(found)
        }
        _ => one == other,
    }
}

/// A value of any kind.
fn anything(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(dice.one_in(2)),
        2..=5 => json!(dice.of(&EDGES)),
        6 => json!(-(dice.below(1 << 40) as i64)),
        7 | 8 => json!(*dice.of(&FRACTIONS)),
        9 => json!(text(dice)),
        10 => json!([]),
        _ => nested(dice),
    }
}

/// Words, and text that is easily mistaken for something else.
fn text(dice: &mut Dice) -> String {
    const TEXTS: [&str; 16] = [
        "",
        " ",
        ".",
        "..",
        "../../../../x",
        "/dev/null",
        "C:\\x",
        "a\nb",
        "\u{1b}[31m",
        "\0",
        "é 写真 \u{202e}",
        "-1",
        "1/0",
        "NaN",
        "pocket",
        "%2e%2e%2f",
    ];
    match dice.below(8) {
        0 => "long ".repeat(1 + dice.below(2000)),
        _ => (*dice.of(&TEXTS)).to_owned(),
    }
}

fn nested(dice: &mut Dice) -> Value {
    // Beyond 128 levels `serde_json` reads no further.
    (0..*dice.of(&[1, 2, 100, 200])).fold(json!(0), |inner, _| json!([inner]))
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place of the document, counted from its root.
fn nth(value: &mut Value, place: usize) -> Option<&mut Value> {
    if place == 0 {
        return Some(value);
    }
    let mut left = place - 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => return None,
    };
    for item in inner {
        let size = count(item);
        if left < size {
            return nth(item, left);
        }
        left -= size;
    }
    None
}

/// Every name that the document uses, and one that it does not.
fn keys_of(value: &Value) -> Vec<String> {
    let mut keys = vec!["unknown".to_owned()];
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(fields) => {
                keys.extend(fields.keys().cloned());
                rest.extend(fields.values());
            }
            _ => {}
        }
    }
    keys
}
