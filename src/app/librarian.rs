//! The worker for models: lists, inspects, copies, removes and fetches them.
//!
//! Runs in the background and reports facts; knows no state.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::Duration;

use super::fact::Fact;
use super::inbox::Outbox;
use super::installing::{self, CopyWatch, install, is_copied};
use super::models::{EntryState, ModelEntry, ModelReport, ModelsFact, Origin};
use super::notice::sentence;
use crate::checkpoint::{Identity, identify};
use crate::engine::clock::now;
use crate::engine::defaults_of;
use crate::engine::device::{DevicePreference, Precision};
use crate::engine::forecast::{Forecast, forecast};
use crate::engine::library::{Library, POCKET};
use crate::error::{HubError, InstallError, said};
use crate::hub::{Hub, Offer, Repo, Token, TokenStore, Watch, is_fetched};
use crate::request::{GenerateRequest, RequestDraft};

/// How often progress is told; more often nobody reads it.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Begins the name of a model that was removed and can be put back until the next start.
pub(super) const REMOVED: &str = ".removed-";

/// Where models are fetched from, and the token for it; tests bring their own.
#[derive(Clone, Debug)]
pub struct HubAccess {
    /// The hub's address; `None` for the public one, or what `HF_ENDPOINT` names.
    pub base: Option<String>,
    /// Where the token is kept.
    pub tokens: TokenStore,
}

impl HubAccess {
    /// The public hub, and the user's own token.
    #[must_use]
    pub fn of_user() -> Self {
        Self {
            base: None,
            tokens: TokenStore::of_user(),
        }
    }

    fn hub(&self) -> Hub {
        let token = self.tokens.read();
        match &self.base {
            Some(base) => Hub::at(base, token),
            None => Hub::of_environment(token),
        }
    }
}

/// All models by name and place, not looked into yet.
pub(super) fn found(library: &Library, referenced: &[PathBuf]) -> Vec<ModelEntry> {
    let folder = library.data_folder().map(|data| data.join("models"));
    let entry = |name: String, title: String, origin| ModelEntry {
        name,
        title,
        origin,
        state: EntryState::Opening,
    };
    let mut entries: Vec<ModelEntry> = library
        .models()
        .into_iter()
        .map(|name| {
            let place = folder.as_ref().map(|folder| placed(folder, &name));
            let origin = match place {
                _ if name == POCKET => Origin::Embedded,
                Some(place) if is_fetched(&place) => Origin::Fetched,
                Some(place) if is_copied(&place) => Origin::Copied,
                _ => Origin::Installed,
            };
            let title = if name == POCKET { "Pocket" } else { &name };
            entry(name.clone(), title.to_owned(), origin)
        })
        .collect();
    entries.extend(referenced.iter().map(|path| {
        let title = path.file_name().unwrap_or(path.as_os_str());
        let title = title.to_string_lossy().into_owned();
        entry(path.display().to_string(), title, Origin::Referenced)
    }));
    entries
}

/// What is in a model, and what a shot at its own size takes.
pub(super) fn state(
    library: &Library,
    name: &str,
    device: DevicePreference,
    precision: Precision,
) -> EntryState {
    let path = Path::new(name);
    if path.is_absolute() && !path.exists() {
        return EntryState::Missing;
    }
    let checkpoint = match library.model(name) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return EntryState::Broken(sentence(&error)),
    };
    let description = checkpoint.describe();
    if let Some(problem) = description.problem {
        return EntryState::Broken(sentence(&problem));
    }
    let defaults = defaults_of(&checkpoint);
    let request = GenerateRequest::complete(&RequestDraft::default(), &defaults, 0).ok();
    let foretold =
        request.and_then(|request| forecast(library, name, &request, device, precision).ok());
    EntryState::Usable(Box::new(ModelReport {
        kind: format!("{}, {}", description.kind, description.layout),
        parameters: description.parameters,
        trained: (defaults.width, defaults.height, defaults.frames),
        peak_bytes: foretold.as_ref().map(Forecast::peak_bytes),
        free_bytes: foretold.as_ref().map(|foretold| foretold.free_bytes),
        licence: description.licence,
        warnings: description.warnings,
    }))
}

/// Where a model of Kinora's folder lies: in a folder of its own, or in one file.
fn placed(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(format!("{name}.safetensors"));
    if file.is_file() {
        return file;
    }
    folder.join(name)
}

/// Whether a file or folder that was brought holds a whole model.
pub(super) fn is_model(path: &Path) -> bool {
    if path.is_dir() {
        return path.join("model_index.json").is_file();
    }
    let weights = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors"));
    weights && matches!(identify(path), Ok(Identity::Checkpoint))
}

