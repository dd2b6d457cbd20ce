"""Draws the generated cases: random configurations, requests and pictures, all from one seed.

Some properties rotate with the case's number, so that a handful of cases covers them all; the rest are drawn.
diffusers accepts everything that is drawn here.
"""

import random

import numpy as np
from PIL import Image

DOWN = ("DownBlockSpatioTemporal", "CrossAttnDownBlockSpatioTemporal")
UP = ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal")

# How the weights are stored: f16 or f32, file name variant, shards. Rotates.
STORAGES = (
    {"half": False, "variant": None, "max_shard_size": None},
    {"half": True, "variant": None, "max_shard_size": None},
    {"half": False, "variant": None, "max_shard_size": "400KB"},
    {"half": True, "variant": "fp16", "max_shard_size": None},
    {"half": True, "variant": "fp16", "max_shard_size": "300KB"},
)


def draw_case(seed, number, like_released=False):
    """The case as a plain dict; with `like_released`, only with what the original single-file layout can express."""
    rng = random.Random(f"{seed}/{number}")
    latent_channels = (4, 2, 16)[number % 3]
    context = rng.choice([32, 40, 64, 96])
    case = {
        "seed": rng.randrange(2**31),
        "number": number,
        "small_signal": number % 2 == 1,
        **STORAGES[number % len(STORAGES)],
        "unet": draw_unet(rng, 2 + number % 3, latent_channels, context, like_released),
        "vae": draw_vae(rng, number, latent_channels, like_released),
        "image_encoder": draw_image_encoder(rng, context, like_released),
    }
    case["request"] = draw_request(rng, number, len(case["vae"]["block_out_channels"]))
    case["picture"] = draw_picture_size(rng, case["request"])
    return case


