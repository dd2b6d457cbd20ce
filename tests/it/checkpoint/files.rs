//! Single files are read safely:
//! - values survive every stored type and target, and NaN is found;
//! - every kind of broken or unrelated file gives an error of one sentence that names it.

use std::collections::BTreeMap;
use std::sync::Arc;

use half::{bf16, f16};
use kinora::checkpoint::{Entry, TensorFile, Transform};
use safetensors::Dtype;

use super::{f32s, open, write};

#[test]
fn every_stored_type_converts_to_every_target() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    // Longer than one parallel span, and not a multiple of any buffer.
    let values: Vec<f64> = (0..70_001)
        .map(|i| f64::from(i) * 0.37 - 12_000.0)
        .collect();
    let bytes = |dtype: Dtype| -> Vec<u8> {
        let one = |v: f64| match dtype {
            Dtype::F64 => v.to_le_bytes().to_vec(),
            Dtype::F32 => (v as f32).to_le_bytes().to_vec(),
            Dtype::F16 => f16::from_f64(v).to_le_bytes().to_vec(),
            _ => bf16::from_f64(v).to_le_bytes().to_vec(),
        };
        values.iter().flat_map(|v| one(*v)).collect()
    };
    let types = [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16];
    let tensors = types.map(|dtype| (dtype.to_string(), (dtype, vec![values.len()], bytes(dtype))));
    write(&path, &BTreeMap::from(tensors), &[]);
    let file = TensorFile::open(&path).unwrap();
    for dtype in types {
        let view = file
            .view(file.position(&dtype.to_string()).unwrap())
            .unwrap();
        let stored: Vec<f64> = values
            .iter()
            .map(|v| match dtype {
                Dtype::F64 => *v,
                Dtype::F32 => f64::from(*v as f32),
                Dtype::F16 => f16::from_f64(*v).to_f64(),
                _ => bf16::from_f64(*v).to_f64(),
            })
            .collect();
        let single: Vec<f32> = stored.iter().map(|v| *v as f32).collect();
        assert!(view.to_vec::<f32>().unwrap() == single, "{dtype} to f32");
        // `half` rounds once: to the nearest value, ties to even.
        let half: Vec<f16> = stored.iter().map(|v| f16::from_f64(*v)).collect();
        assert!(view.to_vec::<f16>().unwrap() == half, "{dtype} to f16");
        let brain: Vec<bf16> = stored.iter().map(|v| bf16::from_f64(*v)).collect();
        assert!(view.to_vec::<bf16>().unwrap() == brain, "{dtype} to bf16");
    }
}

#[test]
fn invalid_weights_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    let tensors = BTreeMap::from([
        ("nan".to_owned(), f32s(&[3], &[1.0, f32::NAN, 2.0])),
        (
            "inf".to_owned(),
            (Dtype::F16, vec![1], f16::INFINITY.to_le_bytes().to_vec()),
        ),
        ("large".to_owned(), f32s(&[2], &[1.0, 70_000.0])),
        ("ids".to_owned(), (Dtype::I64, vec![1], vec![0; 8])),
    ]);
    write(&path, &tensors, &[]);
    let file = TensorFile::open(&path).unwrap();
    let view = |name: &str| file.view(file.position(name).unwrap()).unwrap();
    let error = |name: &str| view(name).to_vec::<f16>().unwrap_err().to_string();
    assert!(error("nan").contains("the tensor nan holds NaN"));
    assert!(error("inf").contains("the tensor inf holds NaN or infinite"));
    assert!(error("large").contains("beyond the range of f16"));
    assert!(error("ids").contains("the tensor ids is stored as I64"));
    assert_eq!(view("large").to_vec::<f32>().unwrap(), [1.0, 70_000.0]);
    assert!(view("large").check_finite().is_ok());
    assert!(view("nan").check_finite().is_err() && view("inf").check_finite().is_err());
}

