//! Layer normalisation over the last dimension.
//!
//! Owns the launch of `shaders/layer_norm.wgsl` and the same maths in tensor operations. Must not depend on the
//! transformer. Statistics are always in f32, even if the activations are not: f16 loses most digits of a sum of
//! squares, and overflows once the values reach a few hundred.

use burn::tensor::module::layer_norm as burn_layer_norm;
use burn::tensor::{DType, Tensor};

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, finished, lanes, small, stored};
use crate::kernels::gpu::launch::{Launcher, Refusal};
use crate::kernels::gpu::shader::{Family, LAYER_NORM, Variant, every_lane};

/// Rows of one workgroup, as in the shader.
const ROWS: usize = 4;

/// The learnt parameters of a layer normalisation.
#[derive(Clone, Debug)]
pub struct LayerNormParameters {
    /// `[c]`.
    pub weight: Tensor<1>,
    /// `[c]`.
    pub bias: Tensor<1>,
    /// Added to the variance.
    pub eps: f64,
}

/// `(x − mean)/√(variance + eps) · weight + bias`, with statistics over the last dimension.
///
/// # Shapes
/// `[.., c]` to the same shape, contiguous, in the type of `x`. On a registered GPU the shader runs in f32 or f16
/// storage; in every other case, and with `KINORA_REFERENCE=1`, [`reference()`] runs.
#[must_use]
pub fn layer_norm<const D: usize>(x: Tensor<D>, parameters: &LayerNormParameters) -> Tensor<D> {
    let shader = |launcher: &Launcher| launched(launcher, x.clone(), parameters);
    match launch::preferred("a layer norm", &x.device(), shader) {
        Some(out) => out,
        None => reference(x, parameters),
    }
}

/// Runs the shader only, without a fallback, for tests and benches.
///
/// # Errors
/// A [`Refusal`] where the operation would have fallen back to tensor operations.
pub fn shader<const D: usize>(
    x: Tensor<D>,
    parameters: &LayerNormParameters,
) -> Result<Tensor<D>, Refusal> {
    let launcher = launch::launcher(&x.device())?;
    launched(&launcher, x, parameters)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference<const D: usize>(x: Tensor<D>, parameters: &LayerNormParameters) -> Tensor<D> {
    let dtype = x.dtype();
    let [weight, bias] =
        [&parameters.weight, &parameters.bias].map(|values| values.clone().cast(DType::F32));
    burn_layer_norm(x.cast(DType::F32), weight, Some(bias), parameters.eps).cast(dtype)
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    rows: u32,
    row: u32,
    x_start: u32,
    x_row: u32,
    out_start: u32,
    weight_start: u32,
    bias_start: u32,
    eps: f32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 8] {
        [
            ("rows", self.rows),
            ("row", self.row),
            ("x_start", self.x_start),
            ("x_row", self.x_row),
            ("out_start", self.out_start),
            ("weight_start", self.weight_start),
            ("bias_start", self.bias_start),
            ("eps", self.eps.to_bits()),
        ]
    }
}

/// For the tests.
pub(super) fn family() -> Family {
    Family::new(
        &LAYER_NORM,
        every_lane(&[Vec::new()]),
        &Params::default().words(),
    )
}

fn launched<const D: usize>(
    launcher: &Launcher,
    x: Tensor<D>,
    parameters: &LayerNormParameters,
) -> Result<Tensor<D>, Refusal> {
    let (shape, dtype) = (x.dims(), x.dtype());
    let elem = stored(launcher, dtype)?;
    if parameters.weight.dtype() != dtype || parameters.bias.dtype() != dtype {
        return Err(Refusal("mixed types have no shader".to_owned()));
    }
    let count: usize = shape.iter().product();
    if count == 0 {
        return Err(Refusal("nothing to compute".to_owned()));
    }
    let row = shape[D - 1];
    let rows = count / row;
    // [.., c] -> [rows, c]
    let x = Strided::new(x.reshape([rows, row]), elem)?;
    let weight = Strided::new(parameters.weight.clone(), elem)?;
    let bias = Strided::new(parameters.bias.clone(), elem)?;
    let like = &x.tensor;
    let out = Launcher::output(like, count * elem.bytes() as usize);
    let bound = [
        x.bind(launcher, &out)?,
        weight.bind(launcher, &out)?,
        bias.bind(launcher, &out)?,
        launcher.bind(like, &out, elem, &out)?,
    ];
    x.require_countable(&bound[0])?;
    small(count)?;
    let lanes = lanes(x.divides_by_four(), &bound.each_ref());
    let in_lanes = |count: usize| small(count / lanes.count());
    let params = Params {
        rows: small(rows)?,
        row: in_lanes(row)?,
        x_start: in_lanes(bound[0].start as usize)?,
        x_row: in_lanes(x.strides()[0])?,
        out_start: in_lanes(bound[3].start as usize)?,
        weight_start: in_lanes(bound[1].start as usize)?,
        bias_start: in_lanes(bound[2].start as usize)?,
        eps: parameters.eps as f32,
    };
    let variant = Variant {
        elem,
        lanes: Some(lanes),
        constants: Vec::new(),
    };
    let groups = small(rows.div_ceil(ROWS))?;
    let words = bytes(&params.words());
    launcher.dispatch(like, &LAYER_NORM, &[(variant, groups)], &bound, &words)?;
    Ok(finished(like, out, shape, dtype))
}
