//! Tensor files: the header must be valid, and every tensor that it names must be inside the file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};
use kinora::checkpoint::{Dtype, Entry, TensorFile, Transform, identify};
use serde_json::{Map, Value, json};

use super::{Dice, Target, assert_sentence, bytes, json, refused};

pub(super) const TARGET: Target = Target {
    name: "safetensors",
    seeds,
    change,
    check,
};

/// Bytes before the header, which contain its length.
const LENGTH: usize = 8;
/// No memory is allocated for tensors larger than this.
const MOST_VALUES: u64 = 4096;

fn seeds() -> Vec<Vec<u8>> {
    let header = |fields: Value| match fields {
        Value::Object(fields) => laid_out(fields, &[]),
        _ => Vec::new(),
    };
    vec![
        header(json!({})),
        header(json!({
            "__metadata__": { "format": "pt", "kinora.title": "é & <写真>" },
            "weight": { "dtype": "F32", "shape": [2, 3] },
            "half": { "dtype": "F16", "shape": [4] },
        })),
        header(json!({
            "b": { "dtype": "BF16", "shape": [2, 2, 1, 1] },
            "double": { "dtype": "F64", "shape": [1] },
            "scalar": { "dtype": "F32", "shape": [] },
            "none": { "dtype": "F32", "shape": [0, 4] },
            "whole": { "dtype": "I64", "shape": [2] },
            "bytes": { "dtype": "U8", "shape": [3] },
            "switch": { "dtype": "BOOL", "shape": [1] },
        })),
    ]
}

fn check(data: &[u8], folder: &Path) -> bool {
    let path = folder.join("weights.safetensors");
    std::fs::write(&path, data).expect("the folder is the check's own");
    let file = match TensorFile::open(&path) {
        Ok(file) => file,
        Err(error) => return refused(&error),
    };
    let header = data[..LENGTH].try_into().map(u64::from_le_bytes);
    let begin = LENGTH as u64 + header.expect("a file is longer than that");
    let mut length = 0;
    for (position, info) in file.tensors().iter().enumerate() {
        let view = file
            .view(position)
            .expect("what is listed lies in the file");
        let values: usize = info.shape.iter().product();
        let width = match info.dtype {
            Dtype::Other(other) => other.bitsize() / 8,
            float => float.size(),
        };
        if width > 0 {
            assert_eq!(
                view.bytes.len(),
                values * width,
                "{} has all its values",
                info.name
            );
        }
        let at = view.bytes.as_ptr() as usize;
        let first = file.view(0).expect("there is one").bytes.as_ptr() as usize;
        assert_eq!(
            (at - first) as u64,
            length,
            "{} begins where the last one ends",
            info.name
        );
        length += view.bytes.len() as u64;
        assert_eq!(
            file.position(&info.name),
            Some(position),
            "{} has one name",
            info.name
        );
        assert!(file.has_prefix(&info.name));
    }
    assert_eq!(
        begin + length,
        data.len() as u64,
        "the tensors fill the file"
    );
    if let Err(error) = identify(&path) {
        assert_sentence(&error);
    }
    read(&Arc::new(file));
    true
}

/// The values of each tensor, in every format that they can be read in.
fn read(file: &Arc<TensorFile>) {
    for (position, info) in file.tensors().iter().enumerate() {
        let rows = info.shape.first().copied().unwrap_or(0);
        let transforms = [
            Transform::None,
            Transform::Transpose,
            Transform::Squeeze,
            Transform::Rows {
                start: rows / 3,
                len: rows / 2,
            },
            Transform::Rows {
                start: rows,
                len: usize::MAX,
            },
        ];
        for transform in transforms {
            let Some(entry) = Entry::new(file, position, transform) else {
                continue;
            };
            match entry.to_f32() {
                Ok(values) => {
                    assert_eq!(
                        values.len(),
                        entry.elements(),
                        "{} as {transform:?}",
                        info.name
                    );
                    assert!(
                        values.iter().all(|value| value.is_finite()),
                        "{}",
                        info.name
                    );
                    let short = entry.to_vec::<f16>().map(|values| values.len());
                    assert!(short.is_err() || short.ok() == Some(values.len()));
                    let brain = entry.to_vec::<bf16>().map(|values| values.len());
                    assert!(brain.is_err() || brain.ok() == Some(values.len()));
                }
                Err(error) => assert_sentence(&error),
            }
            if entry.is_in_rows() {
                let all = entry.shape().first().copied().unwrap_or(0);
                assert!(
                    entry.rows(0..all).is_some(),
                    "{} as {transform:?}",
                    info.name
                );
                assert!(
                    entry
                        .rows(0..all + 1)
                        .is_none_or(|view| view.bytes.is_empty() || rows > all)
                );
            }
            entry.release();
        }
    }
}

