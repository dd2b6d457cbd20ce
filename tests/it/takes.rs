//! Takes that the program makes, inspects and makes again:
//!
//! - a take of any format contains how it was made, and is reproduced to the pixel on the same device;
//! - with another recipe or picture, a PSNR is reported, and the exit code is still 0;
//! - what cannot be reproduced is rejected in one line, before any work.

mod files;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kinora::export::{self, Metadata, OutputKind, Watch};
use tempfile::TempDir;

/// Runs the program. The measured speed of these runs must not be saved in the user's own folder.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_kinora"));
    program
        .env_remove("RUST_BACKTRACE")
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    program
}

fn kinora(arguments: &[&Path]) -> Output {
    let output = program().args(arguments).output();
    output.expect("the program starts")
}

fn picture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_svd/picture.png")
}

/// A take of the embedded model, as small as possible.
fn generate(picture: &Path, take: &Path) {
    let output = program()
        .arg("generate")
        .args([picture, Path::new("-o"), take])
        .args([
            "--width", "64", "--height", "40", "--frames", "2", "--steps", "1",
        ])
        .args([
            "--seed",
            "7",
            "--fps",
            "12.5",
            "--guidance",
            "1:2",
            "--device",
            "cpu",
        ])
        .output()
        .expect("the program starts");
    told(&output);
}

fn reproduce(take: &Path, more: &[&Path]) -> Output {
    kinora(&[&[Path::new("reproduce"), take], more].concat())
}

/// The output of a successful run, including warnings.
#[track_caller]
fn told(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    format!("{}{errors}", String::from_utf8_lossy(&output.stdout))
}

/// Asserts exit code 1, and a single line of error that contains these words.
#[track_caller]
fn refused(output: &Output, words: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let lines = text.lines().filter(|line| line.starts_with("error: "));
    assert_eq!(lines.count(), 1, "{text}");
    assert!(text.contains(words), "{text:?} should say {words:?}");
}

/// The same clip in another file, with another recipe.
pub(crate) fn rewritten(take: &Path, to: &Path, change: impl Fn(&mut serde_json::Value)) {
    let read = export::read_take(take).expect("a take");
    let text = read.header.comment.expect("a recipe");
    let mut recipe = serde_json::from_str(&text).expect("JSON");
    change(&mut recipe);
    let metadata = Metadata {
        title: "Kinora take".to_owned(),
        comment: recipe.to_string(),
    };
    let rate = read.header.rate.expect("a rate");
    let output = export::Output::parse(to).expect("a known kind");
    let watch = Watch {
        cancelled: &|| false,
        progress: &mut |_| {},
    };
    let written = export::write(read.frames.into_iter(), rate, &output, &metadata, watch);
    assert!(written.is_ok(), "{written:?}");
}

#[test]
fn every_kind_is_inspected_and_reproduced() {
    let folder = TempDir::new().expect("a folder");
    let rendered = folder.path().join("a take.apng");
    generate(&picture(), &rendered);
    let mut takes = vec![rendered.clone()];
    let kinds = OutputKind::ALL.into_iter();
    for kind in kinds.filter(|kind| cfg!(feature = "export") || !kind.needs_ffmpeg()) {
        if kind != OutputKind::Apng {
            takes.push(folder.path().join(format!("a take{}", kind.ending())));
            // The same as `generate` would write, without rendering the take again.
            rewritten(&rendered, &takes[takes.len() - 1], |_| {});
        }
    }
    let mut arguments = vec![Path::new("inspect")];
    arguments.extend(takes.iter().map(PathBuf::as_path));
    let text = told(&kinora(&arguments));
    // Kinora writes 12.5 as 25/2.
    for words in [
        "2 frames, 64×40, 25/2 fps",
        "model       pocket",
        "seed 7",
        "picture.png",
    ] {
        assert_eq!(text.matches(words).count(), takes.len(), "{words}: {text}");
    }
    for take in &takes {
        // MOV and MKV contain the same as MP4.
        if !take
            .extension()
            .is_some_and(|ending| ending == "mov" || ending == "mkv")
        {
            let text = told(&reproduce(take, &[]));
            assert!(text.contains("identical, 2 frames"), "{text}");
            assert!(!text.contains("warning"), "{text}");
        }
    }
}

