//! The blend of a block's results within frames and across them, with a residual: a weighted sum in one pass.
//!
//! Owns the launch of `shaders/alpha_blend.wgsl` and the same maths in tensor operations. Must not depend on what is
//! blended. Reference: diffusers' `AlphaBlender` (models/resnet.py), written as `s + (1 − α)·u` (spec §1.6).

use burn::tensor::Tensor;

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, finished, lanes, small, stored};
use crate::kernels::gpu::launch::{Bound, Launcher, Refusal};
use crate::kernels::gpu::shader::{ALPHA_BLEND, Family, Variant, every_lane};

/// Lanes of one workgroup, as in the shader.
const INVOCATIONS: usize = 256;

/// One tensor of a blend and its weight.
#[derive(Clone, Debug)]
pub struct Part<const D: usize> {
    /// The tensor; it may be a transposed view.
    pub tensor: Tensor<D>,
    /// The factor it is multiplied by.
    pub weight: f32,
}

impl<const D: usize> Part<D> {
    /// `weight · tensor`.
    #[must_use]
    pub fn new(tensor: Tensor<D>, weight: f32) -> Self {
        Self { tensor, weight }
    }
}

/// `s.weight·s + u.weight·u (+ r.weight·r)`, all of one shape and type.
///
/// # Shapes
/// Any of up to four dimensions; the result is contiguous. On a registered GPU the shader runs in f32 or f16 storage;
/// in every other case, and with `KINORA_REFERENCE=1`, [`reference()`] runs.
#[must_use]
pub fn alpha_blend<const D: usize>(s: Part<D>, u: Part<D>, r: Option<Part<D>>) -> Tensor<D> {
    let shader = |launcher: &Launcher| launched(launcher, s.clone(), u.clone(), r.clone());
    match launch::preferred("a blend", &s.tensor.device(), shader) {
        Some(out) => out,
        None => reference(s, u, r),
    }
}

/// Runs the shader only, without a fallback, for tests and benches.
///
/// # Errors
/// A [`Refusal`] where the operation would have fallen back to tensor operations.
pub fn shader<const D: usize>(
    s: Part<D>,
    u: Part<D>,
    r: Option<Part<D>>,
) -> Result<Tensor<D>, Refusal> {
    let launcher = launch::launcher(&s.tensor.device())?;
    launched(&launcher, s, u, r)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference<const D: usize>(s: Part<D>, u: Part<D>, r: Option<Part<D>>) -> Tensor<D> {
    let scaled = |part: Part<D>| {
        if part.weight == 1.0 {
            part.tensor
        } else {
            part.tensor.mul_scalar(part.weight)
        }
    };
    let sum = scaled(s) + scaled(u);
    match r {
        Some(r) => sum + scaled(r),
        None => sum,
    }
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    lanes: u32,
    j: u32,
    k: u32,
    l: u32,
    s: Place,
    u: Place,
    r: Place,
    out_start: u32,
}

/// A part's start, strides and weight.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    weight: f32,
    start: u32,
    i: u32,
    j: u32,
    k: u32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 20] {
        [
            ("lanes", self.lanes),
            ("j", self.j),
            ("k", self.k),
            ("l", self.l),
            ("s_weight", self.s.weight.to_bits()),
            ("s_start", self.s.start),
            ("s_i", self.s.i),
            ("s_j", self.s.j),
            ("s_k", self.s.k),
            ("u_weight", self.u.weight.to_bits()),
            ("u_start", self.u.start),
            ("u_i", self.u.i),
            ("u_j", self.u.j),
            ("u_k", self.u.k),
            ("r_weight", self.r.weight.to_bits()),
            ("r_start", self.r.start),
            ("r_i", self.r.i),
            ("r_j", self.r.j),
            ("r_k", self.r.k),
            ("out_start", self.out_start),
        ]
    }
}

/// For the tests: with two parts and with three.
pub(super) fn family() -> Family {
    let constants = [2, 3].map(|parts| vec![("PARTS", parts)]);
    Family::new(
        &ALPHA_BLEND,
        every_lane(&constants),
        &Params::default().words(),
    )
}

/// The last four dimensions, preceded by `fill` if there are fewer.
fn four(values: &[usize], fill: usize) -> [usize; 4] {
    let mut out = [fill; 4];
    out[4 - values.len()..].copy_from_slice(values);
    out
}

fn launched<const D: usize>(
    launcher: &Launcher,
    s: Part<D>,
    u: Part<D>,
    r: Option<Part<D>>,
) -> Result<Tensor<D>, Refusal> {
    let shape = s.tensor.dims();
    let dtype = s.tensor.dtype();
    let elem = stored(launcher, dtype)?;
    let count: usize = shape.iter().product();
    if D > 4 || count == 0 {
        return Err(Refusal(format!("{shape:?} has no shader")));
    }
    let parts = if r.is_some() { 3 } else { 2 };
    let mut inputs = Vec::with_capacity(3);
    let mut weights = Vec::with_capacity(3);
    for part in [s, u].into_iter().chain(r) {
        if part.tensor.dims() != shape || part.tensor.dtype() != dtype {
            return Err(Refusal("parts differ in shape or type".to_owned()));
        }
        weights.push(part.weight);
        inputs.push(Strided::new(part.tensor, elem)?);
    }
    let like = &inputs[0].tensor;
    let out = Launcher::output(like, count * elem.bytes() as usize);
    let mut bound = Vec::with_capacity(4);
    for input in &inputs {
        let input_bound = input.bind(launcher, &out)?;
        input.require_countable(&input_bound)?;
        bound.push(input_bound);
    }
    if parts == 2 {
        bound.push(inputs[1].bind(launcher, &out)?);
    }
    bound.push(launcher.bind(like, &out, elem, &out)?);

    let wide = inputs.iter().all(Strided::divides_by_four);
    let lanes = lanes(wide, &bound.iter().collect::<Vec<_>>());
    let in_lanes = |count: usize| small(count / lanes.count());
    let place = |n: usize| -> Result<Place, Refusal> {
        let at: &Bound = &bound[n];
        let [i, j, k, _] = four(&inputs[n].strides(), 0);
        Ok(Place {
            weight: weights[n],
            start: in_lanes(at.start as usize)?,
            i: in_lanes(i)?,
            j: in_lanes(j)?,
            k: in_lanes(k)?,
        })
    };
    let [_, j, k, l] = four(&shape, 1);
    let params = Params {
        lanes: in_lanes(count)?,
        j: small(j)?,
        k: small(k)?,
        l: in_lanes(l)?,
        s: place(0)?,
        u: place(1)?,
        r: if parts == 3 {
            place(2)?
        } else {
            Place::default()
        },
        out_start: in_lanes(bound[3].start as usize)?,
    };
    let variant = Variant {
        elem,
        lanes: Some(lanes),
        constants: vec![("PARTS", parts)],
    };
    let groups = small((params.lanes as usize).div_ceil(INVOCATIONS))?;
    let words = bytes(&params.words());
    launcher.dispatch(like, &ALPHA_BLEND, &[(variant, groups)], &bound, &words)?;
    Ok(finished(like, out, shape, dtype))
}
