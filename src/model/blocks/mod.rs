//! Building blocks of networks, for any family: layers, attention, residual and transformer blocks, embeddings,
//! resizing.
//!
//! Each block is loaded by diffusers' names below its own prefix, and must not depend on the network around it.

mod attention;
mod by_frame;
mod cross_attention;
mod embeddings;
mod feed_forward;
mod layers;
mod resize;
mod resnet;
mod temporal_transformer_block;
mod time_mixer;
mod transformer_block;
mod video_resnet;

pub(crate) use attention::{FramePositions, Projections, SelfAttention};
pub use cross_attention::{BlockContext, ContextShape, ContextTokens, CrossAttention, KeysValues};
pub(crate) use embeddings::sinusoids;
pub use embeddings::{TimestepEmbedding, sinusoid};
pub(crate) use feed_forward::FeedForward;
pub(crate) use layers::{
    Conv2d, GroupNorm, LayerNorm, Linear, NORM_GROUPS, across_frames, with_rows, within_frames,
};
pub use resize::{DownPadding, Downsample2d, Upsample2d};
pub use resnet::{ResnetBlock2d, ResnetShape};
pub(crate) use temporal_transformer_block::TemporalBasicTransformerBlock;
pub use time_mixer::Mixing;
pub use transformer_block::BasicTransformerBlock;
pub(crate) use transformer_block::LAYER_NORM_EPS;
pub use video_resnet::SpatioTemporalResBlock;
