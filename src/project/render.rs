//! The frames to export: those of a take, or of the sequence with everything it shows.
//!
//! A snapshot: edits during the export do not affect it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::animatic::{Animatic, Drawn};
use super::ids::{ClipId, TakeId};
use super::sequence::{ClipFit, Layer, Mix, Sequence};
use crate::error::ExportError;
use crate::export::{
    self, ClipShape, ExportSettings, Metadata, MissingFrame, Outcome, Output, OutputKind, Quality,
    Watch,
};
use crate::media::blend::cross_fade;
use crate::media::fit::{Fit, prepare};
use crate::media::frame::Frame;
use crate::media::rate::Rate;
use crate::request::{Excerpt, Take};

/// The frames to export.
#[derive(Clone, Debug)]
pub(crate) struct FrameSource {
    mixes: Arc<[Mix]>,
    takes: BTreeMap<TakeId, Arc<Take>>,
    /// The take, unless it is a sequence or an animatic.
    take: Option<Arc<Take>>,
    /// What is drawn instead of frames of takes.
    animatic: Option<Arc<Animatic>>,
    /// Width and height of every frame, in pixels.
    pub(crate) size: (u32, u32),
    /// Their playback rate.
    pub(crate) rate: Rate,
    /// The metadata of the file.
    pub(crate) metadata: Metadata,
}

/// The id of the only take of a source, or of an animatic; it is used only within the source.
const ALONE: TakeId = TakeId(0);

/// A frame of a source that has nothing else to show.
fn alone(frame: usize) -> Mix {
    Mix {
        under: Layer {
            clip: ClipId(0),
            take: ALONE,
            frame,
            weight: 1.0,
            fit: ClipFit::Fill,
        },
        over: None,
    }
}

impl FrameSource {
    /// A range of a take, both ends included; `None` if there are no such frames.
    pub(crate) fn of_take(take: &Arc<Take>, (first, last): (usize, usize)) -> Option<Self> {
        let frame = take.frames.get(first)?;
        let last = last.min(take.frames.len() - 1);
        let mixes = (first..=last).map(alone);
        Some(Self {
            mixes: mixes.collect(),
            takes: [(ALONE, Arc::clone(take))].into(),
            take: Some(Arc::clone(take)),
            animatic: None,
            size: (frame.width, frame.height),
            rate: take.recipe.request.fps,
            metadata: Metadata::of_take(&take.recipe).unwrap_or_default(),
        })
    }

    /// All frames of an animatic.
    pub(crate) fn of_animatic(animatic: Animatic, rate: Rate) -> Self {
        let mixes = (0..animatic.frames).map(alone);
        Self {
            mixes: mixes.collect(),
            takes: BTreeMap::new(),
            take: None,
            size: animatic.size,
            animatic: Some(Arc::new(animatic)),
            rate,
            metadata: Metadata {
                title: "Kinora animatic".to_owned(),
                comment: String::new(),
            },
        }
    }

    /// A range of the sequence, both ends included; `None` if there are no such frames, or a take is
    /// missing.
    pub(crate) fn of_sequence(
        sequence: &Sequence,
        take_named: impl Fn(TakeId) -> Option<Arc<Take>>,
        (first, last): (usize, usize),
    ) -> Option<Self> {
        let lead = sequence.lead()?;
        let mut mixes = sequence.flatten();
        mixes.truncate(last.saturating_add(1));
        mixes.drain(..first.min(mixes.len()));
        mixes.first()?;
        let mut takes = BTreeMap::new();
        for clip in sequence.clips() {
            let id = clip.source.take;
            takes.insert(id, take_named(id)?);
        }
        let clips: Vec<_> = sequence
            .clips()
            .iter()
            .zip(sequence.spans())
            .filter_map(|(clip, span)| {
                let take = takes.get(&clip.source.take)?;
                Some(json!({
                    "recipe": take.recipe,
                    "from": clip.from,
                    "to": clip.to,
                    "cross_fade": span.fade,
                    "fit": clip.fit,
                }))
            })
            .collect();
        Some(Self {
            mixes: mixes.into(),
            takes,
            take: None,
            animatic: None,
            size: sequence.size()?,
            rate: lead.rate,
            metadata: Metadata {
                title: "Kinora sequence".to_owned(),
                comment: json!({ "clips": clips }).to_string(),
            },
        })
    }

    /// Records in the metadata which part of the take is exported, unless it is all of it unchanged; a sequence
    /// records that for its clips.
    pub(crate) fn record_excerpt(&mut self, delivery: ExportSettings, kind: OutputKind) {
        let Some(take) = &self.take else {
            return;
        };
        let before = take.recipe.excerpt.as_ref();
        let order = delivery.order(self.mixes.len(), kind).into_iter();
        let of_take = |index: usize| {
            let frame = self.mixes.get(index)?.under.frame;
            // A clip that was imported may itself show a part of its take.
            before.map_or(Some(frame), |shown| shown.frames.get(frame).copied())
        };
        let (width, height) = delivery.scale.of(self.size);
        let quality = kind.has_quality() && delivery.quality != Quality::Best;
        let shown = Excerpt {
            frames: order.filter_map(of_take).collect(),
            size: [width, height],
            quality: quality.then_some(delivery.quality).map(word),
        };
        let mut recipe = take.recipe.clone();
        recipe.excerpt = None;
        let all = recipe.shape();
        let whole = (0..all.0).eq(shown.frames.iter().copied());
        if !whole || shown.size.map(|side| side as usize) != all.1 || shown.quality.is_some() {
            recipe.excerpt = Some(shown);
        }
        self.metadata = Metadata::of_take(&recipe).unwrap_or_default();
    }

