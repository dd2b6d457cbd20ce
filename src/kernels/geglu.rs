//! The gate of a GEGLU feed-forward: `value · gelu(gate)` with the exact GELU.
//!
//! Owns the launch of `shaders/geglu.wgsl` and the same maths in tensor operations. Must not depend on the transformer.
//! Reference: diffusers' `GEGLU` (models/activations.py); values are the first half (spec §9, trap 4).

use burn::tensor::Tensor;
use burn::tensor::activation::gelu;

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, finished, lanes, small, stored};
use crate::kernels::gpu::launch::{Launcher, Refusal};
use crate::kernels::gpu::shader::{Family, GEGLU, Variant, every_lane};

/// Lanes of one workgroup, as in the shader.
const INVOCATIONS: usize = 256;

/// `both[.., ..i] · gelu(both[.., i..])`, where `i` is half of the last dimension and `gelu(x) = x·Φ(x)`.
///
/// # Shapes
/// `[n, s, 2·i]` to `[n, s, i]`. On a registered GPU the shader runs in f32 or f16 storage; in every other case, and
/// with `KINORA_REFERENCE=1`, [`reference()`] runs.
#[must_use]
pub fn geglu(both: Tensor<3>) -> Tensor<3> {
    let shader = |launcher: &Launcher| launched(launcher, both.clone());
    match launch::preferred("a GEGLU", &both.device(), shader) {
        Some(out) => out,
        None => reference(both),
    }
}

/// Runs the shader only, without a fallback, for tests and benches.
///
/// # Errors
/// A [`Refusal`] where the operation would have fallen back to tensor operations.
pub fn shader(both: Tensor<3>) -> Result<Tensor<3>, Refusal> {
    let launcher = launch::launcher(&both.device())?;
    launched(&launcher, both)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference(both: Tensor<3>) -> Tensor<3> {
    let inner = both.dims()[2] / 2;
    let value = both.clone().narrow(2, 0, inner);
    let gate = both.narrow(2, inner, inner);
    value * gelu(gate)
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    lanes: u32,
    inner: u32,
    x_start: u32,
    x_row: u32,
    out_start: u32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 5] {
        [
            ("lanes", self.lanes),
            ("inner", self.inner),
            ("x_start", self.x_start),
            ("x_row", self.x_row),
            ("out_start", self.out_start),
        ]
    }
}

/// For the tests.
pub(super) fn family() -> Family {
    Family::new(
        &GEGLU,
        every_lane(&[Vec::new()]),
        &Params::default().words(),
    )
}

fn launched(launcher: &Launcher, both: Tensor<3>) -> Result<Tensor<3>, Refusal> {
    let [n, s, twice] = both.dims();
    let inner = twice / 2;
    let dtype = both.dtype();
    let elem = stored(launcher, dtype)?;
    if n * s * inner == 0 || twice % 2 != 0 {
        return Err(Refusal("nothing to compute".to_owned()));
    }
    // [n, s, 2·i] -> [n·s, 2·i]
    let x = Strided::new(both.reshape([n * s, twice]), elem)?;
    let like = &x.tensor;
    let out = Launcher::output(like, n * s * inner * elem.bytes() as usize);
    let bound = [
        x.bind(launcher, &out)?,
        launcher.bind(like, &out, elem, &out)?,
    ];
    x.require_countable(&bound[0])?;
    let wide = x.divides_by_four() && inner % 4 == 0;
    let lanes = lanes(wide, &[&bound[0], &bound[1]]);
    let in_lanes = |count: usize| small(count / lanes.count());
    let params = Params {
        lanes: in_lanes(n * s * inner)?,
        inner: in_lanes(inner)?,
        x_start: in_lanes(bound[0].start as usize)?,
        x_row: in_lanes(x.strides()[0])?,
        out_start: in_lanes(bound[1].start as usize)?,
    };
    let variant = Variant {
        elem,
        lanes: Some(lanes),
        constants: Vec::new(),
    };
    let groups = small((params.lanes as usize).div_ceil(INVOCATIONS))?;
    let words = bytes(&params.words());
    launcher.dispatch(like, &GEGLU, &[(variant, groups)], &bound, &words)?;
    Ok(finished(like, out, [n, s, inner], dtype))
}
