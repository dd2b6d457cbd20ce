//! Encoding prompts: token ids, then the context that a network attends to.

use super::load;
use crate::checkpoint::tokenizer::{MOST_PIECES, TokenIds, Tokenizer};
use crate::checkpoint::{ClipTextConfig, Part};
use crate::error::GenerateError;
use crate::model::clip::ClipText;
use crate::pipeline::job::Job;
use crate::pipeline::network::Network;
use crate::pipeline::observer::{Observer, Stage};
use crate::pipeline::transfer::{read, require_finite};
use crate::request::Prompt;

/// Where a failure happened, for errors.
const PLACE: &str = "the prompt's embedding";

/// The token ids of a text; warns if the text is cut.
fn ids(tokenizer: &Tokenizer, text: &str, what: &str, observer: &mut dyn Observer) -> TokenIds {
    let tokens = tokenizer.encode(text);
    if tokens.is_cut() {
        let pieces = tokens.pieces;
        observer.warning(format!(
            "the {what} has {pieces} tokens, of which the model reads only the first {MOST_PIECES}"
        ));
    }
    tokens
}

/// Embeddings of the prompts, `[1, tokens, d]` each.
pub(in crate::pipeline) struct Embeddings {
    pub(in crate::pipeline) conditional: Vec<f32>,
    /// Embedding of the negative prompt; absent if guidance is off.
    pub(in crate::pipeline) unconditional: Option<Vec<f32>>,
    pub(in crate::pipeline) tokens: usize,
}

/// Encodes a prompt, and the negative one where guidance uses it.
pub(in crate::pipeline) fn encode(
    job: &Job<'_>,
    words: &Prompt,
    (tokenizer, tower): (&Tokenizer, &Part<ClipTextConfig>),
    observer: &mut dyn Observer,
) -> Result<Embeddings, GenerateError> {
    let tokens = ids(tokenizer, &words.text, "prompt", observer);
    observer.ids("token_ids", &tokens.ids)?;
    let guided = job.request.guidance.is_active();
    let negative = guided.then(|| ids(tokenizer, &words.negative, "negative prompt", observer));
    let texts: Vec<_> = std::iter::once(&tokens).chain(&negative).collect();
    let mut embedded = embeddings(job, tower, &texts, observer)?.into_iter();
    let embedded = Embeddings {
        conditional: embedded.next().unwrap_or_default(),
        unconditional: embedded.next(),
        tokens: tokens.ids.len(),
    };
    let dumped = [1, embedded.tokens, tower.config.hidden_size];
    observer.tensor("text_embeds", &dumped, &embedded.conditional)?;
    if let Some(values) = &embedded.unconditional {
        observer.tensor("negative_embeds", &dumped, values)?;
    }
    Ok(embedded)
}

/// The embeddings of several texts, `[1, n, d]` each, row-major.
fn embeddings(
    job: &Job<'_>,
    part: &Part<ClipTextConfig>,
    texts: &[&TokenIds],
    observer: &mut dyn Observer,
) -> Result<Vec<Vec<f32>>, GenerateError> {
    let target = job.full_precision();
    let network = (Network::TEXT_ENCODER, &target);
    let tower = load::network(job, network, part, job.loras, observer, |at| {
        ClipText::load(at, &part.config)
    })?;
    observer.stage(Stage::Encode);
    let embedded = texts.iter().map(|tokens| {
        tower.begin_pass();
        let values = read(tower.forward(&tokens.ids), PLACE)?;
        require_finite(&values, PLACE)?;
        Ok(values)
    });
    embedded.collect()
}
