//! Decoded frames as bytes, converted on the device that decoded them: a third of the size of the f32 values.
//!
//! Owns the launch of `shaders/frame_to_rgba8.wgsl` and the same maths in tensor operations. Must not depend on the
//! type of a frame: it returns bytes. Rounds as diffusers' `numpy_to_pil` does: halves to even.

use burn::tensor::{DType, Tensor};

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, small, stored};
use crate::kernels::gpu::launch::{Launcher, Refusal};
use crate::kernels::gpu::shader::{Elem, FRAME_TO_RGBA8, Family, Variant};

/// Pixels of one workgroup, as in the shader.
const INVOCATIONS: usize = 256;

/// `255·clamp(x/2 + ½, 0, 1)`, with halves rounded to even.
///
/// # Shapes
/// `[f, 3, h, w]` in about ±1 to RGBA bytes `[f, h, w, 4]`. Alpha is 255, or 0 where a channel is not a finite number.
/// On a registered GPU the shader runs in f32 or f16 storage; in every other case, and with `KINORA_REFERENCE=1`,
/// [`reference()`] runs.
///
/// # Errors
/// The device's message, if nothing could be read back.
pub fn frame_to_rgba8(frames: Tensor<4>) -> Result<Vec<u8>, String> {
    let shader = |launcher: &Launcher| launched(launcher, frames.clone());
    match launch::preferred("a frame to bytes", &frames.device(), shader) {
        Some(out) => Ok(out),
        None => reference(frames),
    }
}

/// Runs the shader only, without a fallback, for tests and benches.
///
/// # Errors
/// A [`Refusal`] where the operation would have run on the host.
pub fn shader(frames: Tensor<4>) -> Result<Vec<u8>, Refusal> {
    let launcher = launch::launcher(&frames.device())?;
    launched(&launcher, frames)
}

/// The same result on the host, from the frames read back as floats.
///
/// # Errors
/// The device's message, if nothing could be read back.
pub fn reference(frames: Tensor<4>) -> Result<Vec<u8>, String> {
    let [f, _, h, w] = frames.dims();
    let pixels = h * w;
    let values = frames
        .cast(DType::F32)
        .try_into_vec_as::<f32>()
        .map_err(|error| error.to_string())?;
    Ok((0..f * pixels)
        .flat_map(|at| {
            let first = at / pixels * 3 * pixels + at % pixels;
            let rgb = [0, 1, 2].map(|k| values[first + k * pixels]);
            if rgb.iter().all(|value| value.is_finite()) {
                let [red, green, blue] = rgb.map(byte);
                [red, green, blue, 255]
            } else {
                [0; 4]
            }
        })
        .collect())
}

fn byte(value: f32) -> u8 {
    ((value / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    elements: u32,
    pixels: u32,
    x_start: u32,
    out_start: u32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 4] {
        [
            ("elements", self.elements),
            ("pixels", self.pixels),
            ("x_start", self.x_start),
            ("out_start", self.out_start),
        ]
    }
}

/// For the tests: both storage types.
pub(super) fn family() -> Family {
    let variants = [Elem::F32, Elem::F16].map(variant).to_vec();
    Family::new(&FRAME_TO_RGBA8, variants, &Params::default().words())
}

fn variant(elem: Elem) -> Variant {
    Variant {
        elem,
        lanes: None,
        constants: Vec::new(),
    }
}

fn launched(launcher: &Launcher, frames: Tensor<4>) -> Result<Vec<u8>, Refusal> {
    let [f, c, h, w] = frames.dims();
    let elem = stored(launcher, frames.dtype())?;
    if f * h * w == 0 || c != 3 {
        return Err(Refusal("these are not frames in colour".to_owned()));
    }
    let x = Strided::whole(frames, elem)?;
    let like = &x.tensor;
    let out = Launcher::output(like, f * h * w * 4);
    let bound = [
        x.bind(launcher, &out)?,
        launcher.bind(like, &out, Elem::F32, &out)?,
    ];
    small(f * c * h * w)?;
    let params = Params {
        elements: small(f * h * w)?,
        pixels: small(h * w)?,
        x_start: bound[0].start,
        out_start: bound[1].start,
    };
    let passes = [(variant(elem), small((f * h * w).div_ceil(INVOCATIONS))?)];
    let words = bytes(&params.words());
    launcher.dispatch(like, &FRAME_TO_RGBA8, &passes, &bound, &words)?;
    Launcher::read(like, out, f * h * w * 4)
}
