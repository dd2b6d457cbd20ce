//! What unfinished latents look like, as bytes, computed on the device that holds the latents.
//!
//! Owns the launch of `shaders/latent_preview.wgsl` and the same maths in tensor operations. Must not depend on how the
//! map from channels to colours is found.

use burn::tensor::{DType, Tensor, TensorData};

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, small, stored};
use crate::kernels::gpu::launch::{Launcher, Refusal};
use crate::kernels::gpu::shader::{Elem, Family, LATENT_PREVIEW, Variant};

/// Pixels of one workgroup, as in the shader.
const INVOCATIONS: usize = 256;

/// `Σ_c rows[k][c]·x[f, c, y, x] + rows[k][channels]` for red, green and blue, rounded and clamped to 0..=255.
///
/// Each row has one number per channel, and the constant at the end.
///
/// # Shapes
/// `[f, c, h, w]` to RGBA bytes `[f, h, w, 4]` with alpha 255. On a registered GPU the shader runs in f32 or f16
/// storage; in every other case, and with `KINORA_REFERENCE=1`, [`reference()`] runs.
///
/// # Errors
/// The device's message, if nothing could be read back.
///
/// # Panics
/// If a row does not have one number more than there are channels: a bug in the caller.
pub fn latent_preview(latents: Tensor<4>, rows: &[Vec<f32>; 3]) -> Result<Vec<u8>, String> {
    let channels = latents.dims()[1];
    assert!(
        rows.iter().all(|row| row.len() == channels + 1),
        "latent preview: rows for {channels} channels and a constant"
    );
    let shader = |launcher: &Launcher| launched(launcher, latents.clone(), rows);
    match launch::preferred("a preview", &latents.device(), shader) {
        Some(out) => Ok(out),
        None => reference(latents, rows),
    }
}

/// Runs the shader only, without a fallback, for tests and benches.
///
/// # Errors
/// A [`Refusal`] where the operation would have fallen back to tensor operations.
pub fn shader(latents: Tensor<4>, rows: &[Vec<f32>; 3]) -> Result<Vec<u8>, Refusal> {
    let launcher = launch::launcher(&latents.device())?;
    launched(&launcher, latents, rows)
}

/// The same result in plain tensor operations.
///
/// # Errors
/// The device's message, if nothing could be read back.
pub fn reference(latents: Tensor<4>, rows: &[Vec<f32>; 3]) -> Result<Vec<u8>, String> {
    let [f, c, h, w] = latents.dims();
    let options = (&latents.device(), DType::F32);
    let weights: Vec<f32> = rows.iter().flat_map(|row| row[..c].to_vec()).collect();
    let constants: Vec<f32> = rows.iter().map(|row| row[c]).collect();
    let weights = Tensor::<3>::from_data(TensorData::new(weights, [1, 3, c]), options);
    let constants = Tensor::<3>::from_data(TensorData::new(constants, [1, 3, 1]), options);
    // [1, 3, c] × [f, c, h·w] -> [f, 3, h·w]
    let planes = latents.cast(DType::F32).reshape([f, c, h * w]);
    let rgb = weights.expand([f, 3, c]).matmul(planes) + constants;
    let values = rgb
        .try_into_vec_as::<f32>()
        .map_err(|error| error.to_string())?;
    let pixels = h * w;
    Ok((0..f * pixels)
        .flat_map(|at| {
            let first = at / pixels * 3 * pixels + at % pixels;
            let byte = |k: usize| values[first + k * pixels].round().clamp(0.0, 255.0) as u8;
            [byte(0), byte(1), byte(2), 255]
        })
        .collect())
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    elements: u32,
    pixels: u32,
    x_start: u32,
    rows_start: u32,
    out_start: u32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 5] {
        [
            ("elements", self.elements),
            ("pixels", self.pixels),
            ("x_start", self.x_start),
            ("rows_start", self.rows_start),
            ("out_start", self.out_start),
        ]
    }
}

/// For the tests: SVD's four channels, Pocket's sixteen, eight, and one.
pub(super) fn family() -> Family {
    let variants = [Elem::F32, Elem::F16]
        .into_iter()
        .flat_map(|elem| [1, 4, 8, 16].map(|channels| variant(elem, channels)))
        .collect();
    Family::new(&LATENT_PREVIEW, variants, &Params::default().words())
}

fn variant(elem: Elem, channels: u32) -> Variant {
    Variant {
        elem,
        lanes: None,
        constants: vec![("CHANNELS", channels)],
    }
}

fn launched(
    launcher: &Launcher,
    latents: Tensor<4>,
    rows: &[Vec<f32>; 3],
) -> Result<Vec<u8>, Refusal> {
    let [f, c, h, w] = latents.dims();
    let elem = stored(launcher, latents.dtype())?;
    if f * c * h * w == 0 {
        return Err(Refusal("nothing to compute".to_owned()));
    }
    let data = TensorData::new(rows.concat(), [3 * (c + 1)]);
    let rows = Tensor::<1>::from_data(data, (&latents.device(), DType::F32));
    let x = Strided::whole(latents, elem)?;
    let rows = Strided::whole(rows, Elem::F32)?;
    let like = &x.tensor;
    let out = Launcher::output(like, f * h * w * 4);
    let bound = [
        x.bind(launcher, &out)?,
        rows.bind(launcher, &out)?,
        launcher.bind(like, &out, Elem::F32, &out)?,
    ];
    small(f * c * h * w)?;
    let params = Params {
        elements: small(f * h * w)?,
        pixels: small(h * w)?,
        x_start: bound[0].start,
        rows_start: bound[1].start,
        out_start: bound[2].start,
    };
    let groups = small((f * h * w).div_ceil(INVOCATIONS))?;
    let passes = [(variant(elem, small(c)?), groups)];
    let words = bytes(&params.words());
    launcher.dispatch(like, &LATENT_PREVIEW, &passes, &bound, &words)?;
    Launcher::read(like, out, f * h * w * 4)
}
