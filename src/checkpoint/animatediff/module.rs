//! Motion modules as files: AnimateDiff's own names or diffusers', a file or a folder.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use super::kinds::kind_of;
use super::names::{self, MARK, Named};
use crate::checkpoint::config::{Config as _, MotionAdapterConfig, MotionConfig, PerLevel};
use crate::checkpoint::expected_tensors;
use crate::checkpoint::fingerprint::Print;
use crate::checkpoint::folder::{Folder, PartFiles, entries};
use crate::checkpoint::kind::{Kind, Prefer};
use crate::checkpoint::part_description::PartDescription;
use crate::checkpoint::parts::{Entry, Part};
use crate::checkpoint::report::LoadReport;
use crate::checkpoint::tensors::TensorFile;
use crate::error::{CheckpointError, excerpt};

/// Rows of the table of positions of a file that has neither the table nor a configuration: AnimateLCM's.
const COMPUTED_POSITIONS: usize = 64;

/// Modules in a folder of their own.
const ALONE: PartFiles = PartFiles {
    folder: ".",
    stem: "diffusion_pytorch_model",
    title: "its motion modules",
};
/// Modules in the folder of a pipeline.
const BESIDE: PartFiles = PartFiles {
    folder: "motion_adapter",
    ..ALONE
};

/// Motion modules: opened, but not loaded.
#[derive(Debug, Clone)]
pub struct MotionModule {
    /// The tensors under diffusers' names.
    pub part: Part<MotionConfig>,
    /// Its file or folder.
    pub path: PathBuf,
}

impl MotionModule {
    /// Opens a file with AnimateDiff's names or diffusers', or a folder of diffusers' `MotionAdapter`.
    ///
    /// Reads headers and configurations only. The tensors decide which kind it is.
    ///
    /// # Errors
    /// If it cannot be read, is a pickle, or holds no motion modules that Kinora can use.
    pub fn open(path: &Path, prefer: Prefer) -> Result<Self, CheckpointError> {
        if path.is_dir() {
            let folder = Folder::Disk(path.to_owned());
            let place = match is_beside(&folder) {
                true => BESIDE,
                false => ALONE,
            };
            return Self::of_folder(&folder, place, prefer);
        }
        let file = TensorFile::open(path)?;
        Self::named(entries(vec![file]), None, path)
    }

    /// The modules beside a model in its folder, if there are any.
    pub(in crate::checkpoint) fn beside(
        folder: &Folder,
        prefer: Prefer,
    ) -> Result<Option<Self>, CheckpointError> {
        let found = is_beside(folder).then(|| Self::of_folder(folder, BESIDE, prefer));
        found.transpose()
    }

    fn of_folder(
        folder: &Folder,
        place: PartFiles,
        prefer: Prefer,
    ) -> Result<Self, CheckpointError> {
        let tensors = entries(folder.weights(place, prefer)?);
        let config = format!("{}/config.json", place.folder);
        let stated = folder.read(&config)?;
        let stated = stated.map(|bytes| MotionAdapterConfig::parse(&bytes, &folder.join(&config)));
        Self::named(tensors, stated.transpose()?.as_ref(), folder.path())
    }

    /// Modules from tensors under any names, with what a configuration states.
    pub(super) fn named(
        tensors: BTreeMap<String, Entry>,
        stated: Option<&MotionAdapterConfig>,
        path: &Path,
    ) -> Result<Self, CheckpointError> {
        let mut renamed = BTreeMap::new();
        for (name, entry) in tensors {
            if let Named::Known(name) = names::current(&name) {
                renamed.insert(name, entry);
            }
        }
        let refused = |reason: String| CheckpointError::MotionModule {
            reason,
            path: path.to_owned(),
        };
        let config = derived(&renamed, stated).map_err(refused)?;
        let flaw = config.check().err();
        if let Some(flaw) = flaw {
            return Err(refused(excerpt(format!("{} {}", flaw.field, flaw.reason))));
        }
        Ok(Self {
            part: Part {
                config,
                tensors: renamed,
            },
            path: path.to_owned(),
        })
    }

