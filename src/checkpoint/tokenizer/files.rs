//! The vocabulary of a diffusers folder: `tokenizer/vocab.json` and `merges.txt`, or `tokenizer.json`.
//!
//! The files beside the vocabulary say which tokens a prompt can contain literally, and whether these are matched
//! before or after normalisation. Source: transformers 5.23 `tokenization_utils_base.py` (`_from_pretrained`) and
//! `tokenization_utils_tokenizers.py` (`TokenizersBackend.__init__`).

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::added::AddedToken;
use super::embedded::{END, START};
use super::vocabulary::Vocabulary;
use super::{Padding, Tokenizer, split};
use crate::checkpoint::folder::Folder;
use crate::error::{CheckpointError, excerpt};

const VOCABULARY: &str = "tokenizer/vocab.json";
const MERGES: &str = "tokenizer/merges.txt";
const WHOLE: &str = "tokenizer/tokenizer.json";
const CONFIG: &str = "tokenizer/tokenizer_config.json";
const SPECIAL: &str = "tokenizer/special_tokens_map.json";

/// A special token: its spelling, or an object with more about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Special {
    Spelling(String),
    Token(Described),
}

#[derive(Clone, Debug, Deserialize)]
struct Described {
    content: String,
    /// Whether it is matched in the normalised text. If this is not stated, special tokens are not, and all others are.
    normalized: Option<bool>,
    #[serde(default)]
    special: bool,
}

impl Described {
    fn is_normalised(&self, special: bool) -> bool {
        self.normalized.unwrap_or(!(special || self.special))
    }
}

impl Special {
    fn content(&self) -> &str {
        match self {
            Self::Spelling(content) => content,
            Self::Token(token) => &token.content,
        }
    }

    fn is_normalised(&self) -> bool {
        match self {
            Self::Spelling(_) => false,
            Self::Token(token) => token.is_normalised(true),
        }
    }
}

/// The special tokens by name, from `tokenizer_config.json` or `special_tokens_map.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    bos_token: Option<Special>,
    eos_token: Option<Special>,
    unk_token: Option<Special>,
    pad_token: Option<Special>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenizerConfig {
    #[serde(flatten)]
    named: Named,
    added_tokens_decoder: Option<BTreeMap<u32, Described>>,
}

/// The fields of `tokenizer.json` that Kinora needs.
#[derive(Deserialize)]
struct Whole {
    model: WholeModel,
    #[serde(default)]
    added_tokens: Vec<Described>,
}

#[derive(Deserialize)]
struct WholeModel {
    vocab: HashMap<String, u32>,
    merges: Vec<WrittenMerge>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenMerge {
    Pair([String; 2]),
    Line(String),
}

impl WrittenMerge {
    fn parts(&self) -> (&str, &str) {
        match self {
            Self::Pair([left, right]) => (left, right),
            Self::Line(line) => line.split_once(' ').unwrap_or((line, "")),
        }
    }
}

impl Tokenizer {
    /// The tokenizer of a diffusers folder; `padding` is used if its files state none.
    ///
    /// # Errors
    /// If the folder has no vocabulary, a file is not JSON of the expected form, or tokens and merges do not fit
    /// together.
    pub fn of_folder(folder: &Folder, padding: Padding) -> Result<Self, CheckpointError> {
        let config: Option<TokenizerConfig> = json(folder, CONFIG)?;
        let special: Option<Named> = json(folder, SPECIAL)?;
        let whole: Option<Whole> = json(folder, WHOLE)?;
        let states_nothing = config.is_none() && special.is_none();
        let config = config.unwrap_or_default();
        let of_whole = whole.as_ref().map(|whole| whole.added_tokens.clone());
        // If this list is present, the other files are ignored.
        let (decoder, named) = match config.added_tokens_decoder {
            Some(decoder) => (decoder.into_values().collect(), config.named),
            None => (
                of_whole.unwrap_or_default(),
                config.named.overridden(special.unwrap_or_default()),
            ),
        };
        let mut named = named.with_defaults();
        if states_nothing && padding == Padding::Zero {
            named.pad_token = Some(Special::Spelling("!".to_owned()));
        }
        let (ids, merges, path) = match whole {
            Some(Whole { model, .. }) => (model.vocab, Merges::Listed(model.merges), WHOLE),
            None => {
                let (ids, text) = files(folder)?;
                (ids, Merges::Lines(text), MERGES)
            }
        };
        built(ids, &merges, &decoder, &named).map_err(|reason| CheckpointError::Vocabulary {
            reason: excerpt(reason),
            path: folder.join(path),
        })
    }
}

impl Named {
    fn overridden(self, by: Self) -> Self {
        Self {
            bos_token: by.bos_token.or(self.bos_token),
            eos_token: by.eos_token.or(self.eos_token),
            unk_token: by.unk_token.or(self.unk_token),
            pad_token: by.pad_token.or(self.pad_token),
        }
    }

