//! A LoRA file in its own names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::names::{self, LoraFormat, Role};
use super::scale::Scales;
use super::side::Side;
use super::update::{self, Roles, Update};
use crate::checkpoint::fingerprint;
use crate::checkpoint::folder::Folder;
use crate::checkpoint::parts::{Entry, Transform};
use crate::checkpoint::tensors::TensorFile;
use crate::error::{CheckpointError, LoraError};

/// Names of the file in a folder that holds one LoRA, by the tool that wrote it.
const USUAL_FILES: [&str; 2] = [
    "pytorch_lora_weights.safetensors",
    "adapter_model.safetensors",
];

/// A LoRA file in its own names.
#[derive(Debug, Clone)]
pub struct Lora {
    /// The file's name without its ending.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// The naming scheme of its tensors.
    pub format: LoraFormat,
    /// Updates by module, as the file spells it without known prefixes.
    pub updates: BTreeMap<(String, Side), Update>,
    /// Tensors that belong to no update.
    pub unknown: Vec<String>,
    /// The fingerprint of its tensors: 16 hexadecimal digits.
    pub fingerprint: String,
}

impl Lora {
    /// Opens a LoRA file, or a folder that holds one, and checks it in full.
    ///
    /// If the file cannot be read or contains NaN, if it is not a LoRA, if its kind cannot be applied (DoRA, …), or if tensors of a module are missing or do not fit together.
    pub fn open(path: &Path) -> Result<Self, LoraError> {
        let file = if path.is_dir() {
            inside(path)?
        } else {
            path.to_owned()
        };
        let tensors = Arc::new(TensorFile::open(&file)?);
        // PEFT keeps the scale beside the weights.
        let beside = match file.file_name() {
            // A file that cannot be read states no scale.
            Some(name) if name == "adapter_model.safetensors" => {
                let folder = Folder::Disk(file.parent().unwrap_or(Path::new("")).to_owned());
                folder.read("adapter_config.json").ok().flatten()
            }
            _ => None,
        };
        Self::read(&tensors, beside.as_deref())
    }

    /// Opens a LoRA that is part of the program; `label` stands for its path.
    ///
    /// # Errors
    /// Same as [`Lora::open`].
    pub fn embedded(label: &Path, bytes: &'static [u8]) -> Result<Self, LoraError> {
        Self::read(&Arc::new(TensorFile::embedded(label, bytes)?), None)
    }

    fn read(file: &Arc<TensorFile>, adapter_config: Option<&[u8]>) -> Result<Self, LoraError> {
        let path = file.path().to_owned();
        names::refuse(file)?;
        let mut modules: BTreeMap<String, Roles> = BTreeMap::new();
        let mut unknown = Vec::new();
        let mut format = None;
        for (position, info) in file.tensors().iter().enumerate() {
            let Some((module, role, spelled)) = names::split(&info.name) else {
                unknown.push(info.name.clone());
                continue;
            };
            if role != Role::Alpha {
                format = Some(match format {
                    None => spelled,
                    Some(other) if other == spelled => spelled,
                    Some(_) => LoraFormat::Mixed,
                });
            }
            if let Some(entry) = Entry::new(file, position, Transform::None) {
                entry.check_finite()?;
                if entry.elements() == 0 {
                    return Err(LoraError::Malformed {
                        module,
                        reason: format!("{} has a dimension of length 0", info.name),
                        path,
                    });
                }
                modules.entry(module).or_default().insert(role, entry);
            }
        }
        let Some(format) = format else {
            let first = file
                .tensors()
                .first()
                .map_or("none", |info| info.name.as_str());
            return Err(LoraError::NotALora {
                tensors: file.tensors().len(),
                first: first.to_owned(),
                path,
            });
        };
        let scales = Scales::new(file, adapter_config);
        let mut updates = BTreeMap::new();
        for (module, roles) in modules {
            let built = update::build(&roles, &module, &scales).map_err(|flaw| match flaw {
                update::Flaw::Misfit(reason) => LoraError::Malformed {
                    module: module.clone(),
                    reason,
                    path: path.clone(),
                },
                update::Flaw::File(error) => error.into(),
            })?;
            for (side, update) in built {
                updates.insert((module.clone(), side), update);
            }
        }
        Ok(Self {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            path,
            format,
            updates,
            unknown,
            fingerprint: fingerprint::of_file(file, adapter_config),
        })
    }

    /// All names that could match: updates, and tensors of no known role.
    #[must_use]
    pub fn total(&self) -> usize {
        self.updates.len() + self.unknown.len()
    }

    /// The distinct ranks of its low-rank updates, ascending.
    #[must_use]
    pub fn ranks(&self) -> Vec<usize> {
        let mut ranks: Vec<usize> = self.updates.values().filter_map(Update::rank).collect();
        ranks.sort_unstable();
        ranks.dedup();
        ranks
    }

    /// Number of values stored in the file's updates.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.updates.values().map(Update::parameters).sum()
    }
}

/// Whether a file's tensors are named like those of a LoRA.
#[must_use]
pub fn looks_like_lora(file: &TensorFile) -> bool {
    file.tensors()
        .iter()
        .any(|info| names::split(&info.name).is_some())
}

/// The only LoRA file of a folder.
fn inside(folder: &Path) -> Result<PathBuf, LoraError> {
    if let Some(usual) = USUAL_FILES
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
    {
        return Ok(usual);
    }
    let mut names = Folder::Disk(folder.to_owned()).list("");
    names.retain(|name| name.ends_with(".safetensors"));
    match names.as_slice() {
        [only] => Ok(folder.join(only)),
        _ => Err(CheckpointError::NoModel {
            reason: format!(
                "it has {} .safetensors files, but a LoRA folder has one",
                names.len()
            ),
            path: folder.to_owned(),
        }
        .into()),
    }
}
