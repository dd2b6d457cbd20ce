//! How camera moves reach a model: by their LoRAs, or along their paths by the guide.
//!
//! Must not apply anything: it sorts names and paths, for the command line and the window alike.

use std::fs;
use std::path::Path;

use super::Library;
use super::camera_moves::{MoveCard, card_of};
use crate::checkpoint::Checkpoint;
use crate::error::{CameraError, MotionError, os_reason};
use crate::media::camera::CameraPath;
use crate::motion::{DRAWN_PATH, Drawing, Motion, Move};
use crate::request::{Guide, GuideLevels, LoraChoice, RequestDraft, Steer, last_part};

/// Something that may steer the camera, with its strength.
#[derive(Clone, Debug, PartialEq)]
pub enum Steering {
    /// A LoRA, by file or by the name of a camera move; it may be no move at all.
    Lora(LoraChoice),
    /// A camera path, by a JSON file or by the name of a camera move.
    Path(LoraChoice),
    /// A camera path that is drawn on the stage.
    Drawn(CameraPath),
}

/// Moves, sorted by the way in which they reach the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steered {
    /// LoRAs to add, in order.
    pub loras: Vec<LoraChoice>,
    /// Moves that the guide follows, in order.
    pub moves: Vec<Move>,
    /// How the moves reach the model; `None` without any.
    pub by: Option<Steer>,
}

impl Steered {
    /// Sets the guide of a draft, and how its moves reach the model. `drawing` is in fractions of the frame.
    pub fn apply(&self, draft: &mut RequestDraft, levels: GuideLevels, drawing: &Drawing) {
        let mut motion = Motion {
            camera: self.moves.clone(),
            ..Motion::default()
        };
        drawing.add_to(&mut motion);
        draft.steer = self.by;
        draft.guide = (!motion.is_empty()).then_some(Guide { motion, levels });
    }
}

/// A choice and what is known about it.
struct Choice {
    /// The name or path that it is loaded by, with its strength.
    given: LoraChoice,
    /// Its name without folders.
    called: String,
    /// Whether it is a LoRA or may be one.
    is_lora: bool,
    /// Whether its LoRA fits the model.
    fits: bool,
    path: Option<CameraPath>,
    opposite: Option<String>,
}

/// Sorts the choices of a take made with `checkpoint`.
///
/// With [`Steer::Auto`], all moves use their LoRAs if each has one that fits. Otherwise the guide applies
/// all moves that have a path: a guide with only some of the moves would work against the others. A LoRA
/// without a path is not a camera move and stays a LoRA.
///
/// # Errors
/// [`MotionError`]: an unknown name, a path that cannot be read or that the choice does not allow.
pub fn steer(
    library: &Library,
    checkpoint: &Checkpoint,
    choices: &[Steering],
    how: Steer,
) -> Result<Steered, MotionError> {
    let looked_at: Result<Vec<Choice>, MotionError> = choices
        .iter()
        .map(|choice| look_at(library, checkpoint, choice))
        .collect();
    sort(looked_at?, how)
}

/// Sorts moves and LoRAs whose cards have already been compared with the model, and a path that is drawn on the stage; a
/// move without a card is a LoRA.
///
/// # Errors
/// [`MotionError`], as [`steer`].
pub fn steer_cards(
    cards: &[MoveCard],
    (choices, path): (&[LoraChoice], Option<&CameraPath>),
    how: Steer,
) -> Result<Steered, MotionError> {
    let drawn = path.map(Choice::drawn);
    let choices = choices.iter().map(|given| {
        let card = cards.iter().find(|card| card.name == given.name).cloned();
        Choice {
            fits: card.as_ref().is_none_or(MoveCard::fits),
            ..Choice::of(given, card)
        }
    });
    sort(choices.chain(drawn).collect(), how)
}

fn sort(choices: Vec<Choice>, how: Steer) -> Result<Steered, MotionError> {
    let is_move = |choice: &Choice| choice.path.is_some();
    if !choices.iter().any(is_move) {
        return Ok(Steered {
            loras: choices.into_iter().map(|one| one.given).collect(),
            ..Steered::default()
        });
    }
    let guided = choices.iter().any(|one| is_move(one) && !one.fits);
    let how = match how {
        Steer::Auto if guided => Steer::Guide,
        Steer::Auto => Steer::Lora,
        chosen => chosen,
    };
    if how == Steer::Lora
        && let Some(path) = choices.iter().find(|one| !one.is_lora)
    {
        let name = path.called.clone();
        return Err(MotionError::NoLora { name });
    }
    let mut steered = Steered {
        by: Some(how),
        ..Steered::default()
    };
    for choice in &choices {
        let by_lora = !is_move(choice) || how == Steer::Lora || how == Steer::Both;
        if choice.is_lora && by_lora {
            steered.loras.push(choice.given.clone());
        }
    }
    if how != Steer::Lora {
        for choice in choices {
            add(&mut steered.moves, choice);
        }
    }
    Ok(steered)
}

