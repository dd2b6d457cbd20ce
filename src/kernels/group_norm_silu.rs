//! Group normalisation, optionally followed by SiLU, per frame or across frames.
//!
//! Owns the launch of `shaders/group_norm_silu.wgsl` and the same maths in tensor operations. Must not depend on which
//! network it is part of. Statistics are always in f32, even if the activations are not: sums in f16 overflow.

use burn::tensor::activation::silu;
use burn::tensor::{DType, Tensor};

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, finished, lanes, small, stored};
use crate::kernels::gpu::launch::{Launcher, Refusal};
use crate::kernels::gpu::shader::{Elem, Family, GROUP_NORM_SILU, Variant, every_lane};

/// Lanes of one workgroup, as in the shader.
const SLICE: usize = 4096;
/// Bytes of a slice's moments.
const MOMENTS: usize = 16;

/// What follows a normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormActivation {
    /// Nothing.
    None,
    /// `x · sigmoid(x)`.
    Silu,
}

/// How far the statistics of a normalisation reach in a tensor `[f, c, h, w]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NormReach {
    /// Each frame alone.
    #[default]
    Frame,
    /// All frames of the clip together.
    Clip,
}

/// The learnt parameters of a group normalisation.
#[derive(Clone, Debug)]
pub struct GroupNormParameters {
    /// `[c]`.
    pub weight: Tensor<1>,
    /// `[c]`.
    pub bias: Tensor<1>,
    /// Groups that the channels are divided into.
    pub groups: usize,
    /// Added to the variance.
    pub eps: f64,
}

/// `activation((x − mean)/√(variance + eps) · weight + bias)`, with statistics over each group of channels and all
/// dimensions after them.
///
/// On `[f, c, h, w]` the statistics are per frame, on `[1, c, f, s]` across frames (spec §9, trap 2); the input may be
/// a transposed view.
///
/// # Shapes
/// `[n, c, a, b]` to the same shape, contiguous, in the type of `x`. On a registered GPU the shader runs in f32 or f16
/// storage; in every other case, and with `KINORA_REFERENCE=1`, [`reference()`] runs.
#[must_use]
pub fn group_norm_silu(
    x: Tensor<4>,
    parameters: &GroupNormParameters,
    activation: NormActivation,
) -> Tensor<4> {
    let shader = |launcher: &Launcher| launched(launcher, x.clone(), parameters, activation);
    match launch::preferred("a group norm", &x.device(), shader) {
        Some(out) => out,
        None => reference(x, parameters, activation),
    }
}

/// [`group_norm_silu`] of `[f, c, h, w]` with statistics over each group of channels, all pixels and, if `reach` is
/// [`NormReach::Clip`], all frames.
#[must_use]
pub fn group_norm_reaching(
    x: Tensor<4>,
    parameters: &GroupNormParameters,
    activation: NormActivation,
    reach: NormReach,
) -> Tensor<4> {
    if reach == NormReach::Frame {
        return group_norm_silu(x, parameters, activation);
    }
    let [f, c, h, w] = x.dims();
    // [f, c, h, w] -> [1, c, f, h·w]
    let across = x.reshape([1, f, c, h * w]).swap_dims(1, 2);
    group_norm_silu(across, parameters, activation)
        .swap_dims(1, 2)
        .reshape([f, c, h, w])
}

/// Runs the shader only, without a fallback, for tests and benches.
///
/// # Errors
/// A [`Refusal`] where the operation would have fallen back to tensor operations.
pub fn shader(
    x: Tensor<4>,
    parameters: &GroupNormParameters,
    activation: NormActivation,
) -> Result<Tensor<4>, Refusal> {
    let launcher = launch::launcher(&x.device())?;
    launched(&launcher, x, parameters, activation)
}

/// The same result in plain tensor operations.
#[must_use]
pub fn reference(
    x: Tensor<4>,
    parameters: &GroupNormParameters,
    activation: NormActivation,
) -> Tensor<4> {
    let [n, c, a, b] = x.dims();
    let dtype = x.dtype();
    let groups = parameters.groups;
    // [n, c, a, b] -> [n, g, c/g·a·b]
    let grouped = x.cast(DType::F32).reshape([n, groups, c / groups * a * b]);
    let centred = grouped.clone() - grouped.mean_dim(2);
    let variance = (centred.clone() * centred.clone()).mean_dim(2);
    let normal = centred * variance.add_scalar(parameters.eps).sqrt().recip();
    let per_channel = |values: &Tensor<1>| values.clone().cast(DType::F32).reshape([1, c, 1, 1]);
    let y = normal.reshape([n, c, a, b]) * per_channel(&parameters.weight)
        + per_channel(&parameters.bias);
    match activation {
        NormActivation::None => y.cast(dtype),
        // The activation is in the network's own format, as it would be without fusion.
        NormActivation::Silu => silu(y.cast(dtype)),
    }
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    slices: u32,
    per_group: u32,
    groups: u32,
    channels: u32,
    rows: u32,
    row: u32,
    x_start: u32,
    x_n: u32,
    x_c: u32,
    x_a: u32,
    out_start: u32,
    weight_start: u32,
    bias_start: u32,
    moments_start: u32,
    eps: f32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 15] {
        [
            ("slices", self.slices),
            ("per_group", self.per_group),
            ("groups", self.groups),
            ("channels", self.channels),
            ("rows", self.rows),
            ("row", self.row),
            ("x_start", self.x_start),
            ("x_n", self.x_n),
            ("x_c", self.x_c),
            ("x_a", self.x_a),
            ("out_start", self.out_start),
            ("weight_start", self.weight_start),
            ("bias_start", self.bias_start),
            ("moments_start", self.moments_start),
            ("eps", self.eps.to_bits()),
        ]
    }
}

