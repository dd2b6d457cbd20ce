//! Attention to a context: the tokens of another network, such as a picture's embedding or a prompt.
//!
//! The context has a length and a width of its own, and may carry a mask. What of it does not depend on the queries is
//! worked out once per generation, as a [`BlockContext`].

use burn::tensor::Tensor;

use super::attention::multi_head;
use super::layers::{LayerNorm, Linear, declare_layer_norm};
use crate::error::ModelError;
use crate::kernels::layer::{Epilogue, Prologue};
use crate::model::weights::Loader;

/// How many tokens a network is built to attend to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextTokens {
    /// One, always: its attention is a constant, and queries, keys and their norm are not kept.
    One,
    /// Any number.
    Several,
}

/// The context that a block attends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextShape {
    /// Channels of a context token.
    pub width: usize,
    /// How many tokens there may be.
    pub tokens: ContextTokens,
}

impl ContextShape {
    /// A single token, such as a picture's embedding.
    #[must_use]
    pub fn one(width: usize) -> Self {
        Self {
            width,
            tokens: ContextTokens::One,
        }
    }

    /// Any number of tokens, such as a prompt's.
    #[must_use]
    pub fn several(width: usize) -> Self {
        Self {
            width,
            tokens: ContextTokens::Several,
        }
    }
}

/// What one block knows of the context, whatever its tokens `x` are.
#[derive(Clone, Debug)]
pub struct BlockContext(Known);

#[derive(Clone, Debug)]
enum Known {
    /// What attention to a single token adds to every `x`, `[1, 1, c]`.
    Constant(Tensor<3>),
    Tokens(KeysValues),
}

/// Keys and values of a context, `[1 or f, n, c]` each, with the mask that belongs to it.
#[derive(Clone, Debug)]
pub struct KeysValues {
    keys: Tensor<3>,
    values: Tensor<3>,
    mask: Option<Tensor<4>>,
}

impl BlockContext {
    /// What is added to every token of `x` beside its self-attention; `None` where attention has to run.
    pub(super) fn constant(&self) -> Option<Tensor<3>> {
        match &self.0 {
            Known::Constant(added) => Some(added.clone()),
            Known::Tokens(_) => None,
        }
    }
}

/// `attn2` of a transformer block with the norm before it, for a context of one token or of several.
pub(super) struct ContextAttention(Kind);

enum Kind {
    One(SingleTokenAttention),
    Several(Box<(LayerNorm, CrossAttention)>),
}

impl ContextAttention {
    /// Reads `attn2`, and `norm2` where it is of use.
    pub(super) fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        context: ContextShape,
        eps: f64,
    ) -> Result<Self, ModelError> {
        let (norm, attention) = (at.at("norm2"), at.at("attn2"));
        Ok(Self(match context.tokens {
            ContextTokens::One => {
                declare_layer_norm(&norm, width);
                Kind::One(SingleTokenAttention::load(
                    &attention,
                    width,
                    context.width,
                )?)
            }
            ContextTokens::Several => Kind::Several(Box::new((
                LayerNorm::load(&norm, width, eps)?,
                CrossAttention::load(&attention, width, context.width, heads)?,
            ))),
        }))
    }

    /// Everything that no step changes, from tokens `[1 or f, n, context]` and their mask
    /// ([`CrossAttention::keys_values`]).
    ///
    /// # Panics
    /// When it was loaded for a single token and is given several, or a mask: a fault of the caller.
    pub(super) fn context(&self, tokens: &Tensor<3>, mask: Option<&Tensor<4>>) -> BlockContext {
        BlockContext(match &self.0 {
            Kind::One(attention) => {
                let [batch, count, width] = tokens.dims();
                assert!(
                    batch * count == 1 && mask.is_none(),
                    "attention to one context token is given {batch}·{count} of them"
                );
                Known::Constant(attention.constant(tokens.clone().reshape([1, width])))
            }
            Kind::Several(several) => Known::Tokens(several.1.keys_values(tokens, mask)),
        })
    }

    /// `x` with attention to the context added, `[f, s, c]`; a constant is already part of `x`.
    pub(super) fn added(&self, x: Tensor<3>, context: &BlockContext) -> Tensor<3> {
        match (&self.0, &context.0) {
            (Kind::Several(several), Known::Tokens(known)) => {
                let (norm, attention) = &**several;
                let after = Epilogue::added_to(x.clone());
                attention.forward(x, norm.before(), known, after)
            }
            _ => x,
        }
    }
}

