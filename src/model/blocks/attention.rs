//! Self-attention over the pixels of each frame and over the frames of each pixel.
//!
//! Tokens are `[f, s, c]` throughout: attention over frames reads the same layout with strides
//! (`kernels::temporal_attention`), so nothing is transposed.

use burn::tensor::Tensor;

use super::by_frame::ChangesByFrame;
use super::layers::{Linear, tokens_of, with_rows};
use crate::error::ModelError;
use crate::kernels::cpu_tensor::{self, AttentionAxis};
use crate::kernels::layer::{Epilogue, Prologue};
use crate::kernels::{attention, temporal_attention};
use crate::model::weights::Loader;

/// The projections to queries, keys and values of the same tokens.
pub(crate) enum Projections {
    /// Three layers.
    Apart(Box<[Linear; 3]>),
    /// One layer with three times the outputs, where weights are packed.
    Joined(Box<Linear>),
}

impl Projections {
    /// Reads the layers called `names`: query, key and value.
    pub(crate) fn load(
        at: &Loader<'_>,
        names: [&str; 3],
        width: usize,
        biased: bool,
    ) -> Result<Self, ModelError> {
        let parts = names.map(|name| at.at(name));
        if let Some(joined) = Linear::load_joined(&parts, width, width, biased)? {
            return Ok(Self::Joined(Box::new(joined)));
        }
        let load = |at: &Loader<'_>| match biased {
            true => Linear::load(at, width, width),
            false => Linear::load_unbiased(at, width, width),
        };
        let [q, k, v] = &parts;
        Ok(Self::Apart(Box::new([load(q)?, load(k)?, load(v)?])))
    }

    /// Attention within each frame or picture: `[n, s, c]` to the same shape.
    ///
    /// `mask` is added to the scores, `[1 or n, 1 or heads, 1 or s, s]`: minus infinity above the diagonal makes it
    /// causal.
    pub(crate) fn attend(
        &self,
        x: Tensor<3>,
        before: Prologue<'_>,
        heads: usize,
        mask: Option<&Tensor<4>>,
    ) -> Tensor<3> {
        match (self, mask) {
            (Self::Joined(joined), None) => {
                let joined = joined.apply(x, before, Epilogue::default());
                cpu_tensor::attention_of_joined(joined, AttentionAxis::Pixels, heads)
            }
            (Self::Joined(joined), Some(mask)) => {
                let joined = joined.apply(x, before, Epilogue::default());
                let width = joined.dims()[2] / 3;
                let [q, k, v] = [0, 1, 2].map(|i| joined.clone().narrow(2, i * width, width));
                multi_head(q, k, v, heads, Some(mask.clone()))
            }
            (Self::Apart(parts), mask) => {
                let [q, k, v] = project(parts, before.tokens(x));
                multi_head(q, k, v, heads, mask.cloned())
            }
        }
    }

    /// Attention with one head over the normalised pixels of each frame: `[f, c, h, w]` to tokens `[f, h·w, c]`.
    pub(crate) fn attend_pixels(&self, x: Tensor<4>, before: Prologue<'_>) -> Tensor<3> {
        match self {
            Self::Joined(_) => self.attend(tokens_of(x), before, 1, None),
            Self::Apart(_) => self.attend(tokens_of(before.pixels(x)), Prologue::Nothing, 1, None),
        }
    }

    /// The projections of rows `[f, 1, c]`, next to each other: `[f, 1, 3·c]`.
    fn joined(&self, rows: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Joined(joined) => joined.forward(rows),
            Self::Apart(parts) => Tensor::cat(project(parts, rows).into(), 2),
        }
    }

    /// Attention over the frames of each pixel: `[f, s, c]` to the same shape. `positions` are added to the normalised
    /// input, `changes` to the three projections.
    fn attend_over_frames(
        &self,
        x: Tensor<3>,
        before: Prologue<'_>,
        heads: usize,
        positions: Option<&FramePositions>,
        changes: &ChangesByFrame,
    ) -> Tensor<3> {
        let frames = x.dims()[0];
        let changed = (!changes.is_empty()).then(|| {
            let x = before.tokens(x.clone());
            match positions {
                Some(positions) => with_rows(x, positions.rows.clone()),
                None => x,
            }
        });
        match self {
            Self::Joined(joined) => {
                let mut joined = joined.apply(x, before, Epilogue::default());
                if let Some(positions) = positions {
                    joined = with_rows(joined, positions.projected.clone());
                }
                if let Some(x) = changed {
                    joined = changes.added_to(joined, &x, 1.0);
                }
                cpu_tensor::attention_of_joined(joined, AttentionAxis::Frames(frames), heads)
            }
            Self::Apart(parts) => {
                let [mut q, mut k, mut v] = project(parts, before.tokens(x));
                if let Some(positions) = positions {
                    let width = q.dims()[2];
                    let part = |i: usize| positions.projected.clone().narrow(2, i * width, width);
                    q = with_rows(q, part(0));
                    k = with_rows(k, part(1));
                    v = with_rows(v, part(2));
                }
                if let Some(x) = changed {
                    let width = q.dims()[2];
                    let joined = changes.added_to(Tensor::cat(vec![q, k, v], 2), &x, 1.0);
                    let part = |i: usize| joined.clone().narrow(2, i * width, width);
                    (q, k, v) = (part(0), part(1), part(2));
                }
                temporal_attention(q, k, v, frames, heads)
            }
        }
    }
}

