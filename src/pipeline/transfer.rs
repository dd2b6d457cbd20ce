//! Transfers between host and device, and pixels to frames.

use burn::tensor::{DType, Tensor, TensorData};

use crate::error::GenerateError;
use crate::media::frame::Frame;
use crate::model::weights::Target;

/// Places host values on `target`, in its format.
pub(super) fn place<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    target: &Target,
) -> Tensor<D> {
    let data = TensorData::new(values, shape).convert_dtype(target.dtype);
    Tensor::from_data(data, (&target.device, target.dtype))
}

/// Reads a tensor back to the host in f32. Failures of the device surface here.
pub(super) fn read<const D: usize>(
    tensor: Tensor<D>,
    place: &str,
) -> Result<Vec<f32>, GenerateError> {
    tensor
        .cast(DType::F32)
        .try_into_vec_as::<f32>()
        .map_err(|error| GenerateError::DeviceFailed {
            place: place.to_owned(),
            reason: error.to_string(),
        })
}

/// Rejects NaN and infinities, naming the place they came from.
pub(super) fn require_finite(values: &[f32], place: &str) -> Result<(), GenerateError> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(GenerateError::NotFinite {
        place: place.to_owned(),
    })
}

/// Converts RGBA bytes `[f, h, w, 4]` to frames.
pub(super) fn frames_of_rgba(bytes: &[u8], h: usize, w: usize) -> Vec<Frame> {
    bytes
        .chunks_exact((4 * h * w).max(1))
        .map(|frame| Frame {
            width: w as u32,
            height: h as u32,
            rgb: frame
                .chunks_exact(4)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
                .collect(),
        })
        .collect()
}

/// Converts values in 0…1, `[f, 3, h, w]`, to frames.
pub(super) fn frames_from(values: &[f32], frames: usize, h: usize, w: usize) -> Vec<Frame> {
    let plane = 3 * h * w;
    (0..frames)
        .map(|i| {
            let planes = &values[i * plane..(i + 1) * plane];
            Frame::from_planes(planes, w as u32, h as u32)
        })
        .collect()
}
