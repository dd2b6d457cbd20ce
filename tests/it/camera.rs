//! Camera moves and their paths, without a window:
//! - paths: conventions of direction, stacking and strengths, compared with an independent computation
//! - metadata of good and broken files, and of files from other programs
//! - the bundled moves are those of the folder; installing is complete or not at all; broken files are listed and can
//!   be removed

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinora::checkpoint::expected_tensors;
use kinora::error::CameraError;
use kinora::library::camera_moves::{MoveCard, MoveFit, MoveOrigin, inspect_move, moves_for};
use kinora::library::install_move::{install, uninstall};
use kinora::library::{Library, POCKET};
use kinora::media::camera::{CameraPath, Pose, stacked};

use crate::checkpoint::{f32s, write};
use crate::support::svd;

/// A square layer of the temporal attention in Pocket's UNet, and its width.
fn layer() -> (String, usize) {
    let pocket = Library::default().model(POCKET).expect("Pocket opens");
    let tensors = expected_tensors::svd_unet(&svd(&pocket).unet.config);
    let values = "temporal_transformer_blocks.0.attn1.to_v.weight";
    let (name, shape) = tensors
        .into_iter()
        .find(|(name, _)| name.ends_with(values))
        .expect("Pocket looks across frames");
    (name.trim_end_matches(".weight").to_owned(), shape[0])
}

/// Writes a LoRA of rank one that fits Pocket, with this metadata.
pub(crate) fn fake_move(path: &Path, words: &[(&str, &str)]) {
    let (layer, width) = layer();
    let factor: Vec<f32> = (0..width).map(|i| (i % 5) as f32 / 64.0).collect();
    let tensors = BTreeMap::from([
        (
            format!("unet.{layer}.lora_A.weight"),
            f32s(&[1, width], &factor),
        ),
        (
            format!("unet.{layer}.lora_B.weight"),
            f32s(&[width, 1], &factor),
        ),
    ]);
    let words: Vec<_> = words
        .iter()
        .map(|(key, value)| (*key, (*value).to_owned()))
        .collect();
    write(path, &tensors, &words);
}

pub(crate) const RIGHT: &str = r#"[{"t":0},{"t":1,"x":0.25}]"#;
pub(crate) const LEFT: &str = r#"[{"t":0},{"t":1,"x":-0.25}]"#;
pub(crate) const LARGER: &str = r#"[{"t":0},{"t":1,"scale":1.3}]"#;

fn near(found: f32, expected: f64, what: &str) {
    // f32 compared with f64 over a handful of operations on numbers around 1.
    assert!(
        (f64::from(found) - expected).abs() < 2e-6,
        "{what}: {found} instead of {expected}"
    );
}

/// Where content moves, computed with complex numbers: multiply by a scaled rotation, then add the shift.
fn by_complex(pose: Pose, [px, py]: [f64; 2], depth: f64, aspect: f64) -> [f64; 2] {
    let z = ((px - 0.5) * aspect, py - 0.5);
    let size = f64::from(pose.scale) * (1.0 + f64::from(pose.dolly) * depth);
    // With y pointing down, a positive angle is clockwise on the screen.
    let angle = f64::from(pose.roll) * std::f64::consts::PI / 180.0;
    let turn = (size * angle.cos(), size * angle.sin());
    let turned = (z.0 * turn.0 - z.1 * turn.1, z.0 * turn.1 + z.1 * turn.0);
    [
        0.5 + turned.0 / aspect + f64::from(pose.x) + f64::from(pose.orbit) * (depth - 0.5),
        0.5 + turned.1 + f64::from(pose.y),
    ]
}

#[test]
fn content_goes_where_an_independent_computation_says() {
    let poses = [
        Pose {
            x: 0.2,
            y: -0.1,
            ..Pose::REST
        },
        Pose {
            scale: 1.4,
            roll: 30.0,
            ..Pose::REST
        },
        Pose {
            orbit: 0.2,
            dolly: 0.3,
            ..Pose::REST
        },
        Pose {
            x: -0.3,
            y: 0.2,
            scale: 0.7,
            roll: -75.0,
            orbit: -0.1,
            dolly: -0.2,
        },
    ];
    for pose in poses {
        for point in [[0.5, 0.5], [0.0, 0.0], [0.9, 0.2], [0.3, 1.0]] {
            for depth in [0.0, 0.4, 1.0] {
                let found = pose.moved(point, depth, 1.6);
                let exact = by_complex(
                    pose,
                    point.map(f64::from),
                    f64::from(depth),
                    f64::from(1.6_f32),
                );
                near(found[0], exact[0], "x");
                near(found[1], exact[1], "y");
            }
        }
    }
}

