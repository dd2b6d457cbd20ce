//! What a repository offers: its terms, and the files that Kinora would fetch.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::Deserialize;

use super::Hub;
use super::repo::Repo;
use super::wire::Wire;
use crate::error::{HubError, excerpt};

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Path in the repository, with `/` between folders.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its contents in hexadecimal; the hub has one for every large file.
    pub sha256: Option<String>,
}

/// What a repository offers, at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The repository.
    pub repo: Repo,
    /// The commit: a resumed fetch continues with the same version.
    pub commit: String,
    /// The licence's name, as the repository gives it.
    pub licence: String,
    /// The licence's text, or the model card where there is none.
    pub terms: String,
    /// The files that Kinora would fetch.
    pub files: Vec<RemoteFile>,
}

impl Offer {
    /// Size of all files, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        // The hub can claim any size; anything that does not fit on the disk is rejected before the first byte.
        let of_file = self.files.iter().map(|file| file.bytes);
        of_file.fold(0, u64::saturating_add)
    }

    /// Whether the model makes pictures from words.
    #[must_use]
    pub fn makes_pictures(&self) -> bool {
        let tower = format!("{TEXT_ENCODER}/");
        self.files.iter().any(|file| file.path.starts_with(&tower))
    }

    /// Whether these are motion modules, which need a model that makes pictures from words.
    #[must_use]
    pub fn is_motion_modules(&self) -> bool {
        self.files.iter().all(|file| file.path != INDEX)
    }
}

/// The fields that Kinora reads of the hub's description of a repository.
#[derive(Deserialize)]
struct About {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
    #[serde(default, rename = "cardData")]
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    lfs: Option<Large>,
}

#[derive(Deserialize)]
struct Large {
    sha256: String,
    size: u64,
}

#[derive(Default, Deserialize)]
struct Card {
    #[serde(default)]
    license: Option<String>,
    #[serde(default)]
    license_name: Option<String>,
}

/// The class of the network that a `config.json` describes.
#[derive(Deserialize)]
struct Class {
    #[serde(rename = "_class_name")]
    name: String,
}

impl RemoteFile {
    /// Whether its hash, which becomes part of a file's name, is valid.
    fn is_plain(&self) -> bool {
        let hash = self.sha256.as_deref();
        hash.is_none_or(|hash| is_hexadecimal(hash, 64..=64))
    }
}

