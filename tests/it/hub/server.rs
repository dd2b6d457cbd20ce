//! A hub on this machine: one repository, served over plain HTTP by a thread.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use sha2::{Digest as _, Sha256};

/// The repository of every test server.
pub(crate) const REPO: &str = "studio/tiny-svd";
/// Its commit.
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A request, as received.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) range: Option<String>,
    pub(crate) token: Option<String>,
}

/// How a server misbehaves.
#[derive(Clone, Default)]
pub(crate) struct Manners {
    /// Only clients with this token get files.
    pub(crate) token: Option<&'static str>,
    /// Sends whole files, whatever range is requested.
    pub(crate) no_range: bool,
    /// Large files are on another host.
    pub(crate) redirects: bool,
    /// The connection ends after this many bytes of a large file, once.
    pub(crate) breaks_after: Option<usize>,
    /// The connection ends like this every time.
    pub(crate) breaks_each_time: bool,
    /// How to change the description of the repository.
    pub(crate) about: Option<fn(&mut serde_json::Value)>,
    /// How many times large files are sent with a wrong byte.
    pub(crate) damaged: usize,
    /// How many requests are answered with "try again later".
    pub(crate) busy: usize,
}

/// A running server; dropping it stops it.
pub(crate) struct Server {
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    closing: Arc<AtomicBool>,
    doors: Vec<(SocketAddr, JoinHandle<()>)>,
}

struct Desk {
    files: BTreeMap<String, Vec<u8>>,
    manners: Mutex<Manners>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Where large files are, when they are elsewhere.
    elsewhere: Option<String>,
}

impl Server {
    /// Serves `files`, as paths and bytes.
    pub(crate) fn start(files: BTreeMap<String, Vec<u8>>, manners: Manners) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let closing = Arc::new(AtomicBool::new(false));
        let mut doors = Vec::new();
        let mut serve = |manners: Manners, elsewhere: Option<String>, files| {
            let desk = Desk {
                files,
                manners: Mutex::new(manners),
                asked: Arc::clone(&asked),
                elsewhere,
            };
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
            let door = listener.local_addr().expect("it has an address");
            let ended = Arc::clone(&closing);
            let thread = Builder::new().name("hub".to_owned()).spawn(move || {
                for stream in listener.incoming().flatten() {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    // A client that disconnects is not the server's problem.
                    let _ = desk.answer(stream);
                }
            });
            doors.push((door, thread.expect("a thread")));
            format!("http://{door}")
        };
        let elsewhere = manners.redirects.then(|| {
            let plain = Manners {
                redirects: false,
                ..manners.clone()
            };
            // "localhost" is another name for this machine, and so another host to the client.
            serve(plain, None, files.clone()).replace("127.0.0.1", "localhost")
        });
        let base = serve(manners, elsewhere, files);
        Self {
            base,
            asked,
            closing,
            doors,
        }
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Requests for one file.
    pub(crate) fn asked_for(&self, file: &str) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.path.ends_with(file));
        asked
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        // One more connection wakes each listener, which then exits.
        for (door, thread) in self.doors.drain(..) {
            let _ = TcpStream::connect(door);
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut asked = Asked {
            path: path.clone(),
            range: None,
            token: None,
        };
        while let Some(line) = lines.next().transpose()? {
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "range" => asked.range = Some(value.trim().to_owned()),
                "authorization" => asked.token = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        self.asked.lock().unwrap().push(asked.clone());
        let mut manners = self.manners.lock().unwrap();
        if manners.busy > 0 {
            manners.busy -= 1;
            return head(&mut stream, "503 Busy", 0, &[]);
        }
        if path.starts_with("/api/models/") {
            if !path.starts_with(&format!("/api/models/{REPO}")) {
                return head(&mut stream, "404 Not Found", 0, &[]);
            }
            let text = self.description(manners.about);
            head(&mut stream, "200 OK", text.len(), &[])?;
            return stream.write_all(text.as_bytes());
        }
        let file = path.strip_prefix(&format!("/{REPO}/resolve/{COMMIT}/"));
        let Some((name, bytes)) = file.and_then(|file| self.files.get_key_value(file)) else {
            return head(&mut stream, "404 Not Found", 0, &[]);
        };
        let wanted = manners.token.map(|token| format!("Bearer {token}"));
        let terms = name == "README.md";
        if self.elsewhere.is_some() && large(name) {
            let there = format!(
                "Location: {}{path}",
                self.elsewhere.as_deref().unwrap_or_default()
            );
            return head(&mut stream, "302 Found", 0, &[&there]);
        }
        if wanted.is_some() && asked.token != wanted && !terms {
            return head(&mut stream, "401 Unauthorized", 0, &[]);
        }
        let begin = asked.range.as_deref().filter(|_| !manners.no_range);
        let begin = begin.and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .ok()
        });
        let mut rest = bytes[begin.unwrap_or(0_usize).min(bytes.len())..].to_vec();
        if large(name) && manners.damaged > 0 {
            manners.damaged -= 1;
            if let Some(last) = rest.last_mut() {
                *last ^= 1;
            }
        }
        match begin {
            Some(begin) if begin >= bytes.len() => {
                return head(&mut stream, "416 Range Not Satisfiable", 0, &[]);
            }
            Some(begin) => {
                let range = format!(
                    "Content-Range: bytes {begin}-{}/{}",
                    bytes.len() - 1,
                    bytes.len()
                );
                head(&mut stream, "206 Partial Content", rest.len(), &[&range])?;
            }
            None => head(&mut stream, "200 OK", rest.len(), &[])?,
        }
        if let Some(most) = manners.breaks_after.filter(|_| large(name)) {
            if !manners.breaks_each_time {
                manners.breaks_after = None;
            }
            rest.truncate(most);
        }
        stream.write_all(&rest)
    }

    /// The description of the repository.
    fn description(&self, change: Option<fn(&mut serde_json::Value)>) -> String {
        let siblings: Vec<_> = self
            .files
            .iter()
            .map(|(name, bytes)| {
                let hash = format!("{:x}", Sha256::digest(bytes));
                let lfs =
                    large(name).then(|| serde_json::json!({ "sha256": hash, "size": bytes.len() }));
                serde_json::json!({ "rfilename": name, "size": bytes.len(), "lfs": lfs })
            })
            .collect();
        let mut about = serde_json::json!({
            "id": REPO,
            "sha": COMMIT,
            "gated": "auto",
            "cardData": { "license": "other", "license_name": "tiny-community" },
            "siblings": siblings,
        });
        if let Some(change) = change {
            change(&mut about);
        }
        about.to_string()
    }
}

/// Whether a file counts as large: weights do, although they are small here.
fn large(name: &str) -> bool {
    name.ends_with(".safetensors")
}

fn head(stream: &mut TcpStream, status: &str, length: usize, more: &[&str]) -> std::io::Result<()> {
    let mut text =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for line in more {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes())
}
