//! The worker for models: lists, inspects, removes and fetches them.
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
use super::models::{EntryState, ModelEntry, ModelReport, ModelsFact, Origin};
use super::notice::sentence;
use crate::checkpoint::{Identity, identify};
use crate::engine::clock::now;
use crate::engine::defaults_of;
use crate::engine::device::{DevicePreference, Precision};
use crate::engine::forecast::{Forecast, forecast};
use crate::engine::library::{Library, POCKET};
use crate::error::HubError;
use crate::hub::{Hub, Offer, Repo, Token, TokenStore, Watch, is_fetched};
use crate::request::{GenerateRequest, RequestDraft};

/// How often progress is told; more often nobody reads it.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Begins the name of a fetched model that was removed and can be put back until the next start.
const REMOVED: &str = ".removed-";

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
            let place = folder.as_ref().map(|folder| folder.join(&name));
            let origin = match () {
                () if name == POCKET => Origin::Embedded,
                () if place.is_some_and(|place| is_fetched(&place)) => Origin::Fetched,
                () => Origin::Installed,
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

/// Takes a fetched model out of its place, or puts it back.
pub(super) fn keep(library: &Library, name: &str, kept: bool) -> Result<(), HubError> {
    let folder = models_folder(library)?;
    let (place, aside) = (folder.join(name), folder.join(format!("{REMOVED}{name}")));
    let moved = match kept {
        true => fs::rename(&aside, &place),
        // Nothing but what Kinora has fetched is ever moved.
        false if is_fetched(&place) => fs::rename(&place, &aside),
        false => Ok(()),
    };
    moved.map_err(|error| HubError::Unwritable {
        reason: error.to_string(),
        path: place,
    })
}

/// Deletes what was removed in an earlier run.
pub(super) fn sweep(library: &Library) {
    let Ok(folder) = models_folder(library) else {
        return;
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let removed = entry.file_name().to_string_lossy().starts_with(REMOVED);
        if removed && is_fetched(&entry.path()) {
            // What cannot be deleted now is tried again at the next start.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
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