    /// Number of frames.
    pub(crate) fn len(&self) -> usize {
        self.mixes.len()
    }

    /// A frame at the common size; beyond the end, the last one.
    ///
    /// # Errors
    /// [`MissingFrame`] if the take does not have the frame.
    pub(crate) fn frame(&self, index: usize) -> Result<Frame, MissingFrame> {
        let mix = self.mixes.get(index).or(self.mixes.last());
        let mix = mix.ok_or(MissingFrame)?;
        let under = self.layer(mix.under)?;
        let Some(over) = mix.over else {
            return Ok(under);
        };
        Ok(cross_fade(&under, &self.layer(over)?, over.weight))
    }

    fn layer(&self, layer: Layer) -> Result<Frame, MissingFrame> {
        let take = self.takes.get(&layer.take);
        let frame = take.and_then(|take| take.frames.get(layer.frame));
        frame
            .and_then(|frame| fitted(frame, self.size, layer.fit))
            .ok_or(MissingFrame)
    }
}

/// Where an export should go; a number is added to the name if it is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPlace {
    /// The folder.
    pub folder: PathBuf,
    /// The file name without its extension.
    pub name: String,
    /// The format, which determines the extension.
    pub kind: OutputKind,
}

impl ExportPlace {
    /// The file of that name in the folder.
    #[must_use]
    pub fn named(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{}", self.kind.ending()))
    }
}

/// An export, ready for the worker.
#[derive(Clone, Debug)]
pub(crate) struct ExportTask {
    /// The frames.
    pub(crate) frames: FrameSource,
    /// Size, plays and quality.
    pub(crate) delivery: ExportSettings,
    /// The file and its format.
    pub(crate) place: ExportPlace,
}

impl ExportTask {
    /// Number of frames in the file.
    pub(crate) fn frames(&self) -> usize {
        self.delivery
            .order(self.frames.len(), self.place.kind)
            .len()
    }

    /// Writes the file under a free name; returns its path.
    ///
    /// # Errors
    /// As [`export::try_write`].
    pub(crate) fn write(&self, watch: Watch<'_>) -> Result<(PathBuf, Outcome), ExportError> {
        let (path, kind) = (free(&self.place), self.place.kind);
        let output =
            Output::new(path.clone(), kind, self.delivery.quality).with_plays(self.delivery.plays);
        let order = self.delivery.order(self.frames.len(), kind);
        let (width, height) = self.delivery.scale.of(self.frames.size);
        output.check_writable(ClipShape {
            width,
            height,
            frames: order.len(),
        })?;
        let refused = |error: String| ExportError::Animatic { reason: error };
        let animatic = self.frames.animatic.as_deref();
        let fitted = animatic.map(Animatic::fitted).transpose();
        let fitted = fitted.map_err(|error| refused(error.to_string()))?;
        let drawn = match animatic.zip(fitted.as_ref()) {
            Some((animatic, fitted)) => {
                let scene = animatic.scene(fitted);
                let scene = scene.map_err(|error| refused(error.to_string()))?;
                // The frames may be asked for more than once.
                Some(RefCell::new(Drawn::new(scene, animatic.size)))
            }
            None => None,
        };
        let frames = order.into_iter().map(|index| {
            let frame = match &drawn {
                Some(drawn) => drawn.borrow_mut().frame(index).map_err(|_| MissingFrame)?,
                None => self.frames.frame(index)?,
            };
            Ok(self.delivery.resized(&frame))
        });
        let outcome = export::try_write(
            frames,
            self.frames.rate,
            &output,
            &self.frames.metadata,
            watch,
        )?;
        Ok((path, outcome))
    }
}

/// The name of a quality in metadata.
fn word(quality: Quality) -> String {
    let value = serde_json::to_value(quality).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// The first free file name.
pub(crate) fn free(place: &ExportPlace) -> PathBuf {
    let numbered = (2..).map(|number| place.named(&format!("{} {number}", place.name)));
    std::iter::once(place.named(&place.name))
        .chain(numbered)
        .find(|path| std::fs::symlink_metadata(path).is_err())
        .unwrap_or_default()
}

/// A frame scaled to a size, as on the stage: cropped around its centre to that shape, or whole with black beside it.
fn fitted(frame: &Frame, (width, height): (u32, u32), fit: ClipFit) -> Option<Frame> {
    if (frame.width, frame.height) == (width, height) {
        return Some(frame.clone());
    }
    let fit = match fit {
        ClipFit::Fill => Fit::Crop,
        ClipFit::Fit => Fit::Pad,
    };
    let fitted = prepare(&frame.into(), width, height, fit, [0; 3]).ok()?;
    Some(fitted.frame.into())
}