/// For the tests: both passes, with and without the activation.
pub(super) fn family() -> Family {
    let constants = [(0, 0), (1, 0), (1, 1)].map(|(pass, silu)| constants(pass, silu));
    Family::new(
        &GROUP_NORM_SILU,
        every_lane(&constants),
        &Params::default().words(),
    )
}

fn constants(pass: u32, silu: u32) -> Vec<(&'static str, u32)> {
    vec![("PASS", pass), ("SILU", silu)]
}

fn launched(
    launcher: &Launcher,
    x: Tensor<4>,
    parameters: &GroupNormParameters,
    activation: NormActivation,
) -> Result<Tensor<4>, Refusal> {
    let [n, c, a, b] = x.dims();
    let (dtype, groups) = (x.dtype(), parameters.groups);
    let elem = stored(launcher, dtype)?;
    if parameters.weight.dtype() != dtype || parameters.bias.dtype() != dtype {
        return Err(Refusal("mixed types have no shader".to_owned()));
    }
    if n * c * a * b == 0 || groups == 0 || c % groups != 0 {
        return Err(Refusal("nothing to compute".to_owned()));
    }
    let x = Strided::new(x, elem)?;
    let weight = Strided::new(parameters.weight.clone(), elem)?;
    let bias = Strided::new(parameters.bias.clone(), elem)?;
    let like = &x.tensor;
    let out = Launcher::output(like, n * c * a * b * elem.bytes() as usize);
    // The larger number that the two lane widths need.
    let room = n * groups * (c / groups * a * b).div_ceil(SLICE);
    let moments = Launcher::output(like, room * MOMENTS);
    let bound = [
        x.bind(launcher, &out)?,
        weight.bind(launcher, &out)?,
        bias.bind(launcher, &out)?,
        launcher.bind(like, &out, elem, &out)?,
        launcher.bind(like, &moments, Elem::F32, &out)?,
    ];
    x.require_countable(&bound[0])?;
    if !bound[4].start.is_multiple_of(4) {
        return Err(Refusal("the moments do not begin at a vector".to_owned()));
    }
    let strides = x.strides();
    // Rows that are contiguous with each other count as one row.
    let (rows, row) = if a == 1 || strides[2] == b {
        (1, a * b)
    } else {
        (a, b)
    };
    let whole_rows = row % 4 == 0 && strides[..3].iter().all(|stride| stride % 4 == 0);
    let lanes = lanes(whole_rows, &[&bound[0], &bound[3]]);
    let width = lanes.count();
    let per_group = (c / groups * rows * (row / width)).div_ceil(SLICE);
    let in_lanes = |count: usize| small(count / width);
    let params = Params {
        slices: small(n * groups * per_group)?,
        per_group: small(per_group)?,
        groups: small(groups)?,
        channels: small(c / groups)?,
        rows: small(rows)?,
        row: in_lanes(row)?,
        x_start: in_lanes(bound[0].start as usize)?,
        x_n: in_lanes(strides[0])?,
        x_c: in_lanes(strides[1])?,
        x_a: in_lanes(strides[2])?,
        out_start: in_lanes(bound[3].start as usize)?,
        weight_start: bound[1].start,
        bias_start: bound[2].start,
        moments_start: bound[4].start / 4,
        eps: parameters.eps as f32,
    };
    small(n * c * a * b)?;
    let silu = u32::from(activation == NormActivation::Silu);
    let variant = |pass, silu| Variant {
        elem,
        lanes: Some(lanes),
        constants: constants(pass, silu),
    };
    let passes = [
        (variant(0, 0), params.slices),
        (variant(1, silu), params.slices),
    ];
    let words = bytes(&params.words());
    launcher.dispatch(like, &GROUP_NORM_SILU, &passes, &bound, &words)?;
    Ok(finished(like, out, [n, c, a, b], dtype))
}