#[test]
fn signs_match_the_screen() {
    let centre = [0.5, 0.5];
    let to = |name: &str| CameraPath::guessed(name).expect("a known name").end();
    // The camera turns left, so the content moves right; it looks up, so the content moves down.
    assert!(to("pan-left").moved(centre, 0.5, 1.6)[0] > 0.5);
    assert!(to("SVD_pan_right_v2").moved(centre, 0.5, 1.6)[0] < 0.5);
    assert!(to("tilt-up").moved(centre, 0.5, 1.6)[1] > 0.5);
    assert!(to("tilt-down").moved(centre, 0.5, 1.6)[1] < 0.5);
    // The content grows, so it moves away from the centre.
    assert!(to("zoom-in").moved([0.75, 0.5], 0.5, 1.6)[0] > 0.75);
    assert!(to("zoom-out").moved([0.75, 0.5], 0.5, 1.6)[0] < 0.75);
    // The camera turns clockwise, so the content turns counter-clockwise: what is on the right moves up.
    assert!(to("roll-cw").moved([0.75, 0.5], 0.5, 1.6)[1] < 0.5);
    assert!(to("roll-ccw").moved([0.75, 0.5], 0.5, 1.6)[1] > 0.5);
    // The camera moves left around the subject: near content moves right relative to far content.
    let orbit = to("orbit-left");
    assert!(orbit.moved(centre, 1.0, 1.6)[0] > orbit.moved(centre, 0.0, 1.6)[0]);
    // Closer in depth: near content grows more than far content.
    let dolly = to("dolly-in");
    assert!(dolly.moved([0.75, 0.5], 1.0, 1.6)[0] > dolly.moved([0.75, 0.5], 0.0, 1.6)[0]);
    assert!(to("static").is_rest());
    assert_eq!(CameraPath::guessed("watercolour"), None);
}

