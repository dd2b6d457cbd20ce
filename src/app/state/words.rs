//! Pictures from words: the form, and the pictures that are being made or were made from it.
//!
//! Finished pictures stay until the window closes or there are too many of them; one that is used becomes a picture of
//! the project.

use std::sync::Arc;
use std::time::Duration;

use super::forecast::ForecastState;
use crate::app::command::words::{SlotId, WordsQuality, WordsShape};
use crate::engine::protocol::{JobId, Stage, Still};
use crate::request::{Prompt, RequestDraft};

/// Number of pictures that are made at a time.
pub const CANDIDATES: usize = 4;
/// Maximum number of pictures that are kept; the oldest go first.
const MOST_KEPT: usize = 24;

/// What the next pictures are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordsForm {
    /// What they show, and what they do not show.
    pub prompt: Prompt,
    /// The model, by name; `None` for the first that makes pictures.
    pub model: Option<String>,
    /// Their shape.
    pub shape: WordsShape,
    /// Their quality.
    pub quality: WordsQuality,
}

/// What some pictures were requested with.
#[derive(Clone, Debug, PartialEq)]
pub struct WordsRequest {
    /// The model, by name.
    pub model: String,
    /// The prompt.
    pub prompt: Prompt,
    /// The chosen settings, without a seed: each picture draws its own.
    pub draft: RequestDraft,
}

/// How far a picture is.
#[derive(Clone, Debug)]
pub enum SlotState {
    /// It is the turn of others.
    Waiting,
    /// The engine makes it.
    Making,
    /// It is finished.
    Done(Arc<Still>),
}

/// A picture from words, finished or not.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its ID.
    pub id: SlotId,
    /// What was requested.
    pub request: Arc<WordsRequest>,
    /// How far it is.
    pub state: SlotState,
    /// Whether it was put on the shelf.
    pub used: bool,
}

/// The picture that the engine makes.
#[derive(Clone, Debug)]
pub struct WordsJob {
    /// The engine's ID for it.
    pub id: JobId,
    /// The picture.
    pub slot: SlotId,
    /// When it started, as time since the start of the studio.
    pub began: Duration,
    /// The engine's current stage.
    pub stage: Option<Stage>,
    /// Steps done, and steps in total.
    pub steps: (usize, usize),
    /// Whether it was asked to stop.
    pub stopping: bool,
}

/// Number of tokens of a prompt, and how much of it the model reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCount {
    /// Tokens of the whole prompt.
    pub tokens: usize,
    /// The most that the model reads.
    pub most: usize,
    /// Bytes of the prompt up to the end of the last word that is read in full.
    pub read: usize,
}

/// Both texts of a form with a model, and their tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenQuery {
    /// The model, by name.
    pub model: String,
    /// The texts.
    pub prompt: Prompt,
}

/// The latest count of tokens, and the query it belongs to.
#[derive(Debug, Default)]
pub struct TokenState {
    /// The latest query.
    pub(in crate::app) asked: Option<TokenQuery>,
    /// Whether an answer is pending.
    pub(in crate::app) waiting: bool,
    /// The latest answer, for the prompt and the negative prompt.
    latest: Option<(TokenQuery, [TokenCount; 2])>,
}

impl TokenState {
    /// The tokens of the prompt and the negative prompt, as last counted; while the user types, those of a moment ago.
    #[must_use]
    pub fn latest(&self) -> Option<&[TokenCount; 2]> {
        self.latest.as_ref().map(|(_, counts)| counts)
    }

    /// Bytes of this prompt that the model reads, as far as they are known.
    #[must_use]
    pub fn read(&self, text: &str) -> usize {
        let Some((query, [count, _])) = &self.latest else {
            return text.len();
        };
        let counted = &query.prompt.text;
        // What follows the place of the cut does not move it.
        let cut = count.read < counted.len() && text.get(..count.read) == counted.get(..count.read);
        if cut { count.read } else { text.len() }
    }

    /// Records an answer; `None` if there is none.
    pub(in crate::app) fn answered(&mut self, counts: Option<(TokenQuery, [TokenCount; 2])>) {
        self.waiting = false;
        self.latest = counts;
    }
}

