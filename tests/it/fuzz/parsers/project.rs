//! Projects: everything except pixels.

use std::path::Path;

use kinora::project::file::ProjectFile;
use kinora::project::sequence::Sequence;
use serde_json::json;

use super::{Target, json};

pub(super) const TARGET: Target = Target {
    name: "project",
    seeds,
    change: json::change,
    check,
};

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let source = |take: u64, frames: usize, rate: &str| json!({ "take": take, "frames": frames, "rate": rate, "size": [64, 40] });
    let project = json!({
        "kinora_project": 1,
        "next": 21,
        "pictures": [
            { "id": 17, "name": "Bridge", "path": "/pictures/bridge.jpg", "origin": null, "print": "0123456789abcdef" },
            { "id": 19, "name": "Take 1, frame 4", "path": null, "origin": [18, 3], "print": null },
        ],
        "takes": [
            { "id": 18, "number": 1, "picture": 17, "prompt": "calm", "complete": true },
            { "id": 20, "number": 2, "picture": 19, "prompt": "", "complete": false },
        ],
        "document": {
            "direction": {
                "model": "pocket",
                "prompt": "calm",
                "moves": [{ "name": "pan-left", "strength": 0.8 }],
                "fit": { "window": { "x": 3, "y": 4, "width": 160, "height": 90 } },
                "draft": { "width": 256, "height": 144, "frames": 14, "fps": "23.976", "guidance": [1.0, 2.5],
                           "motion_bucket": 40.0, "seed": 7, "decode_chunk": 2 },
            },
            "sequence": { "clips": [
                { "id": 0, "source": source(18, 4, "7"), "from": 0, "to": 4, "fade": 0 },
                { "id": 1, "source": source(20, 4, "30000/1001"), "from": 1, "to": 4, "fade": 2 },
                { "id": 2, "source": source(18, 4, "7"), "from": 0, "to": 2, "fade": 1 },
            ]},
            "stars": [18],
            "hidden_takes": [20],
            "hidden_pictures": [],
        },
        "picture": 17,
    });
    vec![project.to_string().into_bytes(), b"{\"kinora_project\":1,\"next\":0,\"pictures\":[],\"takes\":[],\"document\":{},\"picture\":null}".to_vec()]
}

fn check(data: &[u8], _folder: &Path) -> bool {
    let Ok(project) = serde_json::from_slice::<ProjectFile>(data) else {
        return false;
    };
    let written = serde_json::to_string(&project).expect("a plain struct");
    let again: Result<ProjectFile, _> = serde_json::from_str(&written);
    assert_eq!(
        again.ok().as_ref(),
        Some(&project),
        "written down and read again: {written}"
    );
    assert_played(&project.document.sequence);
    true
}

/// Checks that every clip has a position and every frame shows something.
fn assert_played(sequence: &Sequence) {
    let spans = sequence.spans();
    assert_eq!(spans.len(), sequence.clips().len());
    for (clip, span) in sequence.clips().iter().zip(&spans) {
        assert!(
            clip.from < clip.to && clip.to <= clip.source.frames,
            "{clip:?}"
        );
        assert!(
            span.frames > span.fade && span.end() > span.start,
            "{span:?} of {clip:?}"
        );
    }
    for pair in spans.windows(2) {
        assert_eq!(pair[1].start, pair[0].end() - pair[1].fade, "{pair:?}");
    }
    let frames = sequence.timing().map_or(0, |timing| timing.frames);
    for at in [0, frames / 3, frames / 2, frames.saturating_sub(1)] {
        let mix = sequence.mix_at(at);
        assert_eq!(mix.is_some(), frames > 0, "frame {at} of {frames}");
        let Some(mix) = mix else {
            continue;
        };
        for layer in [Some(mix.under), mix.over].into_iter().flatten() {
            let (_, clip) = sequence.clip(layer.clip).expect("it is one of these");
            assert!(
                (clip.from..clip.to).contains(&layer.frame),
                "{layer:?} of {clip:?}"
            );
        }
    }
    assert!(
        sequence.mix_at(frames).is_none(),
        "nothing comes behind the last frame"
    );
    // The frames to export are listed first.
    assert_eq!(sequence.flatten().len(), frames);
}
