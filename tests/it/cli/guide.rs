//! Motion on the command line, one story for each flag: its effect is visible in the dump and the recipe, the same take
//! can be made again, and a motion that cannot be followed is refused by name.

use std::fs;
use std::path::{Path, PathBuf};

use kinora::checkpoint::{Entry, TensorFile, Transform};
use kinora::media::picture::Picture;
use serde_json::Value;
use tempfile::TempDir;

use super::{generate, kinora, names, picture, refused, succeeded};

const WIDTH: usize = 32;
const HEIGHT: usize = 24;
/// Pixels in a frame of these takes.
const AREA: usize = WIDTH * HEIGHT;

/// A folder with the files that the flags name.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let desk = Self { folder };
        desk.write("pan.json", r#"[{"t":0},{"t":1,"x":0.25}]"#);
        desk.write(
            "arc.json",
            r#"[{"t":0},{"t":1,"orbit":0.3,"ease":"ease-in"}]"#,
        );
        desk.mask("left.png", |x, _| x < 16);
        desk.mask("white.png", |_, _| true);
        desk.mask("cut.png", |x, y| {
            (4..12).contains(&x) && (8..16).contains(&y)
        });
        desk.write(
            "drag.json",
            r#"[{"polygon":[[0.1,0.1],[0.4,0.1],[0.1,0.4]],"track":[{"t":0},{"t":1,"y":0.3}]},
                {"mask":"cut.png","track":[{"t":0},{"t":1,"x":0.5}]}]"#,
        );
        for (folder, white) in [("frames", false), ("masks", true)] {
            fs::create_dir(desk.path(folder)).expect("a folder");
            for number in 0..2 {
                let name = format!("{folder}/{number:04}.png");
                desk.mask(&name, |x, _| white || (x + number) % 8 < 4);
            }
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is written");
    }

    fn mask(&self, name: &str, white: impl Fn(usize, usize) -> bool) {
        let mut image = image::GrayImage::new(WIDTH as u32, HEIGHT as u32);
        for (x, y, pixel) in image.enumerate_pixels_mut() {
            pixel.0[0] = if white(x as usize, y as usize) {
                255
            } else {
                0
            };
        }
        image.save(self.path(name)).expect("it is written");
    }

    /// Makes a take with four steps; in `flags`, `@` precedes the name of a file in this folder.
    fn take(&self, name: &str, flags: &[&str]) -> Made {
        let flags: Vec<String> = flags
            .iter()
            .map(|flag| match flag.strip_prefix('@') {
                Some(file) => self.text(file),
                None => (*flag).to_owned(),
            })
            .collect();
        let dump = self.text(&format!("{name} dump"));
        let mut more = vec!["--steps", "4", "--seed", "5", "--dump", &dump];
        more.extend(flags.iter().map(String::as_str));
        let path = self.path(&format!("{name}.apng"));
        let output = generate(&picture(), &path, &more);
        succeeded(&output);
        Made {
            path,
            dump: dump.into(),
            said: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }
}

/// A take with its dump.
struct Made {
    path: PathBuf,
    dump: PathBuf,
    said: String,
}

impl Made {
    fn values(&self, name: &str) -> Vec<f32> {
        let file = TensorFile::open(&self.dump.join(format!("{name}.safetensors"))).expect(name);
        let entry = Entry::new(&std::sync::Arc::new(file), 0, Transform::None).expect(name);
        entry.to_f32().expect(name)
    }

    fn recipe(&self) -> Value {
        let path = self.path.display().to_string();
        let output = kinora(&["inspect", &path, "--json"]);
        succeeded(&output);
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        told["take"]["recipe"].clone()
    }

    #[track_caller]
    fn is_reproduced(&self, more: &[&str]) {
        let path = self.path.display().to_string();
        let image = picture().display().to_string();
        let model = super::tiny_model().display().to_string();
        let mut arguments = vec!["reproduce", &path, "--image", &image, "--model", &model];
        arguments.extend(more);
        let output = kinora(&arguments);
        succeeded(&output);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("identical, 2 frames"), "{said}");
    }
}