/// Whether a text consists of this many hexadecimal digits.
fn is_hexadecimal(text: &str, digits: RangeInclusive<usize>) -> bool {
    digits.contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

impl Hub {
    /// Requests what a repository offers: its terms and the files that would be fetched.
    ///
    /// # Errors
    /// [`HubError`] when the hub cannot be reached, the repository does not exist or is gated, or it holds no model
    /// that Kinora could open.
    pub fn look(&self, repo: &Repo) -> Result<Offer, HubError> {
        let wire = Wire::new(self);
        let what = repo.to_string();
        let url = format!("{}/api/models/{repo}?blobs=true", self.base);
        let about: About = wire
            .json(repo, &url)
            .map_err(|miss| miss.into_error(&what))?;
        // The commit becomes part of addresses and file names.
        if !is_hexadecimal(&about.sha, 40..=64) {
            return Err(wire.bad("its commit is not a hash"));
        }
        let files = wanted(repo, &about.siblings)?;
        let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        if paths.len() < files.len() || !files.iter().all(RemoteFile::is_plain) {
            return Err(wire.bad("it lists a file twice, or with an invalid hash"));
        }
        if !paths.contains(INDEX) {
            self.require_motion_adapter(&wire, repo, &about.sha)?;
        }
        let mut terms = None;
        for name in TERMS {
            if !about.siblings.iter().any(|file| file.rfilename == name) {
                continue;
            }
            let url = self.address(repo, &about.sha, name);
            terms = wire
                .text(repo, &url)
                .map_err(|miss| miss.into_error(&what))?;
            if terms.is_some() {
                break;
            }
        }
        let card = about.card.unwrap_or_default();
        let licence = card.license_name.or(card.license);
        Ok(Offer {
            repo: repo.clone(),
            commit: about.sha,
            licence: licence.map_or_else(|| "no licence given".to_owned(), excerpt),
            terms: terms.unwrap_or_else(|| {
                format!(
                    "The repository has no licence text; read {}",
                    self.page(repo)
                )
            }),
            files,
        })
    }

    /// Checks that a repository without an index holds motion modules: other networks have the same file names.
    fn require_motion_adapter(
        &self,
        wire: &Wire<'_>,
        repo: &Repo,
        commit: &str,
    ) -> Result<(), HubError> {
        let url = self.address(repo, commit, CONFIG);
        let text = wire.text(repo, &url);
        let text = text.map_err(|miss| miss.into_error(&repo.to_string()))?;
        let class = text.and_then(|text| serde_json::from_str::<Class>(&text).ok());
        match class {
            Some(Class { name }) if name == MOTION_ADAPTER => Ok(()),
            _ => Err(missing(repo, INDEX)),
        }
    }

    /// The address of a file at a commit.
    pub(super) fn address(&self, repo: &Repo, commit: &str, path: &str) -> String {
        format!("{}/{repo}/resolve/{commit}/{path}", self.base)
    }
}

/// The file that lists the parts of a model.
const INDEX: &str = "model_index.json";
/// The configuration of a network.
const CONFIG: &str = "config.json";
/// diffusers' class of motion modules in a repository of their own.
const MOTION_ADAPTER: &str = "MotionAdapter";
/// Stem of the weights of diffusers' networks.
const STEM: &str = "diffusion_pytorch_model";

/// Files that contain the terms, the preferred one first.
const TERMS: [&str; 4] = ["LICENSE.md", "LICENSE", "LICENSE.txt", "README.md"];

/// The part that only models for pictures from words have.
const TEXT_ENCODER: &str = "text_encoder";

/// The parts of a model that makes clips from a picture: folder and stem of its weights.
const OF_CLIPS: Parts = [("unet", STEM), ("vae", STEM), ("image_encoder", "model")];
/// The parts of a model that makes pictures from words.
const OF_PICTURES: Parts = [("unet", STEM), ("vae", STEM), (TEXT_ENCODER, "model")];
/// Files of a vocabulary; a model for pictures needs at least the first two.
const VOCABULARY: [&str; 4] = [
    "vocab.json",
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
];

type Parts = [(&'static str, &'static str); 3];

/// The files that Kinora opens.
fn wanted(repo: &Repo, files: &[Sibling]) -> Result<Vec<RemoteFile>, HubError> {
    let missing = |name: &str| missing(repo, name);
    let has = |path: &str| files.iter().any(|file| file.rfilename == path);
    if !has(INDEX) {
        let modules = motion_modules(files).filter(|_| has(CONFIG));
        return modules.ok_or_else(|| missing(INDEX));
    }
    let parts = if has("text_encoder/config.json") && !has("image_encoder/config.json") {
        OF_PICTURES
    } else {
        OF_CLIPS
    };
    let is_part = |folder: &str| parts.iter().any(|(part, _)| *part == folder);
    if parts == OF_PICTURES {
        let mut needed = VOCABULARY[..2].iter();
        let needed = needed.find(|name| !has(&format!("tokenizer/{name}")));
        if let Some(name) = needed {
            return Err(missing(&format!("tokenizer/{name}")));
        }
    }
    let mut taken: Vec<&Sibling> = Vec::new();
    for file in files {
        let path = file.rfilename.as_str();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let description = match folder {
            "" => TERMS.contains(&name) || name == INDEX,
            // Names become paths on this machine, so none may lead out of the folder.
            "feature_extractor" | "scheduler" => {
                let leads = |letter: char| letter.is_control() || "\\:".contains(letter);
                name.ends_with(".json") && !name.contains(leads)
            }
            "tokenizer" => parts == OF_PICTURES && VOCABULARY.contains(&name),
            folder => is_part(folder) && name == CONFIG,
        };
        if description {
            taken.push(file);
        }
    }
    for (folder, stem) in parts {
        let config = format!("{folder}/config.json");
        if !has(&config) {
            return Err(missing(&config));
        }
        let weights = weights(files, |path| variant_of(path, folder, stem));
        let weights = weights.ok_or_else(|| missing(&format!("{folder}/{stem}.safetensors")))?;
        taken.extend(weights);
    }
    Ok(taken.into_iter().map(remote).collect())
}

/// The files of motion modules in a repository of their own; `None` without weights.
fn motion_modules(files: &[Sibling]) -> Option<Vec<RemoteFile>> {
    let described = |file: &&Sibling| {
        let name = file.rfilename.as_str();
        TERMS.contains(&name) || name == CONFIG
    };
    let mut taken: Vec<&Sibling> = files.iter().filter(described).collect();
    taken.extend(weights(files, |path| {
        variant_of(&format!("./{path}"), ".", STEM)
    })?);
    Some(taken.into_iter().map(remote).collect())
}

/// The weight files of the variant to fetch; `None` without one in safetensors files.
fn weights(files: &[Sibling], variant: impl Fn(&str) -> Option<Variant>) -> Option<Vec<&Sibling>> {
    let of = |wanted| -> Vec<&Sibling> {
        let is = |file: &&Sibling| variant(&file.rfilename) == Some(wanted);
        files.iter().filter(is).collect()
    };
    // f16 takes half the bytes, and the networks run in it on a GPU.
    let all = [of(Variant::Half), of(Variant::Full)];
    all.into_iter().find(|all| {
        let mut names = all.iter().map(|file| file.rfilename.as_str());
        names.any(|name| name.ends_with(".safetensors"))
    })
}

fn missing(repo: &Repo, missing: &str) -> HubError {
    HubError::NotAModel {
        repo: repo.to_string(),
        missing: missing.to_owned(),
    }
}

fn remote(file: &Sibling) -> RemoteFile {
    let large = file.lfs.as_ref();
    RemoteFile {
        path: file.rfilename.clone(),
        bytes: large.map_or(file.size.unwrap_or(0), |large| large.size),
        sha256: large.map(|large| large.sha256.to_ascii_lowercase()),
    }
}

/// The number format that a weight file's name indicates.
#[derive(Clone, Copy, PartialEq)]
enum Variant {
    Half,
    Full,
}

/// Whether a file belongs to a part's weights, and of which variant: the single file, shards, and
/// the index of shards, as diffusers names them.
fn variant_of(path: &str, folder: &str, stem: &str) -> Option<Variant> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?;
    let rest = name.strip_prefix(stem)?;
    let kind = rest.strip_suffix(".safetensors").or_else(|| {
        let index = rest.strip_suffix(".json")?;
        index.contains(".safetensors.index").then_some(index)
    })?;
    let plain = kind
        .replace(".safetensors.index", "")
        .replace(".fp16", "")
        .chars()
        .all(|letter| letter.is_ascii_digit() || letter == '-' || letter.is_ascii_lowercase());
    let begins = kind.is_empty() || kind.starts_with(['-', '.']);
    // Any other variant, such as `.bf16` or `.non_ema`, is not fetched.
    if !plain || !begins || name.contains('/') {
        return None;
    }
    Some(if kind.contains(".fp16") {
        Variant::Half
    } else {
        Variant::Full
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_named_by_two_plain_words() {
        for (text, known) in [
            ("owner/model-1.1", true),
            (" https://huggingface.co/owner/model/ ", true),
            ("model", false),
            ("../model", false),
            ("owner/..", false),
            ("a/b/c", false),
            ("owner/mo del", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Repo>().is_ok(), known, "{text:?}");
        }
    }

    #[test]
    fn weight_files_are_told_apart_by_variant() {
        let of = |name: &str| variant_of(&format!("unet/{name}"), "unet", "model");
        assert!(of("model.safetensors") == Some(Variant::Full));
        assert!(of("model.fp16.safetensors") == Some(Variant::Half));
        assert!(of("model.safetensors.index.json") == Some(Variant::Full));
        assert!(of("model.safetensors.index.fp16.json") == Some(Variant::Half));
        assert!(of("model.fp16-00001-of-00002.safetensors") == Some(Variant::Half));
        assert!(of("model-00001-of-00002.safetensors") == Some(Variant::Full));
        for other in ["model.bin", "model.non_ema.safetensors", "config.json"] {
            assert!(of(other).is_none(), "{other}");
        }
    }
}
