//! The inbox for the workers' events, the engine's events and its latest preview.

use crossbeam::channel::{Receiver, Sender, bounded};

use crate::app::protocol::event::Event;
use crate::engine::Engine;
use crate::engine::protocol::Wake;

/// Capacity of the channel; a background thread that exceeds it waits for the window.
const WAITING_FACTS: usize = 64;

/// The receiving end, owned by the studio.
pub(in crate::app) struct Inbox {
    events: Receiver<Event>,
}

/// The sending end, owned by a worker; sending wakes the window.
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
    /// Sends an event; ignored while the studio is closing.
    pub(in crate::app) fn send(&self, event: Event) {
        let _ = self.events.send(event);
        (self.wake)();
    }
}

impl Inbox {
    /// All events since the last turn.
    pub(in crate::app) fn drain(&self, engine: &Engine) -> Vec<Event> {
        // The preview first: it must not come after the event that ends its job.
        let preview = engine.previews().take().map(Event::PreviewLeft);
        let events = engine.events().into_iter().flat_map(Receiver::try_iter);
        preview
            .into_iter()
            .chain(events.map(Event::Engine))
            .chain(self.events.try_iter())
            .collect()
    }
}
