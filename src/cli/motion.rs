//! The flags of `kinora generate` about motion: camera moves and paths, cut-outs, masks, reference frames.
//!
//! Reads the files that they name and sorts the moves by the way in which they reach the model. Must not
//! render.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::Generate;
use super::failure::Failure;
use crate::checkpoint::Checkpoint;
use crate::engine::defaults_of;
use crate::error::MotionError;
use crate::export::open_picture;
use crate::library::Library;
use crate::library::steering::{Steering, read_json, steer};
use crate::media::picture::Reading;
use crate::media::progress::PictureWatch;
use crate::motion::{
    CutOut, DraggedOutline, Mask, Motion, MotionPictures, Outline, PictureName, Reference,
    parse_drag,
};
use crate::request::{Guide, GuideLevels, LoraChoice, Source, Steer};

/// Most reference frames that are read: more than any take has.
const MOST_FRAMES: usize = 257;

/// What moves in a take, according to its flags.
pub(super) struct Moving {
    /// The guide; `None` if nothing is guided.
    pub(super) guide: Option<Guide>,
    /// The pixels that it names.
    pub(super) pictures: MotionPictures,
    /// LoRAs to add.
    pub(super) loras: Vec<LoraChoice>,
    /// How the camera moves reach the model; `None` without any.
    pub(super) steer: Option<Steer>,
}

impl Moving {
    /// How the camera moves reach the model: `camera steered by the guide`.
    pub(super) fn words(&self) -> Option<&'static str> {
        Some(match self.steer? {
            Steer::Lora => "camera steered by LoRA",
            Steer::Guide => "camera steered by the guide",
            Steer::Both => "camera steered by LoRA and the guide",
            Steer::Auto => return None,
        })
    }
}

/// Reads everything that the flags name.
///
/// # Errors
/// A file that cannot be read, or is not what its flag takes.
pub(super) fn moving(
    arguments: &Generate,
    library: &Library,
    checkpoint: &Checkpoint,
) -> Result<Moving, Failure> {
    let given = &arguments.motion;
    let loras = arguments.lora.iter().cloned().map(Steering::Lora);
    let paths = given.camera_path.iter().cloned().map(Steering::Path);
    let choices: Vec<Steering> = loras.chain(paths).collect();
    // Without a picture there is nothing to guide with: a LoRA that does not fit is an error.
    let how = match (given.steer, defaults_of(checkpoint).rules.source) {
        (Steer::Auto, Source::WordsForClip) => Steer::Lora,
        (how, _) => how,
    };
    let steered = steer(library, checkpoint, &choices, how)?;

    let mut pictures = MotionPictures::default();
    let mut motion = Motion {
        camera: steered.moves,
        ..Motion::default()
    };
    if let Some(file) = &given.drag {
        motion.cut_outs = cut_outs(file, &mut pictures)?;
    }
    let mut mask = |file: &Option<PathBuf>| -> Result<Option<PictureName>, Failure> {
        file.as_deref()
            .map(|file| add(file, &mut pictures))
            .transpose()
    };
    motion.lock = mask(&given.lock)?.map(Mask::Picture);
    motion.brush = mask(&given.brush)?.map(Mask::Picture);
    motion.near = mask(&given.near)?;
    if let (Some(frames), Some(masks)) = (&given.guide_frames, &given.guide_masks) {
        motion.reference = Some(Reference {
            frames_folder: last_name(frames),
            masks_folder: last_name(masks),
            frames: numbered(frames, &mut pictures)?,
            masks: numbered(masks, &mut pictures)?,
        });
    }
    if motion.near.is_some() && motion.camera.is_empty() {
        return Err(MotionError::NearAlone.into());
    }
    if (given.guide_sigmas.is_some() || given.guide_firm) && motion.is_empty() {
        return Err(MotionError::NothingGuided.into());
    }
    let levels = given.guide_sigmas;
    let usual = if given.guide_firm {
        GuideLevels::firm()
    } else {
        GuideLevels::default()
    };
    let levels = levels.map_or(usual, |(weak, strong)| GuideLevels {
        firm: given.guide_firm,
        ..GuideLevels::of(weak, strong)
    });
    Ok(Moving {
        guide: (!motion.is_empty()).then_some(Guide { motion, levels }),
        pictures,
        loras: steered.loras,
        steer: steered.by,
    })
}

/// The cut-outs of a file, which names their masks relative to itself.
fn cut_outs(file: &Path, pictures: &mut MotionPictures) -> Result<Vec<CutOut>, Failure> {
    let text = read_json(file)?;
    let dragged = parse_drag(&text).map_err(|reason| MotionError::Drag {
        reason,
        path: file.to_owned(),
    })?;
    let beside = file.parent().unwrap_or(Path::new(""));
    dragged
        .into_iter()
        .map(|one| {
            let outline = match one.outline {
                DraggedOutline::Polygon(corners) => Outline::Polygon(corners),
                DraggedOutline::Mask(name) => Outline::Mask(add(&beside.join(name), pictures)?),
            };
            Ok(CutOut {
                outline,
                track: one.track,
            })
        })
        .collect()
}

/// Reads a picture and remembers it.
fn add(file: &Path, pictures: &mut MotionPictures) -> Result<PictureName, Failure> {
    // The levels of masks and near maps are not colours.
    let picture = open_picture(file, [0; 3], Reading::AsStored, PictureWatch::none());
    let picture = picture.map_err(Failure::failed)?;
    let place = std::path::absolute(file).ok();
    Ok(pictures.add(&last_name(file), Arc::new(picture), place))
}

/// The pictures `0000.png`, `0001.png` … of a folder, up to the first missing number.
fn numbered(folder: &Path, pictures: &mut MotionPictures) -> Result<Vec<PictureName>, Failure> {
    let files = (0..MOST_FRAMES).map(|number| folder.join(format!("{number:04}.png")));
    files
        .take_while(|file| file.exists())
        .map(|file| add(&file, pictures))
        .collect()
}

fn last_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
