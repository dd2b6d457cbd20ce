//! Where facts arrive: engine events, the preview slot, and what background threads report.

use crossbeam::channel::{Receiver, Sender, bounded};

use crate::app::protocol::event::Event;
use crate::engine::Engine;
use crate::engine::protocol::Wake;

/// Reports that may wait before a background thread waits for the window.
const WAITING_FACTS: usize = 64;

/// The window's end.
pub(in crate::app) struct Inbox {
    events: Receiver<Event>,
}

/// A worker's end; reporting wakes the window.
#[derive(Clone)]
pub(in crate::app) struct Outbox {
    events: Sender<Event>,
    wake: Wake,
}

pub(in crate::app) fn pair(wake: Wake) -> (Inbox, Outbox) {
    let (sender, receiver) = bounded(WAITING_FACTS);
    (
        Inbox { events: receiver },
        Outbox {
            events: sender,
            wake,
        },
    )
}

impl Outbox {
    /// Reports a fact; nobody listens any more while the studio closes.
    pub(in crate::app) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
        (self.wake)();
    }
}

impl Inbox {
    /// Everything that arrived since the last turn.
    pub(in crate::app) fn drain(&self, engine: &Engine) -> Vec<Event> {
        // The preview first: the event that ends its job must not come before it.
        let preview = engine.previews().take().map(Event::PreviewLeft);
        let events = engine.events().into_iter().flat_map(Receiver::try_iter);
        preview
            .into_iter()
            .chain(events.map(Event::Engine))
            .chain(self.events.try_iter())
            .collect()
    }
}