#[test]
fn broken_and_foreign_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let good = {
        let path = dir.path().join("good");
        write(
            &path,
            &BTreeMap::from([("a".to_owned(), f32s(&[4], &[0.0; 4]))]),
            &[],
        );
        std::fs::read(path).unwrap()
    };
    let header = |json: &str, data: usize| {
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json.bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    };
    let overlap = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    let gap = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    let huge = r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}}"#;
    let misfit = r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}"#;
    let negative = r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#;
    let unknown = r#"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#;
    let cases: [(Vec<u8>, &str); 18] = [
        (Vec::new(), "empty"),
        (good[..good.len() - 1].to_vec(), "cut short"),
        (good[..20].to_vec(), "cut short"),
        ([good.as_slice(), &[0]].concat(), "extra bytes"),
        (b"abc".to_vec(), "shorter than 8 bytes"),
        (
            [&(200u64 << 20).to_le_bytes(), b"{}".as_slice()].concat(),
            "more than 100 MB",
        ),
        (
            [&u64::MAX.to_le_bytes(), b"{}".as_slice()].concat(),
            "more than 100 MB",
        ),
        (header(overlap, 12), "overlap"),
        (header(gap, 8), "overlap or leave a gap"),
        (header(huge, 4), "impossibly large"),
        (header(misfit, 4), "does not match its length"),
        (header(negative, 4), "header is not valid"),
        (header(unknown, 4), "header is not valid"),
        (
            b"PK\x03\x04\x00\x00\x00\x00\x00\x00".to_vec(),
            "zip archive",
        ),
        (
            b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8".to_vec(),
            "pickled PyTorch",
        ),
        (b"GGUF\x03\x00\x00\x00\x01\x00".to_vec(), "GGUF"),
        (
            b"<!doctype html><title>Not found</title>".to_vec(),
            "web page",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
            "Git LFS pointer",
        ),
    ];
    for (bytes, reason) in cases {
        let path = dir.path().join("bad.safetensors");
        std::fs::write(&path, bytes).unwrap();
        let error = open(&path).unwrap_err();
        assert!(
            error.contains(reason) && !error.contains('\n'),
            "{reason}: {error}"
        );
        assert!(error.ends_with("bad.safetensors"), "{error}");
    }
}

#[test]
fn rows_are_those_of_the_entry_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    let tensors = BTreeMap::from([
        (
            "matrix".to_owned(),
            f32s(&[4, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
        ),
        ("scalar".to_owned(), f32s(&[], &[1.0])),
        ("none".to_owned(), f32s(&[0, 1 << 60], &[])),
    ]);
    write(&path, &tensors, &[]);
    let file = Arc::new(TensorFile::open(&path).unwrap());
    let entry = |name: &str, transform| {
        let position = file.position(name).unwrap();
        Entry::new(&file, position, transform).unwrap()
    };
    let middle = entry("matrix", Transform::Rows { start: 1, len: 2 });
    let row = |rows| middle.rows(rows).map(|view| view.to_vec::<f32>().unwrap());
    assert_eq!(row(0..1), Some(vec![2.0, 3.0]));
    assert_eq!(row(0..2), Some(vec![2.0, 3.0, 4.0, 5.0]));
    assert_eq!(row(1..3), None, "the row behind belongs to another entry");
    assert!(entry("matrix", Transform::None).rows(3..5).is_none());
    assert!(entry("scalar", Transform::None).rows(0..1).is_none());
    let none = entry("none", Transform::Transpose);
    assert_eq!(none.shape(), [1 << 60, 0]);
    assert!(none.to_f32().unwrap().is_empty(), "no value is no work");
}

#[test]
fn a_files_metadata_fits_into_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    let open = |header: &str| {
        let length = (header.len() as u64).to_le_bytes();
        std::fs::write(&path, [&length, header.as_bytes(), &[0; 4]].concat()).unwrap();
        TensorFile::open(&path).unwrap_err().to_string()
    };
    let tensor = |name: &str, dtype: &str, shape: &str| {
        format!(r#"{{"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,4]}}}}"#)
    };
    let ones = format!("[{}1]", "1,".repeat(5000));
    for (header, words) in [
        (
            tensor("a", &"F".repeat(100_000), "[1]"),
            "its header is not valid",
        ),
        (
            tensor(&"a".repeat(100_000), "F32", "[1]"),
            "no tensor is called aaa",
        ),
        (
            tensor("a\\u001b[2Jb", "F32", "[1]"),
            "no tensor is called a [2Jb",
        ),
        (tensor("a", "F32", &ones), "a has 5001 dimensions"),
    ] {
        let error = open(&header);
        assert!(error.contains(words), "{error}");
        assert!(
            error.len() < 1000 && !error.contains(char::is_control),
            "{error}"
        );
    }
}
