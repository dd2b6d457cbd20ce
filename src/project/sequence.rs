//! The sequence: clips, ordered, trimmed and cross-faded.
//!
//! Pure values that determine which frame of which take is shown when, and with what weight. There are no
//! gaps, so changing a clip moves the ones after it.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::ids::{ClipId, TakeId};
use super::timing::Timing;
use crate::media::picture::MAX_SIDE;
use crate::media::rate::Rate;

/// Maximum number of frames of a clip, and of a sequence read from a file: half a day at 24 fps. All of them are
/// listed before an export.
const MOST_FRAMES: usize = 1 << 20;

/// The take that a clip shows. A take never changes, so these numbers do not either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The take.
    pub take: TakeId,
    /// Number of frames.
    pub frames: usize,
    /// Its playback rate.
    pub rate: Rate,
    /// Width and height, in pixels.
    pub size: (u32, u32),
}

/// How the frames of a clip are adapted to a film of another shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClipFit {
    /// They fill the film, and are cropped.
    #[default]
    Fill,
    /// They are shown whole, with black beside them.
    Fit,
}

/// Widths and heights of films that are offered, in pixels.
pub const FILM_SIZES: [(u32, u32); 5] = [
    (1920, 1080),
    (1280, 720),
    (1080, 1920),
    (1080, 1080),
    (1080, 1350),
];

/// A clip: a part of a take in the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// Its ID.
    pub id: ClipId,
    /// The take.
    pub source: Source,
    /// First frame of the take that is shown.
    pub from: usize,
    /// One past the last frame that is shown; always greater than `from`.
    pub to: usize,
    /// Requested length of the cross-fade with the previous clip, in frames of the sequence; [`Span::fade`] is the
    /// length that is possible.
    pub fade: usize,
    /// How its frames are adapted to a film of another shape.
    #[serde(default, skip_serializing_if = "is_fill")]
    pub fit: ClipFit,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde calls"
)]
fn is_fill(fit: &ClipFit) -> bool {
    *fit == ClipFit::Fill
}

/// The position of a clip, in frames of the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The clip.
    pub clip: ClipId,
    /// Its first frame.
    pub start: usize,
    /// Number of frames.
    pub frames: usize,
    /// Frames at its start during which it fades in over the previous clip.
    pub fade: usize,
}

impl Span {
    /// One past its last frame.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.frames
    }
}

/// A frame of a clip, with its weight in the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// The clip.
    pub clip: ClipId,
    /// Its take.
    pub take: TakeId,
    /// The take's frame, counted from zero.
    pub frame: usize,
    /// Its weight, above 0 and up to 1.
    pub weight: f32,
    /// How the frame is adapted to the film.
    pub fit: ClipFit,
}

/// One frame of the sequence: a frame of one clip, or of two in a cross-fade, whose weights add up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix {
    /// The only clip, or the earlier one.
    pub under: Layer,
    /// The later clip.
    pub over: Option<Layer>,
}

/// Clips in a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved")]
pub struct Sequence {
    clips: Vec<Clip>,
    /// Width and height of the film in pixels; `None` for those of the first clip.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<(u32, u32)>,
    /// The ID of the next clip.
    #[serde(skip)]
    next: u64,
}

/// A sequence as stored in a file, which may contain anything.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Saved {
    clips: Vec<Clip>,
    size: Option<(u32, u32)>,
}

impl From<Saved> for Sequence {
    fn from(saved: Saved) -> Self {
        let mut sequence = Self::default();
        sequence.resize(saved.size);
        for clip in saved.clips {
            let (width, height) = clip.source.size;
            let sides = 1..=MAX_SIDE;
            if !sides.contains(&width) || !sides.contains(&height) {
                continue;
            }
            let Some(id) = sequence.add(clip.source, sequence.clips.len()) else {
                continue;
            };
            sequence.trim(id, clip.from, clip.to);
            sequence.fade(id, clip.fade);
            sequence.set_fit(id, clip.fit);
            if sequence
                .timing()
                .is_some_and(|timing| timing.frames > MOST_FRAMES)
            {
                sequence.remove(id);
            }
        }
        sequence
    }
}

impl Sequence {
    /// The clips in playback order.
    #[must_use]
    pub fn clips(&self) -> &[Clip] {
        &self.clips
    }

    /// Whether there are no clips.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// Finds a clip; returns its index and the clip.
    #[must_use]
    pub fn clip(&self, id: ClipId) -> Option<(usize, &Clip)> {
        self.clips
            .iter()
            .enumerate()
            .find(|(_, clip)| clip.id == id)
    }

    /// Width and height of the film, in pixels: those chosen, or else those of the first clip.
    #[must_use]
    pub fn size(&self) -> Option<(u32, u32)> {
        let lead = self.lead()?;
        Some(self.size.unwrap_or(lead.size))
    }

