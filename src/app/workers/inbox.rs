//! Where facts arrive: engine events, the preview slot, and what background threads report.

use crossbeam::channel::{Receiver, Sender, bounded};

use crate::app::protocol::event::Fact;
use crate::engine::Engine;
use crate::engine::protocol::Wake;

/// Reports that may wait before a background thread waits for the window.
const WAITING_FACTS: usize = 64;

/// The window's end.
pub(in crate::app) struct Inbox {
    facts: Receiver<Fact>,
}

/// A worker's end; reporting wakes the window.
#[derive(Clone)]
pub(in crate::app) struct Outbox {
    facts: Sender<Fact>,
    wake: Wake,
}

pub(in crate::app) fn pair(wake: Wake) -> (Inbox, Outbox) {
    let (sender, receiver) = bounded(WAITING_FACTS);
    (
        Inbox { facts: receiver },
        Outbox {
            facts: sender,
            wake,
        },
    )
}

impl Outbox {
    /// Reports a fact; nobody listens any more while the studio closes.
    pub(in crate::app) fn tell(&self, fact: Fact) {
        let _ = self.facts.send(fact);
        (self.wake)();
    }
}

impl Inbox {
    /// Everything that arrived since the last turn.
    pub(in crate::app) fn drain(&self, engine: &Engine) -> Vec<Fact> {
        // The preview first: the event that ends its job must not come before it.
        let preview = engine.previews().take().map(Fact::PreviewLeft);
        let events = engine.events().into_iter().flat_map(Receiver::try_iter);
        preview
            .into_iter()
            .chain(events.map(Fact::Engine))
            .chain(self.facts.try_iter())
            .collect()
    }
}
