//! Takes that wait for their turn, and those that failed and may be tried again.
//!
//! The engine is given one order at a time, so everything here can still be changed. Settings are
//! copied when a take is queued: what is done to the direction later is about later takes. Must not
//! know how an order is carried out.

use std::collections::VecDeque;

use crate::app::command::queue::QueueId;
use crate::engine::protocol::JobId;
use crate::project::direction::Direction;
use crate::project::ids::PictureId;
use crate::project::take_request::TakeRequest;

/// Takes that may wait.
pub const MOST_WAITING: usize = 32;
/// Failed takes that can still be tried again.
const MOST_FAILED: usize = 8;

/// A take that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedTake {
    /// Its name.
    pub id: QueueId,
    /// What is to be made.
    pub wanted: TakeRequest,
}

/// What was in the direction while a waiting take is edited there.
#[derive(Clone, Debug)]
pub struct Editing {
    /// Which one is edited.
    pub id: QueueId,
    /// The direction before.
    pub direction: Direction,
    /// The picture before.
    pub picture: Option<PictureId>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Queue {
    /// In the order in which they will be made.
    pub waiting: Vec<QueuedTake>,
    /// The one that is being edited; it does not start meanwhile.
    pub editing: Option<Editing>,
    /// Whether the next job goes on the stage as soon as it begins.
    pub(in crate::app) watch: bool,
    /// What failed, oldest first.
    failed: VecDeque<(JobId, TakeRequest)>,
    next: u64,
}

impl Queue {
    /// A waiting take by its name.
    #[must_use]
    pub fn named(&self, id: QueueId) -> Option<&QueuedTake> {
        self.waiting.iter().find(|take| take.id == id)
    }

    /// Whether this waiting take is being edited.
    #[must_use]
    pub fn is_edited(&self, id: QueueId) -> bool {
        self.editing.as_ref().is_some_and(|edit| edit.id == id)
    }

    /// The settings that a failed take was to have.
    #[must_use]
    pub fn failed(&self, job: JobId) -> Option<&TakeRequest> {
        let found = self.failed.iter().find(|(id, _)| *id == job);
        found.map(|(_, wanted)| wanted)
    }

    /// Adds a take at the end.
    pub(in crate::app) fn add(&mut self, wanted: TakeRequest) {
        let id = self.fresh();
        self.waiting.push(QueuedTake { id, wanted });
    }

    /// Puts a take back to the front: it was not taken on.
    pub(in crate::app) fn put_back(&mut self, wanted: TakeRequest) {
        let id = self.fresh();
        self.waiting.insert(0, QueuedTake { id, wanted });
    }

    /// Takes out the next one that may be made.
    pub(in crate::app) fn next(&mut self) -> Option<TakeRequest> {
        let ready = self
            .waiting
            .iter()
            .position(|take| !self.is_edited(take.id))?;
        Some(self.waiting.remove(ready).wanted)
    }

    /// Moves a take to a place, the last one at most.
    pub(in crate::app) fn move_to(&mut self, id: QueueId, place: usize) {
        if let Some(from) = self.place(id) {
            let take = self.waiting.remove(from);
            self.waiting.insert(place.min(self.waiting.len()), take);
        }
    }

    /// Puts a copy behind a take.
    pub(in crate::app) fn duplicate(&mut self, id: QueueId) {
        if let Some(place) = self.place(id) {
            let wanted = self.waiting[place].wanted.clone();
            let id = self.fresh();
            self.waiting.insert(place + 1, QueuedTake { id, wanted });
        }
    }

    /// Takes one out for good.
    pub(in crate::app) fn remove(&mut self, id: QueueId) {
        self.waiting.retain(|take| take.id != id);
    }

    /// Remembers what failed, so that it can be tried again.
    pub(in crate::app) fn keep_failed(&mut self, job: JobId, wanted: TakeRequest) {
        self.failed.push_back((job, wanted));
        while self.failed.len() > MOST_FAILED {
            self.failed.pop_front();
        }
    }

    /// Forgets what was about the pictures of a project that is left. Names of what waits are not
    /// given again.
    pub(in crate::app) fn leave_project(&mut self) {
        let next = self.next;
        *self = Self {
            next,
            ..Self::default()
        };
    }

    fn place(&self, id: QueueId) -> Option<usize> {
        self.waiting.iter().position(|take| take.id == id)
    }

    fn fresh(&mut self) -> QueueId {
        self.next += 1;
        QueueId(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(count: u64) -> Queue {
        let mut queue = Queue::default();
        for picture in 0..count {
            queue.add(TakeRequest {
                picture: PictureId(picture),
                direction: Direction::default(),
                device: None,
            });
        }
        queue
    }

    fn order(queue: &Queue) -> Vec<u64> {
        queue
            .waiting
            .iter()
            .map(|take| take.wanted.picture.0)
            .collect()
    }

    #[test]
    fn takes_change_places_and_leave_in_order() {
        let mut queue = queue(3);
        let ids: Vec<QueueId> = queue.waiting.iter().map(|take| take.id).collect();
        queue.move_to(ids[2], 0);
        assert_eq!(order(&queue), [2, 0, 1]);
        queue.move_to(ids[2], 99);
        assert_eq!(order(&queue), [0, 1, 2]);
        queue.duplicate(ids[0]);
        assert_eq!(order(&queue), [0, 0, 1, 2]);
        queue.remove(ids[1]);
        queue.move_to(QueueId(77), 0);
        queue.duplicate(QueueId(77));
        assert_eq!(order(&queue), [0, 0, 2]);
        queue.editing = Some(Editing {
            id: ids[0],
            direction: Direction::default(),
            picture: None,
        });
        assert_eq!(queue.next().unwrap().picture, PictureId(0));
        assert_eq!(queue.next().unwrap().picture, PictureId(2));
        assert!(queue.next().is_none(), "what is edited waits");
        assert_eq!(queue.waiting[0].id, ids[0]);
    }
}
