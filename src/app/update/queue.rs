//! The queue: takes added, ordered, edited, started one at a time.

use std::sync::Arc;

use super::{forecast, history, notice, save, words};
use crate::app::Command;
use crate::app::command::camera::CameraCommand;
use crate::app::command::queue::{QueueCommand, QueueId, RetryOption};
use crate::app::protocol::effect::Effect;
use crate::app::query::camera_stack::{self, StackRow};
use crate::app::query::retry::{Tried, retry_options};
use crate::app::state::Studio;
use crate::app::state::job::{Job, PauseState};
use crate::app::state::notice::NoticeAction;
use crate::app::state::queue::{Editing, MOST_WAITING};
use crate::app::state::shelf::ShelfPicture;
use crate::engine::protocol::{Directed, JobId, Order};
use crate::error::{CameraError, GenerateError, ProjectError, excerpt};
use crate::motion::MotionPictures;
use crate::project::direction::ModelCard;
use crate::project::ids::{PictureId, TakeId};
use crate::project::take_request::TakeRequest;
use crate::request::{GenerateRequest, Named, NamedPicture};

/// Title of the notice that takes are waiting since the project was opened.
const REOPENED: &str = "The queue is paused";
/// Title of the notice that waiting takes were removed.
const REMOVED: &str = "Removed from the queue";
/// Title of the notice that the requested take already exists.
const EXISTS: &str = "This take already exists";

pub(super) fn command(studio: &mut Studio, command: QueueCommand) -> Vec<Effect> {
    let queue = &mut studio.runtime.queue;
    let mut effects = Vec::new();
    match command {
        QueueCommand::Move(id, place) => queue.move_to(id, place),
        QueueCommand::Duplicate(id) => {
            if queue.waiting.len() < MOST_WAITING {
                queue.duplicate(id);
            } else {
                return full(studio);
            }
        }
        QueueCommand::Remove(id) => {
            if queue.is_edited(id) {
                effects.extend(restore(studio));
            }
            let removed = studio.runtime.queue.remove(id);
            offer_back(studio, removed.into_iter().collect());
        }
        QueueCommand::Clear => effects.extend(clear(studio)),
        QueueCommand::Add(takes) => {
            for wanted in takes {
                effects.extend(add(studio, wanted));
            }
        }
        QueueCommand::Start => {
            queue.start();
            queue.watch |= studio.runtime.job.is_none();
        }
        QueueCommand::NewSeed => {
            studio.project.document.direction.draft.seed = None;
            return generate(studio);
        }
        QueueCommand::Edit(id) => effects.extend(edit(studio, id)),
        QueueCommand::FinishEdit => effects.extend(finish_edit(studio)),
        QueueCommand::CancelEdit => effects.extend(restore(studio)),
        QueueCommand::Pause => return set_paused(studio, true),
        QueueCommand::Resume => return set_paused(studio, false),
        QueueCommand::Retry(job, option) => return retry(studio, job, &option),
    }
    if studio.runtime.queue.held() == 0 {
        let notices = &mut studio.runtime.notices;
        notices.retain(|notice| notice.title != REOPENED);
    }
    effects.extend(start_next(studio));
    effects
}

/// Queues a take of the picture with the current direction.
pub(super) fn generate(studio: &mut Studio) -> Vec<Effect> {
    let notices = &mut studio.runtime.notices;
    notices.retain(|notice| notice.title != EXISTS);
    if studio.runtime.queue.editing.is_some() {
        let mut effects = finish_edit(studio);
        effects.extend(start_next(studio));
        return effects;
    }
    let (Some(picture), Some(card)) = (studio.picture(), studio.model()) else {
        return Vec::new();
    };
    let direction = studio.complete_direction();
    // The engine validates again, with the seed it draws; an error here is immediate.
    if let Err(error) = GenerateRequest::complete(&direction.draft, &card.defaults, 0) {
        return notice::error(studio, "Couldn't start the take", &error);
    }
    let unfit = studio.unfit_moves();
    if !unfit.is_empty() {
        let moves: Vec<&str> = unfit.iter().map(StackRow::title).collect();
        let error = CameraError::Unfit {
            moves: moves.join(", "),
            model: card.title.clone(),
        };
        let unfit: Vec<&str> = unfit.iter().map(|row| row.name).collect();
        let rest = direction.moves.iter();
        let rest = rest.filter(|one| !unfit.contains(&one.name.as_str()));
        let offer = NoticeAction {
            words: "Remove them".to_owned(),
            command: Command::Camera(CameraCommand::Stack {
                moves: rest.cloned().collect(),
                path: direction.path.clone(),
            }),
        };
        return notice::error_with_actions(studio, "Couldn't start the take", &error, vec![offer]);
    }
    let request = TakeRequest {
        picture: picture.id,
        direction,
        device: None,
    };
    if let Some(same) = studio.same_take() {
        let (id, number) = (same.id, same.number);
        exists(studio, id, number, request);
        return Vec::new();
    }
    add(studio, request)
}

