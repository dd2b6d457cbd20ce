//! Names and shapes of every tensor a configuration calls for, as diffusers and transformers name
//! them.
//!
//! Owns the list; knows nothing of files. The networks compare themselves with it in tests, and
//! `inspect` uses it to judge a file without building a network.

use super::config::{ClipVisionConfig, UnetConfig, VaeConfig};

/// Names and shapes, in no particular order.
pub type Census = Vec<(String, Vec<usize>)>;

/// Collects names under a prefix.
struct Lister {
    list: Census,
}

impl Lister {
    fn add(&mut self, name: String, shape: &[usize]) {
        self.list.push((name, shape.to_vec()));
    }

    /// Weight of the given shape and a bias of its first dimension.
    fn affine(&mut self, module: &str, shape: &[usize]) {
        self.add(format!("{module}.weight"), shape);
        self.add(format!("{module}.bias"), &shape[..1]);
    }

    fn norm(&mut self, module: &str, width: usize) {
        self.affine(module, &[width]);
    }

    /// Two linear layers of an embedding.
    fn embedding(&mut self, module: &str, input: usize, inner: usize, output: usize) {
        self.affine(&format!("{module}.linear_1"), &[inner, input]);
        self.affine(&format!("{module}.linear_2"), &[output, inner]);
    }

