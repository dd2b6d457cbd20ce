//! Notices: shown, dismissed, expired.

use std::time::Duration;

use crate::app::command::window::NoticeId;
use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;
use crate::app::state::notice::{Notice, NoticeAction, Severity, sentence};
use crate::error::Hinted;

/// How long an informative notice stays.
const INFO_STAYS: Duration = Duration::from_secs(8);
/// Maximum number of notices, so that a hundred broken files do not fill the window.
const MOST_NOTICES: usize = 4;

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
    post(studio, Severity::Error, title, error.in_window(), actions);
    Vec::new()
}

pub(super) fn warning(studio: &mut Studio, title: &str, words: &str) {
    post(
        studio,
        Severity::Warning,
        title,
        sentence(&words),
        Vec::new(),
    );
}

pub(super) fn info(studio: &mut Studio, title: &str, words: &str) {
    post(studio, Severity::Info, title, words.to_owned(), Vec::new());
}

/// Adds a notice with buttons that stays until one is clicked or it is dismissed.
pub(super) fn with_actions(
    studio: &mut Studio,
    title: &str,
    words: &str,
    actions: Vec<NoticeAction>,
) {
    post(studio, Severity::Warning, title, words.to_owned(), actions);
}

/// Adds a notice with buttons that expires.
pub(super) fn info_with_actions(
    studio: &mut Studio,
    title: &str,
    words: &str,
    actions: Vec<NoticeAction>,
) {
    post(studio, Severity::Info, title, words.to_owned(), actions);
}

fn post(
    studio: &mut Studio,
    severity: Severity,
    title: &str,
    detail: String,
    actions: Vec<NoticeAction>,
) {
    let runtime = &mut studio.runtime;
    let leaves_at = (severity == Severity::Info).then(|| runtime.now + INFO_STAYS);
    // A repeated notice replaces the earlier one.
    runtime
        .notices
        .retain(|notice| notice.detail != detail || notice.title != title);
    runtime.notices.push(Notice {
        id: NoticeId(runtime.next_notice),
        severity,
        title: title.to_owned(),
        detail,
        actions,
        leaves_at,
    });
    runtime.next_notice += 1;
    let surplus = runtime.notices.len().saturating_sub(MOST_NOTICES);
    runtime.notices.drain(..surplus);
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
