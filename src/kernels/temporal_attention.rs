//! Attention over the frames of a clip: `softmax(q·kᵀ/√d)·v` with one problem per pixel and head.
//!
//! Owns the launch of `shaders/temporal_attention.wgsl` and the same maths in tensor operations.
//! Must not depend on the transformer that calls it. Reference: diffusers' temporal blocks permute `[b·f, s, c]` to
//! `[b·s, f, c]` and back around an unmasked attention
//! (<https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/attention.py>, `TemporalBasicTransformerBlock`).

use burn::tensor::Tensor;
use burn::tensor::module::attention;

use super::gpu::launch;
use crate::kernels::gpu::binding::{Strided, bytes, finished, small, stored};
use crate::kernels::gpu::launch::{Bound, Launcher, Refusal, WORKGROUP_BYTES};
use crate::kernels::gpu::shader::{Elem, Family, TEMPORAL_ATTENTION, Variant};

/// Maximum number of frames the shader is compiled for: one invocation per frame and problem.
const FRAMES_MOST: usize = 64;
/// Maximum head width the shader is compiled for: a row is kept in registers.
const HEAD_DIM_MOST: usize = 160;
/// Number of invocations to aim at in one workgroup, well under the 256 that every adapter has.
const INVOCATIONS: u32 = 128;
/// Elements of q that the tensor operations transpose at once (64 MiB in f32), to bound their memory.
const REFERENCE_CHUNK: usize = 1 << 24;

/// Unmasked attention across frames, in the spatial layout.
///
/// # Shapes
/// - `q`, `k`, `v`: `[b·f, s, heads·d]`, frame fastest within a clip: row `n = b·frames + f`.
/// - result: `[b·f, s, heads·d]`, contiguous, in the type of `q`.
///
/// `frames` is `f`. On a registered GPU the shader runs for 1–64 frames and `d ≤ 160` in f32 or f16 storage; in every
/// other case, on the CPU, and with `KINORA_REFERENCE=1`, [`reference()`] runs.
///
/// # Panics
/// If the shapes differ, `frames` does not divide the first dimension, or `heads` does not divide the last: a bug in
/// the caller, detected before anything runs.
#[must_use]
pub fn temporal_attention(
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    frames: usize,
    heads: usize,
) -> Tensor<3> {
    let [rows, _, width] = q.dims();
    assert!(
        frames > 0 && rows % frames == 0,
        "temporal attention: {frames} frames do not divide {rows} rows"
    );
    assert!(
        heads > 0 && width % heads == 0,
        "temporal attention: {heads} heads do not divide {width} channels"
    );
    assert!(
        q.dims() == k.dims() && q.dims() == v.dims(),
        "temporal attention: q, k and v differ in shape"
    );
    let shader =
        |launcher: &Launcher| launched(launcher, q.clone(), k.clone(), v.clone(), frames, heads);
    match launch::preferred("temporal attention", &q.device(), shader) {
        Some(out) => out,
        None => reference(q, k, v, frames, heads),
    }
}

/// Runs the shader only, without a fallback, for tests and benches: shapes as in [`temporal_attention`].
///
/// # Errors
/// A [`Refusal`] where [`temporal_attention`] would have fallen back to tensor operations.
pub fn shader(
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    frames: usize,
    heads: usize,
) -> Result<Tensor<3>, Refusal> {
    let launcher = launch::launcher(&q.device())?;
    launched(&launcher, q, k, v, frames, heads)
}

/// The same result in plain tensor operations, transposing `[b·f, s, c]` to `[b·s, heads, f, d]` and back.
/// Pixels are processed in chunks, so that the transposed copies stay small.
#[must_use]
pub fn reference(
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    frames: usize,
    heads: usize,
) -> Tensor<3> {
    let [rows, pixels, width] = q.dims();
    let step = (REFERENCE_CHUNK / (rows * width).max(1)).clamp(1, pixels.max(1));
    in_chunks(q, k, v, frames, heads, step)
}