def draw_unet(rng, levels, latent_channels, context, like_released):
    # At 32 channels, a norm's group is a single channel and removes the time embedding, so one level is wider.
    widths = [rng.choice([64, 128] if like_released else [32, 64, 96]) for _ in range(levels)]
    widths[rng.randrange(levels)] = rng.choice([64, 128])
    ids = rng.choice([16, 24, 32, 64])
    config = {
        "sample_size": rng.choice([8, 16, 32]),
        "in_channels": 2 * latent_channels,
        "out_channels": latent_channels,
        "block_out_channels": widths,
        "addition_time_embed_dim": ids,
        "projection_class_embeddings_input_dim": 3 * ids,
        "cross_attention_dim": context,
        "num_frames": rng.randint(2, 25),
    }
    if like_released:
        # The released pattern: attention everywhere except at the lowest level, and heads of width 64.
        config["down_block_types"] = [DOWN[1]] * (levels - 1) + [DOWN[0]]
        config["up_block_types"] = [UP[0]] + [UP[1]] * (levels - 1)
        config["layers_per_block"] = rng.choice([1, 2])
        config["transformer_layers_per_block"] = 1
        config["num_attention_heads"] = [width // 64 for width in widths]
        return config
    config["down_block_types"] = [rng.choice(DOWN) for _ in widths]
    config["up_block_types"] = [rng.choice(UP) for _ in widths]
    layers = [rng.choice([1, 1, 2]) for _ in widths]
    config["layers_per_block"] = layers if rng.random() < 0.5 else layers[0]
    config["transformer_layers_per_block"] = draw_depths(rng, layers, config["layers_per_block"])
    heads = [rng.choice([n for n in (1, 2, 4, 8) if width % n == 0 and width // n >= 8]) for width in widths]
    config["num_attention_heads"] = heads if rng.random() < 0.75 else rng.choice([2, 4])
    return config


def draw_depths(rng, layers, layers_per_block):
    """Transformer layers: one number, one per level, or one per layer (up blocks have one layer more)."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice([1, 2])
    depths = [rng.choice([1, 1, 2]) for _ in layers]
    if kind < 0.8:
        return depths
    level = rng.randrange(len(layers))
    count = layers_per_block if isinstance(layers_per_block, int) else layers[level]
    depths[level] = [rng.choice([1, 2]) for _ in range(count + 1)]
    return depths


def draw_vae(rng, number, latent_channels, like_released):
    levels = (3, 4, 2, 4, 1)[number % 5]
    widths = [rng.choice([32, 64]) if levels < 4 else 32 for _ in range(levels)]
    config = {
        "_class_name": "AutoencoderKLTemporalDecoder",
        "in_channels": 3,
        "out_channels": 3,
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "block_out_channels": widths,
        "layers_per_block": rng.choice([1, 2, 2, 3]),
        "latent_channels": latent_channels,
        "sample_size": 64,
        "scaling_factor": 0.18215 if like_released else rng.choice([0.18215, 0.18215, 0.13025]),
    }
    if number % 4 == 2 and not like_released:
        config.update(
            _class_name="AutoencoderKL",
            up_block_types=["UpDecoderBlock2D"] * levels,
            norm_num_groups=rng.choice([32, 16]),
            use_quant_conv=rng.random() < 0.7,
            use_post_quant_conv=rng.random() < 0.7,
            mid_block_add_attention=rng.random() < 0.7,
        )
    return config


def draw_image_encoder(rng, context, like_released):
    heads = rng.choice([1, 2]) if like_released else rng.choice([2, 3, 4])
    return {
        # The released tower has heads of width 80.
        "hidden_size": heads * (80 if like_released else rng.choice([8, 16])),
        "projection_dim": context,
        "num_hidden_layers": rng.randint(1, 4),
        "num_attention_heads": heads,
        "image_size": 224,
        "intermediate_size": rng.choice([48, 64, 100]),
        "patch_size": rng.choice([28, 32, 56]),
        "hidden_act": "gelu" if like_released or rng.random() < 0.7 else "quick_gelu",
        "layer_norm_eps": 1e-5,
    }


def draw_request(rng, number, vae_levels):
    # Sides are multiples of 8 pixels, because diffusers accepts nothing else; this gives latents of many odd sizes.
    sides = {1: (1, 2), 2: (2, 5), 3: (3, 7), 4: (4, 13)}[vae_levels]
    frames = (3, 14, 5, 4, 8, 3, 6, 4)[number % 8]
    guidance = ([1.0, 3.0], [1.0, 1.0], [1.5, 3.0], [1.0, 2.5], [0.5, 0.8])[number % 5]
    return {
        "width": 8 * rng.randint(*sides),
        "height": 8 * rng.randint(*sides),
        "frames": frames,
        "steps": rng.choice([1, 2, 3, 4]) if frames < 10 else 2,
        # Some seeds do not fit into 32 bits; torch's CPU generator uses only the lowest 32 bits of them.
        "seed": rng.randrange(2**32) if number % 4 else rng.randrange(2**32, 2**53),
        "fps": rng.randint(2, 30),
        "motion_bucket": rng.randint(1, 255),
        "noise_aug": rng.choice([0.0, 0.02, round(rng.uniform(0.0, 0.5), 3)]),
        "guidance": guidance,
        "decode_chunk": rng.randint(1, frames),
    }


def draw_picture_size(rng, request):
    kind = rng.random()
    if kind < 0.15:
        return [request["width"], request["height"]]
    if kind < 0.3:
        return [rng.randint(3, 30), rng.randint(3, 30)]
    return [rng.randint(20, 700), rng.randint(20, 700)]


def draw_picture(case):
    """An RGB picture with smooth parts, edges and grain, of the case's size."""
    rng = np.random.default_rng(case["seed"])
    width, height = case["picture"]
    coarse = rng.integers(0, 256, (rng.integers(2, 9), rng.integers(2, 9), 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.int16)
    grain = rng.integers(-12, 13, smooth.shape, dtype=np.int16)
    return Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