    /// `ResnetBlock2D`; `time` is the width of the time embedding.
    fn resnet(&mut self, module: &str, input: usize, output: usize, time: Option<usize>) {
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
    fn video_resnet(&mut self, module: &str, input: usize, output: usize, time: Option<usize>) {
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
    fn attention(&mut self, module: &str, width: usize, context: usize) {
        self.add(format!("{module}.to_q.weight"), &[width, width]);
        self.add(format!("{module}.to_k.weight"), &[width, context]);
        self.add(format!("{module}.to_v.weight"), &[width, context]);
        self.affine(&format!("{module}.to_out.0"), &[width, width]);
    }

    /// GEGLU feed-forward.
    fn feed_forward(&mut self, module: &str, width: usize) {
        self.affine(&format!("{module}.net.0.proj"), &[8 * width, width]);
        self.affine(&format!("{module}.net.2"), &[width, 4 * width]);
    }

    /// `TransformerSpatioTemporalModel`.
    fn transformer(&mut self, module: &str, width: usize, context: usize, depth: usize) {
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

    /// The middle block of an autoencoder's attention: one head, biases everywhere.
    fn mid_attention(&mut self, module: &str, width: usize) {
        self.norm(&format!("{module}.group_norm"), width);
        for name in ["to_q", "to_k", "to_v", "to_out.0"] {
            self.affine(&format!("{module}.{name}"), &[width, width]);
        }
    }

    /// `UNetMidBlock2D`.
    fn plain_mid(&mut self, module: &str, width: usize, attends: bool) {
        for i in 0..2 {
            self.resnet(&format!("{module}.resnets.{i}"), width, width, None);
        }
        if attends {
            self.mid_attention(&format!("{module}.attentions.0"), width);
        }
    }
}

/// Every tensor of `UNetSpatioTemporalConditionModel`.
#[must_use]
pub fn unet(config: &UnetConfig) -> Census {
    let mut out = Lister { list: Vec::new() };
    let widths = &config.block_out_channels;
    let (Some(&first), Some(&last)) = (widths.first(), widths.last()) else {
        return out.list;
    };
    let time = config.time_embed_dim();
    let levels = widths.len();
    out.affine("conv_in", &[first, config.in_channels, 3, 3]);
    out.embedding("time_embedding", first, time, time);
    let added = config.projection_class_embeddings_input_dim;
    out.embedding("add_embedding", added, time, time);
    let mut input = first;
    for (level, &width) in widths.iter().enumerate() {
        let block = format!("down_blocks.{level}");
        for layer in 0..config.layers(level) {
            out.video_resnet(
                &format!("{block}.resnets.{layer}"),
                input,
                width,
                Some(time),
            );
            if config.down_attends(level) {
                let depth = config.depth(level, layer);
                out.transformer(
                    &format!("{block}.attentions.{layer}"),
                    width,
                    config.context(level),
                    depth,
                );
            }
            input = width;
        }
        if level + 1 < levels {
            out.affine(
                &format!("{block}.downsamplers.0.conv"),
                &[width, width, 3, 3],
            );
        }
    }
    for i in 0..2 {
        out.video_resnet(&format!("mid_block.resnets.{i}"), last, last, Some(time));
    }
    let depth = config.depth(levels - 1, 0);
    out.transformer(
        "mid_block.attentions.0",
        last,
        config.context(levels - 1),
        depth,
    );
    unet_up(&mut out, config, time);
    out.norm("conv_norm_out", first);
    out.affine("conv_out", &[config.out_channels, first, 3, 3]);
    out.list
}

fn unet_up(out: &mut Lister, config: &UnetConfig, time: usize) {
    let widths = &config.block_out_channels;
    let levels = widths.len();
    for index in 0..levels {
        let level = levels - 1 - index;
        let block = format!("up_blocks.{index}");
        let width = widths[level];
        let below = widths[(level + 1).min(levels - 1)];
        let layers = config.layers(level);
        for layer in 0..=layers {
            let hidden = if layer == 0 { below } else { width };
            let skip = if layer == layers {
                widths[level.saturating_sub(1)]
            } else {
                width
            };
            out.video_resnet(
                &format!("{block}.resnets.{layer}"),
                hidden + skip,
                width,
                Some(time),
            );
            if config.up_attends(level) {
                let depth = config.depth(level, layer);
                out.transformer(
                    &format!("{block}.attentions.{layer}"),
                    width,
                    config.context(level),
                    depth,
                );
            }
        }
        if level > 0 {
            out.affine(&format!("{block}.upsamplers.0.conv"), &[width, width, 3, 3]);
        }
    }
}

/// Every tensor of the autoencoder, temporal or plain.
#[must_use]
pub fn vae(config: &VaeConfig) -> Census {
    let mut out = Lister { list: Vec::new() };
    let widths = &config.block_out_channels;
    let (Some(&first), Some(&last)) = (widths.first(), widths.last()) else {
        return out.list;
    };
    let latent = config.latent_channels;
    out.affine("encoder.conv_in", &[first, config.in_channels, 3, 3]);
    let mut input = first;
    for (level, &width) in widths.iter().enumerate() {
        let block = format!("encoder.down_blocks.{level}");
        for layer in 0..config.layers_per_block {
            out.resnet(&format!("{block}.resnets.{layer}"), input, width, None);
            input = width;
        }
        if level + 1 < widths.len() {
            out.affine(
                &format!("{block}.downsamplers.0.conv"),
                &[width, width, 3, 3],
            );
        }
    }
    out.plain_mid("encoder.mid_block", last, config.mid_attends());
    out.norm("encoder.conv_norm_out", last);
    out.affine("encoder.conv_out", &[2 * latent, last, 3, 3]);
    if config.use_quant_conv {
        out.affine("quant_conv", &[2 * latent, 2 * latent, 1, 1]);
    }
    if config.has_post_quant_conv() {
        out.affine("post_quant_conv", &[latent, latent, 1, 1]);
    }
    decoder(&mut out, config);
    out.list
}

fn decoder(out: &mut Lister, config: &VaeConfig) {
    let widths = &config.block_out_channels;
    let (first, last) = (widths[0], widths[widths.len() - 1]);
    out.affine("decoder.conv_in", &[last, config.latent_channels, 3, 3]);
    if config.is_temporal() {
        for i in 0..config.layers_per_block {
            out.video_resnet(&format!("decoder.mid_block.resnets.{i}"), last, last, None);
        }
        out.mid_attention("decoder.mid_block.attentions.0", last);
    } else {
        out.plain_mid("decoder.mid_block", last, config.mid_attends());
    }
    let mut input = last;
    for (index, &width) in widths.iter().rev().enumerate() {
        let block = format!("decoder.up_blocks.{index}");
        for layer in 0..=config.layers_per_block {
            let module = format!("{block}.resnets.{layer}");
            if config.is_temporal() {
                out.video_resnet(&module, input, width, None);
            } else {
                out.resnet(&module, input, width, None);
            }
            input = width;
        }
        if index + 1 < widths.len() {
            out.affine(&format!("{block}.upsamplers.0.conv"), &[width, width, 3, 3]);
        }
    }
    out.norm("decoder.conv_norm_out", first);
    out.affine("decoder.conv_out", &[config.out_channels, first, 3, 3]);
    if config.is_temporal() {
        let channels = config.out_channels;
        out.affine("decoder.time_conv_out", &[channels, channels, 3, 1, 1]);
    }
}

/// Every tensor of `CLIPVisionModelWithProjection`.
#[must_use]
pub fn image_encoder(config: &ClipVisionConfig) -> Census {
    let mut out = Lister { list: Vec::new() };
    let width = config.hidden_size;
    let patch = config.patch_size;
    let embeddings = "vision_model.embeddings";
    out.add(format!("{embeddings}.class_embedding"), &[width]);
    out.add(
        format!("{embeddings}.patch_embedding.weight"),
        &[width, config.num_channels, patch, patch],
    );
    out.add(
        format!("{embeddings}.position_embedding.weight"),
        &[config.positions(), width],
    );
    out.norm("vision_model.pre_layrnorm", width);
    out.norm("vision_model.post_layernorm", width);
    for i in 0..config.num_hidden_layers {
        let layer = format!("vision_model.encoder.layers.{i}");
        for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            out.affine(&format!("{layer}.self_attn.{name}"), &[width, width]);
        }
        out.norm(&format!("{layer}.layer_norm1"), width);
        out.norm(&format!("{layer}.layer_norm2"), width);
        out.affine(
            &format!("{layer}.mlp.fc1"),
            &[config.intermediate_size, width],
        );
        out.affine(
            &format!("{layer}.mlp.fc2"),
            &[width, config.intermediate_size],
        );
    }
    out.add(
        "visual_projection.weight".to_owned(),
        &[config.projection_dim, width],
    );
    out.list
}
