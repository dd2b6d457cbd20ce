//! Messages: posted, dismissed, and leaving by themselves.

use std::time::Duration;

use crate::app::command::window::NoticeId;
use crate::app::protocol::effect::Effect;
use crate::app::state::Studio;
use crate::app::state::notice::{Notice, Offer, Weight, sentence};
use crate::error::Hinted;

/// How long news stays.
const NEWS_STAYS: Duration = Duration::from_secs(8);
/// Messages that are kept; a drop of a hundred broken files must not bury the window.
const MOST_NOTICES: usize = 4;

pub(super) fn trouble(studio: &mut Studio, title: &str, error: &impl Hinted) -> Vec<Effect> {
    trouble_with(studio, title, error, Vec::new())
}

/// Trouble that something can be done about.
pub(super) fn trouble_with(
    studio: &mut Studio,
    title: &str,
    error: &impl Hinted,
    offers: Vec<Offer>,
) -> Vec<Effect> {
    post(studio, Weight::Trouble, title, error.in_window(), offers);
    Vec::new()
}

pub(super) fn warning(studio: &mut Studio, title: &str, words: &str) {
    post(studio, Weight::Warning, title, sentence(&words), Vec::new());
}

pub(super) fn news(studio: &mut Studio, title: &str, words: &str) {
    post(studio, Weight::News, title, words.to_owned(), Vec::new());
}

/// News that something can be done about; they stay until it is done or dismissed.
pub(super) fn offer(studio: &mut Studio, title: &str, words: &str, offers: Vec<Offer>) {
    post(studio, Weight::Warning, title, words.to_owned(), offers);
}

/// News that something can be done with.
pub(super) fn news_with(studio: &mut Studio, title: &str, words: &str, offers: Vec<Offer>) {
    post(studio, Weight::News, title, words.to_owned(), offers);
}

fn post(studio: &mut Studio, weight: Weight, title: &str, detail: String, offers: Vec<Offer>) {
    let runtime = &mut studio.runtime;
    let leaves_at = (weight == Weight::News).then(|| runtime.now + NEWS_STAYS);
    // The same again is no news, but it has happened now.
    runtime
        .notices
        .retain(|notice| notice.detail != detail || notice.title != title);
    runtime.notices.push(Notice {
        id: NoticeId(runtime.next_notice),
        weight,
        title: title.to_owned(),
        detail,
        offers,
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