    /// The chosen width and height of the film, in pixels; `None` for those of the first clip.
    #[must_use]
    pub fn chosen_size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// The take of the first clip, which determines the rate of the whole, and its size unless another is chosen.
    #[must_use]
    pub fn lead(&self) -> Option<Source> {
        self.clips.first().map(|clip| clip.source)
    }

    /// Number and rate of its frames; `None` without clips.
    #[must_use]
    pub fn timing(&self) -> Option<Timing> {
        let rate = self.lead()?.rate;
        let frames = self.spans().last().map_or(0, Span::end);
        Some(Timing { frames, rate })
    }

    /// Number of clips whose size or rate differs from the film's, and which are therefore adapted.
    #[must_use]
    pub fn fitted(&self) -> usize {
        let (Some(lead), Some(size)) = (self.lead(), self.size()) else {
            return 0;
        };
        let same = |source: Source| source.size == size && source.rate == lead.rate;
        self.clips.iter().filter(|clip| !same(clip.source)).count()
    }

    /// The positions of the clips, in order.
    ///
    /// At most two clips are shown at once, and each is shown alone for at least one frame: cross-fades are
    /// shortened where clips are too short.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let Some(lead) = self.lead() else {
            return Vec::new();
        };
        let mut spans: Vec<Span> = Vec::with_capacity(self.clips.len());
        for clip in &self.clips {
            let frames = clip.frames(lead.rate);
            let (end, room) = spans.last().map_or((0, 0), |before| {
                (before.end(), before.frames - 1 - before.fade)
            });
            let fade = clip.fade.min(room).min(frames - 1);
            spans.push(Span {
                clip: clip.id,
                start: end - fade,
                frames,
                fade,
            });
        }
        spans
    }

    /// The clip shown at a frame of the sequence; during a cross-fade, the later one.
    #[must_use]
    pub fn clip_at(&self, frame: usize) -> Option<Span> {
        self.spans()
            .into_iter()
            .rfind(|span| span.start <= frame && frame < span.end())
    }

    /// What is shown at a frame of the sequence; `None` beyond its end.
    #[must_use]
    pub fn mix_at(&self, frame: usize) -> Option<Mix> {
        let rate = self.lead()?.rate;
        let spans = self.spans();
        let index = spans
            .iter()
            .rposition(|span| span.start <= frame && frame < span.end())?;
        let layer = |index: usize, weight: f32| {
            let (clip, span): (&Clip, &Span) = (self.clips.get(index)?, spans.get(index)?);
            Some(Layer {
                clip: clip.id,
                take: clip.source.take,
                frame: clip.frame_at(frame - span.start, rate),
                weight,
                fit: clip.fit,
            })
        };
        let span = spans.get(index)?;
        let into = frame - span.start;
        if into >= span.fade {
            return Some(Mix {
                under: layer(index, 1.0)?,
                over: None,
            });
        }
        // A fade repeats neither neighbouring frame: over three frames the weights are ¼, ½, ¾.
        let weight = (into + 1) as f32 / (span.fade + 1) as f32;
        Some(Mix {
            under: layer(index.checked_sub(1)?, 1.0 - weight)?,
            over: layer(index, weight),
        })
    }

    /// Every frame of the sequence, in order.
    #[must_use]
    pub fn flatten(&self) -> Vec<Mix> {
        let frames = self.timing().map_or(0, |timing| timing.frames);
        (0..frames).filter_map(|frame| self.mix_at(frame)).collect()
    }

    /// Inserts a whole take before the clip at `index`, or at the end.
    pub(crate) fn add(&mut self, source: Source, index: usize) -> Option<ClipId> {
        if !(1..=MOST_FRAMES).contains(&source.frames) {
            return None;
        }
        let clip = Clip {
            id: ClipId(self.next),
            source,
            from: 0,
            to: source.frames,
            fade: 0,
            fit: ClipFit::default(),
        };
        self.next += 1;
        self.clips.insert(index.min(self.clips.len()), clip);
        Some(clip.id)
    }

    /// Removes a clip; returns whether it existed.
    pub(crate) fn remove(&mut self, id: ClipId) -> bool {
        let before = self.clips.len();
        self.clips.retain(|clip| clip.id != id);
        self.clips.len() != before
    }

    /// Moves a clip to the position of the one at `index`; returns whether anything changed.
    pub(crate) fn put(&mut self, id: ClipId, index: usize) -> bool {
        let Some((at, _)) = self.clip(id) else {
            return false;
        };
        let index = index.min(self.clips.len() - 1);
        let clip = self.clips.remove(at);
        self.clips.insert(index, clip);
        at != index
    }

    /// Limits a clip to frames `from..to` of its take, at least one. Returns whether anything changed.
    pub(crate) fn trim(&mut self, id: ClipId, from: usize, to: usize) -> bool {
        let Some(clip) = self.named(id) else {
            return false;
        };
        let before = (clip.from, clip.to);
        let (from, to) = if to == clip.to {
            // The end stays where it is and limits the start.
            (from.min(to - 1), to)
        } else {
            let from = from.min(clip.source.frames - 1);
            (from, to.clamp(from + 1, clip.source.frames))
        };
        (clip.from, clip.to) = (from, to);
        before != (from, to)
    }

    /// Sets the length of the cross-fade with the previous clip; returns whether anything changed.
    pub(crate) fn fade(&mut self, id: ClipId, frames: usize) -> bool {
        let Some(clip) = self.named(id) else {
            return false;
        };
        let frames = frames.min(clip.source.frames);
        std::mem::replace(&mut clip.fade, frames) != frames
    }

    /// Sets how a clip is adapted to the film; returns whether anything changed.
    pub(crate) fn set_fit(&mut self, id: ClipId, fit: ClipFit) -> bool {
        let clip = self.named(id);
        clip.is_some_and(|clip| std::mem::replace(&mut clip.fit, fit) != fit)
    }

    /// Sets width and height of the film, in pixels; sizes that cannot be encoded as video are ignored.
    pub(crate) fn resize(&mut self, size: Option<(u32, u32)>) {
        let sides = 2..=MAX_SIDE;
        let possible = |side: u32| sides.contains(&side) && side.is_multiple_of(2);
        if size.is_none_or(|(width, height)| possible(width) && possible(height)) {
            self.size = size;
        }
    }

    /// Whether `split` would split a clip here.
    #[must_use]
    pub fn can_split(&self, frame: usize) -> bool {
        self.cut_at(frame).is_some()
    }

    /// Splits the clip at a frame of the sequence, which becomes the first one of the new clip; the picture does not
    /// change. `None` if there is nothing to split: at a clip's first frame and within a cross-fade.
    pub(crate) fn split(&mut self, frame: usize) -> Option<ClipId> {
        let (index, cut) = self.cut_at(frame)?;
        let id = ClipId(self.next);
        self.next += 1;
        let clip = self.clips.get_mut(index)?;
        let after = Clip {
            id,
            from: cut,
            fade: 0,
            ..*clip
        };
        clip.to = cut;
        self.clips.insert(index + 1, after);
        Some(id)
    }

    /// Continues the frame `last` of one take with another take, which starts with that same frame and is therefore
    /// shown from its second frame on.
    ///
    /// An existing clip of the first take is cut to end at `last`; otherwise both are added at the end.
    pub(crate) fn join(&mut self, first: Source, last: usize, then: Source) -> Option<ClipId> {
        let there = self
            .clips
            .iter()
            .rposition(|clip| clip.source.take == first.take && clip.from <= last);
        let index = match there {
            Some(index) => index,
            None => {
                self.add(first, self.clips.len())?;
                self.clips.len() - 1
            }
        };
        if let Some(clip) = self.clips.get_mut(index) {
            clip.to = (last + 1).min(first.frames);
        }
        let id = self.add(then, index + 1)?;
        self.trim(id, 1, then.frames);
        Some(id)
    }

    /// The index of the clip at a frame, and the frame of its take that follows the cut.
    fn cut_at(&self, frame: usize) -> Option<(usize, usize)> {
        let rate = self.lead()?.rate;
        let spans = self.spans();
        let index = spans
            .iter()
            .rposition(|span| span.start <= frame && frame < span.end())?;
        let span = spans.get(index)?;
        if frame < span.start + span.fade.max(1) {
            return None;
        }
        let clip = self.clips.get(index)?;
        let cut = clip.frame_at(frame - span.start, rate);
        (clip.from < cut && cut < clip.to).then_some((index, cut))
    }

    fn named(&mut self, id: ClipId) -> Option<&mut Clip> {
        self.clips.iter_mut().find(|clip| clip.id == id)
    }
}

impl Clip {
    /// Number of frames in a sequence at `rate`: the same duration as at its own rate, to the nearest frame, at least
    /// one and at most `MOST_FRAMES`.
    #[must_use]
    pub fn frames(&self, rate: Rate) -> usize {
        let own = self.source.rate;
        let above = (self.to - self.from) as u128 * u128::from(rate.num) * u128::from(own.den);
        let below = u128::from(rate.den) * u128::from(own.num);
        let nearest = (2 * above + below) / (2 * below.max(1));
        nearest.clamp(1, MOST_FRAMES as u128) as usize
    }

    /// The frame of the take shown in the middle of frame `into` of the clip, in a sequence at `rate`.
    #[must_use]
    pub fn frame_at(&self, into: usize, rate: Rate) -> usize {
        let own = self.source.rate;
        let above = (2 * into as u128 + 1) * u128::from(rate.den) * u128::from(own.num);
        let below = 2 * u128::from(rate.num) * u128::from(own.den);
        let passed = (above / below.max(1)) as usize;
        (self.from + passed).min(self.to - 1)
    }
}
