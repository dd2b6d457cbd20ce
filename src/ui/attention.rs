//! Tells a user who works in another window that Kinora has finished. Must not change what is drawn.

use std::time::Duration;

use egui::{Context, UserAttentionType, ViewportCommand};

use crate::app::Studio;

/// Whoever waits for less than this has not turned to something else.
const LONG: Duration = Duration::from_secs(10);

/// Since when Kinora has been at work, and whether it asked for attention.
#[derive(Debug, Default)]
pub(super) struct Attention {
    since: Option<Duration>,
    asked: bool,
}

impl Attention {
    /// Asks for attention when takes or an export that took long have ended, while the window is not focused.
    pub(super) fn watch(&mut self, ctx: &Context, studio: &Studio) {
        let focused = ctx.input(|input| input.focused);
        if focused && std::mem::take(&mut self.asked) {
            let none = ViewportCommand::RequestUserAttention(UserAttentionType::Reset);
            ctx.send_viewport_cmd(none);
        }
        let now = studio.runtime.now;
        if studio.is_at_work() {
            self.since.get_or_insert(now);
            return;
        }
        let Some(since) = self.since.take() else {
            return;
        };
        if !focused && now.saturating_sub(since) >= LONG {
            self.asked = true;
            let some = ViewportCommand::RequestUserAttention(UserAttentionType::Informational);
            ctx.send_viewport_cmd(some);
        }
    }
}