#[test]
fn the_reproduction_is_a_take_itself() {
    let folder = TempDir::new().expect("a folder");
    let take = folder.path().join("first.apng");
    let again = folder.path().join("again.apng");
    generate(&picture(), &take);
    told(&reproduce(&take, &[Path::new("-o"), &again]));
    let bytes = |path: &Path| fs::read(path).expect("a file");
    // The files are identical, so the recipes are too.
    assert!(bytes(&take) == bytes(&again));
    let output = kinora(&[Path::new("inspect"), &again, Path::new("--json")]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["kind"], "take");
    assert_eq!(found["take"]["frames"], 2);
    assert_eq!(found["take"]["picture_found"], true);
    assert_eq!(found["take"]["recipe"]["request"]["seed"], 7);
}

#[test]
fn differences_are_measured_and_reported() {
    let folder = TempDir::new().expect("a folder");
    let take = folder.path().join("take.apng");
    generate(&picture(), &take);
    let other = folder.path().join("other.apng");
    rewritten(&take, &other, |recipe| recipe["request"]["seed"] = 8.into());
    let text = told(&reproduce(&other, &[]));
    assert!(text.contains(" dB over 2 frames"), "{text}");
    assert!(!text.contains("identical"), "{text}");

    let image = folder.path().join("grey.png");
    image::RgbImage::from_pixel(64, 40, image::Rgb([90; 3]))
        .save(&image)
        .expect("written");
    let text = told(&reproduce(&take, &[Path::new("--image"), &image]));
    assert!(text.contains("PSNR"), "{text}");

    rewritten(&take, &other, |recipe| {
        recipe["kinora"] = "0.0.1".into();
        recipe["device"] = "A card of another machine, f16".into();
        recipe["request"]["frames"] = 3.into();
    });
    let text = told(&reproduce(&other, &[]));
    assert!(text.contains("rendered by Kinora 0.0.1"), "{text}");
    assert!(text.contains("A card of another machine, f16"), "{text}");
    assert!(
        text.contains("has 2 frames, but its recipe makes 3"),
        "{text}"
    );
}

/// The crop is part of the recipe: the same crop gives the same take again, and another crop gives another take.
#[test]
fn a_crop_is_part_of_the_recipe() {
    let folder = TempDir::new().expect("a folder");
    let take = folder.path().join("take.apng");
    let size = "--width 64 --height 40 --frames 2 --steps 1 --device cpu --seed 7";
    let small: Vec<&Path> = size.split(' ').map(Path::new).collect();
    let picture = picture();
    let order = [Path::new("generate"), &picture, Path::new("-o"), &take];
    let crop = [Path::new("--crop"), Path::new("4,2,24,15")];
    told(&kinora(&[&order, &small[..], &crop].concat()));
    let recipe = export::read_take(&take).expect("a take").header.comment;
    let recipe: serde_json::Value = serde_json::from_str(&recipe.expect("a recipe")).expect("JSON");
    let window = serde_json::json!({"x": 4, "y": 2, "width": 24, "height": 15});
    assert_eq!(recipe["fit"]["window"], window);
    let text = told(&reproduce(&take, &[]));
    assert!(text.contains("identical"), "{text}");
    let text = told(&kinora(&[Path::new("inspect"), &take]));
    assert!(text.contains("window 4,2,24,15"), "{text}");

    let other = folder.path().join("other.apng");
    rewritten(&take, &other, |recipe| recipe["fit"] = "crop".into());
    let text = told(&reproduce(&other, &[]));
    assert!(text.contains(" dB over 2 frames"), "{text}");
    let beyond = folder.path().join("beyond.apng");
    rewritten(&take, &beyond, |recipe| {
        recipe["fit"]["window"]["x"] = 4000.into();
    });
    refused(&reproduce(&beyond, &[]), "extends beyond the picture");
}