/// Steps whose latents are in a dump.
fn steps(dump: &Path) -> Vec<String> {
    let names = names(dump).into_iter();
    names.filter(|name| name.starts_with("latents_")).collect()
}

#[test]
fn a_camera_path_is_followed_and_stands_in_the_recipe() {
    let desk = Desk::new();
    let path = format!("{}=0.5", desk.text("pan.json"));
    let made = desk.take("pan", &["--camera-path", &path]);
    assert!(
        made.said.contains("camera steered by the guide"),
        "{}",
        made.said
    );
    // The path moves by a quarter of the width, at strength one half: four pixels to the right.
    let frames = made.values("guide_frames");
    let (first, second) = frames.split_at(3 * AREA);
    for index in (0..3 * AREA).filter(|index| index % WIDTH >= 4) {
        assert!((second[index] - first[index - 4]).abs() < 1e-6);
    }
    let levels = [700.0, 58.3, 0.66, 0.002];
    // σ 100 is nearest to the second level, so the first step is skipped; the mask leaves the uncovered edge free.
    assert_eq!(steps(&made.dump).len(), levels.len() - 1);
    assert!(!made.dump.join("latents_000.safetensors").exists());
    let mask = made.values("guide_mask");
    assert!(mask[..mask.len() / 2].iter().all(|held| *held == 1.0));
    let free = mask.iter().filter(|held| **held == 0.0).count();
    assert!(free > 0 && free * 4 <= mask.len());
    let recipe = made.recipe();
    let request = &recipe["request"];
    assert_eq!(request["steer"], "guide");
    let guide = &request["guide"];
    assert_eq!(guide["motion"]["camera"][0]["name"], "pan.json");
    assert_eq!(guide["motion"]["camera"][0]["strength"], 0.5);
    assert_eq!(guide["levels"]["weak"], 100.0);
    assert_eq!(guide["levels"]["camera"], 15.0);
    let folder = desk.folder.path().display().to_string();
    assert!(
        !recipe.to_string().contains(&folder),
        "no path leaves this machine"
    );
    let told = kinora(&["inspect", &made.path.display().to_string()]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let words = "pan.json at 0.5; σ from 100 to 15, still to 4, cut-outs to 31";
    assert!(told.contains(words), "{told}");
    fs::remove_file(desk.path("pan.json")).expect("it was there");
    made.is_reproduced(&[]);
}

#[test]
fn opposite_paths_cancel_and_their_levels_can_be_chosen() {
    let desk = Desk::new();
    let (pan, back) = (
        desk.text("pan.json"),
        format!("{}=-1", desk.text("pan.json")),
    );
    let flags = [
        "--camera-path",
        &pan,
        "--camera-path",
        &back,
        "--guide-sigmas",
        "60:0",
    ];
    let made = desk.take("still", &flags);
    let frames = made.values("guide_frames");
    let (first, second) = frames.split_at(3 * AREA);
    assert_eq!(first, second);
    assert!(made.values("guide_mask").iter().all(|held| *held == 1.0));
    assert_eq!(made.values("latents_003"), made.values("guide_latents"));
    let levels = made.recipe()["request"]["guide"]["levels"].clone();
    for name in ["camera", "still", "cut_out"] {
        assert_eq!(levels[name], 0.0, "a given level counts for every pixel");
    }
    made.is_reproduced(&[]);
}

#[test]
fn masks_are_named_by_what_is_in_them_and_found_again() {
    let desk = Desk::new();
    for flag in ["--lock", "--brush"] {
        let made = desk.take(flag, &[flag, "@left.png"]);
        let mask = made.values("guide_mask");
        let across = WIDTH / (AREA / (mask.len() / 2)).isqrt();
        for (cell, held) in mask.iter().enumerate() {
            let left = 2 * (cell % across) < across;
            assert_eq!(
                *held == 1.0,
                left == (flag == "--lock"),
                "{flag}: cell {cell}"
            );
        }
        let named = made.recipe()["request"]["guide"]["motion"][&flag[2..]].clone();
        assert_eq!(named["name"], "left.png");
        let print = Picture::open(&desk.path("left.png"), [0; 3])
            .expect("a mask")
            .fingerprint();
        assert_eq!(named["fingerprint"], print.as_str());
        made.is_reproduced(&[]);
        // The mask is moved to another folder and renamed.
        let elsewhere = TempDir::new().expect("a folder");
        let away = elsewhere.path().join("other.png");
        fs::copy(desk.path("left.png"), &away).expect("a copy");
        fs::remove_file(desk.path("left.png")).expect("it was there");
        let take = made.path.display().to_string();
        let image = picture().display().to_string();
        let model = super::tiny_model().display().to_string();
        let alone = kinora(&["reproduce", &take, "--image", &image, "--model", &model]);
        refused(&alone, 1, &["left.png", "--mask"]);
        made.is_reproduced(&["--mask", &away.display().to_string()]);
        made.is_reproduced(&["--mask", &elsewhere.path().display().to_string()]);
        fs::copy(&away, desk.path("left.png")).expect("a copy");
    }
}

#[test]
fn a_near_map_moves_near_things_further() {
    let desk = Desk::new();
    let flat = desk.take(
        "flat",
        &["--camera-path", "@arc.json", "--near", "@white.png"],
    );
    // Everything is at the nearest depth, so it moves to the right by half of the orbit.
    let frames = flat.values("guide_frames");
    let (first, second) = frames.split_at(3 * AREA);
    let shift = 0.15 * WIDTH as f32;
    for index in (0..AREA).filter(|index| (index % WIDTH) as f32 > shift) {
        let at = (index % WIDTH) as f32 - shift;
        let left = index - index % WIDTH + at.floor() as usize;
        let between = first[left] + (first[left + 1] - first[left]) * at.fract();
        assert!((second[index] - between).abs() < 1e-3, "pixel {index}");
    }
    let guessed = desk.take("guessed", &["--camera-path", "@arc.json"]);
    assert_ne!(guessed.values("guide_frames"), frames);
    guessed.is_reproduced(&[]);
    flat.is_reproduced(&[]);
}

#[test]
fn cut_outs_are_dragged() {
    let desk = Desk::new();
    let made = desk.take("drag", &["--drag", "@drag.json", "--lock", "@white.png"]);
    let frames = made.values("guide_frames");
    let (first, second) = frames.split_at(3 * AREA);
    for index in 0..AREA {
        let (x, y) = (index % WIDTH, index / WIDTH);
        if (20..28).contains(&x) && (8..16).contains(&y) {
            assert_eq!(
                second[index],
                first[index - 16],
                "half of the width to the right"
            );
        }
    }
    let motion = made.recipe()["request"]["guide"]["motion"].clone();
    assert_eq!(motion["cut_outs"][1]["outline"]["mask"]["name"], "cut.png");
    let corner = &motion["cut_outs"][0]["outline"]["polygon"][2][0];
    assert_eq!(corner.as_f64().map(|x| x as f32), Some(0.1));
    made.is_reproduced(&[]);
}

#[test]
fn ready_made_reference_frames_are_followed() {
    let desk = Desk::new();
    let flags = [
        "--guide-frames",
        "@frames",
        "--guide-masks",
        "@masks",
        "--guide-sigmas",
        "100:0",
    ];
    let made = desk.take("ready", &flags);
    let frames = made.values("guide_frames");
    for (index, value) in frames.iter().enumerate() {
        let (frame, x) = (index / (3 * AREA), index % WIDTH);
        assert_eq!(
            *value,
            if (x + frame) % 8 < 4 { 1.0 } else { 0.0 },
            "as the pictures are"
        );
    }
    assert_eq!(made.values("latents_003"), made.values("guide_latents"));
    // The pictures are found next to the take, in folders of the recorded names.
    made.is_reproduced(&[]);
    let [frames, masks] = ["frames", "masks"].map(|name| desk.text(name));
    fs::rename(&frames, desk.path("a")).expect("it is moved");
    fs::rename(&masks, desk.path("b")).expect("it is moved");
    made.is_reproduced(&["--mask", &desk.text("a"), "--mask", &desk.text("b")]);
}

#[test]
fn moves_go_by_lora_where_it_fits_and_otherwise_by_the_guide() {
    let desk = Desk::new();
    // The LoRAs of the camera pack do not fit the tiny model.
    for flag in ["--lora", "--camera-path"] {
        let made = desk.take(flag, &[flag, "pan-left=0.8"]);
        assert!(
            made.said.contains("camera steered by the guide"),
            "{}",
            made.said
        );
        let recipe = made.recipe();
        assert_eq!(recipe["loras"], Value::Array(Vec::new()));
        assert_eq!(
            recipe["request"]["guide"]["motion"]["camera"][0]["name"],
            "pan-left"
        );
        made.is_reproduced(&[]);
    }
    let cancelled = desk.take(
        "both ways",
        &["--lora", "zoom-in=0.4", "--lora", "zoom-out=0.4"],
    );
    let frames = cancelled.values("guide_frames");
    let (first, second) = frames.split_at(3 * AREA);
    assert_eq!(first, second, "a move and its opposite cancel");
    let out = desk.path("refused.apng");
    let misfit = generate(&picture(), &out, &["--lora", "pan-left", "--steer", "lora"]);
    refused(&misfit, 1, &["pan-left"]);

    let pocket = |name: &str, flags: &[&str]| {
        let mut all = vec![
            "--model", "pocket", "--width", "64", "--height", "64", "--steps", "2",
        ];
        all.extend(flags);
        let path = desk.path(&format!("{name}.apng"));
        let output = generate(&picture(), &path, &all);
        succeeded(&output);
        Made {
            path,
            dump: PathBuf::new(),
            said: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    };
    for (name, flags, steer, loras, guided) in [
        ("auto", &["--camera-path", "pan-left"][..], "lora", 1, false),
        (
            "lora",
            &["--lora", "pan-left", "--steer", "auto"],
            "lora",
            1,
            false,
        ),
        (
            "guide",
            &["--lora", "pan-left", "--steer", "guide"],
            "guide",
            0,
            true,
        ),
        (
            "both",
            &["--lora", "pan-left", "--steer", "both"],
            "both",
            1,
            true,
        ),
    ] {
        let made = pocket(name, flags);
        let recipe = made.recipe();
        assert_eq!(recipe["request"]["steer"], steer, "{name}");
        assert_eq!(
            recipe["loras"].as_array().map(Vec::len),
            Some(loras),
            "{name}"
        );
        assert_eq!(recipe["request"].get("guide").is_some(), guided, "{name}");
        assert_eq!(recipe["recipe"], if guided { 3 } else { 2 }, "{name}");
    }
}

#[test]
fn a_strength_can_change_over_the_clip() {
    let desk = Desk::new();
    desk.write("curve.json", r#"[{"t":0,"v":0},{"t":1,"v":0.5}]"#);
    let path = desk.text("pan.json");
    let plain = desk.take("plain", &["--camera-path", &format!("{path}=0.5")]);
    let line = desk.take("line", &["--camera-path", &format!("{path}=0:0.5")]);
    let file = format!("{path}=@{}", desk.text("curve.json"));
    let curve = desk.take("curve", &["--camera-path", &file]);
    for other in [&line, &curve] {
        // There are two frames: the first is at rest, and the second moves at the last strength.
        assert_eq!(other.values("guide_frames"), plain.values("guide_frames"));
        let written = &other.recipe()["request"]["guide"]["motion"]["camera"][0]["curve"];
        assert_eq!(written[1]["v"], 0.5);
        other.is_reproduced(&[]);
    }

    let pocket = |name: &str, lora: &str, frames: &str| {
        let dump = desk.text(&format!("{name} dump"));
        let mut all = vec![
            "--model", "pocket", "--width", "64", "--height", "64", "--steps", "2",
        ];
        all.extend([
            "--frames", frames, "--seed", "5", "--lora", lora, "--dump", &dump,
        ]);
        let path = desk.path(&format!("{name}.apng"));
        succeeded(&generate(&picture(), &path, &all));
        Made {
            path,
            dump: dump.into(),
            said: String::new(),
        }
    };
    let constant = pocket("constant", "pan-left=0.5", "3");
    let same = pocket("same", "pan-left=0.5:0.5", "3");
    assert_eq!(same.values("frames"), constant.values("frames"));
    let rising = pocket("rising", "pan-left=0:1", "3");
    assert_ne!(rising.values("frames"), constant.values("frames"));
    let recipe = rising.recipe();
    assert_eq!(recipe["recipe"], 3);
    assert_eq!(recipe["loras"][0]["curve"][1]["v"], 1.0);
    let path = rising.path.display().to_string();
    let image = picture().display().to_string();
    let output = kinora(&["reproduce", &path, "--image", &image]);
    succeeded(&output);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("identical, 3 frames"), "{said}");
}

#[test]
fn what_cannot_be_followed_is_refused_by_name() {
    let desk = Desk::new();
    desk.write("words.json", "a slow pan");
    desk.write("late.json", r#"[{"t":2}]"#);
    desk.write("lost.json", r#"[{"mask":"lost.png","track":[{"t":0}]}]"#);
    desk.write(
        "far.json",
        r#"[{"polygon":[[2,2],[3,2],[2,3]],"track":[{"t":0}]}]"#,
    );
    desk.write(
        "orbit.json",
        r#"[{"mask":"cut.png","track":[{"t":0,"orbit":1}]}]"#,
    );
    fs::create_dir(desk.path("one")).expect("a folder");
    fs::copy(desk.path("frames/0000.png"), desk.path("one/0000.png")).expect("a copy");
    let out = desk.path("out.apng");
    desk.write("flat.json", r#"[{"t":0}]"#);
    let curve = format!("pan-left=@{}", desk.text("flat.json"));
    let cases: [(&[&str], i32, &str); 24] = [
        (&["--lora", "pan-left=1:far"], 2, "not a strength"),
        (&["--lora", "pan-left=@gone.json"], 2, "gone.json"),
        (&["--lora", &curve], 2, "flat.json"),
        (&["--camera-path", "pan-left=:1"], 2, "not a strength"),
        (&["--camera-path", "@words.json"], 2, "words.json"),
        (&["--camera-path", "@late.json"], 2, "outside 0 to 1"),
        (&["--camera-path", "pan-up"], 2, "pan-left"),
        (
            &["--camera-path", "@pan.json", "--steer", "lora"],
            2,
            "pan.json",
        ),
        (&["--camera-path", "pan-left=far"], 2, "strength"),
        (&["--steer", "wheel"], 2, "auto, lora, guide or both"),
        (&["--guide-sigmas", "100"], 2, "WEAK:STRONG"),
        (
            &["--guide-sigmas", "100:15"],
            2,
            "guide-sigmas needs something",
        ),
        (
            &["--camera-path", "@pan.json", "--guide-sigmas", "0:0"],
            2,
            "guide-sigmas",
        ),
        (
            &["--camera-path", "@pan.json", "--guide-sigmas", "100:-1"],
            2,
            "guide-sigmas",
        ),
        (
            &["--camera-path", "@pan.json", "--guide-sigmas", "NaN:1"],
            2,
            "guide-sigmas",
        ),
        (&["--drag", "@words.json"], 2, "words.json"),
        (&["--drag", "@orbit.json"], 2, "cut-out 1"),
        (&["--drag", "@far.json"], 2, "cut-out 1"),
        (&["--drag", "@lost.json"], 1, "lost.png"),
        (&["--lock", "@gone.png"], 1, "gone.png"),
        (&["--near", "@white.png"], 2, "near map"),
        (&["--guide-frames", "@frames"], 2, "--guide-masks"),
        (
            &["--guide-frames", "@one", "--guide-masks", "@masks"],
            2,
            "the folder one",
        ),
        (
            &[
                "--guide-frames",
                "@frames",
                "--guide-masks",
                "@masks",
                "--width",
                "64",
            ],
            2,
            "32 × 24",
        ),
    ];
    for (flags, code, words) in cases {
        let flags: Vec<String> = flags
            .iter()
            .map(|flag| match flag.strip_prefix('@') {
                Some(file) => desk.text(file),
                None => (*flag).to_owned(),
            })
            .collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let output = generate(&picture(), &out, &flags);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {said}");
        assert!(said.contains(words), "{flags:?}: {said}");
        assert!(!out.exists());
    }
}
