//! Installed and bundled camera moves: their metadata, and whether they fit a model.
//!
//! A camera move is a LoRA whose metadata may include its path for previews, its opposite and its useful
//! strengths. All of that is optional, because LoRAs come from everywhere; what is missing is guessed from the
//! name or left out. Applying a move is the runner's task.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::Library;
use super::bundled_moves::BUNDLED_MOVES;
use super::motion_lora_names::move_of;
use crate::checkpoint::lora::{Lora, Targets};
use crate::checkpoint::{Checkpoint, TensorFile};
use crate::error::{CameraError, CheckpointError, LoraError, capitalised, excerpt};
use crate::media::camera::CameraPath;

/// The range of strengths if the file has none.
const USUAL_STRENGTHS: RangeInclusive<f32> = 0.0..=1.5;
/// The largest strength that a file may offer.
const MOST_STRENGTH: f32 = 4.0;
/// Licence texts are cut at this length.
const MOST_LICENCE: usize = 1 << 16;
/// File names that training tools give to every LoRA; the folder's name is used instead.
const EMPTY_NAMES: [&str; 4] = [
    "pytorch_lora_weights",
    "adapter_model",
    "diffusion_pytorch_model",
    "lora",
];
/// The order of the well-known moves; others follow by name.
const USUAL_ORDER: [&str; 12] = [
    "pan-left",
    "pan-right",
    "tilt-up",
    "tilt-down",
    "zoom-in",
    "zoom-out",
    "roll-ccw",
    "roll-cw",
    "orbit-left",
    "orbit-right",
    "dolly-in",
    "dolly-out",
];

/// The origin of a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoveOrigin {
    /// Embedded in the program.
    Pack,
    /// Installed, as this file or folder.
    Installed(PathBuf),
}

/// Whether a move fits the selected model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoveFit {
    /// Some or all of its tensors fit the model.
    Fits {
        /// Number of tensors that fit.
        matched: usize,
        /// Number of tensors in the file.
        total: usize,
    },
    /// It cannot be used with this model; the reason, as a clause.
    Misfit(String),
}

impl fmt::Display for MoveFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fits { matched, total } => write!(f, "{matched} of {total} tensors matched"),
            Self::Misfit(reason) => f.write_str(reason),
        }
    }
}

/// A camera move's metadata, and whether it fits a model.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveCard {
    /// The name in orders, recipes and on the command line.
    pub name: String,
    /// The name shown to the user.
    pub title: String,
    /// The name of the opposite move, if there is one.
    pub opposite: Option<String>,
    /// The smallest and the largest useful strength.
    pub strengths: RangeInclusive<f32>,
    /// The licence text that came with it.
    pub licence: Option<String>,
    /// The model that it was made for.
    pub base: Option<String>,
    /// Its path at strength 1, for previews; `None` if it is unknown.
    pub path: Option<CameraPath>,
    /// Whether the file states the path; otherwise it is guessed from the name.
    pub states_path: bool,
    /// A problem with the file's metadata, as a clause.
    pub note: Option<String>,
    /// The move's origin.
    pub origin: MoveOrigin,
    /// Whether it fits the given model.
    pub fit: MoveFit,
}

impl MoveCard {
    /// Whether its LoRA fits the given model.
    #[must_use]
    pub fn fits(&self) -> bool {
        matches!(self.fit, MoveFit::Fits { .. })
    }