/// Takes a fetched or copied model out of its place, or puts it back.
pub(super) fn keep(library: &Library, name: &str, kept: bool) -> Result<(), HubError> {
    let folder = models_folder(library)?;
    let aside = placed(&folder, &format!("{REMOVED}{name}"));
    let place = match kept {
        true => {
            let name = aside.file_name().unwrap_or_default().to_string_lossy();
            folder.join(name.trim_start_matches(REMOVED))
        }
        false => placed(&folder, name),
    };
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let moved = match kept {
        true => fs::rename(&aside, &place),
        // Nothing but what Kinora has brought there is ever moved.
        false if is_fetched(&place) || is_copied(&place) => {
            fs::rename(&place, folder.join(format!("{REMOVED}{name}")))
        }
        false => Ok(()),
    };
    moved.map_err(|error| HubError::Unwritable {
        reason: said(&error),
        path: place.clone(),
    })
}

/// Deletes what was removed in an earlier run, and copies that a kill has left half done.
pub(super) fn sweep(library: &Library) {
    let Ok(folder) = models_folder(library) else {
        return;
    };
    installing::sweep(&folder);
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let (path, named) = (entry.path(), entry.file_name());
        let removed = named.to_string_lossy().starts_with(REMOVED);
        // What cannot be deleted now is tried again at the next start.
        if removed && path.is_dir() && (is_fetched(&path) || is_copied(&path)) {
            let _ = fs::remove_dir_all(&path);
        } else if removed && is_copied(&path) {
            let _ = fs::remove_file(&path);
            let _ = installing::unmark(&path);
        }
    }
}

/// Copies a model on a thread of its own, until `ended`. Nobody waits for the thread: what a closing
/// program leaves half done, the next start undoes.
pub(super) fn copy(
    library: &Library,
    source: PathBuf,
    ended: Arc<AtomicBool>,
    outbox: Outbox,
) -> std::io::Result<()> {
    let data = library.data_folder().map(Path::to_owned);
    let thread = Builder::new().name("copy".to_owned()).spawn(move || {
        let mut told = None;
        let copied = data.ok_or(InstallError::NoPlace).and_then(|data| {
            let watch = CopyWatch {
                ended: &|| ended.load(Ordering::Relaxed),
                progress: &mut |done, total, words| {
                    let now = now();
                    if told.is_some_and(|told| now.duration_since(told) < TELL_EVERY) {
                        return;
                    }
                    told = Some(now);
                    let words = words.to_owned();
                    let advanced = ModelsFact::CopyAdvanced { done, total, words };
                    outbox.tell(Fact::Models(advanced));
                },
            };
            install(&data.join("models"), &source, watch)
        });
        outbox.tell(Fact::Models(ModelsFact::CopyEnded(copied)));
    });
    thread.map(drop)
}

fn models_folder(library: &Library) -> Result<PathBuf, HubError> {
    let data = library.data_folder().ok_or(HubError::NoPlace)?;
    Ok(data.join("models"))
}

/// Keeps a token for the next runs, or forgets it.
pub(super) fn keep_token(access: &HubAccess, token: Option<&Token>) -> Result<(), HubError> {
    access.tokens.keep(token)
}

/// Asks the hub on a thread of its own: a silent network must not hold up other work. Nobody waits
/// for the thread; it ends by itself, at the latest when its patience does.
pub(super) fn look(access: &HubAccess, name: String, outbox: Outbox) -> std::io::Result<()> {
    let hub = access.hub();
    let thread = Builder::new().name("hub".to_owned()).spawn(move || {
        let repo = name.parse::<Repo>();
        let offer = repo.and_then(|repo| hub.look(&repo)).map(Arc::new);
        outbox.tell(Fact::Models(ModelsFact::Looked { name, offer }));
    });
    thread.map(drop)
}

/// Fetches on a thread of its own, until `ended`. What has arrived is on the disk at any moment, so
/// that nobody needs to wait for the thread.
pub(super) fn fetch(
    access: &HubAccess,
    library: &Library,
    offer: Arc<Offer>,
    ended: Arc<AtomicBool>,
    outbox: Outbox,
) -> std::io::Result<()> {
    let hub = access.hub();
    let folder = models_folder(library);
    let thread = Builder::new().name("fetch".to_owned()).spawn(move || {
        let mut told = None;
        let fetched = folder.and_then(|folder| {
            let watch = Watch {
                ended: &|| ended.load(Ordering::Relaxed),
                progress: &mut |progress| {
                    let now = now();
                    let soon = told.is_some_and(|told| now.duration_since(told) < TELL_EVERY);
                    if soon && progress.waiting.is_none() {
                        return;
                    }
                    told = Some(now);
                    outbox.tell(Fact::Models(ModelsFact::Advanced {
                        done: progress.done,
                        total: progress.total,
                        file: progress.file.to_owned(),
                        waiting: progress.waiting.map(sentence),
                    }));
                },
            };
            hub.fetch(&offer, &folder, watch)
        });
        outbox.tell(Fact::Models(ModelsFact::Ended(fetched)));
    });
    thread.map(drop)
}
