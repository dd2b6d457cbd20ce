//! What a take contains about its picture, model and LoRAs, and where the program searches for them:
//!
//! - clips of every format contain names and fingerprints, but no paths
//! - sources are found next to the take, in the current folder, under another name, or where this machine saw them
//!   last, but never by a name that belongs to something else
//! - a missing source is named, with the flag that supplies it
//! - a recipe of a newer Kinora is reported as such by every reader

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kinora::checkpoint::{Checkpoint, Prefer, expected_tensors};
use kinora::error::TakeError;
use kinora::export::{self, OutputKind};
use kinora::request::Recipe;
use tempfile::TempDir;

use super::{picture, refused, rewritten, told};
use crate::checkpoint::{f32s, write};
use crate::cli::{copy_folder, tiny_model};
use crate::support::svd;

/// A machine: a folder for its data, and one for the user's files.
struct Machine {
    data: TempDir,
    own: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = || TempDir::new().expect("a folder");
        let (data, own) = (folder(), folder());
        for name in ["album", "films", "weights", "here"] {
            fs::create_dir(own.path().join(name)).expect("a folder");
        }
        Self { data, own }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.own.path().join(path)
    }

    fn run(&self, command: &str, arguments: &[&Path]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kinora"))
            .arg(command)
            .args(arguments)
            .current_dir(self.at("here"))
            .env_remove("RUST_BACKTRACE")
            .env("XDG_DATA_HOME", self.data.path())
            .output()
            .expect("the program starts")
    }

    fn reproduce(&self, take: &Path, more: &[&Path]) -> Output {
        self.run("reproduce", &[&[take], more].concat())
    }

    #[track_caller]
    fn is_identical(&self, take: &Path, more: &[&Path]) -> String {
        let text = told(&self.reproduce(take, more));
        assert!(text.contains("identical"), "{text}");
        assert!(!text.contains("warning"), "{text}");
        text
    }

    /// Deletes this machine's list of what it has seen.
    fn forget(&self) {
        fs::remove_file(self.data.path().join("kinora/seen.json")).expect("a list");
    }

    /// The tiny model, a LoRA for it and the picture, in the user's folders.
    fn with_own_things() -> Self {
        let machine = Self::new();
        copy_folder(&tiny_model(), &machine.at("weights/small"));
        write_lora(&machine.at("weights/my pan.safetensors"));
        fs::copy(picture(), machine.at("album/meadow.png")).expect("a picture");
        machine
    }

    /// A take made with these.
    fn take(&self, name: &str) -> PathBuf {
        let take = self.at(name);
        let lora = format!("{}=0.5", self.at("weights/my pan.safetensors").display());
        let small = "--width 32 --height 24 --frames 2 --steps 1 --seed 7 --device cpu";
        let small: Vec<&Path> = small.split(' ').map(Path::new).collect();
        let (image, model) = (self.at("album/meadow.png"), self.at("weights/small"));
        let [output, from, add] = ["-o", "--model", "--lora"].map(Path::new);
        let lora = Path::new(&lora);
        let order = [&image, output, &take, from, &model, add, lora];
        told(&self.run("generate", &[&order[..], &small[..]].concat()));
        take
    }
}

/// A LoRA of rank 2 for one attention layer of the tiny model.
fn write_lora(path: &Path) {
    let model = Checkpoint::open(&tiny_model(), Prefer::Full).expect("a model");
    let census = expected_tensors::svd_unet(&svd(&model).unet.config).into_iter();
    let mut layers = census.filter(|(name, _)| name.ends_with(".attn1.to_q.weight"));
    let (name, shape) = layers.next().expect("an attention layer");
    let layer = name.trim_end_matches(".weight");
    let factor = |rows: usize, columns: usize| {
        let values: Vec<f32> = (0..rows * columns).map(|i| (i % 7) as f32 / 8.0).collect();
        f32s(&[rows, columns], &values)
    };
    let tensors = [
        (format!("unet.{layer}.lora_A.weight"), factor(2, shape[1])),
        (format!("unet.{layer}.lora_B.weight"), factor(shape[0], 2)),
    ];
    write(path, &tensors.into(), &[]);
}

