//! Downloading a model, from a hub on this machine; no other host is ever contacted.
//!
//! - the terms come first, then exactly the files that are needed, and the model opens
//! - after a broken connection, a pause or a restart only the rest is requested
//! - damaged files are downloaded again, once; servers without ranges and busy ones are handled
//! - a model for pictures comes with its text tower and vocabulary; motion modules come without other parts
//! - gated repositories require a token, which other hosts never see
//! - each error is a sentence that says what to do
//! - `kinora fetch` does the same without a window, once the licence has been accepted

pub(crate) mod server;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use kinora::checkpoint::{Checkpoint, MotionModule, Prefer};
use kinora::error::HubError;
use kinora::hub::{Ended, FetchControl, Hub, Repo, Token, TokenStore, is_fetched};

use server::{Manners, REPO, Server};

use crate::support::golden;

const UNET: &str = "unet/diffusion_pytorch_model.safetensors";

/// The files of the tiny model that the golden numbers were made with, and some that are not needed.
pub(crate) fn files() -> BTreeMap<String, Vec<u8>> {
    files_of("tiny_svd")
}

/// The same of another golden model.
fn files_of(model: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folder = folder.join(model);
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.clone()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside)
            .expect("the golden model")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&folder).expect("inside");
            let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            files.insert(name.join("/"), std::fs::read(&path).expect("a golden file"));
        }
    }
    files.insert("LICENSE.md".to_owned(), b"Be kind with it.".to_vec());
    files.insert("README.md".to_owned(), b"A tiny model.".to_vec());
    files.insert("tiny.safetensors".to_owned(), vec![0; 64]);
    files.insert("unet/diffusion_pytorch_model.bin".to_owned(), vec![0; 64]);
    files
}

fn hub(server: &Server) -> Hub {
    Hub::at(&server.base, None).with_first_wait(Duration::from_millis(1))
}

fn repo() -> Repo {
    REPO.parse().expect("a good name")
}

