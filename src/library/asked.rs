//! What is asked of a take's camera: the sum of its moves.

use super::Library;
use super::camera_moves::card_of;
use crate::checkpoint::Checkpoint;
use crate::media::camera::{CameraPath, Pose, stacked};
use crate::request::{GenerateRequest, LoraChoice};

/// How far the camera moves of a take move the content from its first to its last frame.
///
/// `None` without any, if one of them moves depths differently, or if a LoRA does not state its path: what is guessed from
/// a name was not asked.
#[must_use]
pub fn asked_of_camera(
    library: &Library,
    checkpoint: &Checkpoint,
    request: &GenerateRequest,
    loras: &[LoraChoice],
) -> Option<Pose> {
    let guided = request.guide.as_ref().map(|guide| &guide.motion.camera);
    if let Some(moves) = guided.filter(|moves| !moves.is_empty()) {
        let parallax = moves.iter().any(|one| one.path.has_parallax());
        let end = moves.iter().map(|one| (&one.path, one.strength_at(1.0)));
        return (!parallax).then(|| stacked(end, 1.0));
    }
    let mut sums = [0.0; 4];
    let mut moves = 0;
    for choice in loras {
        let Some(path) = path_of(library, checkpoint, choice)? else {
            continue;
        };
        moves += 1;
        for (sum, value) in sums.iter_mut().zip(moved(&path, choice, request.frames)) {
            *sum += value;
        }
    }
    let [x, y, zoom, roll] = sums;
    (moves > 0).then(|| Pose {
        x,
        y,
        scale: zoom.exp(),
        roll,
        ..Pose::REST
    })
}

/// The path of a LoRA; `Some(None)` if it is no camera move, `None` if it is one that cannot be summed up.
fn path_of(
    library: &Library,
    checkpoint: &Checkpoint,
    choice: &LoraChoice,
) -> Option<Option<CameraPath>> {
    let Some(card) = card_of(library, &choice.name, checkpoint).ok() else {
        return Some(None);
    };
    match card.path {
        None => Some(None),
        Some(path) => (card.states_path && !path.has_parallax()).then_some(Some(path)),
    }
}

/// Shift, logarithm of the magnification, and roll along a path: the strength at each moment scales how fast it goes.
fn moved(path: &CameraPath, choice: &LoraChoice, frames: usize) -> [f32; 4] {
    let values = |pose: Pose| [pose.x, pose.y, pose.scale.ln(), pose.roll];
    let last = frames.saturating_sub(1).max(1);
    let mut sums = [0.0; 4];
    for index in 0..last {
        let part = |frame: f32| frame / last as f32;
        let (from, to) = (part(index as f32), part(index as f32 + 1.0));
        let middle = f32::midpoint(from, to);
        let curve = choice.curve.as_ref();
        let strength = curve.map_or(choice.strength, |curve| curve.at(middle));
        let (from, to) = (values(path.at(from)), values(path.at(to)));
        for (sum, (from, to)) in sums.iter_mut().zip(from.into_iter().zip(to)) {
            *sum += strength * (to - from);
        }
    }
    sums
}