/// Reports that a take already exists, instead of making it again.
fn exists(studio: &mut Studio, take: TakeId, number: usize, request: TakeRequest) {
    let offer = |words: &str, command| NoticeAction {
        words: words.to_owned(),
        command,
    };
    let offers = vec![
        offer("Show", Command::ShowTake(take)),
        offer("New seed", Command::Queue(QueueCommand::NewSeed)),
        offer(
            "Make it anyway",
            Command::Queue(QueueCommand::Add(vec![request])),
        ),
    ];
    let words = format!("Take {number} has the same picture, settings and seed.");
    notice::with_actions(studio, EXISTS, &words, offers);
}

/// Loads the queue that a project was saved with, and says that it waits.
pub(super) fn reopen(studio: &mut Studio, requests: Vec<TakeRequest>) {
    studio.runtime.saved_queue.clone_from(&requests);
    studio.runtime.queue.reopen(requests);
    let words = match studio.runtime.queue.held() {
        0 => return,
        1 => "One take was waiting when the project was closed.".to_owned(),
        held => format!("{held} takes were waiting when the project was closed."),
    };
    let offer = |words: &str, command| NoticeAction {
        words: words.to_owned(),
        command: Command::Queue(command),
    };
    let offers = vec![
        offer("Start the queue", QueueCommand::Start),
        offer("Clear it", QueueCommand::Clear),
    ];
    notice::with_actions(studio, REOPENED, &words, offers);
}

/// Removes all waiting takes, and offers to restore them.
fn clear(studio: &mut Studio) -> Vec<Effect> {
    let effects = restore(studio);
    let removed = studio.runtime.queue.clear();
    offer_back(studio, removed);
    effects
}

/// Says that takes were removed, and offers to put them back. Takes that were removed one after the other
/// share one notice, so that none of them is lost.
fn offer_back(studio: &mut Studio, removed: Vec<TakeRequest>) {
    if removed.is_empty() {
        return;
    }
    let mut all = Vec::new();
    studio.runtime.notices.retain(|notice| {
        if notice.title != REMOVED {
            return true;
        }
        for action in notice.actions() {
            if let Command::Queue(QueueCommand::Add(requests)) = &action.command {
                all.extend(requests.iter().cloned());
            }
        }
        false
    });
    all.extend(removed);
    let (words, back) = match all.len() {
        1 => ("This take won't be made.".to_owned(), "Put it back"),
        count => (format!("{count} takes won't be made."), "Put them back"),
    };
    let back = NoticeAction {
        words: back.to_owned(),
        command: Command::Queue(QueueCommand::Add(all)),
    };
    notice::info_with_actions(studio, REMOVED, &words, vec![back]);
}

/// Queues a take.
pub(super) fn add(studio: &mut Studio, request: TakeRequest) -> Vec<Effect> {
    if studio.runtime.queue.waiting.len() >= MOST_WAITING {
        return full(studio);
    }
    if studio.picture_named(request.picture).is_none() {
        return picture_gone(studio, request.picture);
    }
    // The forecast applies to the direction's settings only.
    let seconds = forecast::seconds_of(studio, &request);
    studio.runtime.queue.add(request, seconds);
    studio.runtime.queue.watch |= studio.runtime.job.is_none();
    start_next(studio)
}

/// Reports which picture of the project is missing.
fn picture_gone(studio: &mut Studio, picture: PictureId) -> Vec<Effect> {
    let mut absent = studio.project.absent_pictures.iter();
    let name = absent.find(|absent| absent.id == picture).map(|absent| {
        let path = absent.path.as_ref();
        path.map_or(absent.name.clone(), |path| path.display().to_string())
    });
    needed(studio, name)
}