    /// Describes its tensors.
    #[must_use]
    pub fn describe(&self) -> PartDescription {
        let expected = expected_tensors::motion_modules(&self.part.config);
        PartDescription::new("motion", &self.part, &expected)
    }

    /// The kind of a model with these modules.
    #[must_use]
    pub fn kind(&self) -> Kind {
        kind_of(&self.part.config)
    }

    /// Why it cannot be used with any model, if it cannot.
    #[must_use]
    pub fn problem(&self) -> Option<CheckpointError> {
        self.require_complete().err()
    }

    /// Checks that it has every tensor.
    pub(in crate::checkpoint) fn require_complete(&self) -> Result<(), CheckpointError> {
        self.report().require_complete("motion modules", &self.path)
    }

    /// How its tensors match its configuration.
    #[must_use]
    pub fn report(&self) -> LoadReport {
        let expected = expected_tensors::motion_modules(&self.part.config);
        LoadReport::new(&self.part, &expected)
    }

    /// The fingerprint of its weights: 16 hexadecimal digits, whatever names the file has.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut print = Print::default();
        self.add_to(&mut print);
        print.digits()
    }

    /// Adds its weights to a fingerprint.
    pub(super) fn add_to(&self, print: &mut Print) {
        let expected = expected_tensors::motion_modules(&self.part.config);
        print.part(&self.part, expected);
    }

    /// The number of steps that a module with `lightning` in its name was distilled to; the tensors do not show it.
    pub(super) fn lightning_steps(&self) -> Option<usize> {
        let name = self.path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().to_ascii_lowercase();
        name.contains("lightning").then(|| {
            let steps = [1, 2, 4, 8].into_iter();
            let mut named = steps.filter(|steps| name.contains(&format!("{steps}step")));
            named.next().unwrap_or(4)
        })
    }
}

fn is_beside(folder: &Folder) -> bool {
    let mut names = folder.list(BESIDE.folder).into_iter();
    names.any(|name| name == "config.json" || name.ends_with(".safetensors"))
}

/// Counts levels, modules and blocks. What is wrong with them is left to the report.
fn derived(
    tensors: &BTreeMap<String, Entry>,
    stated: Option<&MotionAdapterConfig>,
) -> Result<MotionConfig, String> {
    let has = |start: &str| {
        let mut rest = tensors.range::<str, _>((Bound::Included(start), Bound::Unbounded));
        rest.next().is_some_and(|(name, _)| name.starts_with(start))
    };
    let any = |part: &str| tensors.keys().any(|name| name.contains(part));
    if any("temporal_attentions.") {
        return Err("its layers are those of Hotshot-XL, which Kinora does not have".to_owned());
    }
    if any("controlnet_cond_embedding.") {
        return Err("it is a SparseCtrl, which Kinora cannot use yet".to_owned());
    }
    if !any(MARK) {
        return Err("it has no motion modules".to_owned());
    }
    if tensors.contains_key("conv_in.weight") {
        return Err("it is PIA's, which Kinora cannot use yet".to_owned());
    }
    let width = |level: usize| {
        let norm = tensors.get(&format!("down_blocks.{level}.motion_modules.0.norm.weight"))?;
        norm.shape().first().copied()
    };
    let block_out_channels: Vec<usize> = (0..).map_while(width).collect();
    let count = |start: &str| {
        let each = (0..).take_while(|i| has(&format!("{start}{i}.")));
        each.count()
    };
    let first = "down_blocks.0.motion_modules.";
    let blocks = "down_blocks.0.motion_modules.0.transformer_blocks.";
    let table = tensors.get(&format!("{blocks}0.pos_embed.pe"));
    let rows = table.and_then(|table| table.shape().get(1).copied());
    let positions = match (rows, stated) {
        (Some(rows), _) => rows,
        (None, Some(stated)) => stated.motion_max_seq_length,
        (None, None) => COMPUTED_POSITIONS,
    };
    Ok(MotionConfig {
        block_out_channels,
        modules_per_level: count(first),
        blocks_per_module: count(blocks),
        num_attention_heads: match stated {
            Some(stated) => stated.motion_num_attention_heads.clone(),
            None => PerLevel::Same(8),
        },
        positions,
        positions_stored: rows.is_some(),
        middle: has("mid_block.motion_modules."),
    })
}