fn go_on<'a>(progress: &'a mut dyn FnMut(kinora::hub::FetchProgress<'_>)) -> FetchControl<'a> {
    FetchControl {
        ended: &|| false,
        progress,
    }
}

fn fetch(hub: &Hub, models: &Path) -> Result<Ended, HubError> {
    let offer = hub.look(&repo())?;
    hub.fetch(&offer, models, go_on(&mut |_| ()))
}

fn whole(models: &Path) -> PathBuf {
    models.join("tiny-svd")
}

#[test]
fn terms_come_first_then_the_files_that_are_needed_and_the_model_opens() {
    let server = Server::start(files(), Manners::default());
    let models = tempfile::tempdir().expect("a folder");
    let hub = hub(&server);
    let offer = hub.look(&repo()).expect("an offer");
    assert_eq!(offer.terms, "Be kind with it.");
    assert_eq!(offer.licence, "tiny-community");
    let weights = |asked: &server::Asked| asked.path.ends_with(".safetensors");
    assert!(
        !server.asked().iter().any(weights),
        "no weights before the terms"
    );

    let mut done = Vec::new();
    let ended = hub.fetch(
        &offer,
        models.path(),
        go_on(&mut |told| done.push(told.done)),
    );
    assert_eq!(ended, Ok(Ended::Whole(whole(models.path()))));
    assert!(done.is_sorted(), "progress never goes back: {done:?}");
    assert_eq!(done.last(), Some(&offer.bytes()));
    for needless in ["/tiny.safetensors", ".bin"] {
        assert_eq!(server.asked_for(needless), [], "nobody needs {needless}");
    }
    assert!(is_fetched(&whole(models.path())));
    let model = Checkpoint::open(&whole(models.path()), Prefer::Full).expect("it opens");
    assert_eq!(model.describe().problem, None);
    assert_eq!(model.licence.as_deref(), Some("Be kind with it."));
    let again = hub.fetch(&offer, models.path(), go_on(&mut |_| ()));
    assert!(matches!(again, Err(HubError::Exists { .. })), "{again:?}");
}

/// Runs `kinora fetch` as a script does, with no one at the keyboard.
#[cfg(target_os = "linux")]
fn fetched_by_command(server: &Server, data: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kinora"))
        .args(["fetch", REPO])
        .args(more)
        .env("HF_ENDPOINT", &server.base)
        .env_remove("HF_TOKEN")
        .env("XDG_DATA_HOME", data)
        .env("XDG_CONFIG_HOME", data)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

/// Runs only where `XDG_DATA_HOME` sets the data folder.
#[cfg(target_os = "linux")]
#[test]
fn the_command_shows_the_licence_and_fetches_only_when_it_is_accepted() {
    let server = Server::start(files(), Manners::default());
    let data = tempfile::tempdir().expect("a folder");
    let asked = fetched_by_command(&server, data.path(), &[]);
    assert_eq!(asked.status.code(), Some(1));
    let shown = String::from_utf8_lossy(&asked.stdout);
    assert!(shown.starts_with("Be kind with it."), "{shown}");
    let error = String::from_utf8_lossy(&asked.stderr);
    assert!(error.contains("--accept-licence"), "{error}");
    assert_eq!(server.asked_for(UNET), [], "nothing is fetched yet");

    let fetched = fetched_by_command(&server, data.path(), &["--accept-licence"]);
    let error = String::from_utf8_lossy(&fetched.stderr);
    assert!(fetched.status.success(), "{error}");
    let shown = String::from_utf8_lossy(&fetched.stdout);
    let place = Path::new(shown.lines().last().expect("a last line"));
    assert!(place.starts_with(data.path()), "{}", place.display());
    assert!(place.ends_with("models/tiny-svd"), "{}", place.display());
    Checkpoint::open(place, Prefer::Full).expect("it opens");
}

#[test]
fn the_half_precision_variant_is_taken_where_there_is_one() {
    let mut files = files();
    for part in [
        "unet/diffusion_pytorch_model",
        "vae/diffusion_pytorch_model",
        "image_encoder/model",
    ] {
        let full = files[&format!("{part}.safetensors")].clone();
        files.insert(format!("{part}.fp16.safetensors"), full);
    }
    let server = Server::start(files, Manners::default());
    let models = tempfile::tempdir().expect("a folder");
    fetch(&hub(&server), models.path()).expect("it is fetched");
    assert_eq!(server.asked_for(UNET), []);
    assert_eq!(
        server
            .asked_for("unet/diffusion_pytorch_model.fp16.safetensors")
            .len(),
        1
    );
    Checkpoint::open(&whole(models.path()), Prefer::Full).expect("it opens");
}

#[test]
fn a_broken_connection_resumes_where_it_ended() {
    let manners = Manners {
        breaks_after: Some(1000),
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let models = tempfile::tempdir().expect("a folder");
    let ended = fetch(&hub(&server), models.path());
    assert_eq!(ended, Ok(Ended::Whole(whole(models.path()))));
    let ranges: Vec<_> = server
        .asked_for(".safetensors")
        .into_iter()
        .filter_map(|asked| asked.range)
        .collect();
    assert_eq!(ranges, ["bytes=1000-"], "only the rest is asked for");
}

/// A model for pictures from words has other parts: a text tower and a vocabulary.
#[test]
fn a_model_for_pictures_is_fetched_with_its_vocabulary() {
    let mut files = files_of("sd/tiny");
    files.insert("safety_checker/config.json".to_owned(), b"{}".to_vec());
    let server = Server::start(files.clone(), Manners::default());
    let models = tempfile::tempdir().expect("a folder");
    let offer = hub(&server).look(&repo()).expect("an offer");
    assert!(offer.makes_pictures());
    let mut paths: Vec<&str> = offer.files.iter().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "LICENSE.md",
            "README.md",
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "tokenizer/merges.txt",
            "tokenizer/tokenizer_config.json",
            "tokenizer/vocab.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors",
        ]
    );
    fetch(&hub(&server), models.path()).expect("it is fetched");
    Checkpoint::open(&whole(models.path()), Prefer::Full).expect("it opens");

    files.remove("tokenizer/merges.txt");
    let server = Server::start(files, Manners::default());
    let error = hub(&server).look(&repo()).expect_err("a part is missing");
    assert!(
        error.to_string().contains("tokenizer/merges.txt"),
        "{error}"
    );
}

#[test]
fn a_restart_resumes_a_paused_download() {
    let server = Server::start(files(), Manners::default());
    let models = tempfile::tempdir().expect("a folder");
    let first = hub(&server);
    let offer = first.look(&repo()).expect("an offer");
    let size = files()[UNET].len() as u64;
    let arrived = Cell::new(0);
    // Stops after the first piece of the UNet: files are longer than a piece.
    assert!(
        size > 300_000,
        "the golden UNet is long enough to be interrupted"
    );
    let ended = first.fetch(
        &offer,
        models.path(),
        FetchControl {
            ended: &|| arrived.get() > 0,
            progress: &mut |told| {
                if told.file == UNET && told.done > 0 && arrived.get() == 0 {
                    let before: u64 = offer
                        .files
                        .iter()
                        .take_while(|f| f.path != UNET)
                        .map(|f| f.bytes)
                        .sum();
                    arrived.set(told.done - before);
                }
            },
        },
    );
    assert_eq!(ended, Ok(Ended::Early));
    assert!(
        !whole(models.path()).exists(),
        "half a model has no name yet"
    );

    // Another run of the program, later.
    let second = hub(&server);
    let before = server.asked().len();
    assert!(fetch(&second, models.path()).is_ok());
    let asked: Vec<_> = server.asked().split_off(before);
    let unet: Vec<_> = asked
        .iter()
        .filter(|asked| asked.path.ends_with(UNET))
        .collect();
    assert_eq!(unet.len(), 1);
    assert_eq!(unet[0].range, Some(format!("bytes={}-", arrived.get())));
    let config = asked
        .iter()
        .filter(|asked| asked.path.ends_with("unet/config.json"));
    assert_eq!(config.count(), 0, "what is whole is not asked for again");
    Checkpoint::open(&whole(models.path()), Prefer::Full).expect("it opens");
}

#[test]
fn a_server_without_ranges_sends_the_whole_file_again() {
    let manners = Manners {
        no_range: true,
        breaks_after: Some(1000),
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let models = tempfile::tempdir().expect("a folder");
    assert!(matches!(
        fetch(&hub(&server), models.path()),
        Ok(Ended::Whole(_))
    ));
    let model = Checkpoint::open(&whole(models.path()), Prefer::Full).expect("it opens");
    assert_eq!(model.describe().problem, None);
}

#[test]
fn a_server_that_never_sends_more_is_left_alone() {
    let manners = Manners {
        no_range: true,
        breaks_after: Some(1000),
        breaks_each_time: true,
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let models = tempfile::tempdir().expect("a folder");
    let refused = fetch(&hub(&server), models.path());
    assert!(
        matches!(refused, Err(HubError::NoNetwork { .. })),
        "{refused:?}"
    );
    assert_eq!(server.asked_for(UNET).len(), 6);
}

#[test]
fn a_description_that_leads_elsewhere_is_rejected() {
    let changes: [fn(&mut serde_json::Value); 4] = [
        |about| about["sha"] = "../../../elsewhere".into(),
        |about| about["sha"] = "main".into(),
        |about| {
            let twice = about["siblings"][0].clone();
            let all = about["siblings"].as_array_mut().expect("a list");
            all.retain(|file| file["rfilename"] != "model_index.json");
            all.extend([twice.clone(), twice]);
            for file in all.iter_mut().rev().take(2) {
                file["rfilename"] = "model_index.json".into();
            }
        },
        |about| {
            let all = about["siblings"].as_array_mut().expect("a list");
            for file in all.iter_mut().filter(|file| file["lfs"].is_object()) {
                file["lfs"]["sha256"] = "../../elsewhere".into();
            }
        },
    ];
    for change in changes {
        let manners = Manners {
            about: Some(change),
            ..Manners::default()
        };
        let server = Server::start(files(), manners);
        let refused = hub(&server).look(&repo());
        assert!(
            matches!(refused, Err(HubError::BadAnswer { .. })),
            "{refused:?}"
        );
    }
    // Sizes that add up to more than any disk holds must not overflow to a smaller number.
    let manners = Manners {
        about: Some(|about| {
            let all = about["siblings"].as_array_mut().expect("a list");
            for file in all.iter_mut().filter(|file| file["lfs"].is_object()) {
                file["lfs"]["size"] = u64::MAX.into();
            }
        }),
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let models = tempfile::tempdir().expect("a folder");
    let offer = hub(&server).look(&repo()).expect("an offer");
    assert_eq!(offer.bytes(), u64::MAX);
    let refused = hub(&server).fetch(&offer, models.path(), go_on(&mut |_| ()));
    assert!(
        matches!(refused, Err(HubError::NoSpace { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_damaged_file_is_downloaded_again_once() {
    let damaged = |damaged| Manners {
        damaged,
        ..Manners::default()
    };
    let models = tempfile::tempdir().expect("a folder");
    let server = Server::start(files(), damaged(1));
    assert!(matches!(
        fetch(&hub(&server), models.path()),
        Ok(Ended::Whole(_))
    ));

    let models = tempfile::tempdir().expect("a folder");
    let server = Server::start(files(), damaged(2));
    let refused = fetch(&hub(&server), models.path());
    assert!(
        matches!(refused, Err(HubError::WrongHash { .. })),
        "{refused:?}"
    );
    assert!(!whole(models.path()).exists());
}

#[test]
fn a_gated_repository_requires_a_token_that_no_other_host_sees() {
    let manners = Manners {
        token: Some("hf_secret"),
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let refused = hub(&server).look(&repo()).expect_err("it is gated");
    assert!(
        matches!(refused, HubError::TokenNeeded { .. }),
        "{refused:?}"
    );
    assert!(
        refused
            .to_string()
            .contains(&format!("{}/{REPO}", server.base))
    );
    let wrong = Hub::at(&server.base, Token::new("hf_wrong"));
    let refused = wrong.look(&repo()).expect_err("a wrong token");
    assert!(matches!(refused, HubError::Forbidden { .. }), "{refused:?}");
    let models = tempfile::tempdir().expect("a folder");
    let right = Hub::at(&server.base, Token::new(" hf_secret\n"));
    assert!(matches!(fetch(&right, models.path()), Ok(Ended::Whole(_))));

    let manners = Manners {
        redirects: true,
        breaks_after: Some(1000),
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let models = tempfile::tempdir().expect("a folder");
    let asking =
        Hub::at(&server.base, Token::new("hf_secret")).with_first_wait(Duration::from_millis(1));
    assert!(matches!(fetch(&asking, models.path()), Ok(Ended::Whole(_))));
    let asked = server.asked_for(UNET);
    assert!(
        asked.iter().any(|asked| asked.token.is_some()),
        "the hub is told who asks"
    );
    assert!(
        asked.iter().any(|asked| asked.token.is_none()),
        "the other host is not"
    );
    let resumed = |asked: &server::Asked| asked.token.is_none() && asked.range.is_some();
    assert!(
        server.asked_for(".safetensors").iter().any(resumed),
        "ranges go along"
    );
}

#[test]
fn a_busy_hub_is_asked_again_and_a_silent_one_is_named() {
    let server = Server::start(files(), Manners::default());
    let models = tempfile::tempdir().expect("a folder");
    let offer = hub(&server).look(&repo()).expect("an offer");
    drop(server);
    let manners = Manners {
        busy: 3,
        ..Manners::default()
    };
    let server = Server::start(files(), manners);
    let mut waited = 0;
    let ended = hub(&server).fetch(
        &offer,
        models.path(),
        go_on(&mut |told| waited += usize::from(told.waiting.is_some())),
    );
    assert!(matches!(ended, Ok(Ended::Whole(_))), "{ended:?}");
    assert_eq!(waited, 3, "each wait is told");

    let nobody = Hub::at("http://127.0.0.1:9", None).with_first_wait(Duration::from_millis(1));
    let silent = nobody.look(&repo()).expect_err("nobody listens there");
    assert!(matches!(silent, HubError::NoNetwork { .. }), "{silent:?}");
    assert!(
        silent
            .to_string()
            .contains("the data received so far is kept")
    );
}

#[test]
fn a_missing_repository_and_one_without_a_model_are_reported() {
    let server = Server::start(files(), Manners::default());
    let other: Repo = "studio/other".parse().expect("a good name");
    let missing = hub(&server).look(&other).expect_err("it is not there");
    assert_eq!(
        missing.to_string(),
        "the hub has no studio/other; check the name"
    );
    let mut files = files();
    files.remove(UNET);
    let server = Server::start(files, Manners::default());
    let pickles = hub(&server).look(&repo()).expect_err("it has pickles only");
    assert!(matches!(pickles, HubError::NotAModel { .. }), "{pickles:?}");
}

#[test]
fn only_its_owner_can_read_a_saved_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config/hub-token");
    let store = TokenStore::at(file.clone());
    let token = Token::new("hf_secret").expect("a token");
    assert!(Token::new("two words").is_none());
    assert!(!format!("{token:?}").contains("secret"));
    store.keep(Some(&token)).expect("it is kept");
    assert_eq!(
        std::fs::read_to_string(&file).expect("the file"),
        "hf_secret"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file)
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "nobody else reads it");
    }
    store.keep(None).expect("it is forgotten");
    assert!(!file.exists());
}

/// Motion modules have a configuration and weights, but no parts; other networks have files of the same names.
#[test]
fn motion_modules_are_fetched_and_other_networks_are_refused() {
    let module = golden("animatediff/module.safetensors");
    let of_class = |class: &str| {
        let config = format!("{{\"_class_name\": \"{class}\"}}");
        BTreeMap::from([
            ("config.json".to_owned(), config.into_bytes()),
            ("README.md".to_owned(), b"Motion.".to_vec()),
            (
                "diffusion_pytorch_model.safetensors".to_owned(),
                std::fs::read(&module).expect("the golden module"),
            ),
            ("diffusion_pytorch_model.bin".to_owned(), vec![0; 64]),
        ])
    };
    let server = Server::start(of_class("MotionAdapter"), Manners::default());
    let models = tempfile::tempdir().expect("a folder");
    let offer = hub(&server).look(&repo()).expect("an offer");
    assert!(offer.is_motion_modules() && !offer.makes_pictures());
    assert_eq!(offer.files.len(), 3, "{:?}", offer.files);
    fetch(&hub(&server), models.path()).expect("it is fetched");
    let opened = MotionModule::open(&whole(models.path()), Prefer::Full).expect("it opens");
    assert!(opened.problem().is_none());
    assert_eq!(server.asked_for(".bin"), []);

    let server = Server::start(of_class("ControlNetModel"), Manners::default());
    let refused = hub(&server).look(&repo()).expect_err("another network");
    assert!(
        refused.to_string().contains("model_index.json is missing"),
        "{refused}"
    );
    assert_eq!(server.asked_for(".safetensors"), []);
}
