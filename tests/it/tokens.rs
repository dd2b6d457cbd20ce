//! Prompts give the same token ids as in transformers:
//! - on a few hundred generated lines, with both paddings (`tools/parity/tokens.py` compares thousands);
//! - through the program, with a folder's own vocabulary or the built-in one, but never without a vocabulary.

use std::path::Path;
use std::process::{Command, Output};

use kinora::checkpoint::tokenizer::{CONTEXT, MOST_PIECES, Padding, Tokenizer};
use serde::Deserialize;
use tempfile::TempDir;

use super::support::golden;

#[derive(Deserialize)]
struct Row {
    prompt: String,
    /// The ids between start and end, and the number of pieces before truncation.
    end: (Vec<u32>, usize),
    zero: (Vec<u32>, usize),
}

fn rows() -> Vec<Row> {
    serde_json::from_slice(&std::fs::read(golden("text/tokens.json")).unwrap()).unwrap()
}

#[test]
fn ids_are_those_of_transformers() {
    let rows = rows();
    assert!(rows.len() > 350);
    for (padding, pad) in [(Padding::End, 49_407), (Padding::Zero, 0)] {
        let tokenizer = Tokenizer::embedded(padding);
        for row in &rows {
            let (ids, pieces) = if padding == Padding::End {
                &row.end
            } else {
                &row.zero
            };
            let mut expected = vec![49_406];
            expected.extend(ids);
            expected.push(49_407);
            expected.resize(CONTEXT, pad);
            let found = tokenizer.encode(&row.prompt);
            assert_eq!(found.ids, expected, "{:?}", row.prompt);
            assert_eq!(found.pieces, *pieces, "{:?}", row.prompt);
        }
    }
}

fn inspect(prompts: &Path, model: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_kinora"))
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .args([Path::new("inspect"), Path::new("--tokens"), prompts])
        .args([Path::new("--model"), model, Path::new("--json")])
        .output();
    output.expect("the program starts")
}

/// A model folder with its own vocabulary: letters, one merge, and `!` as padding.
fn model(folder: &Path, merges: &str) {
    let letters = ('a'..='e').flat_map(|letter| [letter.to_string(), format!("{letter}</w>")]);
    let others = [
        "!",
        "!</w>",
        "ab",
        "abc</w>",
        "<|startoftext|>",
        "<|endoftext|>",
    ];
    let tokens = letters.chain(others.map(str::to_owned));
    let ids: serde_json::Map<_, _> = tokens
        .zip(0..)
        .map(|(token, id)| (token, id.into()))
        .collect();
    let files = folder.join("tokenizer");
    std::fs::create_dir_all(&files).unwrap();
    std::fs::write(
        files.join("vocab.json"),
        serde_json::Value::from(ids).to_string(),
    )
    .unwrap();
    std::fs::write(files.join("merges.txt"), merges).unwrap();
    let special = r#"{"pad_token": "!"}"#;
    std::fs::write(files.join("special_tokens_map.json"), special).unwrap();
}

fn errors(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{text}");
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_folders_own_vocabulary_is_used() {
    let folder = TempDir::new().unwrap();
    model(folder.path(), "#version: 0.2\na b\nab c</w>\n");
    let prompts = folder.path().join("prompts.json");
    let long = "e ".repeat(80);
    std::fs::write(&prompts, serde_json::json!(["abc ab!", long]).to_string()).unwrap();
    let output = inspect(&prompts, folder.path());
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids = |line: &serde_json::Value| -> Vec<u64> {
        line["ids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_u64().unwrap())
            .collect()
    };
    // start, abc, a + b</w>, !, end, then padding
    let mut expected = vec![14, 13, 0, 3, 10, 15];
    expected.resize(CONTEXT, 10);
    assert_eq!(ids(&lines[0]), expected);
    assert_eq!(lines[0]["pieces"], 4);
    assert_eq!(
        (ids(&lines[1]).len(), &lines[1]["pieces"]),
        (CONTEXT, &80.into())
    );
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains(&format!(
            "prompt 2 has 80 tokens, of which only the first {MOST_PIECES} are used"
        )),
        "{told}"
    );
}

#[test]
fn what_cannot_be_read_is_refused_in_one_sentence() {
    let folder = TempDir::new().unwrap();
    let prompts = folder.path().join("prompts.json");
    let write = |text: &str| std::fs::write(&prompts, text).unwrap();
    write(r#"["a"]"#);
    let bare = folder.path().join("bare");
    std::fs::create_dir(&bare).unwrap();
    let words = errors(&inspect(&prompts, &bare));
    assert!(words.contains("the model lacks its tokenizer"), "{words}");

    let own = folder.path().join("own");
    model(&own, "a z\n");
    let words = errors(&inspect(&prompts, &own));
    assert!(
        words.contains("the merge \"a z\" needs a token that is missing"),
        "{words}"
    );

    model(&own, "a b\n");
    for (text, words) in [
        (
            r#"["a", "b\u0007"]"#.to_owned(),
            "the control character U+0007",
        ),
        (
            serde_json::json!(["a".repeat(10_001)]).to_string(),
            "the prompt has 10001 bytes",
        ),
    ] {
        write(&text);
        let output = inspect(&prompts, &own);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(errors(&output).contains(words));
    }
    write("{}");
    let words = errors(&inspect(&prompts, &own));
    assert!(words.contains("give a JSON list of strings"), "{words}");
}
