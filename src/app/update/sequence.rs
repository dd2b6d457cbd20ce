//! The sequence: clips added, ordered, trimmed, split; continued takes joined.

use super::notice;
use super::stage::put_on_stage;
use crate::app::command::sequence::SequenceCommand;
use crate::app::protocol::effect::Effect;
use crate::app::state::clip_source::source_of;
use crate::app::state::{Shown, Studio};
use crate::project::ids::{ClipId, TakeId};

pub(super) fn command(studio: &mut Studio, command: SequenceCommand) -> Vec<Effect> {
    let playhead = studio.playhead();
    let shown = studio.session.shown == Shown::Sequence;
    match command {
        SequenceCommand::Show => {
            if !studio.sequence().is_empty() {
                put_on_stage(studio, Shown::Sequence, true);
            }
        }
        SequenceCommand::Add(take) => {
            let sequence = studio.sequence();
            let selected = studio.session.clip.and_then(|clip| sequence.clip(clip));
            let index = selected.map_or(sequence.clips().len(), |(index, _)| index + 1);
            insert(studio, take, index);
        }
        SequenceCommand::Insert(take, index) => insert(studio, take, index),
        SequenceCommand::Select(clip) => studio.session.clip = clip,
        SequenceCommand::Remove(clip) => remove(studio, clip),
        SequenceCommand::Put(clip, index) => {
            studio.project.document.sequence.put(clip, index);
        }
        SequenceCommand::Trim { clip, from, to } => {
            studio.project.document.sequence.trim(clip, from, to);
        }
        SequenceCommand::Fade(clip, frames) => {
            studio.project.document.sequence.fade(clip, frames);
        }
        SequenceCommand::Fit(clip, fit) => {
            studio.project.document.sequence.set_fit(clip, fit);
        }
        SequenceCommand::Size(size) => studio.project.document.sequence.resize(size),
        SequenceCommand::Split => {
            if shown && let Some(clip) = studio.project.document.sequence.split(playhead) {
                studio.session.clip = Some(clip);
            }
        }
    }
    Vec::new()
}

/// Inserts a take as a clip, and selects the clip.
fn insert(studio: &mut Studio, take: TakeId, index: usize) {
    if let Some(source) = studio.take_named(take).map(source_of) {
        let sequence = &mut studio.project.document.sequence;
        studio.session.clip = sequence.add(source, index);
    }
}

/// Selects the clip next to the removed one.
fn remove(studio: &mut Studio, clip: ClipId) {
    let sequence = &mut studio.project.document.sequence;
    let index = sequence.clip(clip).map(|(index, _)| index);
    if !sequence.remove(clip) {
        return;
    }
    let neighbour = index.and_then(|index| {
        let clips = sequence.clips();
        clips.get(index.min(clips.len().saturating_sub(1)))
    });
    studio.session.clip = neighbour.map(|clip| clip.id);
    if studio.sequence().is_empty() && studio.session.shown == Shown::Sequence {
        put_on_stage(studio, Shown::Picture, false);
    }
}

/// Joins a finished take to the take that it continues; returns its clip.
pub(super) fn continues(studio: &mut Studio, take: TakeId) -> Option<ClipId> {
    let shelf = studio.take_named(take)?;
    let (number, then) = (shelf.number, source_of(shelf));
    let (origin, frame) = studio.picture_of(shelf)?.origin?;
    let origin = studio.take_named(origin)?;
    let (before, first) = (origin.number, source_of(origin));
    let sequence = &mut studio.project.document.sequence;
    let clip = sequence.join(first, frame, then)?;
    studio.session.clip = Some(clip);
    let words = format!(
        "Take {number} continues take {before} from frame {}.",
        frame + 1
    );
    notice::info(studio, "Takes joined", &words);
    Some(clip)
}

/// Plays the sequence from the clip before a joint.
pub(super) fn show_joint(studio: &mut Studio, clip: ClipId) {
    put_on_stage(studio, Shown::Sequence, true);
    let spans = studio.sequence().spans();
    let joint = spans.iter().position(|span| span.clip == clip);
    let before = joint.and_then(|index| spans.get(index.saturating_sub(1)));
    if let (Some(before), Some(timing)) = (before, studio.timing()) {
        studio.session.playback.position = timing.start_of(before.start);
    }
}
