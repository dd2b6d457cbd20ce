//! Every block alone, compared with diffusers', one video of a batch at a time.
//!
//! Fixtures called small keep their signals so weak that the norms' eps affects the result (`tests/golden/README.md`).

use burn::tensor::Tensor;
use burn::tensor::activation::silu;
use kinora::checkpoint::ClipVisionConfig;
use kinora::checkpoint::config::HiddenActivation;
use kinora::model::autoencoder::VaeAttention;
use kinora::model::blocks::{
    ContextShape, DownPadding, Downsample2d, Mixing, ResnetBlock2d, ResnetShape,
    SpatioTemporalResBlock, Upsample2d,
};
use kinora::model::clip::EncoderLayer;
use kinora::model::svd::TransformerSpatioTemporal;
use serde_json::Value;

use super::built;
use crate::support::{BLOCK_BOUND, Fixture, assert_near, cpu, values};

/// A block's fixture with its configuration.
struct Block {
    fixture: Fixture,
    config: Value,
}

impl Block {
    fn open(name: &str) -> Self {
        let fixture = Fixture::open(&format!("blocks/{name}.safetensors"));
        let config = fixture.note("config");
        Self { fixture, config }
    }

    fn count(&self, field: &str) -> usize {
        self.config[field].as_u64().expect(field) as usize
    }

    fn eps(&self, field: &str) -> f64 {
        self.config[field].as_f64().expect(field)
    }
}

/// The rows of video `index` in `[b·f, c, h, w]`.
fn video(x: &Tensor<4>, index: usize, frames: usize) -> Tensor<4> {
    x.clone().narrow(0, index * frames, frames)
}

/// Passes each video of `x`, with its index, through `run`; returns all values in one row.
fn each_video(
    x: &Tensor<4>,
    frames: usize,
    run: impl Fn(Tensor<4>, usize) -> Tensor<4>,
) -> Vec<f32> {
    let videos = x.dims()[0] / frames;
    (0..videos)
        .flat_map(|i| values(run(video(x, i, frames), i)))
        .collect()
}

#[test]
fn res_blocks_of_the_unet() {
    for name in ["res_block_unet", "res_block_unet_small"] {
        let block = Block::open(name);
        let shape = ResnetShape::timed(
            block.count("in_channels"),
            block.count("out_channels"),
            block.count("temb_channels"),
        );
        let eps = block.eps("eps");
        let weights = block.fixture.weights("weights.");
        let network = built(&weights, |at| {
            SpatioTemporalResBlock::load(at, shape, eps, eps, Mixing::SpatialShare)
        });
        // diffusers activates the embedding in every block; ours is activated once, before all blocks.
        let time = silu(block.fixture.tensor::<2>("input.temb"));
        let found = each_video(
            &block.fixture.tensor("input.x"),
            block.count("frames"),
            |x, i| network.forward(x, Some(&time.clone().narrow(0, i, 1))),
        );
        assert_near(name, &found, &block.fixture.values("expected"), BLOCK_BOUND);
    }
}

#[test]
fn res_blocks_of_the_temporal_decoder() {
    for name in ["res_block_vae", "res_block_vae_small"] {
        let block = Block::open(name);
        let shape = ResnetShape::untimed(block.count("in_channels"), block.count("out_channels"));
        let (spatial, temporal) = (block.eps("eps"), block.eps("temporal_eps"));
        let weights = block.fixture.weights("weights.");
        let network = built(&weights, |at| {
            SpatioTemporalResBlock::load(at, shape, spatial, temporal, Mixing::TemporalShare)
        });
        let x = block.fixture.tensor("input.x");
        let found = each_video(&x, block.count("frames"), |x, _| network.forward(x, None));
        assert_near(name, &found, &block.fixture.values("expected"), BLOCK_BOUND);
    }
}

#[test]
fn res_block_of_the_image_autoencoder() {
    let block = Block::open("res_block_2d");
    let shape = ResnetShape::untimed(block.count("in_channels"), block.count("out_channels"));
    let weights = block.fixture.weights("weights.");
    let network = built(&weights, |at| {
        ResnetBlock2d::load(at, shape, block.eps("eps"))
    });
    let found = values(network.forward(block.fixture.tensor("input.x"), None));
    assert_near(
        "res_block_2d",
        &found,
        &block.fixture.values("expected"),
        BLOCK_BOUND,
    );
}

