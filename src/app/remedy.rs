//! What to try after a failure: the same take with one thing changed.
//!
//! Reads the error and what was tried; changes nothing itself. Must not know how it is offered.

use super::queue::Wanted;
use crate::engine::device::DevicePreference;
use crate::engine::forecast::Fitting;
use crate::error::{DeviceError, GenerateError};
use crate::request::{Defaults, RequestDraft};

/// One thing to change before the next try.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Nothing: some failures pass.
    Again,
    /// Decode fewer frames at once.
    DecodeChunk(usize),
    /// A smaller frame: width and height, in pixels.
    Size(usize, usize),
    /// Fewer frames.
    Frames(usize),
    /// Another device.
    Device(DevicePreference),
}

impl Remedy {
    /// What it does, as words on a button.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Again => "Try again".to_owned(),
            Self::DecodeChunk(1) => "Decode frame by frame".to_owned(),
            Self::DecodeChunk(frames) => format!("Decode {frames} frames at a time"),
            Self::Size(width, height) => format!("Try at {width} × {height}"),
            Self::Frames(frames) => format!("Try with {frames} frames"),
            Self::Device(DevicePreference::Cpu) => "Try on the processor".to_owned(),
            Self::Device(DevicePreference::Auto) => "Let Kinora choose the device".to_owned(),
            Self::Device(DevicePreference::Gpu(_)) => "Try on the GPU".to_owned(),
        }
    }

    /// The take with this one thing changed.
    #[must_use]
    pub fn applied(&self, wanted: &Wanted) -> Wanted {
        let mut changed = wanted.clone();
        let draft = &mut changed.direction.draft;
        match *self {
            Self::Again => {}
            Self::DecodeChunk(frames) => draft.decode_chunk = Some(frames),
            Self::Size(width, height) => {
                (draft.width, draft.height) = (Some(width), Some(height));
            }
            Self::Frames(frames) => draft.frames = Some(frames),
            Self::Device(device) => changed.device = Some(device),
        }
        changed
    }
}

/// What was tried, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// What was wanted.
    pub wanted: &'a Wanted,
    /// The device that was asked for.
    pub device: DevicePreference,
    /// What the model filled in, where the model is known.
    pub defaults: Option<&'a Defaults>,
    /// Frames decoded at once, where it came that far.
    pub decode_chunk: Option<usize>,
    /// What would fit instead, where that is known.
    pub fitting: Option<Fitting>,
    /// Whether it ran on the processor.
    pub on_cpu: bool,
}

/// What to try after `error`, the most promising first; empty where only the artist can tell.
#[must_use]
pub fn remedies(error: &GenerateError, tried: Tried<'_>) -> Vec<Remedy> {
    let elsewhere = (!tried.on_cpu && tried.device != DevicePreference::Cpu)
        .then_some(Remedy::Device(DevicePreference::Cpu));
    match error {
        GenerateError::DeviceFailed { place, .. } | GenerateError::Fault { place, .. } => {
            let decoding = place.contains("decoding");
            let mut all = Vec::new();
            all.extend(smaller_chunk(tried).filter(|_| decoding));
            all.extend(smaller_size(tried));
            all.extend(elsewhere);
            all.push(Remedy::Again);
            all
        }
        GenerateError::Device(error) => {
            let mut all = Vec::new();
            if matches!(error, DeviceError::NoSuchAdapter { .. })
                || tried.device != DevicePreference::Auto
            {
                all.push(Remedy::Device(DevicePreference::Auto));
            }
            all.extend(elsewhere);
            all
        }
        GenerateError::TooLarge { .. } => {
            let fitting = tried.fitting;
            let frames = fitting.and_then(|fitting| fitting.frames);
            let size = fitting.and_then(|fitting| fitting.size);
            let mut all: Vec<Remedy> = frames.map(Remedy::Frames).into_iter().collect();
            all.extend(size.map(|[width, height]| Remedy::Size(width, height)));
            if all.is_empty() {
                all.extend(smaller_size(tried));
            }
            all.extend(elsewhere);
            all
        }
        GenerateError::NotFinite { .. } => elsewhere.into_iter().collect(),
        GenerateError::QueueFull { .. } => vec![Remedy::Again],
        _ => Vec::new(),
    }
}

fn smaller_chunk(tried: Tried<'_>) -> Option<Remedy> {
    let chunk = tried
        .decode_chunk
        .or(tried.wanted.direction.draft.decode_chunk)?;
    (chunk > 1).then_some(Remedy::DecodeChunk(chunk.div_ceil(2)))
}

/// Three quarters of the size, in the model's multiples; less would change the picture more than
/// it helps.
fn smaller_size(tried: Tried<'_>) -> Option<Remedy> {
    let defaults = tried.defaults?;
    let RequestDraft { width, height, .. } = tried.wanted.direction.draft;
    let (width, height) = (
        width.unwrap_or(defaults.width),
        height.unwrap_or(defaults.height),
    );
    let multiple = defaults.size_multiple.max(1);
    let less = |side: usize| (side * 3 / 4 / multiple).max(1) * multiple;
    let smaller = (less(width), less(height));
    (smaller != (width, height)).then_some(Remedy::Size(smaller.0, smaller.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Direction;
    use crate::app::state::PictureId;

    #[test]
    fn the_most_promising_remedy_comes_first() {
        let mut wanted = Wanted {
            picture: PictureId(0),
            direction: Direction::default(),
            device: None,
        };
        wanted.direction.draft.frames = Some(14);
        let tried = |wanted, chunk| Tried {
            wanted,
            device: DevicePreference::Auto,
            defaults: None,
            decode_chunk: chunk,
            fitting: None,
            on_cpu: false,
        };
        let failed = |place: &str| GenerateError::DeviceFailed {
            place: place.to_owned(),
            reason: "out of memory".to_owned(),
        };
        let offers = remedies(&failed("decoding the frames"), tried(&wanted, Some(14)));
        assert_eq!(offers[0], Remedy::DecodeChunk(7));
        assert_eq!(
            offers[0].applied(&wanted).direction.draft.decode_chunk,
            Some(7)
        );
        let offers = remedies(&failed("decoding the frames"), tried(&wanted, Some(1)));
        assert_eq!(offers[0], Remedy::Device(DevicePreference::Cpu));
        let offers = remedies(&failed("step 3 of 25"), tried(&wanted, Some(14)));
        assert!(!offers.contains(&Remedy::DecodeChunk(7)), "{offers:?}");
        let too_large = GenerateError::TooLarge {
            place: "denoising",
            needed: 9 << 30,
            free: 4 << 30,
            instead: String::new(),
        };
        let fitting = Fitting {
            frames: Some(6),
            size: Some([96, 56]),
        };
        let known = Tried {
            fitting: Some(fitting),
            ..tried(&wanted, None)
        };
        assert_eq!(
            remedies(&too_large, known)[..2],
            [Remedy::Frames(6), Remedy::Size(96, 56)]
        );
        let on_cpu = Tried {
            on_cpu: true,
            ..tried(&wanted, None)
        };
        assert_eq!(remedies(&failed("step 3 of 25"), on_cpu), [Remedy::Again]);
    }
}
