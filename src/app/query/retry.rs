//! What to try after a failure: the same take with one change.

use std::ffi::OsStr;

use crate::app::command::queue::RetryOption;
use crate::engine::forecast::Fitting;
use crate::error::{CheckpointError, DeviceError, GenerateError, LoraError, ModelError};
use crate::project::direction::CameraMove;
use crate::project::take_request::TakeRequest;
use crate::request::{Defaults, DevicePreference, RequestDraft};

/// What was tried.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// The take that was requested.
    pub request: &'a TakeRequest,
    /// The device that was requested.
    pub device: DevicePreference,
    /// The model's defaults, if the model is known.
    pub defaults: Option<&'a Defaults>,
    /// The number of frames decoded at once, if decoding was reached.
    pub decode_chunk: Option<usize>,
    /// A request that would fit, if one is known.
    pub fitting: Option<Fitting>,
    /// Whether it ran on the CPU.
    pub on_cpu: bool,
}

/// What to try after `error`, the most promising first; empty if only the user can decide.
#[must_use]
pub fn retry_options(error: &GenerateError, tried: Tried<'_>) -> Vec<RetryOption> {
    let elsewhere = (!tried.on_cpu && tried.device != DevicePreference::Cpu)
        .then_some(RetryOption::Device(DevicePreference::Cpu));
    match error {
        GenerateError::DeviceFailed { place, .. } | GenerateError::Fault { place, .. } => {
            let decoding = place.contains("decoding");
            let mut all = Vec::new();
            all.extend(smaller_chunk(tried).filter(|_| decoding));
            all.extend(smaller_size(tried));
            all.extend(elsewhere);
            all.push(RetryOption::Again);
            all
        }
        GenerateError::Device(error) => {
            let mut all = Vec::new();
            if matches!(error, DeviceError::NoSuchAdapter { .. })
                || tried.device != DevicePreference::Auto
            {
                all.push(RetryOption::Device(DevicePreference::Auto));
            }
            all.extend(elsewhere);
            all
        }
        GenerateError::TooLarge { .. } | GenerateError::TensorTooLarge { .. } => {
            let fitting = tried.fitting;
            let frames = fitting.and_then(|fitting| fitting.frames);
            let size = fitting.and_then(|fitting| fitting.size);
            let mut all: Vec<RetryOption> = frames.map(RetryOption::Frames).into_iter().collect();
            all.extend(size.map(|[width, height]| RetryOption::Size(width, height)));
            if all.is_empty() {
                all.extend(smaller_size(tried));
            }
            all.extend(elsewhere);
            all
        }
        GenerateError::NotFinite { .. } => elsewhere.into_iter().collect(),
        GenerateError::QueueFull { .. } => vec![RetryOption::Again],
        GenerateError::Model(ModelError::Lora(error)) => {
            let moves = &tried.request.direction.moves;
            let unusable = unusable(error, moves).map(|row| RetryOption::Without(row.name.clone()));
            unusable.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The move that an error is about; if there is only one, it is that one.
fn unusable<'a>(error: &LoraError, moves: &'a [CameraMove]) -> Option<&'a CameraMove> {
    let name = match error {
        LoraError::File(CheckpointError::UnknownName { name, .. }) => Some(name.as_str()),
        LoraError::File(_) => None,
        LoraError::NotALora { path, .. }
        | LoraError::Unsupported { path, .. }
        | LoraError::OtherMotion { path, .. }
        | LoraError::Malformed { path, .. }
        | LoraError::NoCurve { path, .. }
        | LoraError::NothingMatches { path, .. } => path.file_stem().and_then(OsStr::to_str),
    };
    let named = moves.iter().find(|row| Some(row.name.as_str()) == name);
    named.or(match moves {
        [only] => Some(only),
        _ => None,
    })
}

fn smaller_chunk(tried: Tried<'_>) -> Option<RetryOption> {
    let chunk = tried
        .decode_chunk
        .or(tried.request.direction.draft.decode_chunk)?;
    (chunk > 1).then_some(RetryOption::DecodeChunk(chunk.div_ceil(2)))
}

/// Three quarters of the size, in the model's multiples; a smaller one would change the picture more than
/// it helps.
fn smaller_size(tried: Tried<'_>) -> Option<RetryOption> {
    let defaults = tried.defaults?;
    let RequestDraft { width, height, .. } = tried.request.direction.draft;
    let (width, height) = (
        width.unwrap_or(defaults.width),
        height.unwrap_or(defaults.height),
    );
    let multiple = defaults.rules.size_multiple.max(1);
    let less = |side: usize| (side * 3 / 4 / multiple).max(1) * multiple;
    let smaller = (less(width), less(height));
    (smaller != (width, height)).then_some(RetryOption::Size(smaller.0, smaller.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::direction::Direction;
    use crate::project::ids::PictureId;

    fn request() -> TakeRequest {
        TakeRequest {
            picture: PictureId(0),
            direction: Direction::default(),
            device: None,
        }
    }

    fn tried(request: &TakeRequest, decode_chunk: Option<usize>) -> Tried<'_> {
        Tried {
            request,
            device: DevicePreference::Auto,
            defaults: None,
            decode_chunk,
            fitting: None,
            on_cpu: false,
        }
    }

    #[test]
    fn a_camera_move_that_cannot_be_used_is_left_out() {
        let mut request = request();
        request.direction.moves = ["pan-left", "mine"]
            .map(|name| CameraMove::steady(name, 1.0))
            .to_vec();
        let unknown = |name: &str| -> GenerateError {
            let error = CheckpointError::UnknownName {
                what: "LoRA file or camera move",
                name: name.to_owned(),
                known: "pan-left".to_owned(),
            };
            ModelError::Lora(LoraError::File(error)).into()
        };
        let foreign: GenerateError = ModelError::Lora(LoraError::NothingMatches {
            total: 2,
            examples: String::new(),
            path: "camera/mine.safetensors".into(),
        })
        .into();
        for error in [unknown("mine"), foreign] {
            let offers = retry_options(&error, tried(&request, None));
            assert_eq!(offers, [RetryOption::Without("mine".to_owned())], "{error}");
            let left = offers[0].applied(&request).direction.moves;
            assert_eq!(left.len(), 1);
            assert_eq!(left[0].name, "pan-left");
        }
        assert_eq!(
            retry_options(&unknown("its opposite"), tried(&request, None)),
            []
        );
        request.direction.moves.remove(0);
        assert_eq!(
            retry_options(&unknown("its opposite"), tried(&request, None)),
            [RetryOption::Without("mine".to_owned())],
            "it can only be this one"
        );
    }

    #[test]
    fn the_most_promising_retry_comes_first() {
        let mut request = request();
        request.direction.draft.frames = Some(14);
        let failed = |place: &str| GenerateError::DeviceFailed {
            place: place.to_owned(),
            reason: "out of memory".to_owned(),
        };
        let offers = retry_options(&failed("decoding the frames"), tried(&request, Some(14)));
        assert_eq!(offers[0], RetryOption::DecodeChunk(7));
        assert_eq!(
            offers[0].applied(&request).direction.draft.decode_chunk,
            Some(7)
        );
        let offers = retry_options(&failed("decoding the frames"), tried(&request, Some(1)));
        assert_eq!(offers[0], RetryOption::Device(DevicePreference::Cpu));
        let offers = retry_options(&failed("step 3 of 25"), tried(&request, Some(14)));
        assert!(!offers.contains(&RetryOption::DecodeChunk(7)), "{offers:?}");
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
            ..tried(&request, None)
        };
        assert_eq!(
            retry_options(&too_large, known)[..2],
            [RetryOption::Frames(6), RetryOption::Size(96, 56)]
        );
        let on_cpu = Tried {
            on_cpu: true,
            ..tried(&request, None)
        };
        assert_eq!(
            retry_options(&failed("step 3 of 25"), on_cpu),
            [RetryOption::Again]
        );
    }
}
