//! Residual blocks within frames and across them, blended.
//!
//! diffusers' `SpatioTemporalResBlock` and `TemporalResnetBlock` (models/resnet.py); spec §1.4, §2.2.

use burn::tensor::Tensor;

use super::layers::{Conv2d, GroupNorm, Linear, across_frames, within_frames};
use super::resnet::{ResnetBlock2d, ResnetShape, projected};
use super::time_mixer::Mixing;
use crate::error::ModelError;
use crate::kernels::alpha_blend;
use crate::kernels::alpha_blend::Part;
use crate::kernels::layer::Epilogue;
use crate::model::weights::Loader;

/// Two convolutions across frames, without the residual: `u` of `r = s + u`.
struct TemporalResnetBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
}

impl TemporalResnetBlock {
    fn load(
        at: &Loader<'_>,
        width: usize,
        time: Option<usize>,
        eps: f64,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            norm1: GroupNorm::load(&at.at("norm1"), width, eps)?,
            conv1: Conv2d::load_temporal(&at.at("conv1"), width, width)?,
            time_emb_proj: time
                .map(|inputs| Linear::load(&at.at("time_emb_proj"), inputs, width))
                .transpose()?,
            norm2: GroupNorm::load(&at.at("norm2"), width, eps)?,
            conv2: Conv2d::load_temporal(&at.at("conv2"), width, width)?,
        })
    }

    /// `[1, c, f, s]` to `[1, c, f, s]`; norms span the frames.
    fn forward(&self, x: Tensor<4>, time: Option<&Tensor<2>>, after: Epilogue<4>) -> Tensor<4> {
        let shift = projected(self.time_emb_proj.as_ref(), time);
        let before = self.norm1.silu_before();
        let y = self
            .conv1
            .apply(vec![x], before, Epilogue::default().shifted(shift));
        self.conv2.apply(vec![y], self.norm2.silu_before(), after)
    }
}

/// A residual block within frames followed by one across frames, blended.
pub struct SpatioTemporalResBlock {
    spatial_res_block: ResnetBlock2d,
    temporal_res_block: TemporalResnetBlock,
    /// Weight of the temporal update `u` in `s + share·u`.
    temporal_share: f32,
}

impl SpatioTemporalResBlock {
    /// Reads `spatial_res_block`, `temporal_res_block` and `time_mixer`. The two blocks can differ in the epsilon of
    /// their norms.
    ///
    /// # Errors
    /// Same as [`Loader::parameter`].
    pub fn load(
        at: &Loader<'_>,
        shape: ResnetShape,
        spatial_eps: f64,
        temporal_eps: f64,
        mixing: Mixing,
    ) -> Result<Self, ModelError> {
        let temporal_share = mixing.temporal_share(at)?;
        Ok(Self {
            spatial_res_block: ResnetBlock2d::load(
                &at.at("spatial_res_block"),
                shape,
                spatial_eps,
            )?,
            temporal_res_block: TemporalResnetBlock::load(
                &at.at("temporal_res_block"),
                shape.outputs,
                shape.time,
                temporal_eps,
            )?,
            temporal_share,
        })
    }

    /// `[f, inputs, h, w]` to `[f, outputs, h, w]`; `time` is the activated embedding `[1, t]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>, time: Option<&Tensor<2>>) -> Tensor<4> {
        self.forward_joined(vec![x], time)
    }

    /// [`SpatioTemporalResBlock::forward`] of an input, or of an input and a skip concatenated over channels.
    pub(crate) fn forward_joined(&self, x: Vec<Tensor<4>>, time: Option<&Tensor<2>>) -> Tensor<4> {
        let s = self.spatial_res_block.forward_joined(x, time);
        let [f, c, h, w] = s.dims();
        let across = across_frames(s.clone());
        // α·s + (1−α)·(s + u) = s + (1−α)·u (spec §1.6)
        if self.temporal_res_block.conv2.is_packed() {
            let after = Epilogue {
                share: self.temporal_share,
                ..Epilogue::added_to(across.clone())
            };
            drop(s);
            let blended = self.temporal_res_block.forward(across, time, after);
            return within_frames(blended, [h, w]);
        }
        let u = self
            .temporal_res_block
            .forward(across, time, Epilogue::default());
        alpha_blend(
            Part::new(s.reshape([1, f, c, h * w]), 1.0),
            // [1, c, f, s] -> [1, f, c, s]
            Part::new(u.swap_dims(1, 2), self.temporal_share),
            None,
        )
        .reshape([f, c, h, w])
    }
}