    /// Whether the given model can use it, by its LoRA or along its path.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.fits() || self.path.is_some()
    }

    /// Reads the file's metadata; all of it is optional.
    fn described(name: &str, words: &HashMap<String, String>, origin: MoveOrigin) -> Self {
        let metadata = |key: &str| {
            words
                .get(key)
                .map(|text| text.trim())
                .filter(|text| !text.is_empty())
        };
        // Names are shown in the window, and a file can contain anything.
        let shown = |key: &str| metadata(key).map(excerpt);
        let mut note = None;
        let path = match metadata("kinora.path").map(CameraPath::parse) {
            Some(Ok(path)) => Some(path),
            Some(Err(error)) => {
                note = Some(error.to_string());
                None
            }
            None => CameraPath::guessed(name),
        };
        let licence = ["kinora.licence", "modelspec.license", "license", "licence"]
            .into_iter()
            .find_map(metadata)
            .map(|text| text.chars().take(MOST_LICENCE).collect());
        Self {
            name: name.to_owned(),
            title: shown("kinora.title").unwrap_or_else(|| title_of(name)),
            opposite: shown("kinora.opposite").or_else(|| usual_opposite(name)),
            strengths: metadata("kinora.strength")
                .and_then(strengths)
                .unwrap_or(USUAL_STRENGTHS),
            licence,
            base: shown("kinora.base"),
            states_path: note.is_none() && metadata("kinora.path").is_some(),
            path,
            note,
            origin,
            fit: MoveFit::Misfit("it has not been compared with a model yet".to_owned()),
        }
    }

    fn refused(name: &str, origin: MoveOrigin, error: &LoraError) -> Self {
        let mut card = Self::described(name, &HashMap::new(), origin);
        card.fit = MoveFit::Misfit(error.to_string());
        // A path guessed from the name of a damaged file would hide the damage.
        card.path = None;
        card
    }

    fn matched(mut self, lora: &Lora, targets: &Targets) -> Self {
        self.fit = match lora.fit(targets) {
            Ok(fitted) => MoveFit::Fits {
                matched: fitted.report.matched,
                total: fitted.report.total,
            },
            Err(error) => MoveFit::Misfit(error.to_string()),
        };
        self
    }
}

/// A LoRA file that was inspected but is not installed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveInspection {
    /// The file or folder.
    pub path: PathBuf,
    /// The move that it would be.
    pub card: MoveCard,
    /// Whether a move of that name is bundled or already installed.
    pub replaces: bool,
}

/// All camera moves, the bundled ones first, each compared with `model`.
///
/// Broken files are listed too, with the reason, so that they can be seen and removed. Reads every
/// file.
///
/// # Errors
/// [`CheckpointError`] when the model cannot be opened.
pub fn moves_for(library: &Library, model: &str) -> Result<Vec<MoveCard>, CheckpointError> {
    let targets = targets_of(library, model)?;
    let mut cards: Vec<MoveCard> = Vec::new();
    for (name, path) in library.installed_moves() {
        let origin = MoveOrigin::Installed(path.clone());
        cards.push(match read(&path) {
            Ok((lora, words)) => {
                MoveCard::described(&name, &words, origin).matched(&lora, &targets)
            }
            Err(error) => MoveCard::refused(&name, origin, &error),
        });
    }
    for &(name, bytes) in BUNDLED_MOVES {
        // An installed move overrides the bundled one of the same name.
        if cards.iter().any(|card| card.name == name) {
            continue;
        }
        cards.push(match read_embedded(name, bytes) {
            Ok((lora, words)) => {
                MoveCard::described(name, &words, MoveOrigin::Pack).matched(&lora, &targets)
            }
            Err(error) => MoveCard::refused(name, MoveOrigin::Pack, &error),
        });
    }
    cards.sort_by(|one, other| place(one).cmp(&place(other)));
    Ok(cards)
}

/// The card of one LoRA or camera move, by path or name, compared with `checkpoint`.
///
/// # Errors
/// [`LoraError`] if there is none of that name or it is not a LoRA.
pub fn card_of(
    library: &Library,
    name: &str,
    checkpoint: &Checkpoint,
) -> Result<MoveCard, LoraError> {
    let bundled = BUNDLED_MOVES.iter().find(|(bundled, _)| *bundled == name);
    let file = library.lora_file(name);
    let (lora, words, origin) = match (file, bundled) {
        (None, Some((name, bytes))) => {
            let (lora, words) = read_embedded(name, bytes)?;
            (lora, words, MoveOrigin::Pack)
        }
        (file, _) => {
            let path = file.unwrap_or_else(|| PathBuf::from(name));
            let (lora, words) = read(&path)?;
            (lora, words, MoveOrigin::Installed(path))
        }
    };
    let known = match &origin {
        MoveOrigin::Installed(path) if Path::new(name).exists() => name_of(path, &words),
        _ => name.to_owned(),
    };
    let card = MoveCard::described(&known, &words, origin);
    Ok(card.matched(&lora, &checkpoint.lora_targets()))
}

