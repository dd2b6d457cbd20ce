//! A diffusers model folder, on disk or inside the program.
//!
//! Owns which files make up a part and how they are found. Does not depend on what tensors mean beyond their names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::config::Config;
use super::kind::Prefer;
use super::parts::{Entry, Part, Transform};
use super::tensors::TensorFile;
use crate::error::{CheckpointError, excerpt};

/// Configurations are a few kilobytes; anything above this is another file.
const MOST_CONFIG_BYTES: u64 = 64 << 20;

/// Files by relative path with `/` separators.
#[derive(Debug, Clone)]
pub enum Folder {
    /// A folder of the file system.
    Disk(PathBuf),
    /// Files that are part of the program.
    Embedded {
        /// Replaces the folder's path in messages.
        label: PathBuf,
        /// Relative path and bytes of every file.
        files: &'static [(&'static str, &'static [u8])],
    },
}

/// Where a part is stored: its folder, the stem of its weight files, and its display name.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartFiles {
    pub(super) folder: &'static str,
    pub(super) stem: &'static str,
    pub(super) title: &'static str,
}

/// The part of a shard index that Kinora needs.
#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

impl Folder {
    /// The folder's path, or the label of an embedded one.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Disk(path) => path,
            Self::Embedded { label, .. } => label,
        }
    }

    /// The path of a file in it, for messages.
    #[must_use]
    pub fn join(&self, relative: &str) -> PathBuf {
        relative
            .split('/')
            .fold(self.path().to_owned(), |path, part| path.join(part))
    }

    /// Whether a file exists.
    #[must_use]
    pub fn has(&self, relative: &str) -> bool {
        match self {
            Self::Disk(_) => self.join(relative).is_file(),
            Self::Embedded { files, .. } => files.iter().any(|(name, _)| *name == relative),
        }
    }

    /// Names of the files directly in a folder (`""` for the top), sorted.
    #[must_use]
    pub fn list(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Self::Disk(path) => std::fs::read_dir(path.join(folder))
                .into_iter()
                .flatten()
                .flatten()
                .filter(|entry| entry.path().is_file())
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect(),
            Self::Embedded { files, .. } => {
                let inside = files.iter().filter_map(|(name, _)| {
                    let (parent, file) = name.rsplit_once('/').unwrap_or(("", name));
                    (parent == folder).then(|| file.to_owned())
                });
                inside.collect()
            }
        };
        names.sort();
        names
    }

    /// The bytes of a small file; `None` if it is absent.
    ///
    /// # Errors
    /// If it exists but cannot be read, or is far too large for a configuration.
    pub fn read(&self, relative: &str) -> Result<Option<Cow<'static, [u8]>>, CheckpointError> {
        match self {
            Self::Disk(_) => {
                let path = self.join(relative);
                let unreadable = |reason: String| CheckpointError::Unreadable {
                    path: path.clone(),
                    reason,
                };
                let size = match std::fs::metadata(&path) {
                    Ok(about) => about.len(),
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(e) => return Err(unreadable(e.to_string())),
                };
                if size > MOST_CONFIG_BYTES {
                    return Err(unreadable(format!("it is too large ({size} bytes)")));
                }
                let bytes = std::fs::read(&path).map_err(|e| unreadable(e.to_string()))?;
                Ok(Some(Cow::Owned(bytes)))
            }
            Self::Embedded { files, .. } => Ok(files
                .iter()
                .find(|(name, _)| *name == relative)
                .map(|(_, bytes)| Cow::Borrowed(*bytes))),
        }
    }

    /// A safetensors file in the folder.
    ///
    /// # Errors
    /// Same as [`TensorFile::open`]; also if the file is absent.
    pub fn tensors(&self, relative: &str) -> Result<TensorFile, CheckpointError> {
        let path = self.join(relative);
        match self {
            Self::Disk(_) => TensorFile::open(&path),
            Self::Embedded { files, .. } => {
                match files.iter().find(|(name, _)| *name == relative) {
                    Some((_, bytes)) => TensorFile::embedded(&path, bytes),
                    None => Err(CheckpointError::MissingPart {
                        part: relative.to_owned(),
                        path: self.path().to_owned(),
                    }),
                }
            }
        }
    }

    /// A required configuration.
    pub(super) fn config<C: Config>(
        &self,
        relative: &str,
        title: &str,
    ) -> Result<C, CheckpointError> {
        match self.read(relative)? {
            Some(bytes) => C::parse(&bytes, &self.join(relative)),
            None => Err(CheckpointError::MissingPart {
                part: format!("{title} ({relative})"),
                path: self.path().to_owned(),
            }),
        }
    }

    /// A part: its configuration and all tensors of its weight files.
    pub(super) fn part<C: Config>(
        &self,
        place: PartFiles,
        prefer: Prefer,
    ) -> Result<Part<C>, CheckpointError> {
        self.part_of(place, self.weights(place, prefer))
    }

    /// Like [`Folder::part`], with weight files that were opened before, or the reason why they could not be.
    pub(super) fn part_of<C: Config>(
        &self,
        place: PartFiles,
        weights: Result<Vec<TensorFile>, CheckpointError>,
    ) -> Result<Part<C>, CheckpointError> {
        Ok(Part {
            config: self.config(&format!("{}/config.json", place.folder), place.title)?,
            tensors: entries(weights?),
        })
    }

    /// The weight files of a part, one or several shards.
    pub(super) fn weights(
        &self,
        place: PartFiles,
        prefer: Prefer,
    ) -> Result<Vec<TensorFile>, CheckpointError> {
        let PartFiles {
            folder,
            stem,
            title,
        } = place;
        let full = [
            format!("{stem}.safetensors"),
            format!("{stem}.safetensors.index.json"),
        ];
        let half = [
            format!("{stem}.fp16.safetensors"),
            format!("{stem}.safetensors.index.fp16.json"),
            format!("{stem}.fp16.safetensors.index.json"),
        ];
        let candidates = match prefer {
            Prefer::Full => [full.as_slice(), half.as_slice()].concat(),
            Prefer::Half => [half.as_slice(), full.as_slice()].concat(),
        };
        for name in candidates {
            let relative = format!("{folder}/{name}");
            if !self.has(&relative) {
                continue;
            }
            return if name.ends_with(".json") {
                self.shards(folder, &relative)
            } else {
                Ok(vec![self.tensors(&relative)?])
            };
        }
        let names = self.list(folder);
        let others: Vec<_> = names
            .iter()
            .filter(|name| name.ends_with(".safetensors"))
            .collect();
        if let [only] = others.as_slice() {
            return Ok(vec![self.tensors(&format!("{folder}/{only}"))?]);
        }
        let pickled = |name: &&String| {
            name.ends_with(".bin") || name.ends_with(".ckpt") || name.ends_with(".pt")
        };
        if let Some(pickle) = names.iter().find(pickled) {
            return Err(CheckpointError::PickleOnly {
                part: title,
                path: self.join(&format!("{folder}/{pickle}")),
            });
        }
        Err(CheckpointError::MissingPart {
            part: format!("the weights of {title} ({folder}/{stem}.safetensors)"),
            path: self.path().to_owned(),
        })
    }

    /// Opens the files that a shard index names, and checks that they contain the tensors it lists.
    fn shards(&self, folder: &str, index: &str) -> Result<Vec<TensorFile>, CheckpointError> {
        let path = self.join(index);
        let broken = |reason: String| CheckpointError::ShardIndex {
            reason: excerpt(reason),
            path: path.clone(),
        };
        let bytes = self.read(index)?.unwrap_or_default();
        let map = serde_json::from_slice::<ShardIndex>(&bytes)
            .map_err(|e| broken(e.to_string()))?
            .weight_map;
        let names: BTreeSet<&String> = map.values().collect();
        if names.is_empty() {
            return Err(broken("it names no files".to_owned()));
        }
        let mut files = BTreeMap::new();
        for name in names {
            // An index may only name files of its own folder: a path could point anywhere.
            if name.contains(['/', '\\', ':']) || !name.ends_with(".safetensors") {
                return Err(broken(format!(
                    "{name} is not a .safetensors file in its folder"
                )));
            }
            let relative = format!("{folder}/{name}");
            if !self.has(&relative) {
                return Err(CheckpointError::MissingPart {
                    part: format!("the shard {}", excerpt(relative)),
                    path: self.path().to_owned(),
                });
            }
            files.insert(name, self.tensors(&relative)?);
        }
        for (tensor, name) in &map {
            if files
                .get(name)
                .is_some_and(|file| file.position(tensor).is_none())
            {
                return Err(broken(format!("{tensor} is not in {name}")));
            }
        }
        Ok(files.into_values().collect())
    }
}