/// Pictures from words.
#[derive(Debug, Default)]
pub struct Words {
    /// All pictures: the newest four first, in the order in which they are made.
    pub slots: Vec<Slot>,
    /// The one in the engine.
    pub job: Option<WordsJob>,
    /// How long the last one took, in seconds.
    pub seconds: Option<f64>,
    /// The forecast for one picture from the current form.
    pub forecast: ForecastState,
    /// The tokens of the form's texts.
    pub tokens: TokenState,
    next: u64,
}

impl Words {
    /// Whether pictures are being made, or wait for the engine.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.job.is_some() || self.waiting() > 0
    }

    /// Whether the engine makes a picture, or has just been asked to.
    #[must_use]
    pub fn is_making(&self) -> bool {
        self.slots
            .iter()
            .any(|slot| matches!(slot.state, SlotState::Making))
    }

    /// Number of pictures that are not started.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let waiting = |slot: &&Slot| matches!(slot.state, SlotState::Waiting);
        self.slots.iter().filter(waiting).count()
    }

    /// Finds a picture.
    #[must_use]
    pub fn named(&self, id: SlotId) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.id == id)
    }

    pub(in crate::app) fn named_mut(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.id == id)
    }

    /// Adds four pictures in front of the others; finished ones beyond the most that are kept are dropped, the oldest
    /// first.
    pub(in crate::app) fn add(&mut self, request: WordsRequest) {
        let request = Arc::new(request);
        let first = self.next;
        self.next += CANDIDATES as u64;
        let fresh = (first..self.next).map(|id| Slot {
            id: SlotId(id),
            request: Arc::clone(&request),
            state: SlotState::Waiting,
            used: false,
        });
        self.slots.splice(0..0, fresh);
        self.slots.truncate(MOST_KEPT);
    }

    /// The next picture to make, if there is one.
    pub(in crate::app) fn next(&self) -> Option<&Slot> {
        let waiting = |slot: &&Slot| matches!(slot.state, SlotState::Waiting);
        self.slots.iter().filter(waiting).min_by_key(|slot| slot.id)
    }

    /// Removes the pictures that are not started.
    pub(in crate::app) fn clear_waiting(&mut self) {
        self.slots
            .retain(|slot| !matches!(slot.state, SlotState::Waiting));
    }

    /// Removes a picture.
    pub(in crate::app) fn remove(&mut self, id: SlotId) {
        self.slots.retain(|slot| slot.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_cut_stays_while_more_is_typed() {
        let mut state = TokenState::default();
        assert_eq!(state.read("one two"), 7);
        let text = "one two three".to_owned();
        let prompt = Prompt {
            text,
            negative: String::new(),
        };
        let query = TokenQuery {
            model: String::new(),
            prompt,
        };
        let count = TokenCount {
            tokens: 3,
            most: 2,
            read: 7,
        };
        state.answered(Some((query, [count.clone(), count])));
        assert_eq!(state.read("one two three four"), 7);
        assert_eq!(state.read("one"), 3);
        assert_eq!(state.read("another text"), 12);
    }

    #[test]
    fn pictures_are_made_in_order_and_the_oldest_are_dropped() {
        let mut words = Words::default();
        let request = || WordsRequest {
            model: String::new(),
            prompt: Prompt::default(),
            draft: RequestDraft::default(),
        };
        for _ in 0..8 {
            words.add(request());
        }
        assert_eq!(words.slots.len(), MOST_KEPT);
        let ids: Vec<u64> = words.slots.iter().map(|slot| slot.id.0).collect();
        assert_eq!(ids[..5], [28, 29, 30, 31, 24]);
        assert_eq!(words.next().unwrap().id, SlotId(8));
        words.remove(SlotId(8));
        assert_eq!(words.next().unwrap().id, SlotId(9));
        words.named_mut(SlotId(9)).unwrap().state = SlotState::Making;
        words.clear_waiting();
        assert_eq!((words.slots.len(), words.is_making()), (1, true));
    }
}