#[test]
fn transformers() {
    for name in ["transformer_one_layer", "transformer_two_layers"] {
        let block = Block::open(name);
        let frames = block.count("frames");
        let weights = block.fixture.weights("weights.");
        let width = block.count("cross_attention_dim");
        // The fixture's context is one token. It is tested both as the stored constant and with real attention.
        for context in [ContextShape::one(width), ContextShape::several(width)] {
            let network = built(&weights, |at| {
                TransformerSpatioTemporal::load(
                    at,
                    block.count("in_channels"),
                    block.count("num_attention_heads"),
                    block.count("num_layers"),
                    context,
                )
            });
            let pictures: Tensor<3> = block.fixture.tensor("input.context"); // [b, 1, d]
            let found = each_video(&block.fixture.tensor("input.x"), frames, |x, i| {
                let picture = pictures.clone().narrow(0, i, 1);
                network.forward(x, &network.context(&picture, frames, &cpu()))
            });
            let what = format!("{name}, {:?}", context.tokens);
            assert_near(
                &what,
                &found,
                &block.fixture.values("expected"),
                BLOCK_BOUND,
            );
        }
    }
}

#[test]
fn downsampling() {
    for (name, padding) in [
        ("downsample", DownPadding::Symmetric),
        ("vae_downsample", DownPadding::RightBelow),
    ] {
        let block = Block::open(name);
        assert_eq!(
            block.count("padding"),
            usize::from(padding == DownPadding::Symmetric)
        );
        let weights = block.fixture.weights("weights.");
        let network = built(&weights, |at| {
            Downsample2d::load(at, block.count("channels"), padding)
        });
        for size in ["odd", "even"] {
            let out = network.forward(block.fixture.tensor(&format!("input.{size}")));
            let expected = format!("expected.{size}");
            assert_eq!(
                out.dims().to_vec(),
                block.fixture.shape(&expected),
                "{name} {size}"
            );
            let expected = block.fixture.values(&expected);
            assert_near(
                &format!("{name} {size}"),
                &values(out),
                &expected,
                BLOCK_BOUND,
            );
        }
    }
}

#[test]
fn upsampling() {
    let block = Block::open("upsample");
    let weights = block.fixture.weights("weights.");
    let network = built(&weights, |at| Upsample2d::load(at, block.count("channels")));
    for (expected, size) in [("expected.double", None), ("expected.to_7x9", Some([7, 9]))] {
        let out = network.forward(block.fixture.tensor("input.x"), size);
        assert_eq!(
            out.dims().to_vec(),
            block.fixture.shape(expected),
            "{expected}"
        );
        assert_near(
            expected,
            &values(out),
            &block.fixture.values(expected),
            BLOCK_BOUND,
        );
    }
}

#[test]
fn attention_in_the_middle_of_the_autoencoder() {
    let block = Block::open("vae_mid_attention");
    let (width, groups) = (block.count("query_dim"), block.count("norm_num_groups"));
    let weights = block.fixture.weights("weights.");
    let network = built(&weights, |at| VaeAttention::load(at, width, groups));
    let found = values(network.forward(block.fixture.tensor("input.x")));
    assert_near(
        "vae_mid_attention",
        &found,
        &block.fixture.values("expected"),
        BLOCK_BOUND,
    );
}

#[test]
fn layers_of_the_vision_tower() {
    for (name, hidden_act) in [
        ("clip_layer_gelu", HiddenActivation::Gelu),
        ("clip_layer_quick_gelu", HiddenActivation::QuickGelu),
    ] {
        let block = Block::open(name);
        let config = ClipVisionConfig {
            hidden_size: block.count("hidden_size"),
            intermediate_size: block.count("intermediate_size"),
            num_attention_heads: block.count("num_attention_heads"),
            layer_norm_eps: block.eps("layer_norm_eps"),
            hidden_act,
            ..ClipVisionConfig::default()
        };
        let weights = block.fixture.weights("weights.");
        let network = built(&weights, |at| EncoderLayer::load(at, (&config).into()));
        let x = block.fixture.tensor("input.x");
        let found = values(network.forward(x, config.num_attention_heads, hidden_act, None));
        assert_near(name, &found, &block.fixture.values("expected"), BLOCK_BOUND);
    }
}