/// Adds a move to those of the guide. A move and its opposite become one with a signed strength, so that
/// they cancel exactly: their own paths may differ a little.
fn add(moves: &mut Vec<Move>, choice: Choice) {
    let Some(path) = choice.path else {
        return;
    };
    let LoraChoice {
        strength, curve, ..
    } = choice.given;
    let opposite = moves.iter_mut().find(|one| {
        let steady = one.curve.is_none() && curve.is_none();
        steady && Some(&one.name) == choice.opposite.as_ref()
    });
    let name = choice.called;
    match opposite {
        Some(other) if other.strength >= strength => other.strength -= strength,
        Some(other) => {
            *other = Move {
                name,
                strength: strength - other.strength,
                curve,
                path,
            }
        }
        None => moves.push(Move {
            name,
            strength,
            curve,
            path,
        }),
    }
}

fn look_at(
    library: &Library,
    checkpoint: &Checkpoint,
    choice: &Steering,
) -> Result<Choice, MotionError> {
    match choice {
        Steering::Drawn(path) => Ok(Choice::drawn(path)),
        Steering::Lora(given) => {
            // A file that cannot be read is reported when it is loaded as a LoRA.
            let card = card_of(library, &given.name, checkpoint).ok();
            Ok(Choice {
                fits: card.as_ref().is_none_or(MoveCard::fits),
                ..Choice::of(given, card)
            })
        }
        Steering::Path(given) => {
            let (name, file) = (&given.name, Path::new(&given.name));
            let weights = file.is_dir() || name.ends_with(".safetensors");
            if file.exists() && !weights {
                return Ok(Choice {
                    is_lora: false,
                    fits: false,
                    path: Some(read_path(file)?),
                    ..Choice::of(given, None)
                });
            }
            let card = card_of(library, name, checkpoint);
            let card = card.map_err(|_| unknown(library, name))?;
            let choice = Choice::of(given, Some(card));
            if choice.path.is_none() {
                let name = choice.called;
                return Err(MotionError::NoPath { name });
            }
            Ok(choice)
        }
    }
}

impl Choice {
    fn drawn(path: &CameraPath) -> Self {
        let given = LoraChoice {
            name: DRAWN_PATH.to_owned(),
            strength: 1.0,
            curve: None,
        };
        Self {
            is_lora: false,
            fits: false,
            path: Some(path.clone()),
            ..Self::of(&given, None)
        }
    }

    fn of(given: &LoraChoice, card: Option<MoveCard>) -> Self {
        let called = card.as_ref().map(|card| card.name.clone());
        Self {
            given: given.clone(),
            called: called.unwrap_or_else(|| last_part(&given.name).to_owned()),
            is_lora: true,
            fits: card.as_ref().is_some_and(MoveCard::fits),
            opposite: card.as_ref().and_then(|card| card.opposite.clone()),
            path: card.and_then(|card| card.path),
        }
    }
}

fn unknown(library: &Library, name: &str) -> MotionError {
    MotionError::UnknownMove {
        name: name.to_owned(),
        known: library.moves().join(", "),
    }
}

/// Bytes of the largest file of keyframes.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a camera path from a JSON file.
///
/// # Errors
/// [`MotionError::Unreadable`] or [`MotionError::Path`].
pub fn read_path(file: &Path) -> Result<CameraPath, MotionError> {
    let text = read_json(file)?;
    CameraPath::parse(&text).map_err(|error| MotionError::Path {
        reason: match error {
            CameraError::Path { reason } => reason,
            other => other.to_string(),
        },
        path: file.to_owned(),
    })
}

/// The text of a small JSON file.
///
/// # Errors
/// [`MotionError::Unreadable`].
pub fn read_json(file: &Path) -> Result<String, MotionError> {
    let unreadable = |reason: String| MotionError::Unreadable {
        reason,
        path: file.to_owned(),
    };
    let about = fs::metadata(file).map_err(|error| unreadable(os_reason(&error)))?;
    if !about.is_file() || about.len() > MOST_BYTES {
        return Err(unreadable(
            "it is too large or not an ordinary file".to_owned(),
        ));
    }
    fs::read_to_string(file).map_err(|error| unreadable(os_reason(&error)))
}