/// Reports that the picture named in a recipe was not found.
pub(super) fn picture_needed(studio: &mut Studio, wanted: Option<&NamedPicture>) -> Vec<Effect> {
    needed(studio, wanted.map(|wanted| excerpt(&wanted.named.name)))
}

fn needed(studio: &mut Studio, name: Option<String>) -> Vec<Effect> {
    let title = "Couldn't make the take again";
    let Some(name) = name else {
        return notice::error(studio, title, &ProjectError::PictureUnknown);
    };
    let open = NoticeAction {
        words: "Open pictures…".to_owned(),
        command: Command::ChoosePictures,
    };
    let error = ProjectError::PictureNeeded { name };
    notice::error_with_actions(studio, title, &error, vec![open])
}

fn full(studio: &mut Studio) -> Vec<Effect> {
    let error = GenerateError::QueueFull {
        limit: MOST_WAITING,
    };
    notice::error(studio, "Couldn't queue the take", &error)
}

/// Sends the next picture from words, or the first waiting take, to the engine if that is idle.
pub(super) fn start_next(studio: &mut Studio) -> Vec<Effect> {
    // A take needs an open project, and nothing starts while the window is closing.
    let runtime = &studio.runtime;
    if studio.is_engine_busy() || runtime.project_awaited || studio.session.leaving.is_some() {
        return Vec::new();
    }
    // Pictures from words come before waiting takes: they are soon made, and the user waits to choose one.
    if let Some(picture) = words::next(studio) {
        return vec![picture];
    }
    let mut effects = Vec::new();
    // The pictures of a project that has just been opened are still being read.
    let project = &studio.project;
    let unread = |id| {
        let mut absent = project.absent_pictures.iter();
        absent.any(|one| one.id == id) && !project.missing_pictures.contains(&id)
    };
    let next = studio.runtime.queue.next_picture();
    if next.is_some_and(|id| studio.picture_named(id).is_none() && unread(id)) {
        return Vec::new();
    }
    while let Some(request) = studio.runtime.queue.next() {
        let Some(order) = order(studio, &request) else {
            effects.extend(picture_gone(studio, request.picture));
            continue;
        };
        // The recipe names a file, which must exist before the take does.
        effects.extend(save::save_picture(studio, request.picture));
        effects.push(Effect::Generate {
            order: Box::new(order),
            request: Box::new(request),
        });
        break;
    }
    effects
}

fn order(studio: &Studio, request: &TakeRequest) -> Option<Order> {
    let picture = studio.picture_named(request.picture)?;
    let (direction, preferences) = (&request.direction, &studio.preferences);
    Some(Order {
        model: direction.model.clone(),
        motion_module: None,
        prompt: None,
        picture: Some(Arc::clone(&picture.picture)),
        picture_name: Some(name_for_recipes(studio, picture)),
        picture_path: save::file_of(studio, picture),
        picture_matte: picture.matte,
        first_frame: picture.made.as_deref().cloned(),
        // As shown: a window that extends beyond this picture counts as none.
        fit: direction
            .fit
            .within((picture.picture.width, picture.picture.height)),
        matte: direction.matte.unwrap_or(preferences.matte),
        draft: direction.draft.clone(),
        motion_pictures: MotionPictures::default(),
        loras: camera_stack::loras(&direction.moves, &studio.runtime.camera.cards),
        // A guide from a recipe already contains its moves.
        directed: direction.draft.guide.is_none().then(|| Directed {
            steer: direction.steer,
            levels: direction.guide_levels(),
            path: direction.path.clone(),
            drawing: direction.drawing(picture.id),
        }),
        device: request.device.unwrap_or(preferences.device),
        precision: preferences.precision,
        dump: None,
        previews: true,
    })
}

/// The name of a picture in recipes: the one that existing takes of the project use, so that making a take
/// again gives the same recipe even if the file was renamed.
fn name_for_recipes(studio: &Studio, picture: &ShelfPicture) -> String {
    let takes = studio.project.takes.iter();
    let named = takes.filter_map(|take| Some(&take.take.recipe.picture.as_ref()?.named));
    let mut names = named
        .filter(|named| named.fingerprint.as_ref() == Some(&picture.fingerprint))
        // Older recipes contain the name of a file that Kinora saved.
        .filter(|named| Named::of(&named.name).fingerprint.is_none());
    let name = names.next().map(|named| &named.name);
    name.unwrap_or(&picture.name).clone()
}