#[test]
fn paths_are_straight_between_keyframes_and_stack_by_strength() {
    let path =
        CameraPath::parse(r#"[{"t":0.2,"x":0.1},{"t":0.6,"x":0.5,"roll":8},{"t":1,"x":0.1}]"#)
            .expect("a path");
    for (t, x, roll) in [
        (0.0, 0.1, 0.0),
        (0.2, 0.1, 0.0),
        (0.4, 0.3, 4.0),
        (0.6, 0.5, 8.0),
        (0.9, 0.2, 2.0),
        (1.0, 0.1, 0.0),
    ] {
        near(path.at(t).x, x, "x");
        near(path.at(t).roll, roll, "roll");
        assert_eq!(path.at(t).scale, 1.0, "what is not said is as at the start");
    }
    let zoom = CameraPath::parse(LARGER).expect("a path");
    let pan = CameraPath::parse(RIGHT).expect("a path");
    let both = stacked([(&zoom, 0.5), (&pan, -2.0), (&zoom, 1.0)], 1.0);
    near(
        both.scale,
        1.3_f64.sqrt() * f64::from(1.3_f32),
        "magnifications multiply",
    );
    near(both.x, -0.5, "shifts add");
    let back = CameraPath::parse(LEFT).expect("a path");
    assert!(
        stacked([(&pan, 0.7), (&back, 0.7)], 0.8).is_rest(),
        "opposites cancel"
    );
}

#[test]
fn impossible_paths_are_refused_with_a_reason() {
    for (json, reason) in [
        ("[]", "0 keyframes"),
        ("pan", "expected value"),
        (r#"[{"x":1}]"#, "missing field `t`"),
        (r#"[{"t":0.5},{"t":0.1}]"#, "times decrease"),
        (r#"[{"t":2}]"#, "outside 0 to 1"),
        (r#"[{"t":0,"scale":0}]"#, "1/32 to 32"),
        (r#"[{"t":0,"x":99}]"#, "8 frame sizes"),
        (r#"[{"t":0,"x":1e999}]"#, "number out of range"),
        (r#"[{"t":0,"dolly":-1}]"#, "parallax"),
    ] {
        let error = CameraPath::parse(json).expect_err(json).to_string();
        assert!(error.contains(reason), "{json}: {error}");
    }
}

/// A library in its own folder, with these files in its camera folder.
struct Shelf {
    folder: tempfile::TempDir,
    library: Library,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let library = Library::at(folder.path().join("data"));
        Self { folder, library }
    }

    fn camera(&self, file: &str) -> PathBuf {
        self.library
            .camera_folder()
            .expect("a data folder")
            .join(file)
    }

    fn outside(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// All moves except the bundled ones.
    fn own(&self) -> Vec<MoveCard> {
        let cards = moves_for(&self.library, POCKET).expect("Pocket opens");
        cards
            .into_iter()
            .filter(|card| card.origin != MoveOrigin::Pack)
            .collect()
    }
}

#[test]
fn metadata_describes_a_move_and_guesses_fill_the_gaps() {
    let shelf = Shelf::new();
    fake_move(
        &shelf.camera("swing.safetensors"),
        &[
            ("kinora.title", "The great swing"),
            ("kinora.opposite", "swing-back"),
            ("kinora.strength", "[-0.5, 2]"),
            ("kinora.licence", "CC0 1.0"),
            ("kinora.path", RIGHT),
        ],
    );
    fake_move(&shelf.camera("zoom-in.safetensors"), &[]);
    fake_move(
        &shelf.camera("mood.safetensors"),
        &[("modelspec.license", "MIT")],
    );
    fake_move(
        &shelf.camera("odd.safetensors"),
        &[
            ("kinora.path", "nonsense"),
            ("kinora.strength", "[3, 1]"),
            ("kinora.title", "  "),
            ("kinora.base", "a\u{1b}[31m\nb"),
        ],
    );
    std::fs::write(shelf.camera("broken.safetensors"), "no weights").expect("a file");
    std::fs::write(shelf.camera("notes.txt"), "not a move").expect("a file");

    let cards = shelf.own();
    let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
    assert_eq!(
        names,
        ["zoom-in", "broken", "mood", "odd", "swing"],
        "known moves first"
    );
    let card = |name: &str| cards.iter().find(|card| card.name == name).expect("listed");

    let swing = card("swing");
    assert_eq!(swing.title, "The great swing");
    assert_eq!(swing.opposite.as_deref(), Some("swing-back"));
    assert_eq!(swing.strengths, -0.5..=2.0);
    assert_eq!(swing.licence.as_deref(), Some("CC0 1.0"));
    assert_eq!(
        swing.fit,
        MoveFit::Fits {
            matched: 1,
            total: 1
        }
    );
    near(
        swing.path.as_ref().expect("a path").at(0.5).x,
        0.125,
        "its own path",
    );

    let zoom = card("zoom-in");
    assert_eq!(
        (zoom.title.as_str(), zoom.opposite.as_deref()),
        ("Zoom in", Some("zoom-out"))
    );
    assert!(zoom.path.as_ref().expect("by its name").end().scale > 1.0);
    assert_eq!(zoom.licence, None);

    let mood = card("mood");
    assert_eq!((&mood.path, mood.licence.as_deref()), (&None, Some("MIT")));
    assert!(mood.fits(), "without a preview it still works");

    let odd = card("odd");
    assert_eq!(
        (odd.title.as_str(), odd.strengths.clone()),
        ("Odd", 0.0..=1.5)
    );
    assert_eq!(
        odd.base.as_deref(),
        Some("a [31m b"),
        "a name is a line of letters"
    );
    assert!(
        odd.note.as_ref().expect("said").contains("preview path"),
        "{:?}",
        odd.note
    );

    let MoveFit::Misfit(reason) = &card("broken").fit else {
        panic!("a broken file cannot fit");
    };
    assert!(reason.contains("broken.safetensors"), "{reason}");
}

#[test]
fn installing_is_complete_or_not_at_all() {
    let shelf = Shelf::new();
    let source = shelf.outside("pytorch_lora_weights.safetensors");
    fake_move(&source, &[("kinora.name", "../sway left!")]);
    let looked = inspect_move(&shelf.library, &source, POCKET).expect("a LoRA");
    assert_eq!(
        looked.card.name, "sway-left",
        "a name cannot leave the folder"
    );
    assert!(!looked.replaces);
    let placed = install(&shelf.library, &source, &looked.card.name).expect("room and rights");
    assert_eq!(placed, shelf.camera("sway-left.safetensors"));
    assert_eq!(
        std::fs::read(&placed).expect("a copy"),
        std::fs::read(&source).expect("the file")
    );
    assert_eq!(
        shelf
            .library
            .lora("sway-left")
            .expect("found by name")
            .total(),
        1
    );

    // Installed again from another file: the move is replaced, and no other file remains.
    fake_move(
        &source,
        &[("kinora.title", "Other"), ("kinora.name", "sway-left")],
    );
    assert!(
        inspect_move(&shelf.library, &source, POCKET)
            .expect("a LoRA")
            .replaces
    );
    install(&shelf.library, &source, "sway-left").expect("room and rights");
    assert_eq!(shelf.own()[0].title, "Other");
    let entries = std::fs::read_dir(shelf.camera(""))
        .expect("the folder")
        .count();
    assert_eq!(entries, 1);

    uninstall(&shelf.library, "sway-left").expect("rights");
    assert!(shelf.own().is_empty());
    uninstall(&shelf.library, "sway-left").expect("gone is gone");
}

#[test]
fn a_peft_folder_keeps_the_scale_beside_its_weights() {
    let shelf = Shelf::new();
    let source = shelf.outside("glide/adapter_model.safetensors");
    fake_move(&source, &[]);
    let config = r#"{"lora_alpha": 4, "r": 1}"#;
    std::fs::write(source.with_file_name("adapter_config.json"), config).expect("a file");
    for chosen in [source.as_path(), source.parent().expect("a folder")] {
        let looked = inspect_move(&shelf.library, chosen, POCKET).expect("a LoRA");
        assert_eq!(looked.card.name, "glide");
        let placed = install(&shelf.library, chosen, "glide").expect("room and rights");
        let kept = std::fs::read_to_string(placed.join("adapter_config.json")).expect("kept");
        assert_eq!(kept, config);
        assert!(shelf.own()[0].is_usable());
        assert_eq!(shelf.library.lora("glide").expect("by name").total(), 1);
    }
}

#[test]
fn what_cannot_be_installed_is_rejected_with_the_usual_message() {
    let shelf = Shelf::new();
    let inspect = |path: &Path| inspect_move(&shelf.library, path, POCKET).expect_err("refused");
    let pickle = shelf.outside("move.ckpt");
    std::fs::write(&pickle, b"PK\x03\x04 archive/data.pkl").expect("a file");
    assert!(matches!(inspect(&pickle), CameraError::Lora(_)));
    let model = shelf.outside("model.safetensors");
    write(
        &model,
        &BTreeMap::from([("conv.weight".to_owned(), f32s(&[1], &[1.0]))]),
        &[],
    );
    assert!(inspect(&model).to_string().contains("no LoRA tensors"));
    let alien = shelf.outside("alien.safetensors");
    let tensors = BTreeMap::from([
        (
            "text_encoder.layer.lora_A.weight".to_owned(),
            f32s(&[1, 4], &[0.0; 4]),
        ),
        (
            "text_encoder.layer.lora_B.weight".to_owned(),
            f32s(&[4, 1], &[0.0; 4]),
        ),
    ]);
    write(&alien, &tensors, &[]);
    let words = inspect(&alien).to_string();
    assert!(
        words.contains("none of the 1 LoRA tensors fit this model"),
        "{words}"
    );
    assert!(shelf.own().is_empty(), "nothing was installed");

    let source = shelf.outside("fine.safetensors");
    fake_move(&source, &[]);
    let refused = install(&Library::default(), &source, "fine").expect_err("no folder");
    assert!(matches!(refused, CameraError::NoFolder));
    let blocked = shelf.outside("blocked");
    std::fs::write(&blocked, "a file where the folder should be").expect("a file");
    let refused = install(&Library::at(blocked), &source, "fine").expect_err("no place");
    assert!(
        matches!(refused, CameraError::NotInstalled { .. }),
        "{refused}"
    );
}

#[test]
fn the_bundled_moves_are_those_of_the_folder_and_all_work() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets/camera");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter_map(|name| Some(name.strip_suffix(".safetensors")?.to_owned()))
        .collect();
    files.sort();
    assert_eq!(
        Library::default().moves(),
        files,
        "src/library/bundled_moves.rs and presets/camera/ list different moves"
    );
    for card in moves_for(&Library::default(), POCKET).expect("Pocket opens") {
        let name = &card.name;
        assert!(
            matches!(card.fit, MoveFit::Fits { matched, total } if matched == total),
            "{name}: {:?}",
            card.fit
        );
        let path = card.path.as_ref();
        assert!(
            path.is_some() && card.note.is_none(),
            "{name}: {:?}",
            card.note
        );
        assert!(card.licence.is_some(), "{name} comes with a licence");
        if let Some(guess) = CameraPath::guessed(name) {
            let pan = |pose: Pose| [pose.x, pose.y, pose.scale - 1.0, pose.roll, pose.orbit];
            let (own, named) = (pan(path.expect("a path").end()), pan(guess.end()));
            for (own, named) in own.into_iter().zip(named) {
                assert!(
                    own * named >= 0.0,
                    "{name} goes the other way than its name says"
                );
            }
        }
    }
}
