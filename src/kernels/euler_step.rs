//! Guidance and one Euler step in one pass, on the device that computed the prediction.
//!
//! Owns the launch of `shaders/euler_step.wgsl` and the same maths in tensor operations. Must not depend on schedules:
//! the noise levels are passed in as numbers. Formulas of spec §4.2 and §4.3 for v-prediction with σ_data = 1.

use burn::tensor::{DType, Tensor, TensorData};

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, finished, small, stored};
use crate::kernels::gpu::launch::{Launcher, Refusal};
use crate::kernels::gpu::shader::{EULER_STEP, Elem, Family, Variant};

/// Elements of one workgroup, as in the shader.
const INVOCATIONS: usize = 256;

/// The noise levels before and after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// σ before the step.
    pub sigma: f32,
    /// σ after the step.
    pub next: f32,
}

impl Levels {
    /// Factor of v in the denoised estimate.
    fn to_v(self) -> f32 {
        -self.sigma / (self.sigma * self.sigma + 1.0).sqrt()
    }

    /// Factor of x in the denoised estimate.
    fn to_x(self) -> f32 {
        1.0 / (self.sigma * self.sigma + 1.0)
    }

    fn pace(self) -> f32 {
        (self.next - self.sigma) / self.sigma
    }
}

/// The result of a step.
pub struct EulerStep {
    /// The latents at the next noise level, f32.
    pub latents: Tensor<4>,
    /// The estimate of the clean latents, f32.
    pub denoised: Tensor<4>,
}

/// `v = u + scales[f]·(c − u)`, `D = −σ/√(σ²+1)·v + x/(σ²+1)`, `x' = x + (x − D)/σ·(σ' − σ)`.
///
/// Without an unconditional branch, `v` is the conditional one.
///
/// # Shapes
/// `x`: `[f, c, h, w]` in f32; the branches have the same shape, in the UNet's type; `scales`: one for each frame. On a
/// registered GPU the shader runs for branches in f32 or f16; in every other case, and with `KINORA_REFERENCE=1`,
/// [`reference()`] runs.
#[must_use]
pub fn euler_step(
    x: Tensor<4>,
    conditional: Tensor<4>,
    unconditional: Option<Tensor<4>>,
    scales: &[f32],
    levels: Levels,
) -> EulerStep {
    let shader = |launcher: &Launcher| {
        launched(
            launcher,
            x.clone(),
            (conditional.clone(), unconditional.clone()),
            scales,
            levels,
        )
    };
    match launch::preferred("an Euler step", &x.device(), shader) {
        Some(out) => out,
        None => reference(x, conditional, unconditional, scales, levels),
    }
}

/// Runs the shader only, without a fallback, for tests and benches.
///
/// # Errors
/// A [`Refusal`] where the operation would have fallen back to tensor operations.
pub fn shader(
    x: Tensor<4>,
    conditional: Tensor<4>,
    unconditional: Option<Tensor<4>>,
    scales: &[f32],
    levels: Levels,
) -> Result<EulerStep, Refusal> {
    let launcher = launch::launcher(&x.device())?;
    launched(&launcher, x, (conditional, unconditional), scales, levels)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference(
    x: Tensor<4>,
    conditional: Tensor<4>,
    unconditional: Option<Tensor<4>>,
    scales: &[f32],
    levels: Levels,
) -> EulerStep {
    let c = conditional.cast(DType::F32);
    let v = match unconditional {
        Some(u) => {
            let u = u.cast(DType::F32);
            // [f] -> [f, 1, 1, 1]
            let data = TensorData::new(scales.to_vec(), [scales.len(), 1, 1, 1]);
            let scales = Tensor::<4>::from_data(data, (&u.device(), DType::F32));
            u.clone() + (c - u) * scales
        }
        None => c,
    };
    let denoised = v.mul_scalar(levels.to_v()) + x.clone().mul_scalar(levels.to_x());
    let latents = x.clone() + (x - denoised.clone()).mul_scalar(levels.pace());
    EulerStep { latents, denoised }
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    elements: u32,
    per_frame: u32,
    x_start: u32,
    c_start: u32,
    u_start: u32,
    scales_start: u32,
    next_start: u32,
    denoised_start: u32,
    to_v: f32,
    to_x: f32,
    pace: f32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 11] {
        [
            ("elements", self.elements),
            ("per_frame", self.per_frame),
            ("x_start", self.x_start),
            ("c_start", self.c_start),
            ("u_start", self.u_start),
            ("scales_start", self.scales_start),
            ("next_start", self.next_start),
            ("denoised_start", self.denoised_start),
            ("to_v", self.to_v.to_bits()),
            ("to_x", self.to_x.to_bits()),
            ("pace", self.pace.to_bits()),
        ]
    }
}