/// The engine rejected an order.
pub(super) fn refused(
    studio: &mut Studio,
    request: TakeRequest,
    error: &GenerateError,
) -> Vec<Effect> {
    studio.runtime.queue.put_back(request);
    notice::error(studio, "Couldn't start the take", error)
}

/// Loads a waiting take's settings into the direction for editing.
fn edit(studio: &mut Studio, id: QueueId) -> Vec<Effect> {
    let before = studio.project.document.clone();
    put_back(studio);
    let Some(take) = studio.runtime.queue.named(id) else {
        return history::update_dependents(studio, &before);
    };
    let request = take.request.clone();
    let direction = std::mem::replace(&mut studio.project.document.direction, request.direction);
    let picture = studio.project.document.picture.replace(request.picture);
    studio.runtime.queue.editing = Some(Editing {
        id,
        direction,
        picture,
    });
    history::update_dependents(studio, &before)
}

fn finish_edit(studio: &mut Studio) -> Vec<Effect> {
    let Some(edit) = &studio.runtime.queue.editing else {
        return Vec::new();
    };
    let id = edit.id;
    let direction = studio.complete_direction();
    let picture = studio.project.document.picture;
    let seconds = forecast::latest_seconds(studio);
    let queue = &mut studio.runtime.queue;
    if let Some(take) = queue.waiting.iter_mut().find(|take| take.id == id) {
        take.request.direction = direction;
        take.seconds = seconds;
        take.request.picture = picture.unwrap_or(take.request.picture);
    }
    restore(studio)
}

/// Ends an edit: restores the previous direction and its model.
fn restore(studio: &mut Studio) -> Vec<Effect> {
    let before = studio.project.document.clone();
    put_back(studio);
    history::update_dependents(studio, &before)
}

fn put_back(studio: &mut Studio) {
    if let Some(edit) = studio.runtime.queue.editing.take() {
        studio.project.document.direction = edit.direction;
        studio.project.document.picture = edit.picture;
    }
}

fn set_paused(studio: &mut Studio, paused: bool) -> Vec<Effect> {
    let Some(job) = &mut studio.runtime.job else {
        return Vec::new();
    };
    let changes = match (paused, job.pause) {
        (true, PauseState::Running) => job.stopping.is_none(),
        (false, PauseState::Requested | PauseState::Paused) => true,
        _ => false,
    };
    if !changes {
        return Vec::new();
    }
    if paused {
        job.pause = PauseState::Requested;
    } else if job.pause == PauseState::Requested {
        job.pause = PauseState::Running;
    }
    vec![Effect::SetPaused(job.id, paused)]
}

fn retry(studio: &mut Studio, job: JobId, option: &RetryOption) -> Vec<Effect> {
    let Some(request) = studio.runtime.queue.failed(job).cloned() else {
        return Vec::new();
    };
    add(studio, option.applied(&request))
}

/// Reports why a job failed, with buttons for what may help.
pub(super) fn failed(studio: &mut Studio, job: Job, error: &GenerateError) -> Vec<Effect> {
    let request = job.request;
    let tried = Tried {
        request: &request,
        device: request.device.unwrap_or(studio.preferences.device),
        defaults: studio
            .model()
            .filter(|card| card.name == request.direction.model)
            .map(|card: &ModelCard| &card.defaults),
        decode_chunk: job.plan.as_ref().and_then(|plan| plan.request.decode_chunk),
        fitting: studio
            .runtime
            .forecast
            .latest
            .as_ref()
            .filter(|_| request.direction == studio.complete_direction())
            .and_then(|forecast| forecast.instead),
        on_cpu: job
            .plan
            .as_ref()
            .is_some_and(|plan| plan.device.starts_with("CPU")),
    };
    let offers = retry_options(error, tried)
        .into_iter()
        .map(|option| NoticeAction {
            words: option.words(),
            command: Command::Queue(QueueCommand::Retry(job.id, option)),
        })
        .collect();
    studio.runtime.queue.keep_failed(job.id, request);
    notice::error_with_actions(studio, "Couldn't make the take", error, offers)
}