/// `step` pixels at a time; pixels do not affect each other.
fn in_chunks(
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    frames: usize,
    heads: usize,
    step: usize,
) -> Tensor<3> {
    let pixels = q.dims()[1];
    if step >= pixels {
        return transposed(q, k, v, frames, heads);
    }
    let chunks = (0..pixels)
        .step_by(step)
        .map(|from| {
            let length = step.min(pixels - from);
            let part = |tensor: &Tensor<3>| tensor.clone().narrow(1, from, length);
            transposed(part(&q), part(&k), part(&v), frames, heads)
        })
        .collect();
    Tensor::cat(chunks, 1)
}

fn transposed(q: Tensor<3>, k: Tensor<3>, v: Tensor<3>, frames: usize, heads: usize) -> Tensor<3> {
    let [rows, pixels, width] = q.dims();
    let (clips, dim) = (rows / frames, width / heads);
    let split = |tensor: Tensor<3>| {
        tensor
            .reshape([clips, frames, pixels, heads, dim]) // [b, f, s, heads, d]
            .permute([0, 2, 3, 1, 4]) // [b, s, heads, f, d]
            .reshape([clips * pixels, heads, frames, dim]) // [b·s, heads, f, d]
    };
    attention(split(q), split(k), split(v), None, None, Default::default())
        .reshape([clips, pixels, heads, frames, dim]) // [b, s, heads, f, d]
        .permute([0, 3, 1, 2, 4]) // [b, f, s, heads, d]
        .reshape([rows, pixels, width]) // [b·f, s, heads·d]
}

/// Problems in one workgroup: as many as [`INVOCATIONS`] allows and as fit in the workgroup memory.
#[must_use]
fn problems_per_group(frames: u32, head_dim: u32) -> u32 {
    // Two rows of vectors, each with one spare vector, and four positions.
    let bytes = 2 * (head_dim.div_ceil(4) + 1) * 16 + 16;
    (INVOCATIONS / frames).clamp(1, WORKGROUP_BYTES / bytes)
}

fn variant(elem: Elem, frames: u32, head_dim: u32) -> Variant {
    Variant {
        elem,
        lanes: None,
        constants: vec![
            ("FRAMES", frames),
            ("HEAD_DIM", head_dim),
            ("PROBLEMS", problems_per_group(frames, head_dim)),
        ],
    }
}

/// For the tests: both storage types, the frames and head widths of SVD and AnimateDiff, and the extremes.
pub(super) fn family() -> Family {
    let sizes = [
        (14, 64),
        (25, 64),
        (1, 64),
        (1, 1),
        (2, 5),
        (7, 40),
        (16, 40),
        (16, 80),
        (16, 160),
        (32, 160),
        (64, 128),
        (64, 160),
        (64, 1),
        (3, 126),
    ];
    let variants = [Elem::F32, Elem::F16]
        .into_iter()
        .flat_map(|elem| sizes.map(|(frames, head_dim)| variant(elem, frames, head_dim)))
        .collect();
    Family::new(&TEMPORAL_ATTENTION, variants, &Params::default().words())
}

/// The shader's `Params`, in the same order; each member has four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Params {
    problems: u32,
    pixels: u32,
    heads: u32,
    scale: f32,
    q: Strides,
    k: Strides,
    v: Strides,
    out: Strides,
}

#[derive(Clone, Copy, Debug, Default)]
struct Strides {
    start: u32,
    frame: u32,
    pixel: u32,
}

