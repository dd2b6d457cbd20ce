//! Camera moves: the metadata of a LoRA file, and its path.

use std::path::Path;
use std::sync::OnceLock;

use kinora::library::Library;
use kinora::library::camera_moves::inspect_move;
use kinora::media::camera::{CameraPath, stacked};
use serde_json::{Map, Value, json};

use super::{Dice, Target, assert_sentence, file, json, refused, safetensors};

pub(super) const TARGET: Target = Target {
    name: "camera-move",
    seeds,
    change,
    check,
};

fn seeds() -> Vec<Vec<u8>> {
    ["pan-left", "zoom-in", "dolly-zoom"]
        .iter()
        .map(|name| file(&format!("presets/camera/{name}.safetensors")))
        .collect()
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    let Some((mut header, tensors)) = safetensors::parts(data) else {
        return safetensors::change(data, dice);
    };
    let words = header
        .get_mut("__metadata__")
        .and_then(Value::as_object_mut);
    match words.filter(|words| !words.is_empty()) {
        Some(words) if !dice.one_in(5) => {
            change_words(words, dice);
            *data = safetensors::laid_out(header, tensors);
        }
        _ => safetensors::change(data, dice),
    }
}

fn change_words(words: &mut Map<String, Value>, dice: &mut Dice) {
    // Paths have their own rules.
    let named = "kinora.path".to_owned();
    let names: Vec<String> = words.keys().cloned().collect();
    let name = if dice.one_in(2) && words.contains_key(&named) {
        &named
    } else {
        dice.of(&names)
    };
    let text = words[name].as_str().unwrap_or_default();
    let mut inner = text.as_bytes().to_vec();
    json::change(&mut inner, dice);
    words[name] = json!(String::from_utf8_lossy(&inner));
}

fn check(data: &[u8], folder: &Path) -> bool {
    let path = folder.join("move.safetensors");
    std::fs::write(&path, data).expect("the folder is the check's own");
    if let Some((header, _)) = safetensors::parts(data)
        && let Some(text) = safetensors::metadata(&header).get("kinora.path")
    {
        match CameraPath::parse(text) {
            Ok(path) => assert_a_way(&path),
            Err(error) => assert_sentence(&error),
        }
    }
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| Library::at(folder.join("data")));
    let inspection = match inspect_move(library, &path, "pocket") {
        Ok(inspection) => inspection,
        Err(error) => return refused(&error),
    };
    let card = inspection.card;
    // The name becomes the name of a file.
    assert!(
        !card.name.is_empty() && card.name.chars().count() <= 64,
        "{:?}",
        card.name
    );
    assert!(
        card.name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '-'),
        "{:?}",
        card.name
    );
    let (least, most) = (*card.strengths.start(), *card.strengths.end());
    assert!(
        least <= 0.0 && most > 0.0 && least >= -4.0 && most <= 4.0,
        "{:?}",
        card.strengths
    );
    for words in [
        Some(&card.title),
        card.opposite.as_ref(),
        card.base.as_ref(),
        card.note.as_ref(),
    ] {
        let words = words.map_or("", String::as_str);
        assert!(
            words.len() <= 1000 && !words.contains(char::is_control),
            "cannot be shown: {words:?}"
        );
    }
    if let Some(path) = &card.path {
        assert_a_way(path);
    }
    true
}

/// Checks that the content has a finite position at every time and at every possible strength.
fn assert_a_way(path: &CameraPath) {
    for step in 0..=8 {
        for strength in [-4.0, 0.0, 1.0, 4.0] {
            let pose = stacked([(path, strength), (path, strength)], step as f32 / 8.0);
            let [x, y] = pose.moved([0.25, 0.75], 1.0, 16.0 / 9.0);
            assert!(x.is_finite() && y.is_finite(), "{pose:?} at {strength}");
        }
    }
}
