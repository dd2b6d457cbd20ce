//! The queue of waiting takes, and the failed ones that can be retried.
//!
//! The engine gets one order at a time, so everything in the queue can still be changed. Settings are
//! copied when a take is queued; later changes to the direction affect later takes only.

use std::collections::VecDeque;

use crate::app::command::queue::QueueId;
use crate::engine::protocol::JobId;
use crate::project::direction::Direction;
use crate::project::ids::PictureId;
use crate::project::take_request::TakeRequest;

/// Maximum number of waiting takes.
pub const MOST_WAITING: usize = 32;
/// Maximum number of failed takes that can be retried.
const MOST_FAILED: usize = 8;

/// A waiting take.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedTake {
    /// Its ID.
    pub id: QueueId,
    /// What was requested.
    pub request: TakeRequest,
    /// Its estimated duration in seconds when it was queued.
    pub seconds: Option<f64>,
    /// Whether it was waiting when the project was opened, and is not made until the user says so.
    pub held: bool,
}

/// A waiting take being edited, and what to restore afterwards.
#[derive(Clone, Debug)]
pub struct Editing {
    /// The take.
    pub id: QueueId,
    /// The direction before the edit.
    pub direction: Direction,
    /// The picture before the edit.
    pub picture: Option<PictureId>,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    /// The waiting takes, in the order in which they will be made.
    pub waiting: Vec<QueuedTake>,
    /// The take being edited, which does not start until that ends.
    pub editing: Option<Editing>,
    /// Whether to show the next job on the stage as soon as it starts.
    pub(in crate::app) watch: bool,
    /// Failed takes, oldest first.
    failed: VecDeque<(JobId, TakeRequest)>,
    next: u64,
}

impl Queue {
    /// Finds a waiting take.
    #[must_use]
    pub fn named(&self, id: QueueId) -> Option<&QueuedTake> {
        self.waiting.iter().find(|take| take.id == id)
    }

    /// Whether this waiting take is being edited.
    #[must_use]
    pub fn is_edited(&self, id: QueueId) -> bool {
        self.editing.as_ref().is_some_and(|edit| edit.id == id)
    }

    /// What was requested of a failed take.
    #[must_use]
    pub fn failed(&self, job: JobId) -> Option<&TakeRequest> {
        let found = self.failed.iter().find(|(id, _)| *id == job);
        found.map(|(_, request)| request)
    }

    /// Appends a take with its estimated duration in seconds.
    pub(in crate::app) fn add(&mut self, request: TakeRequest, seconds: Option<f64>) {
        let id = self.fresh();
        self.waiting.push(QueuedTake {
            id,
            request,
            seconds,
            held: false,
        });
    }

    /// Appends the takes that a project was saved with; they wait until [`Self::start`].
    pub(in crate::app) fn reopen(&mut self, requests: Vec<TakeRequest>) {
        for request in requests.into_iter().take(MOST_WAITING) {
            self.add(request, None);
        }
        for take in &mut self.waiting {
            take.held = true;
        }
    }

    /// Lets the takes that a project was saved with be made.
    pub(in crate::app) fn start(&mut self) {
        for take in &mut self.waiting {
            take.held = false;
        }
    }

    /// Number of takes that wait until the user starts the queue.
    #[must_use]
    pub fn held(&self) -> usize {
        self.waiting.iter().filter(|take| take.held).count()
    }

    /// Puts a take back at the front, because the engine rejected it.
    pub(in crate::app) fn put_back(&mut self, request: TakeRequest) {
        let id = self.fresh();
        let take = QueuedTake {
            id,
            request,
            seconds: None,
            held: false,
        };
        self.waiting.insert(0, take);
    }

    /// The picture of the next take that can be made.
    #[must_use]
    pub fn next_picture(&self) -> Option<PictureId> {
        let next = self.waiting.get(self.ready()?)?;
        Some(next.request.picture)
    }

    /// Removes and returns the next take that can be made.
    pub(in crate::app) fn next(&mut self) -> Option<TakeRequest> {
        let ready = self.ready()?;
        Some(self.waiting.remove(ready).request)
    }

    fn ready(&self) -> Option<usize> {
        let mut waiting = self.waiting.iter();
        waiting.position(|take| !take.held && !self.is_edited(take.id))
    }

    /// Moves a take to this position, or to the end.
    pub(in crate::app) fn move_to(&mut self, id: QueueId, place: usize) {
        if let Some(from) = self.place(id) {
            let take = self.waiting.remove(from);
            self.waiting.insert(place.min(self.waiting.len()), take);
        }
    }

    /// Inserts a copy after a take.
    pub(in crate::app) fn duplicate(&mut self, id: QueueId) {
        if let Some(place) = self.place(id) {
            let mut copy = self.waiting[place].clone();
            copy.id = self.fresh();
            self.waiting.insert(place + 1, copy);
        }
    }

    /// Removes and returns a take.
    pub(in crate::app) fn remove(&mut self, id: QueueId) -> Option<TakeRequest> {
        let place = self.place(id)?;
        Some(self.waiting.remove(place).request)
    }

    /// Removes all waiting takes and returns them.
    pub(in crate::app) fn clear(&mut self) -> Vec<TakeRequest> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().map(|take| take.request).collect()
    }

    /// Remembers a failed take so that it can be retried.
    pub(in crate::app) fn keep_failed(&mut self, job: JobId, request: TakeRequest) {
        self.failed.push_back((job, request));
        while self.failed.len() > MOST_FAILED {
            self.failed.pop_front();
        }
    }

    /// Clears everything that refers to pictures of the project being closed. IDs are not reused.
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
            queue.add(
                TakeRequest {
                    picture: PictureId(picture),
                    direction: Direction::default(),
                    device: None,
                },
                None,
            );
        }
        queue
    }

    fn order(queue: &Queue) -> Vec<u64> {
        queue
            .waiting
            .iter()
            .map(|take| take.request.picture.0)
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