/// Inspects a LoRA file before it is installed, and compares it with `model`.
///
/// A LoRA that fits the released model instead of `model` is accepted; its card says so.
///
/// # Errors
/// [`CameraError`] if it is not a LoRA, is damaged, or fits neither.
pub fn inspect_move(
    library: &Library,
    path: &Path,
    model: &str,
) -> Result<MoveInspection, CameraError> {
    let targets = targets_of(library, model)?;
    let (lora, words) = read(path)?;
    let name = name_of(path, &words);
    let origin = MoveOrigin::Installed(path.to_owned());
    let card = MoveCard::described(&name, &words, origin).matched(&lora, &targets);
    if !card.fits() {
        let other = Checkpoint::released(14).lora_targets();
        if lora.fit(&other).is_err() {
            // The error about the chosen model.
            lora.fit(&targets)?;
        }
    }
    Ok(MoveInspection {
        path: path.to_owned(),
        replaces: library.moves().contains(&card.name),
        card,
    })
}

fn targets_of(library: &Library, model: &str) -> Result<Targets, CheckpointError> {
    Ok(library.model(model)?.lora_targets())
}

fn read(path: &Path) -> Result<(Lora, HashMap<String, String>), LoraError> {
    let lora = Lora::open(path)?;
    let words = TensorFile::open(&lora.path)?.metadata().clone();
    Ok((lora, words))
}

fn read_embedded(
    name: &str,
    bytes: &'static [u8],
) -> Result<(Lora, HashMap<String, String>), LoraError> {
    let label = Path::new(name);
    let words = TensorFile::embedded(label, bytes)?.metadata().clone();
    Ok((Lora::embedded(label, bytes)?, words))
}

/// A name for the file system and the command line: from the metadata, the file name, or the folder's name if the
/// file name is one that tools give to every LoRA.
fn name_of(path: &Path, words: &HashMap<String, String>) -> String {
    let stem = |path: &Path| {
        let name = if path.is_dir() {
            path.file_name()
        } else {
            path.file_stem()
        };
        plain(&name.unwrap_or_default().to_string_lossy())
    };
    let own = words.get("kinora.name").map(|name| plain(name));
    let known = |name: String| move_of(&name).map_or(name, str::to_owned);
    let file = known(stem(path));
    let folder = path
        .parent()
        .map(|folder| plain(&folder.file_name().unwrap_or_default().to_string_lossy()))
        .map(known);
    let named = |name: &String| !name.is_empty();
    own.filter(named)
        .or_else(|| {
            Some(file.clone()).filter(|file| !EMPTY_NAMES.contains(&&*file.replace('-', "_")))
        })
        .filter(named)
        .or_else(|| folder.filter(named))
        .or_else(|| Some(file).filter(named))
        .unwrap_or_else(|| "camera-move".to_owned())
}

/// Letters and digits, with a dash for everything between them.
fn plain(name: &str) -> String {
    let parts: Vec<&str> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("-").chars().take(64).collect()
}

/// A title, such as `Pan left` for `pan-left`.
fn title_of(name: &str) -> String {
    capitalised(&name.replace(['-', '_'], " "))
}

/// The name of the opposite direction.
fn usual_opposite(name: &str) -> Option<String> {
    const PAIRS: [(&str, &str); 5] = [
        ("left", "right"),
        ("up", "down"),
        ("in", "out"),
        ("cw", "ccw"),
        ("forward", "backward"),
    ];
    let turned = |word: &str| {
        PAIRS.iter().find_map(|&(one, other)| match word {
            _ if word == one => Some(other),
            _ if word == other => Some(one),
            _ => None,
        })
    };
    let parts: Vec<&str> = name.split('-').collect();
    let at = parts.iter().position(|part| turned(part).is_some())?;
    let mut parts: Vec<&str> = parts;
    parts[at] = turned(parts[at])?;
    Some(parts.join("-"))
}

/// Reads a range such as `[0.0, 1.2]`.
fn strengths(text: &str) -> Option<RangeInclusive<f32>> {
    let [least, most]: [f32; 2] = serde_json::from_str(text).ok()?;
    let possible = (-MOST_STRENGTH..=MOST_STRENGTH).contains(&least)
        && (-MOST_STRENGTH..=MOST_STRENGTH).contains(&most);
    (possible && least < most && most > 0.0 && least <= 0.0).then_some(least..=most)
}

/// Sort key: well-known moves in their order, then others by name.
fn place(card: &MoveCard) -> (usize, &str) {
    let usual = USUAL_ORDER.iter().position(|name| *name == card.name);
    (usual.unwrap_or(USUAL_ORDER.len()), &card.name)
}
