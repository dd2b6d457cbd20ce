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

/// Where a failure happened, for errors.
const PLACE: &str = "the prompt's embedding";

/// The token ids of a text; warns if the text is cut.
pub(in crate::pipeline) fn ids(
    tokenizer: &Tokenizer,
    text: &str,
    what: &str,
    observer: &mut dyn Observer,
) -> TokenIds {
    let tokens = tokenizer.encode(text);
    if tokens.is_cut() {
        let pieces = tokens.pieces;
        observer.warning(format!(
            "the {what} has {pieces} tokens, of which the model reads only the first {MOST_PIECES}"
        ));
    }
    tokens
}

/// The embeddings of several texts, `[1, n, d]` each, row-major.
pub(in crate::pipeline) fn embeddings(
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
