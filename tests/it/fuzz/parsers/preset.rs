//! Presets.

use std::fs;
use std::path::Path;

use kinora::project::preset::{Preset, presets};
use kinora::request::RequestDraft;

use super::{Target, file, json, refused};

pub(super) const TARGET: Target = Target {
    name: "preset",
    seeds,
    change: json::change,
    check,
};

fn seeds() -> Vec<Vec<u8>> {
    let own = br#"{"name": "Slow and calm", "says": "One sentence.", "settings": {"width": 512, "fps": "23.976",
        "fps_id": 6.5, "motion_bucket": 40, "noise_aug": 0.02, "guidance": [1.0, 2.5], "guidance_shape": "triangle",
        "sampler": "dpmpp-2m", "sigmas": "ays", "steps": 30, "decode_chunk": null, "frames": 14}}"#;
    let mut seeds = vec![own.to_vec()];
    seeds.extend(
        ["draft", "standard", "fine", "few-steps"]
            .map(|name| file(&format!("presets/{name}.json"))),
    );
    seeds
}

fn check(data: &[u8], folder: &Path) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let preset = match Preset::parse(Path::new("preset.json"), text) {
        Ok(preset) => preset,
        Err(error) => return refused(&error),
    };
    let before = RequestDraft {
        seed: Some(77),
        motion_bucket: Some(3.5),
        ..RequestDraft::default()
    };
    let after = preset.apply(&before);
    assert!(preset.is_in(&after), "what it sets is set: {after:?}");
    assert_eq!(preset.apply(&after), after, "twice is as good as once");
    let named = |name: &str| preset.settings.contains_key(name);
    assert!(
        named("seed") || after.seed == before.seed,
        "it sets what it does not name"
    );
    assert!(named("motion_bucket") || after.motion_bucket == before.motion_bucket);
    // Written and read again, it is the same.
    let own = folder.join("presets");
    let _ = fs::remove_dir_all(&own);
    let path = preset.keep(&own).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(path.parent(), Some(own.as_path()), "it stays in its folder");
    let (kept, refused) = presets(Some(&own));
    assert_eq!(refused.len(), 0, "{refused:?}");
    let again = kept.last().expect("the program's own at least");
    assert_eq!((&again.name, &again.says), (&preset.name, &preset.says));
    assert_eq!(
        again.apply(&before),
        after,
        "written down, it sets the same"
    );
    true
}