/// The tensors of some files by their current names.
pub(super) fn entries(files: Vec<TensorFile>) -> BTreeMap<String, Entry> {
    let mut tensors = BTreeMap::new();
    for file in files {
        let file = Arc::new(file);
        for (position, info) in file.tensors().iter().enumerate() {
            let (name, transform) = current_name(&info.name, &info.shape);
            if let Some(entry) = Entry::new(&file, position, transform) {
                tensors.insert(name, entry);
            }
        }
    }
    tensors
}

/// The current name and shape of a tensor that older versions of diffusers wrote differently.
///
/// Source: diffusers 0.42 `models/modeling_utils.py` (`_fix_state_dict_keys_on_load`): the
/// autoencoder's attention was `query`, `key`, `value`, `proj_attn`, at first with 1×1 convolutions.
fn current_name(name: &str, shape: &[usize]) -> (String, Transform) {
    const OLD: [(&str, &str); 4] = [
        (".query.", ".to_q."),
        (".key.", ".to_k."),
        (".value.", ".to_v."),
        (".proj_attn.", ".to_out.0."),
    ];
    if !name.contains(".mid_block.attentions.0.") {
        return (name.to_owned(), Transform::None);
    }
    let old = OLD.iter().find(|(old, _)| name.contains(old));
    let current = old.map_or_else(|| name.to_owned(), |(old, new)| name.replace(old, new));
    let linear = current.contains(".to_") && current.ends_with(".weight");
    let transform = if linear && matches!(shape, [_, _, 1, 1]) {
        Transform::Squeeze
    } else {
        Transform::None
    };
    (current, transform)
}