#[test]
fn what_cannot_be_reproduced_is_rejected_before_the_work() {
    let folder = TempDir::new().expect("a folder");
    // A picture that this machine has seen nowhere else, and a copy in a folder that is not searched.
    let gone = folder.path().join("gone.png");
    let pixels =
        image::RgbImage::from_fn(50, 30, |x, y| image::Rgb([7 * x as u8, 3 * y as u8, 141]));
    pixels.save(&gone).expect("written");
    let away = TempDir::new().expect("a folder");
    let copy = away.path().join("copy.png");
    fs::copy(&gone, &copy).expect("copied");
    let take = folder.path().join("take.apng");
    generate(&gone, &take);
    fs::remove_file(&gone).expect("removed");
    refused(&reproduce(&take, &[]), "--image");
    let text = told(&kinora(&[Path::new("inspect"), &take]));
    assert!(text.contains("(not found)"), "{text}");
    let text = told(&reproduce(&take, &[Path::new("--image"), &copy]));
    assert!(text.contains("identical"), "{text}");

    let other = folder.path().join("other.apng");
    let changes: [(&str, &dyn Fn(&mut serde_json::Value)); 6] = [
        ("no recipe", &|recipe| {
            *recipe = serde_json::json!({"Software": "GIMP"});
        }),
        ("cannot be understood", &|recipe| {
            recipe["request"]["seed"] = "seven".into();
        }),
        ("cannot be understood", &|recipe| {
            recipe["request"]["width"] = 63.into();
        }),
        ("64 × 40", &|recipe| recipe["request"]["width"] = 72.into()),
        ("--image", &|recipe| {
            recipe["picture"] = serde_json::Value::Null;
        }),
        ("no-such-model", &|recipe| {
            recipe["model"] = "no-such-model".into();
            recipe["model_fingerprint"] = "0123456789abcdef".into();
        }),
    ];
    for (words, change) in changes {
        rewritten(&take, &other, change);
        refused(&reproduce(&other, &[]), words);
    }
    refused(&reproduce(&picture(), &[]), "single picture");
    refused(
        &reproduce(&folder.path().join("none.mp4"), &[]),
        "cannot read",
    );
    refused(&reproduce(folder.path(), &[]), "not a clip");
    let unwritable = take.join("below.apng");
    let image = picture();
    let more = [Path::new("--image"), &image, Path::new("-o"), &unwritable];
    refused(&reproduce(&take, &more), "below.apng");
    let ending = reproduce(&take, &[Path::new("-o"), Path::new("out.txt")]);
    assert_eq!(ending.status.code(), Some(2));
    for name in ["none.mp4", "take.apng/"] {
        refused(
            &kinora(&[Path::new("inspect"), &folder.path().join(name)]),
            "take",
        );
    }
}

/// The recipe contains the few-step sampler with everything that it implies, even if the take was stopped early; a
/// model that is named like one made for this sampler is pointed out.
#[test]
fn few_steps_are_reproduced_and_suggested_by_a_models_name() {
    let folder = TempDir::new().expect("a folder");
    let take = folder.path().join("take.apng");
    let small = "--width 64 --height 40 --frames 2 --device cpu --seed 7 --sampler lcm";
    let mut order: Vec<&Path> = small.split(' ').map(Path::new).collect();
    let picture = picture();
    order.extend([Path::new("generate"), &picture, Path::new("-o"), &take]);
    order.rotate_right(4);
    told(&kinora(&order));
    let recipe = export::read_take(&take).expect("a take").header.comment;
    let recipe: serde_json::Value = serde_json::from_str(&recipe.expect("a recipe")).expect("JSON");
    let request = &recipe["request"];
    assert_eq!(request["sampler"], "lcm");
    assert_eq!(request["steps"], 4);
    let text = told(&reproduce(&take, &[]));
    assert!(text.contains("identical, 2 frames"), "{text}");

    let early = folder.path().join("early.apng");
    rewritten(&take, &early, |recipe| {
        recipe["request"]["stop_after"] = 2.into();
    });
    let text = told(&reproduce(&early, &[]));
    assert!(text.contains(" dB over 2 frames"), "{text}");

    let named = folder.path().join("AnimateLCM-SVD-xt");
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny_svd");
    crate::cli::copy_folder(&tiny, &named);
    let hint = "suggests AnimateLCM-SVD";
    order.extend([Path::new("--model"), &named]);
    let text = told(&kinora(&order));
    assert!(!text.contains(hint), "{text}");
    order.extend([Path::new("--steps"), Path::new("2")]);
    let sampler = order.iter().position(|word| *word == Path::new("lcm"));
    order[sampler.expect("it is there")] = Path::new("euler");
    let text = told(&kinora(&order));
    assert!(text.contains(hint), "{text}");
    let text = told(&kinora(&[Path::new("inspect"), &named]));
    assert!(text.contains(hint), "{text}");
}