    /// Fills in the spellings of `CLIPTokenizer` for tokens that are not stated.
    fn with_defaults(self) -> Self {
        let usual = |content: &str| Some(Special::Spelling(content.to_owned()));
        Self {
            bos_token: self.bos_token.or_else(|| usual(START)),
            eos_token: self.eos_token.or_else(|| usual(END)),
            unk_token: self.unk_token.or_else(|| usual(END)),
            pad_token: self.pad_token.or_else(|| usual(END)),
        }
    }

    /// The tokens in the order in which they are added: of those with the same spelling, the last one counts.
    fn in_order(&self) -> impl Iterator<Item = &Special> {
        [
            &self.bos_token,
            &self.eos_token,
            &self.unk_token,
            &self.pad_token,
        ]
        .into_iter()
        .flatten()
    }
}

/// Merges in the form that a file has.
enum Merges {
    Listed(Vec<WrittenMerge>),
    Lines(String),
}

fn built(
    ids: HashMap<String, u32>,
    merges: &Merges,
    decoder: &[Described],
    named: &Named,
) -> Result<Tokenizer, String> {
    let id = |token: &Option<Special>| {
        let content = token.as_ref().map_or("", Special::content);
        let found = ids.get(content).copied();
        found.ok_or_else(|| format!("it has no token {content}"))
    };
    let (start, end) = (id(&named.bos_token)?, id(&named.eos_token)?);
    let (unknown, pad) = (id(&named.unk_token)?, id(&named.pad_token)?);

    let mut added: BTreeMap<&str, bool> = BTreeMap::new();
    for token in decoder {
        added.insert(&token.content, token.is_normalised(false));
    }
    for token in named.in_order() {
        let listed = decoder.iter().any(|other| other.content == token.content());
        if !listed {
            added.insert(token.content(), token.is_normalised());
        }
    }
    let (mut raw, mut normalised) = (Vec::new(), Vec::new());
    for (content, is_normalised) in added {
        let Some(&id) = ids.get(content).filter(|_| !content.is_empty()) else {
            continue;
        };
        if is_normalised {
            let content = split::normalised(content);
            normalised.push(AddedToken { content, id });
        } else {
            let content = content.to_owned();
            raw.push(AddedToken { content, id });
        }
    }
    let vocabulary = match merges {
        Merges::Listed(merges) => {
            Vocabulary::new(&ids, merges.iter().map(WrittenMerge::parts), unknown)
        }
        Merges::Lines(text) => {
            let lines = text.lines().filter(|line| !line.starts_with("#version"));
            Vocabulary::new(&ids, lines.filter_map(|line| line.split_once(' ')), unknown)
        }
    }?;
    Ok(Tokenizer {
        vocabulary,
        raw,
        normalised,
        start,
        end,
        pad,
    })
}

/// The tokens, and the text of the merges.
fn files(folder: &Folder) -> Result<(HashMap<String, u32>, String), CheckpointError> {
    let missing = || CheckpointError::MissingPart {
        part: "its tokenizer (tokenizer/vocab.json and tokenizer/merges.txt)".to_owned(),
        path: folder.path().to_owned(),
    };
    let ids = json(folder, VOCABULARY)?.ok_or_else(missing)?;
    let merges = folder.read(MERGES)?.ok_or_else(missing)?;
    let text = String::from_utf8(merges.into_owned());
    let text = text.map_err(|error| CheckpointError::Vocabulary {
        reason: error.to_string(),
        path: folder.join(MERGES),
    })?;
    Ok((ids, text))
}

/// A JSON file of the folder; `None` if it is absent.
fn json<T: serde::de::DeserializeOwned>(
    folder: &Folder,
    name: &str,
) -> Result<Option<T>, CheckpointError> {
    let Some(bytes) = folder.read(name)? else {
        return Ok(None);
    };
    let read = serde_json::from_slice(&bytes);
    read.map(Some)
        .map_err(|error| CheckpointError::ConfigUnreadable {
            reason: excerpt(error),
            path: folder.join(name),
        })
}