impl Params {
    /// The members' names and values (32-bit words), in the order of the shader's struct; a test compares both with
    /// naga's layout.
    fn words(&self) -> [(&'static str, u32); 16] {
        [
            ("problems", self.problems),
            ("pixels", self.pixels),
            ("heads", self.heads),
            ("scale", self.scale.to_bits()),
            ("q_start", self.q.start),
            ("q_frame", self.q.frame),
            ("q_pixel", self.q.pixel),
            ("k_start", self.k.start),
            ("k_frame", self.k.frame),
            ("k_pixel", self.k.pixel),
            ("v_start", self.v.start),
            ("v_frame", self.v.frame),
            ("v_pixel", self.v.pixel),
            ("out_start", self.out.start),
            ("out_frame", self.out.frame),
            ("out_pixel", self.out.pixel),
        ]
    }
}

fn launched(
    launcher: &Launcher,
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    frames: usize,
    heads: usize,
) -> Result<Tensor<3>, Refusal> {
    let [rows, pixels, width] = q.dims();
    let head_dim = width / heads;
    let elem = stored(launcher, q.dtype())?;
    if frames > FRAMES_MOST
        || head_dim > HEAD_DIM_MOST
        || q.dtype() != k.dtype()
        || q.dtype() != v.dtype()
    {
        return Err(Refusal(format!(
            "there is no shader for {frames} frames with heads of width {head_dim}, or for mixed types"
        )));
    }
    let problems = small(rows / frames * pixels * heads)?;
    if problems == 0 {
        return Err(Refusal("nothing to compute".to_owned()));
    }

    let dtype = q.dtype();
    let part = |tensor| Strided::new(tensor, elem);
    let (q, k, v) = (part(q)?, part(k)?, part(v)?);
    let like = &q.tensor;
    let out = Launcher::output(like, rows * pixels * width * elem.bytes() as usize);
    let bound = [
        q.bind(launcher, &out)?,
        k.bind(launcher, &out)?,
        v.bind(launcher, &out)?,
        launcher.bind(like, &out, elem, &out)?,
    ];
    let params = Params {
        problems,
        pixels: small(pixels)?,
        heads: small(heads)?,
        scale: 1.0 / (head_dim as f32).sqrt(),
        q: Strides::of(&q, &bound[0])?,
        k: Strides::of(&k, &bound[1])?,
        v: Strides::of(&v, &bound[2])?,
        out: Strides {
            start: bound[3].start,
            frame: small(pixels * width)?,
            pixel: small(width)?,
        },
    };
    // The shader counts elements in 32 bits.
    small(rows * pixels * width)?;
    let variant = variant(elem, small(frames)?, small(head_dim)?);
    let groups = problems.div_ceil(problems_per_group(small(frames)?, small(head_dim)?));
    launcher.dispatch(
        like,
        &TEMPORAL_ATTENTION,
        &[(variant, groups)],
        &bound,
        &bytes(&params.words()),
    )?;
    Ok(finished(like, out, [rows, pixels, width], dtype))
}

impl Strides {
    fn of(input: &Strided, bound: &Bound) -> Result<Self, Refusal> {
        input.require_countable(bound)?;
        let strides = input.strides();
        Ok(Self {
            start: bound.start,
            frame: small(strides[0])?,
            pixel: small(strides[1])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution, Tensor};

    use super::{WORKGROUP_BYTES, in_chunks, problems_per_group};

    #[test]
    fn chunks_of_pixels_change_nothing() {
        let cpu = Device::flex();
        let part = || Tensor::<3>::random([2 * 3, 7, 2 * 4], Distribution::Default, &cpu);
        let (q, k, v) = (part(), part(), part());
        let whole = in_chunks(q.clone(), k.clone(), v.clone(), 3, 2, 7);
        for step in [1, 2, 6] {
            let chunked = in_chunks(q.clone(), k.clone(), v.clone(), 3, 2, step);
            let apart: f32 = (chunked - whole.clone()).abs().max().into_scalar();
            // The same sums of three products, in other blocks.
            assert!(apart < 1e-6, "{step} pixels at a time are off by {apart}");
        }
    }

    #[test]
    fn a_workgroup_fits_every_adapter() {
        for frames in 1..=64 {
            for head_dim in 1..=160_u32 {
                let problems = problems_per_group(frames, head_dim);
                assert!(problems >= 1 && problems * frames <= 256);
                let row = head_dim.div_ceil(4) + 1;
                assert!(problems * (2 * row * 16 + 16) <= WORKGROUP_BYTES);
            }
        }
    }
}
