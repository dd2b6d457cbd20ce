//! The answers of a model hub: the head, the description of a repository, and the files that it refers to.
//!
//! An input is the whole answer to the first request, as sent over the wire.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path};
use std::sync::{Mutex, OnceLock};
use std::thread::Builder;
use std::time::Duration;

use kinora::hub::{Ended, FetchControl, Hub, Offer, Repo};
use serde_json::json;

use super::{Dice, Target, assert_sentence, bytes, json, refused};

pub(super) const TARGET: Target = Target {
    name: "hub",
    seeds,
    change,
    check,
};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// Nothing larger than this is downloaded here.
const MOST_BYTES: u64 = 1 << 16;

fn seeds() -> Vec<Vec<u8>> {
    let file = |name: &str| json!({ "rfilename": name, "size": 3 });
    let large = |name: &str| json!({ "rfilename": name, "size": 3, "lfs": { "sha256": "ab".repeat(32), "size": 3 } });
    let description = |large: &dyn Fn(&str) -> serde_json::Value| {
        json!({
            "id": "studio/tiny-svd",
            "sha": COMMIT,
            "gated": false,
            "cardData": { "license": "other", "license_name": "tiny-community" },
            "siblings": [
                file("model_index.json"), file("README.md"), file("unet/config.json"), file("vae/config.json"),
                file("image_encoder/config.json"), file("scheduler/scheduler_config.json"),
                file("feature_extractor/preprocessor_config.json"),
                large("unet/diffusion_pytorch_model.fp16.safetensors"),
                large("vae/diffusion_pytorch_model.safetensors"),
                large("image_encoder/model.safetensors"),
            ],
        })
    };
    [description(&large), description(&file)]
        .map(|about| answer(about.to_string().as_bytes()))
        .into()
}

fn answer(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn change(data: &mut Vec<u8>, dice: &mut Dice) {
    let end = data.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    match end {
        Some(end) if !dice.one_in(8) => {
            let mut body = data[end + 4..].to_vec();
            json::change(&mut body, dice);
            *data = answer(&body);
        }
        _ => bytes::change(data, dice),
    }
}

/// The current answer of the server on this machine.
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A server that gives the current answer to the first request, and three bytes for every file.
fn server() -> &'static str {
    static BASE: OnceLock<String> = OnceLock::new();
    BASE.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        let base = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        let serve = move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects is not the server's problem.
                let _ = attend(stream);
            }
        };
        Builder::new()
            .name("hub".to_owned())
            .spawn(serve)
            .expect("a thread");
        base
    })
}

fn attend(mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    if first.contains("/api/models/") {
        let ready = ANSWER.lock().unwrap().clone();
        stream.write_all(&ready)
    } else {
        stream.write_all(&answer(b"abc"))
    }
}

fn check(data: &[u8], folder: &Path) -> bool {
    *ANSWER.lock().unwrap() = data.to_vec();
    let hub = Hub::at(server(), None).with_first_wait(Duration::ZERO);
    let repo: Repo = "studio/tiny-svd".parse().expect("a good name");
    let offer = match hub.look(&repo) {
        Ok(offer) => offer,
        Err(error) => return refused(&error),
    };
    assert_offer(&offer);
    if offer.bytes() <= MOST_BYTES {
        assert_fetched(&hub, &offer, folder);
    }
    true
}

fn assert_offer(offer: &Offer) {
    let hexadecimal = |text: &str| text.bytes().all(|letter| letter.is_ascii_hexdigit());
    assert!(
        !offer.commit.is_empty() && hexadecimal(&offer.commit),
        "commit {:?}",
        offer.commit
    );
    assert!(
        offer.licence.len() < 1000 && !offer.licence.contains(char::is_control),
        "licence {:?}",
        offer.licence
    );
    let mut paths = BTreeSet::new();
    let mut bytes = 0_u128;
    for file in &offer.files {
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        assert!(
            Path::new(&file.path).components().all(plain),
            "{:?} leads elsewhere",
            file.path
        );
        assert!(
            !file.path.contains(['\\', ':']) && !file.path.contains(char::is_control),
            "{:?}",
            file.path
        );
        assert!(paths.insert(&file.path), "{} is fetched twice", file.path);
        assert!(
            file.sha256
                .as_deref()
                .is_none_or(|hash| hash.len() == 64 && hexadecimal(hash))
        );
        bytes += u128::from(file.bytes);
    }
    assert_eq!(
        bytes.min(u64::MAX.into()),
        u128::from(offer.bytes()),
        "bytes of all files together"
    );
}

/// Checks that every file that was written is inside the model's folder.
fn assert_fetched(hub: &Hub, offer: &Offer, folder: &Path) {
    let models = folder.join("models");
    let _ = std::fs::remove_dir_all(&models);
    let control = FetchControl {
        ended: &|| false,
        progress: &mut |told| assert!(told.done <= told.total),
    };
    match hub.fetch(offer, &models, control) {
        Ok(Ended::Whole(place)) => {
            assert_eq!(place, models.join("tiny-svd"));
            for file in &offer.files {
                assert!(place.join(&file.path).is_file(), "{} is there", file.path);
            }
        }
        Ok(Ended::Early) => panic!("nobody ended it"),
        Err(error) => assert_sentence(&error),
    }
    let inside = std::fs::read_dir(folder)
        .expect("the check's own")
        .flatten();
    let names: Vec<_> = inside.map(|entry| entry.file_name()).collect();
    assert_eq!(names, ["models"], "something was written elsewhere");
}