/// Attention to a single context token, which is a constant.
///
/// The softmax over one key is exactly one, so the result is `to_out(to_v(context))` whatever the
/// query (spec §1.6). Query and key weights are part of the format and are not kept.
struct SingleTokenAttention {
    to_v: Linear,
    to_out: Linear,
}

impl SingleTokenAttention {
    fn load(at: &Loader<'_>, width: usize, context_width: usize) -> Result<Self, ModelError> {
        at.declare("to_q.weight", &[width, width]);
        at.declare("to_k.weight", &[width, context_width]);
        Ok(Self {
            to_v: Linear::load_unbiased(&at.at("to_v"), context_width, width)?,
            to_out: Linear::load(&at.at("to_out.0"), width, width)?,
        })
    }

    /// The vector that this attention adds to every token: `[1, context]` to `[1, 1, c]`.
    fn constant(&self, context: Tensor<2>) -> Tensor<3> {
        self.to_out
            .forward(self.to_v.forward(context))
            .unsqueeze_dim(0)
    }
}

/// Attention of tokens to the tokens of a context, whose number and width are their own:
/// `to_out(softmax(q·kᵀ/√d + mask)·v)` with `q` of the tokens, `k` and `v` of the context.
///
/// diffusers' `Attention` with `cross_attention_dim` (models/attention_processor.py): no biases but the output's.
pub struct CrossAttention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: usize,
}

impl CrossAttention {
    /// Reads `to_q`, `to_k`, `to_v` and `to_out.0`; `width` channels of the tokens are shared among `heads`.
    ///
    /// # Errors
    /// As [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        width: usize,
        context_width: usize,
        heads: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            to_q: Linear::load_unbiased(&at.at("to_q"), width, width)?,
            to_k: Linear::load_unbiased(&at.at("to_k"), context_width, width)?,
            to_v: Linear::load_unbiased(&at.at("to_v"), context_width, width)?,
            to_out: Linear::load(&at.at("to_out.0"), width, width)?,
            heads,
        })
    }

    /// Keys and values of a context `[1 or f, n, context]`: the same for every frame, or one for each.
    ///
    /// `mask` is added to the scores before the softmax, `[1 or f, 1 or heads, 1 or s, n]`; minus infinity hides a
    /// token, and at least one token of each row must be left.
    #[must_use]
    pub fn keys_values(&self, context: &Tensor<3>, mask: Option<&Tensor<4>>) -> KeysValues {
        KeysValues {
            keys: self.to_k.forward(context.clone()),
            values: self.to_v.forward(context.clone()),
            mask: mask.cloned(),
        }
    }

    /// Tokens `[f, s, c]` to the same shape, with what stands before and after.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        before: Prologue<'_>,
        context: &KeysValues,
        after: Epilogue<3>,
    ) -> Tensor<3> {
        let q = self.to_q.apply(x, before, Epilogue::default());
        let (k, v) = (context.keys.clone(), context.values.clone());
        let seen = multi_head(q, k, v, self.heads, context.mask.clone());
        self.to_out.apply(seen, Prologue::Nothing, after)
    }

    /// Tokens `[f, s, c]` to the same shape.
    #[must_use]
    pub fn attend(&self, x: Tensor<3>, context: &KeysValues) -> Tensor<3> {
        self.forward(x, Prologue::Nothing, context, Epilogue::default())
    }
}