/// The header, and the bytes after it.
pub(super) fn parts(data: &[u8]) -> Option<(Map<String, Value>, &[u8])> {
    let (length, rest) = data.split_first_chunk::<LENGTH>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (header, tensors) = rest.split_at_checked(length)?;
    Some((serde_json::from_slice(header).ok()?, tensors))
}

/// A file with this header, unchanged.
fn as_it_stands(header: &Map<String, Value>, tensors: &[u8]) -> Vec<u8> {
    let header = Value::Object(header.clone()).to_string();
    let length = header.len() as u64;
    [&length.to_le_bytes(), header.as_bytes(), tensors].concat()
}

/// A file whose tensors follow one another with as many bytes as their shapes need; values are taken from `tensors`
/// until those are used up.
pub(super) fn laid_out(mut header: Map<String, Value>, tensors: &[u8]) -> Vec<u8> {
    let mut end = 0;
    // Any order is valid, but with the file's own order, values stay with their tensors.
    let begin = |value: &Value| value["data_offsets"][0].as_u64().unwrap_or(u64::MAX);
    let mut order: Vec<(u64, String)> = header
        .iter()
        .map(|(name, value)| (begin(value), name.clone()))
        .collect();
    order.sort();
    for (_, name) in order {
        let info = &mut header[&name];
        let Some(bytes) = bytes_of(info) else {
            continue;
        };
        info["data_offsets"] = json!([end, end + bytes]);
        end += bytes;
    }
    let mut values: Vec<u8> = tensors.to_vec();
    values.resize(end as usize, 0x3c);
    as_it_stands(&header, &values)
}

/// The size of a tensor in the header; `None` if it is invalid or far too large.
fn bytes_of(info: &Value) -> Option<u64> {
    let width = match info.get("dtype")?.as_str()? {
        "F64" | "I64" | "U64" => 8,
        "F32" | "I32" | "U32" => 4,
        "F16" | "BF16" | "I16" | "U16" => 2,
        "I8" | "U8" | "BOOL" | "F8_E4M3" | "F8_E5M2" => 1,
        _ => return None,
    };
    let shape = info.get("shape")?.as_array()?;
    let values = shape
        .iter()
        .try_fold(1_u64, |values, side| values.checked_mul(side.as_u64()?))?;
    (values <= MOST_VALUES).then_some(values * width)
}

pub(super) fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    let Some((mut header, tensors)) = parts(data) else {
        bytes::change(data, dice);
        return;
    };
    let mut tensors = tensors.to_vec();
    match dice.below(8) {
        0 => return bytes::change(data, dice),
        1 => bytes::change(&mut tensors, dice),
        2 | 3 => change_tensor(&mut header, dice),
        _ => {
            let mut value = Value::Object(header);
            json::change_value(&mut value, dice);
            match value {
                Value::Object(fields) => header = fields,
                _ => return,
            }
        }
    }
    *data = match dice.below(4) {
        0 => as_it_stands(&header, &tensors),
        _ => laid_out(header, &tensors),
    };
}

/// Shape and type of one tensor.
fn change_tensor(header: &mut Map<String, Value>, dice: &mut Dice) {
    let names: Vec<String> = header
        .keys()
        .filter(|name| *name != "__metadata__")
        .cloned()
        .collect();
    if names.is_empty() {
        return;
    }
    let info = &mut header[dice.of(&names)];
    if !info.is_object() {
        return;
    }
    if dice.one_in(3) {
        info["dtype"] = json!(dice.of(&[
            "F32", "F16", "BF16", "F64", "I8", "BOOL", "F8_E4M3", "F4", "C64"
        ]));
    } else {
        let sides = dice.below(5);
        let shape: Vec<u64> = (0..sides)
            .map(|_| *dice.of(&[0, 1, 1, 2, 3, 4, 8, 1 << 32, u64::MAX]))
            .collect();
        info["shape"] = json!(shape);
    }
}

/// The metadata of a header, if it has any.
pub(super) fn metadata(header: &Map<String, Value>) -> BTreeMap<String, String> {
    header
        .get("__metadata__")
        .and_then(|value| serde_json::from_value(value.clone()).ok())
        .unwrap_or_default()
}