fn project([q, k, v]: &[Linear; 3], x: Tensor<3>) -> [Tensor<3>; 3] {
    [q.forward(x.clone()), k.forward(x.clone()), v.forward(x)]
}

/// Positions of frames, which are added to the normalised input of attention over frames.
///
/// The projections have no bias, so their sum with the projected positions is the projection of the sum; the input
/// itself is never changed.
#[derive(Clone)]
pub(crate) struct FramePositions {
    /// `[f, 1, c]`.
    rows: Tensor<3>,
    /// `[f, 1, 3·c]`.
    projected: Tensor<3>,
}

/// Self-attention over `width` channels.
pub(crate) struct SelfAttention {
    projections: Projections,
    /// diffusers keeps the projection and its dropout in a list: `to_out.0`.
    to_out: Linear,
    /// Changes of the projections, and of `to_out`, for attention over frames.
    changes: [ChangesByFrame; 2],
    heads: usize,
}

impl SelfAttention {
    pub(crate) fn load(at: &Loader<'_>, width: usize, heads: usize) -> Result<Self, ModelError> {
        Ok(Self {
            projections: Projections::load(at, ["to_q", "to_k", "to_v"], width, false)?,
            to_out: Linear::load(&at.at("to_out.0"), width, width)?,
            changes: [
                ChangesByFrame::load(at, &["to_q", "to_k", "to_v"], width, width)?,
                ChangesByFrame::load(at, &["to_out.0"], width, width)?,
            ],
            heads,
        })
    }

    /// Attention over the pixels of each frame: `[f, s, c]` to `[f, s, c]`.
    pub(crate) fn over_pixels(
        &self,
        x: Tensor<3>,
        before: Prologue<'_>,
        after: Epilogue<3>,
    ) -> Tensor<3> {
        let seen = self.projections.attend(x, before, self.heads, None);
        self.to_out.apply(seen, Prologue::Nothing, after)
    }

    /// Prepares positions `[f, 1, c]` for [`SelfAttention::over_frames`].
    pub(crate) fn positions(&self, rows: Tensor<3>) -> FramePositions {
        FramePositions {
            projected: self.projections.joined(rows.clone()),
            rows,
        }
    }

    /// Attention over the frames of each pixel: `[f, s, c]` to `[f, s, c]`. `positions` are added after the norm.
    pub(crate) fn over_frames(
        &self,
        x: Tensor<3>,
        before: Prologue<'_>,
        after: Epilogue<3>,
        positions: Option<&FramePositions>,
    ) -> Tensor<3> {
        let [projections, out] = &self.changes;
        let attention = &self.projections;
        let seen = attention.attend_over_frames(x, before, self.heads, positions, projections);
        if out.is_empty() {
            return self.to_out.apply(seen, Prologue::Nothing, after);
        }
        let share = after.share;
        let y = self.to_out.apply(seen.clone(), Prologue::Nothing, after);
        out.added_to(y, &seen, share)
    }
}

/// Scaled dot-product attention: queries `[n, s, heads·d]` to the same shape, keys and values `[1 or n, t, heads·d]`
/// with a length of their own. `mask` is added to the scores, `[1 or n, 1 or heads, 1 or s, t]`.
pub(super) fn multi_head(
    q: Tensor<3>,
    k: Tensor<3>,
    v: Tensor<3>,
    heads: usize,
    mask: Option<Tensor<4>>,
) -> Tensor<3> {
    let [n, s, c] = q.dims();
    let t = k.dims()[1];
    // [n, s, heads·d] -> [n, heads, s, d]
    let split = |x: Tensor<3>| {
        let [batch, length, _] = x.dims();
        x.reshape([batch, length, heads, c / heads]).swap_dims(1, 2)
    };
    // Keys shared by all frames are expanded as views.
    let shared = |x: Tensor<3>| split(x).expand([n, heads, t, c / heads]);
    let mask = mask.map(|mask| mask.expand([n, heads, s, t]));
    let out = attention(split(q), shared(k), shared(v), mask);
    // [n, heads, s, d] -> [n, s, heads·d]
    out.swap_dims(1, 2).reshape([n, s, c])
}
