//! Notices: shown, dismissed, expired.

use std::time::Duration;

use crate::app::command::window::NoticeId;
use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;
use crate::app::state::notice::{Notice, NoticeAction, NoticeDetail, Severity, Topic, sentence};
use crate::error::Hinted;

/// How long an informative notice stays.
const INFO_STAYS: Duration = Duration::from_secs(8);
/// How long an informative notice with buttons stays, which takes longer to read and to answer.
const OFFER_STAYS: Duration = Duration::from_secs(20);

pub(super) fn error(studio: &mut Studio, title: &str, error: &impl Hinted) -> Vec<Effect> {
    error_with_actions(studio, title, error, Vec::new())
}

/// Adds an error with buttons for what can be done about it.
pub(super) fn error_with_actions(
    studio: &mut Studio,
    title: &str,
    error: &impl Hinted,
    actions: Vec<NoticeAction>,
) -> Vec<Effect> {
    let words = error.in_window();
    post(
        studio,
        Severity::Error,
        title,
        NoticeDetail { words, actions },
    );
    Vec::new()
}

/// Adds an error of a kind that may occur often: errors with the same topic share a notice, and none is lost.
pub(super) fn error_about(
    studio: &mut Studio,
    topic: Topic,
    title: &str,
    error: &impl Hinted,
    actions: Vec<NoticeAction>,
) -> Vec<Effect> {
    let words = error.in_window();
    join(
        studio,
        Severity::Error,
        topic,
        title,
        NoticeDetail { words, actions },
    );
    Vec::new()
}

/// The same for a warning.
pub(super) fn warning_about(studio: &mut Studio, topic: Topic, title: &str, words: &str) {
    join(
        studio,
        Severity::Warning,
        topic,
        title,
        plain(sentence(&words)),
    );
}

pub(super) fn warning(studio: &mut Studio, title: &str, words: &str) {
    post(studio, Severity::Warning, title, plain(sentence(&words)));
}

pub(super) fn info(studio: &mut Studio, title: &str, words: &str) {
    post(studio, Severity::Info, title, plain(words.to_owned()));
}

/// Adds a notice with buttons that stays until one is clicked or it is dismissed.
pub(super) fn with_actions(
    studio: &mut Studio,
    title: &str,
    words: &str,
    actions: Vec<NoticeAction>,
) {
    let words = words.to_owned();
    post(
        studio,
        Severity::Warning,
        title,
        NoticeDetail { words, actions },
    );
}

/// Adds a notice with buttons that expires.
pub(super) fn info_with_actions(
    studio: &mut Studio,
    title: &str,
    words: &str,
    actions: Vec<NoticeAction>,
) {
    let words = words.to_owned();
    post(
        studio,
        Severity::Info,
        title,
        NoticeDetail { words, actions },
    );
}

fn plain(words: String) -> NoticeDetail {
    let actions = Vec::new();
    NoticeDetail { words, actions }
}

fn post(studio: &mut Studio, severity: Severity, title: &str, detail: NoticeDetail) {
    // A repeated notice replaces the earlier one.
    let repeated = |notice: &Notice| {
        notice.title == title && notice.topic.is_none() && notice.detail() == detail.words
    };
    studio.runtime.notices.retain(|notice| !repeated(notice));
    push(studio, severity, None, title, detail);
}

fn join(studio: &mut Studio, severity: Severity, topic: Topic, title: &str, detail: NoticeDetail) {
    let notices = &mut studio.runtime.notices;
    let Some(at) = notices
        .iter()
        .position(|notice| notice.topic == Some(topic))
    else {
        return push(studio, severity, Some(topic), title, detail);
    };
    // The newest notice comes last.
    let mut notice = notices.remove(at);
    notice.details.retain(|one| one.words != detail.words);
    notice.details.push(detail);
    notice.title = match notice.details.len() {
        1 => title.to_owned(),
        count => topic.title(count),
    };
    notices.push(notice);
}

fn push(
    studio: &mut Studio,
    severity: Severity,
    topic: Option<Topic>,
    title: &str,
    detail: NoticeDetail,
) {
    let runtime = &mut studio.runtime;
    let stays = if detail.actions.is_empty() {
        INFO_STAYS
    } else {
        OFFER_STAYS
    };
    let leaves_at = (severity == Severity::Info).then(|| runtime.now + stays);
    runtime.notices.push(Notice {
        id: NoticeId(runtime.next_notice),
        severity,
        title: title.to_owned(),
        topic,
        details: vec![detail],
        leaves_at,
    });
    runtime.next_notice += 1;
}

pub(super) fn expire(studio: &mut Studio) {
    let now = studio.runtime.now;
    studio
        .runtime
        .notices
        .retain(|notice| notice.leaves_at.is_none_or(|leaves_at| leaves_at > now));
}

pub(super) fn dismiss(studio: &mut Studio, id: NoticeId) -> Vec<Effect> {
    studio.runtime.notices.retain(|notice| notice.id != id);
    Vec::new()
}

/// Closes all notices.
pub(super) fn dismiss_all(studio: &mut Studio) -> Vec<Effect> {
    studio.runtime.notices.clear();
    Vec::new()
}

/// Removes an entry that has been acted on; the notice is removed with its last entry.
pub(super) fn answered(studio: &mut Studio, id: NoticeId, index: usize) -> Vec<Effect> {
    let notices = &mut studio.runtime.notices;
    if let Some(notice) = notices.iter_mut().find(|notice| notice.id == id) {
        if index < notice.details.len() {
            notice.details.remove(index);
        }
        if let (Some(topic), count @ 2..) = (notice.topic, notice.details.len()) {
            notice.title = topic.title(count);
        }
    }
    notices.retain(|notice| !notice.details.is_empty());
    Vec::new()
}
