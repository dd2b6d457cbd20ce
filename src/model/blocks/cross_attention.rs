//! Cross-attention to a context: the tokens of another network, such as a picture's embedding or a prompt.
//!
//! The context has its own length and width, and may have a mask. Everything that does not depend on the queries is
//! computed once per generation, as a [`BlockContext`].

use burn::tensor::Tensor;

use super::attention::multi_head;
use super::layers::{LayerNorm, Linear, declare_layer_norm};
use crate::error::ModelError;
use crate::kernels::cpu_tensor;
use crate::kernels::layer::{Epilogue, Prologue};
use crate::model::weights::Loader;

/// How many context tokens a network is loaded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextTokens {
    /// Always one. Attention is then a constant, and the weights of query, key and their norm are not loaded.
    One,
    /// Any number.
    Several,
}

/// The shape of the context that a block attends to.
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

/// The part of a block's cross-attention that does not depend on its queries.
#[derive(Clone, Debug)]
pub struct BlockContext(Known);

#[derive(Clone, Debug)]
enum Known {
    /// What attention to a single token adds to every query token, `[1, 1, c]`.
    Constant(Box<Tensor<3>>),
    Tokens(Box<KeysValues>),
}

/// Keys and values of a context, `[1 or f, n, c]` each, with the mask that belongs to it.
#[derive(Clone, Debug)]
pub struct KeysValues {
    keys: Tensor<3>,
    values: Tensor<3>,
    mask: Option<Tensor<4>>,
}

impl BlockContext {
    /// The constant to add to every token; `None` if attention has to be computed.
    pub(super) fn constant(&self) -> Option<Tensor<3>> {
        match &self.0 {
            Known::Constant(added) => Some(added.as_ref().clone()),
            Known::Tokens(_) => None,
        }
    }
}

/// `attn2` of a transformer block and the norm before it, for one context token or several.
pub(super) enum ContextAttention {
    One(Box<SingleTokenAttention>),
    Several(Box<(LayerNorm, CrossAttention)>),
}

impl ContextAttention {
    /// Reads `attn2`, and `norm2` if it is needed.
    pub(super) fn load(
        at: &Loader<'_>,
        width: usize,
        heads: usize,
        context: ContextShape,
        eps: f64,
    ) -> Result<Self, ModelError> {
        let (norm, attention) = (at.at("norm2"), at.at("attn2"));
        Ok(match context.tokens {
            ContextTokens::One => {
                declare_layer_norm(&norm, width);
                let attention = SingleTokenAttention::load(&attention, width, context.width)?;
                Self::One(Box::new(attention))
            }
            ContextTokens::Several => Self::Several(Box::new((
                LayerNorm::load(&norm, width, eps)?,
                CrossAttention::load(&attention, width, context.width, heads)?,
            ))),
        })
    }

    /// Prepares context tokens `[1 or f, n, context]` and their mask; see [`CrossAttention::keys_values`].
    ///
    /// # Panics
    /// If it was loaded for a single token and is given several, or a mask.
    pub(super) fn context(&self, tokens: &Tensor<3>, mask: Option<&Tensor<4>>) -> BlockContext {
        BlockContext(match self {
            Self::One(attention) => {
                let [batch, count, width] = tokens.dims();
                assert!(
                    batch * count == 1 && mask.is_none(),
                    "attention to one context token is given {batch}·{count} of them"
                );
                let token = tokens.clone().reshape([1, width]);
                Known::Constant(Box::new(attention.constant(token)))
            }
            Self::Several(several) => Known::Tokens(Box::new(several.1.keys_values(tokens, mask))),
        })
    }

    /// Adds attention to the context to `x` `[f, s, c]`. A constant has already been added by the caller.
    pub(super) fn added(&self, x: Tensor<3>, context: &BlockContext) -> Tensor<3> {
        match (self, &context.0) {
            (Self::Several(several), Known::Tokens(known)) => {
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
/// The softmax over one key is exactly one, so the result is `to_out(to_v(context))` whatever the query (spec §1.6).
/// Query and key weights are part of the format but are not kept in memory.
pub(super) struct SingleTokenAttention {
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

/// Attention of tokens to context tokens: `to_out(softmax(q·kᵀ/√d + mask)·v)`, with `q` from the tokens, `k` and `v`
/// from the context.
///
/// diffusers' `Attention` with `cross_attention_dim` (models/attention_processor.py): only the output has a bias.
pub struct CrossAttention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: usize,
}

impl CrossAttention {
    /// Reads `to_q`, `to_k`, `to_v` and `to_out.0`. `width` is the number of channels of all `heads` together.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
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

    /// Keys and values of a context `[1 or f, n, context]`, shared by all frames or with one context per frame.
    ///
    /// `mask` is added to the scores before the softmax, `[1 or f, 1 or heads, 1 or s, n]`. Minus infinity hides a
    /// token; at least one token must stay visible to every query.
    #[must_use]
    pub fn keys_values(&self, context: &Tensor<3>, mask: Option<&Tensor<4>>) -> KeysValues {
        KeysValues {
            keys: self.to_k.forward(context.clone()),
            values: self.to_v.forward(context.clone()),
            mask: mask.cloned(),
        }
    }

    /// Tokens `[f, s, c]` to the same shape, with the operations before and after.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        before: Prologue<'_>,
        context: &KeysValues,
        after: Epilogue<3>,
    ) -> Tensor<3> {
        let q = self.to_q.apply(x, before, Epilogue::default());
        let (k, v) = (context.keys.clone(), context.values.clone());
        let seen = match &context.mask {
            // burn's attention would free the buffer of the queries, which the pool counts as in use to the end of the
            // pass (decision 15).
            None if self.to_q.packed().is_some() => {
                cpu_tensor::attention_to_context([q, k, v], self.heads)
            }
            mask => multi_head(q, k, v, self.heads, mask.clone()),
        };
        self.to_out.apply(seen, Prologue::Nothing, after)
    }

    /// Tokens `[f, s, c]` to the same shape.
    #[must_use]
    pub fn attend(&self, x: Tensor<3>, context: &KeysValues) -> Tensor<3> {
        self.forward(x, Prologue::Nothing, context, Epilogue::default())
    }
}