/// For the tests: both storage types, with and without guidance.
pub(super) fn family() -> Family {
    let variants = [Elem::F32, Elem::F16]
        .into_iter()
        .flat_map(|elem| [0, 1].map(|guided| variant(elem, guided)))
        .collect();
    Family::new(&EULER_STEP, variants, &Params::default().words())
}

fn variant(elem: Elem, guided: u32) -> Variant {
    Variant {
        elem,
        lanes: None,
        constants: vec![("GUIDED", guided)],
    }
}

fn launched(
    launcher: &Launcher,
    x: Tensor<4>,
    (conditional, unconditional): (Tensor<4>, Option<Tensor<4>>),
    scales: &[f32],
    levels: Levels,
) -> Result<EulerStep, Refusal> {
    let shape = x.dims();
    let count: usize = shape.iter().product();
    let elem = stored(launcher, conditional.dtype())?;
    let guided = u32::from(unconditional.is_some());
    let other = unconditional.unwrap_or_else(|| conditional.clone());
    let fits = x.dtype() == DType::F32
        && other.dtype() == conditional.dtype()
        && conditional.dims() == shape
        && other.dims() == shape
        && (guided == 0 || scales.len() == shape[0]);
    if count == 0 || !fits {
        return Err(Refusal("these shapes or types have no shader".to_owned()));
    }
    let held = if scales.is_empty() { &[1.0] } else { scales };
    let data = TensorData::new(held.to_vec(), [held.len()]);
    let scales = Tensor::<1>::from_data(data, (&x.device(), DType::F32));
    let x = Strided::whole(x, Elem::F32)?;
    let c = Strided::whole(conditional, elem)?;
    let u = Strided::whole(other, elem)?;
    let scales = Strided::whole(scales, Elem::F32)?;
    let like = &x.tensor;
    let next = Launcher::output(like, count * 4);
    let denoised = Launcher::output(like, count * 4);
    let bound = [
        x.bind(launcher, &next)?,
        c.bind(launcher, &next)?,
        u.bind(launcher, &next)?,
        scales.bind(launcher, &next)?,
        launcher.bind(like, &next, Elem::F32, &next)?,
        launcher.bind(like, &denoised, Elem::F32, &next)?,
    ];
    let params = Params {
        elements: small(count)?,
        per_frame: small(count / shape[0])?,
        x_start: bound[0].start,
        c_start: bound[1].start,
        u_start: bound[2].start,
        scales_start: bound[3].start,
        next_start: bound[4].start,
        denoised_start: bound[5].start,
        to_v: levels.to_v(),
        to_x: levels.to_x(),
        pace: levels.pace(),
    };
    let passes = [(variant(elem, guided), small(count.div_ceil(INVOCATIONS))?)];
    let words = bytes(&params.words());
    launcher.dispatch(like, &EULER_STEP, &passes, &bound, &words)?;
    Ok(EulerStep {
        latents: finished(like, next, shape, DType::F32),
        denoised: finished(like, denoised, shape, DType::F32),
    })
}
