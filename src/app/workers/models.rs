//! Listing, inspecting, copying, removing and downloading models in the background.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::Duration;

use super::inbox::Outbox;
use crate::app::protocol::event::Event;
use crate::app::protocol::models::ModelsEvent;
use crate::app::state::models::{EntryState, ModelEntry, ModelReport, ModulesReport, Origin};
use crate::app::state::notice::sentence;
use crate::engine::defaults_of;
use crate::engine::forecast::{Forecast, forecast};
use crate::error::{Hinted, HubError, InstallError};
use crate::hub::{FetchControl, Hub, Offer, Repo, Token, TokenStore, is_fetched};
use crate::library::install_model::{CopyControl, install, is_copied};
use crate::library::installed::{models_folder, placed};
use crate::library::{Library, POCKET};
use crate::request::{DevicePreference, GenerateRequest, Precision, RequestDraft};
use crate::system::clock::now;

/// Interval between progress events.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);
/// The hub's address and the access token; tests provide their own.
#[derive(Clone, Debug)]
pub struct HubAccess {
    /// The hub's address; `None` for the public one, or the one in `HF_ENDPOINT`.
    pub base: Option<String>,
    /// Where the token is saved.
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

/// All models by name and origin, not inspected yet.
pub(in crate::app) fn found(library: &Library, referenced: &[PathBuf]) -> Vec<ModelEntry> {
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
    // Under their paths: a model may have the same name.
    let modules = library.installed_motion_modules().into_iter();
    entries.extend(
        modules.map(|(title, path)| entry(path.display().to_string(), title, Origin::Installed)),
    );
    entries.extend(referenced.iter().map(|path| {
        let title = path.file_name().unwrap_or(path.as_os_str());
        let title = title.to_string_lossy().into_owned();
        entry(path.display().to_string(), title, Origin::Referenced)
    }));
    entries
}

/// Inspects a model: what it is, and the memory that a take at its training size needs.
pub(in crate::app) fn state(
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
        Err(error) => {
            return modules(library, name).unwrap_or(EntryState::Broken(error.in_window()));
        }
    };
    let description = checkpoint.describe();
    if let Some(problem) = description.problem {
        return EntryState::Broken(sentence(&problem));
    }
    let defaults = defaults_of(&checkpoint);
    let request = GenerateRequest::complete(&RequestDraft::default(), &defaults, 0).ok();
    let forecast =
        request.and_then(|request| forecast(library, name, &request, device, precision).ok());
    EntryState::Usable(Box::new(ModelReport {
        kind: format!("{}, {}", description.kind, description.layout),
        parameters: description.parameters,
        peak_bytes: forecast.as_ref().map(Forecast::peak_bytes),
        free_bytes: forecast.as_ref().map(|forecast| forecast.free_bytes),
        licence: description.licence,
        warnings: description.warnings,
        picture_unet: checkpoint.picture_unet().cloned(),
        defaults,
    }))
}

/// Inspects what is no model of its own; `None` if it has no motion modules either.
fn modules(library: &Library, name: &str) -> Option<EntryState> {
    let module = library.motion_module(name).ok()?;
    if let Some(problem) = module.problem() {
        return Some(EntryState::Broken(problem.in_window()));
    }
    Some(EntryState::Modules(Box::new(ModulesReport {
        kind: module.kind().to_string(),
        parameters: module.describe().parameters,
        config: module.part.config,
    })))
}

/// Copies a model on a thread of its own, until `ended`. The thread is not joined: anything left incomplete
/// when the program closes is removed at the next start.
pub(in crate::app) fn copy(
    library: &Library,
    source: PathBuf,
    ended: Arc<AtomicBool>,
    outbox: Outbox,
) -> std::io::Result<()> {
    let data = library.data_folder().map(Path::to_owned);
    let thread = Builder::new().name("copy".to_owned()).spawn(move || {
        let mut last = None;
        let copied = data.ok_or(InstallError::NoPlace).and_then(|data| {
            let watch = CopyControl {
                ended: &|| ended.load(Ordering::Relaxed),
                progress: &mut |done, total, words| {
                    let now = now();
                    if last.is_some_and(|last| now.duration_since(last) < PROGRESS_INTERVAL) {
                        return;
                    }
                    last = Some(now);
                    let words = words.to_owned();
                    let advanced = ModelsEvent::CopyAdvanced { done, total, words };
                    outbox.send(Event::Models(advanced));
                },
            };
            install(&data.join("models"), &source, watch)
        });
        outbox.send(Event::Models(ModelsEvent::CopyEnded(copied)));
    });
    thread.map(drop)
}

/// Saves a token for the next runs, or deletes the saved one.
pub(in crate::app) fn keep_token(
    access: &HubAccess,
    token: Option<&Token>,
) -> Result<(), HubError> {
    access.tokens.keep(token)
}

/// Asks the hub on a thread of its own, because a silent network must not block other work. The thread is
/// not joined; it ends at the latest when its requests time out.
pub(in crate::app) fn look(
    access: &HubAccess,
    name: String,
    outbox: Outbox,
) -> std::io::Result<()> {
    let hub = access.hub();
    let thread = Builder::new().name("hub".to_owned()).spawn(move || {
        let repo = name.parse::<Repo>();
        let offer = repo.and_then(|repo| hub.look(&repo)).map(Arc::new);
        outbox.send(Event::Models(ModelsEvent::Looked { name, offer }));
    });
    thread.map(drop)
}

/// Downloads on a thread of its own, until `ended`. The thread is not joined, because whatever has arrived
/// is already on the disk.
pub(in crate::app) fn fetch(
    access: &HubAccess,
    library: &Library,
    offer: Arc<Offer>,
    ended: Arc<AtomicBool>,
    outbox: Outbox,
) -> std::io::Result<()> {
    let hub = access.hub();
    let folder = models_folder(library);
    let thread = Builder::new().name("fetch".to_owned()).spawn(move || {
        let mut last = None;
        let fetched = folder.and_then(|folder| {
            let watch = FetchControl {
                ended: &|| ended.load(Ordering::Relaxed),
                progress: &mut |progress| {
                    let now = now();
                    let soon =
                        last.is_some_and(|last| now.duration_since(last) < PROGRESS_INTERVAL);
                    if soon && progress.waiting.is_none() {
                        return;
                    }
                    last = Some(now);
                    outbox.send(Event::Models(ModelsEvent::Advanced {
                        done: progress.done,
                        total: progress.total,
                        file: progress.file.to_owned(),
                        waiting: progress.waiting.map(Hinted::in_window),
                    }));
                },
            };
            hub.fetch(&offer, &folder, watch)
        });
        outbox.send(Event::Models(ModelsEvent::Ended(fetched)));
    });
    thread.map(drop)
}