fn recipe_of(take: &Path) -> serde_json::Value {
    let text = export::read_recipe_text(take)
        .expect("a take")
        .expect("a recipe");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn no_clip_of_any_kind_carries_a_path() {
    let machine = Machine::with_own_things();
    let private = machine.own.path().file_name().expect("a name");
    let private = private.to_string_lossy().into_owned();
    let kinds = OutputKind::ALL.into_iter();
    for kind in kinds.filter(|kind| cfg!(feature = "export") || !kind.needs_ffmpeg()) {
        let take = machine.take(&format!("films/film{}", kind.ending()));
        let files = if take.is_dir() {
            let entries = fs::read_dir(&take).expect("a folder").flatten();
            entries.map(|entry| entry.path()).collect()
        } else {
            vec![take.clone()]
        };
        for file in files {
            let bytes = fs::read(&file).expect("a file");
            let found = bytes
                .windows(private.len())
                .any(|part| part == private.as_bytes());
            assert!(!found, "{} names a folder", file.display());
        }
        let recipe = recipe_of(&take);
        assert_eq!(recipe["picture"], "meadow.png", "{kind:?}");
        assert_eq!(recipe["model"], "small");
        assert_eq!(recipe["loras"][0]["name"], "my pan.safetensors");
        for print in [
            &recipe["picture_fingerprint"],
            &recipe["model_fingerprint"],
            &recipe["loras"][0]["fingerprint"],
        ] {
            assert_eq!(print.as_str().map(str::len), Some(16), "{recipe}");
        }
    }
}

/// A recipe of the first form contains paths; exports made from it do not.
#[test]
fn the_paths_of_an_older_recipe_stay_on_this_machine() {
    let machine = Machine::with_own_things();
    let take = machine.take("films/film.apng");
    let older = machine.at("films/older.apng");
    let paths = [
        "album/meadow.png",
        "weights/small",
        "weights/my pan.safetensors",
    ];
    let [image, model, lora] = paths.map(|path| machine.at(path).display().to_string());
    rewritten(&take, &older, |recipe| {
        *recipe = serde_json::json!({
            "kinora": "0.1.0", "model": model, "picture": image, "fit": recipe["fit"],
            "matte": recipe["matte"], "loras": [{ "name": lora, "strength": 0.5 }],
            "request": recipe["request"], "device": recipe["device"],
        });
    });
    let again = machine.at("films/again.apng");
    machine.forget();
    machine.is_identical(&older, &[Path::new("-o"), &again]);
    assert_eq!(recipe_of(&again), recipe_of(&take));
}

#[test]
fn sources_are_found_wherever_they_were_moved() {
    let machine = Machine::with_own_things();
    let take = machine.take("films/film.apng");
    machine.is_identical(&take, &[]);

    // On another machine: next to the take, and some of the sources in the current folder.
    machine.forget();
    let places = [
        ("album/meadow.png", "films/meadow.png"),
        ("weights/small", "here/small"),
        ("weights/my pan.safetensors", "here/my pan.safetensors"),
    ];
    for (from, to) in places {
        fs::rename(machine.at(from), machine.at(to)).expect("moved");
    }
    machine.is_identical(&take, &[]);

    // Renamed where they were last seen, or next to the take, or installed under other names.
    fs::rename(
        machine.at("films/meadow.png"),
        machine.at("films/other.png"),
    )
    .expect("renamed");
    for (from, folder, to) in [
        ("here/small", "models", "an installed one"),
        ("here/my pan.safetensors", "camera", "a move.safetensors"),
    ] {
        let folder = machine.data.path().join("kinora").join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::rename(machine.at(from), folder.join(to)).expect("moved");
    }
    machine.is_identical(&take, &[]);
}

#[test]
fn a_file_of_the_same_name_with_other_content_is_not_used() {
    let machine = Machine::with_own_things();
    let take = machine.take("films/film.apng");
    let grey = image::RgbImage::from_pixel(40, 30, image::Rgb([90; 3]));
    grey.save(machine.at("films/meadow.png")).expect("written");
    machine.is_identical(&take, &[]);
    fs::remove_file(machine.at("album/meadow.png")).expect("removed");
    let output = machine.reproduce(&take, &[]);
    refused(&output, "--image");
    refused(&output, "meadow.png");
    let text = told(&machine.reproduce(
        &take,
        &[Path::new("--image"), &machine.at("films/meadow.png")],
    ));
    assert!(
        text.contains("not the picture") && text.contains("PSNR"),
        "{text}"
    );
}

#[test]
fn what_is_missing_is_named_with_the_flag_that_supplies_it() {
    let machine = Machine::with_own_things();
    let take = machine.take("films/film.apng");
    let away = TempDir::new().expect("a folder");
    let hidden = |name: &str| away.path().join(name);
    for (from, to) in [
        ("album/meadow.png", "picture.png"),
        ("weights/small", "model"),
        ("weights/my pan.safetensors", "lora.safetensors"),
    ] {
        fs::rename(machine.at(from), hidden(to)).expect("moved");
    }
    let mut given: Vec<PathBuf> = Vec::new();
    for (flag, name, file) in [
        ("--model", "small", "model"),
        ("--lora", "my pan.safetensors", "lora.safetensors"),
        ("--image", "meadow.png", "picture.png"),
    ] {
        let more: Vec<&Path> = given.iter().map(PathBuf::as_path).collect();
        let output = machine.reproduce(&take, &more);
        refused(&output, flag);
        refused(&output, &format!("({name})"));
        given.extend([PathBuf::from(flag), hidden(file)]);
    }
    let more: Vec<&Path> = given.iter().map(PathBuf::as_path).collect();
    machine.is_identical(&take, &more);
    let twice = [&more[..], &[Path::new("--lora"), Path::new("pan-left")]].concat();
    refused(&machine.reproduce(&take, &twice), "give fewer with --lora");
    // Sources that were named once are found from then on.
    machine.is_identical(&take, &[]);
}

#[test]
fn a_recipe_of_a_newer_kinora_is_reported_as_such() {
    let machine = Machine::with_own_things();
    let take = machine.take("films/film.apng");
    let newer = machine.at("films/newer.apng");
    let changes: [&dyn Fn(&mut serde_json::Value); 2] = [
        &|recipe| {
            recipe["kinora"] = "0.9.0".into();
            recipe["recipe"] = 77.into();
        },
        &|recipe| {
            recipe["kinora"] = "12.0.0-beta".into();
            recipe["request"] = serde_json::json!({ "words": "a field at dawn" });
        },
    ];
    for change in changes {
        rewritten(&take, &newer, change);
        for command in ["reproduce", "inspect"] {
            refused(
                &machine.run(command, &[&newer]),
                "made by a newer version of Kinora",
            );
        }
        let text = export::read_recipe_text(&newer).expect("a take");
        let read = Recipe::read(&newer, text.as_deref());
        assert!(
            matches!(read, Err(TakeError::NewerRecipe { .. })),
            "{read:?}"
        );
    }
    // An unknown form from a version that this one should know is an error in the file.
    rewritten(&take, &newer, |recipe| recipe["request"] = 3.into());
    refused(&machine.run("inspect", &[&newer]), "cannot be understood");
}
