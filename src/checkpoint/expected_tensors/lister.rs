//! Lists names and shapes block by block.

/// Names and shapes, in no particular order.
pub type ExpectedTensors = Vec<(String, Vec<usize>)>;

/// Collects names under a prefix.
#[derive(Default)]
pub(super) struct Lister {
    pub(super) list: ExpectedTensors,
}

impl Lister {
    pub(super) fn add(&mut self, name: String, shape: &[usize]) {
        self.list.push((name, shape.to_vec()));
    }

    /// Weight of the given shape and a bias of its first dimension.
    pub(super) fn affine(&mut self, module: &str, shape: &[usize]) {
        self.add(format!("{module}.weight"), shape);
        self.add(format!("{module}.bias"), &shape[..1]);
    }

    pub(super) fn norm(&mut self, module: &str, width: usize) {
        self.affine(module, &[width]);
    }

    /// Two linear layers of an embedding.
    pub(super) fn embedding(&mut self, module: &str, input: usize, inner: usize, output: usize) {
        self.affine(&format!("{module}.linear_1"), &[inner, input]);
        self.affine(&format!("{module}.linear_2"), &[output, inner]);
    }

    /// `ResnetBlock2D`; `time` is the width of the time embedding.
    pub(super) fn resnet(
        &mut self,
        module: &str,
        input: usize,
        output: usize,
        time: Option<usize>,
    ) {
        self.norm(&format!("{module}.norm1"), input);
        self.affine(&format!("{module}.conv1"), &[output, input, 3, 3]);
        if let Some(time) = time {
            self.affine(&format!("{module}.time_emb_proj"), &[output, time]);
        }
        self.norm(&format!("{module}.norm2"), output);
        self.affine(&format!("{module}.conv2"), &[output, output, 3, 3]);
        if input != output {
            self.affine(&format!("{module}.conv_shortcut"), &[output, input, 1, 1]);
        }
    }

    /// `SpatioTemporalResBlock`.
    pub(super) fn video_resnet(
        &mut self,
        module: &str,
        input: usize,
        output: usize,
        time: Option<usize>,
    ) {
        self.resnet(&format!("{module}.spatial_res_block"), input, output, time);
        let temporal = format!("{module}.temporal_res_block");
        for layer in [1, 2] {
            self.norm(&format!("{temporal}.norm{layer}"), output);
            self.affine(
                &format!("{temporal}.conv{layer}"),
                &[output, output, 3, 1, 1],
            );
        }
        if let Some(time) = time {
            self.affine(&format!("{temporal}.time_emb_proj"), &[output, time]);
        }
        self.add(format!("{module}.time_mixer.mix_factor"), &[1]);
    }

    /// `Attention` without biases except in the output.
    pub(super) fn attention(&mut self, module: &str, width: usize, context: usize) {
        self.add(format!("{module}.to_q.weight"), &[width, width]);
        self.add(format!("{module}.to_k.weight"), &[width, context]);
        self.add(format!("{module}.to_v.weight"), &[width, context]);
        self.affine(&format!("{module}.to_out.0"), &[width, width]);
    }

    /// GEGLU feed-forward.
    pub(super) fn feed_forward(&mut self, module: &str, width: usize) {
        self.affine(&format!("{module}.net.0.proj"), &[8 * width, width]);
        self.affine(&format!("{module}.net.2"), &[width, 4 * width]);
    }

    /// `TransformerSpatioTemporalModel`.
    pub(super) fn transformer(&mut self, module: &str, width: usize, context: usize, depth: usize) {
        self.norm(&format!("{module}.norm"), width);
        self.affine(&format!("{module}.proj_in"), &[width, width]);
        self.affine(&format!("{module}.proj_out"), &[width, width]);
        self.embedding(&format!("{module}.time_pos_embed"), width, 4 * width, width);
        self.add(format!("{module}.time_mixer.mix_factor"), &[1]);
        for i in 0..depth {
            let temporal = format!("{module}.temporal_transformer_blocks.{i}");
            self.norm(&format!("{temporal}.norm_in"), width);
            self.feed_forward(&format!("{temporal}.ff_in"), width);
            for block in [format!("{module}.transformer_blocks.{i}"), temporal] {
                self.attention(&format!("{block}.attn1"), width, width);
                self.attention(&format!("{block}.attn2"), width, context);
                self.feed_forward(&format!("{block}.ff"), width);
                for norm in 1..=3 {
                    self.norm(&format!("{block}.norm{norm}"), width);
                }
            }
        }
    }

    /// A layer of a CLIP tower.
    pub(super) fn clip_layer(&mut self, module: &str, width: usize, inner: usize) {
        for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            self.affine(&format!("{module}.self_attn.{name}"), &[width, width]);
        }
        self.norm(&format!("{module}.layer_norm1"), width);
        self.norm(&format!("{module}.layer_norm2"), width);
        self.affine(&format!("{module}.mlp.fc1"), &[inner, width]);
        self.affine(&format!("{module}.mlp.fc2"), &[width, inner]);
    }

    /// The attention in the middle of an autoencoder: one head, biases everywhere.
    pub(super) fn mid_attention(&mut self, module: &str, width: usize) {
        self.norm(&format!("{module}.group_norm"), width);
        for name in ["to_q", "to_k", "to_v", "to_out.0"] {
            self.affine(&format!("{module}.{name}"), &[width, width]);
        }
    }

    /// `UNetMidBlock2D`.
    pub(super) fn plain_mid(&mut self, module: &str, width: usize, attends: bool) {
        for i in 0..2 {
            self.resnet(&format!("{module}.resnets.{i}"), width, width, None);
        }
        if attends {
            self.mid_attention(&format!("{module}.attentions.0"), width);
        }
    }
}
