//! Pictures from words: orders for the engine, the cost of a picture, the tokens of a prompt, and finished pictures as
//! pictures of the project.

use super::last_tokenizer::LastTokenizer;
use super::threads::Workers;
use crate::app::protocol::event::{Event, ProjectEvent};
use crate::app::protocol::opened_picture::OpenedPicture;
use crate::app::protocol::words::{WordsEffect, WordsEvent};
use crate::app::query::tokens::counted;
use crate::app::state::words::{TokenCount, TokenQuery};
use crate::engine::forecast::forecast;
use crate::library::Library;

impl Workers {
    /// Carries out a request about pictures from words.
    pub(super) fn words(&mut self, effect: WordsEffect) -> Option<Event> {
        match effect {
            WordsEffect::Make { order, slot } => {
                Some(Event::Words(match self.engine.make_still(*order) {
                    Ok(job) => WordsEvent::Queued { job, slot },
                    Err(error) => WordsEvent::Refused { slot, error },
                }))
            }
            WordsEffect::Forecast(question) => {
                let library = self.library.clone();
                let taken = self.background.send(move |outbox, _| {
                    let found = forecast(
                        &library,
                        &question.model,
                        &question.request,
                        question.device,
                        question.precision,
                    );
                    let found = found.ok().map(Box::new);
                    outbox.send(Event::Words(WordsEvent::Forecast(found)));
                });
                // The sender waits for an answer, so it gets an empty one.
                (!taken).then_some(Event::Words(WordsEvent::Forecast(None)))
            }
            WordsEffect::Count(query) => {
                let (library, last) = (self.library.clone(), self.tokenizer.clone());
                let taken = self.background.send(move |outbox, _| {
                    let counts = counts(&library, &last, &query).map(|counts| (query, counts));
                    outbox.send(Event::Words(WordsEvent::Counted(counts)));
                });
                (!taken).then_some(Event::Words(WordsEvent::Counted(None)))
            }
            WordsEffect::Open { name, still, epoch } => self.background(move |outbox, _| {
                let opened = OpenedPicture::from_words(name, &still);
                outbox.send(ProjectEvent::WordsOpened(Box::new(opened)).of(epoch));
            }),
        }
    }
}

/// The tokens of both texts; `None` if the tokenizer cannot be read.
fn counts(library: &Library, last: &LastTokenizer, query: &TokenQuery) -> Option<[TokenCount; 2]> {
    let tokenizer = last.of(library, &query.model)?;
    let texts = [&query.prompt.text, &query.prompt.negative];
    Some(texts.map(|text| counted(&tokenizer, text)))
}
