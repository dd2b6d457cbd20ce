//! Attention among tokens: `softmax(q·kᵀ/√d + mask)·v`, as burn computes it, in chunks whose scores are bounded.
//!
//! burn has kernels that never hold the scores, and one that holds all of them, which it also tries where it has a
//! choice. Queries do not affect each other, so chunks of them give the same numbers. Must not depend on the
//! transformer that calls it.

use burn::tensor::module::attention as burn_attention;
use burn::tensor::{DType, Tensor};
use burn_wgpu::Wgpu;
use cubecl::ir::{ElemType, FloatKind};

use super::chunks::{intermediate_bytes, joined, ranges, together};
use super::gpu::launch;

/// Scaled dot-product attention.
///
/// # Shapes
/// - `q`: `[n, heads, s, d]`; `k`, `v`: `[n, heads, t, d]`, possibly expanded views.
/// - `mask`: added to the scores, `[n, heads, s, t]`, possibly an expanded view.
/// - result: as `q`.
///
/// In 16-bit floats on a GPU without matrix units it computes in f32: burn would round the scores and the sums of the
/// softmax to f16 there, whereas its kernels for matrix units keep both in f32.
#[must_use]
pub fn attention(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<4> {
    if super::reference_only() || !launch::is_registered(&q.device()) {
        return whole(q, k, v, mask);
    }
    let widened = q.dtype() != DType::F32 && !has_matrix_units(&q);
    let bound = intermediate_bytes(&q.device());
    in_chunks(q, k, v, mask, widened, bound)
}

/// The same in chunks of queries with at most `bound` bytes of scores, but of at least one query; `widened` to f32 or as
/// it is.
#[must_use]
pub fn in_chunks(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    mask: Option<Tensor<4>>,
    widened: bool,
    bound: u64,
) -> Tensor<4> {
    let dtype = q.dtype();
    let [n, heads, s, _] = q.dims();
    let t = k.dims()[2];
    let element = if widened { 4 } else { dtype.size() };
    let row = (heads * t * element) as u64;
    let part = |first: [usize; 2], length: [usize; 2]| {
        let rows = |x: &Tensor<4>| x.clone().narrow(0, first[0], length[0]);
        let queries = |x: &Tensor<4>| rows(x).narrow(2, first[1], length[1]);
        let format = |x: Tensor<4>| if widened { x.cast(DType::F32) } else { x };
        let mask = mask.as_ref().map(|mask| format(queries(mask)));
        let out = whole(
            format(queries(&q)),
            format(rows(&k)),
            format(rows(&v)),
            mask,
        );
        if widened { out.cast(dtype) } else { out }
    };
    let frames = together(n, row * s as u64, bound);
    let parts = ranges(n, frames).map(|(frame, frames)| {
        let length = together(s, row * frames as u64, bound);
        let parts = ranges(s, length)
            .map(|(query, length)| part([frame, query], [frames, length]))
            .collect();
        joined(parts, 2)
    });
    joined(parts.collect(), 0)
}

fn whole(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<4> {
    burn_attention(q, k, v, None, mask, Default::default())
}

/// Whether burn can multiply f16 matrices with the GPU's matrix units, which sum in f32.
fn has_matrix_units(x: &Tensor<4>) -> bool {
    let half = ElemType::Float(FloatKind::F16);
    x.clone().try_into_primitive::<Wgpu>().is_ok_and(|x| {
        let units = &x.client.properties().features.matmul.cmma;
        units
            .iter()
            .any(|unit| unit.a_type == half && unit.b_type == half)
    })
}
