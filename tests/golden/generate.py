#!/usr/bin/env python3
"""Makes the golden fixtures of this folder with diffusers, torch and Pillow. See README.md.

    python tests/golden/generate.py [OUT_FOLDER]

The fixtures go from single numbers to the whole pipeline (numbers, sampler, pictures, blocks, networks, pipeline),
so the first failing test shows what broke. Seeds are fixed: the same library versions on the same CPU family write
the same bytes.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import diffusers
import numpy as np
import PIL
import torch
import transformers
from diffusers import EulerDiscreteScheduler
from diffusers.models.attention_processor import Attention
from diffusers.models.downsampling import Downsample2D
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.models.resnet import ResnetBlock2D, SpatioTemporalResBlock
from diffusers.models.transformers.transformer_temporal import TransformerSpatioTemporalModel
from diffusers.models.upsampling import Upsample2D
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPImageProcessor, CLIPVisionConfig
from transformers.models.clip.modeling_clip import CLIPEncoderLayer

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "parity"))

import random_svd
import reference

# One thread: the order of sums, hence the last bit, must not depend on the machine's core count.
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def generator(seed):
    torch.manual_seed(seed)
    return torch.Generator("cpu").manual_seed(seed)


def write(path, tensors, **notes):
    """Writes one safetensors file; `notes` become JSON strings in its metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {name: value if isinstance(value, str) else json.dumps(value) for name, value in notes.items()}
    save_file({name: value.detach().contiguous() for name, value in tensors.items()}, path, metadata=metadata)


# ---------------------------------------------------------------------------------------------- rung 1: numbers


def make_sigmas(out):
    """Karras sigmas and what the scheduler derives from them, and the sinusoid vectors."""
    steps = {}
    for count in (1, 2, 5, 10, 15, 25, 30):
        scheduler = EulerDiscreteScheduler(**random_svd.SVD_SCHEDULER)
        scheduler.set_timesteps(count)
        steps[str(count)] = {
            "sigmas": [float(s) for s in scheduler.sigmas],
            "timesteps": [float(t) for t in scheduler.timesteps],
            "init_noise_sigma": float(scheduler.init_noise_sigma),
        }
    sinusoids = []
    for value, width in ((6.0, 256), (127.0, 256), (0.02, 256), (1.6377701, 320), (-1.5536520, 32), (13.0, 64)):
        vector = get_timestep_embedding(torch.tensor([value]), width, flip_sin_to_cos=True, downscale_freq_shift=0)
        sinusoids.append({"value": float(np.float32(value)), "width": width, "vector": [float(v) for v in vector[0]]})
    text = json.dumps({"karras": steps, "sinusoids": sinusoids}, indent=1)
    (out / "sigmas.json").write_text(text + "\n")


# ---------------------------------------------------------------------------------------------- rung 2: sampler


def make_samplers(out):
    """Trajectories along a given sequence of v predictions, five steps."""
    draw = generator(2)
    shape = (1, 2, 4, 3, 5)
    noise = torch.randn(shape, generator=draw)
    v = [torch.randn(shape, generator=draw) for _ in range(5)]
    fresh = [torch.randn(shape, generator=draw) for _ in range(5)]
    scheduler = EulerDiscreteScheduler(**random_svd.SVD_SCHEDULER)
    scheduler.set_timesteps(5)
    common = {"noise": noise, "sigmas": scheduler.sigmas.clone()}
    common.update({f"v_{k:03d}": value for k, value in enumerate(v)})

    x = noise * scheduler.init_noise_sigma
    euler = {"latents_initial": x}
    for k, t in enumerate(scheduler.timesteps):
        euler[f"model_input_{k:03d}"] = scheduler.scale_model_input(x, t)
        x = scheduler.step(v[k], t, x).prev_sample
        euler[f"latents_{k:03d}"] = x
    write(out / "euler.safetensors", {**common, **euler})

    sigmas = scheduler.sigmas.double().numpy()
    start = noise.double().numpy() * np.sqrt(sigmas[0] ** 2 + 1)
    draws = {f"fresh_{k:03d}": value for k, value in enumerate(fresh)}
    path = euler_ancestral(start, sigmas, _numpy(v), _numpy(fresh), eta=1.0)
    write(out / "euler_ancestral.safetensors", {**common, **draws, **path}, eta="1.0")
    write(out / "dpmpp_2m.safetensors", {**common, **dpmpp_2m(start, sigmas, _numpy(v))})


def _numpy(tensors):
    return [value.double().numpy() for value in tensors]


def denoised(x, v, sigma):
    """D(x) of a v prediction with sigma_data = 1 (Karras et al. 2022, table 1, with c_skip = 1 / (sigma^2 + 1))."""
    return x / (sigma**2 + 1) - v * sigma / np.sqrt(sigma**2 + 1)


def euler_ancestral(x, sigmas, v, fresh, eta):
    """Ancestral Euler in float64: step down to sigma_down, then add sigma_up of fresh noise."""
    path = {}
    for k in range(len(sigmas) - 1):
        now, following = sigmas[k], sigmas[k + 1]
        up = min(following, eta * np.sqrt(following**2 * (now**2 - following**2) / now**2))
        down = np.sqrt(following**2 - up**2)
        d = (x - denoised(x, v[k], now)) / now
        x = x + d * (down - now)
        if following > 0:
            x = x + fresh[k] * up
        path[f"latents_{k:03d}"] = torch.from_numpy(x).float()
    return path


def dpmpp_2m(x, sigmas, v):
    """DPM-Solver++(2M) in float64, in t = -ln sigma; the first and the last step are first order."""
    path, previous = {}, None
    for k in range(len(sigmas) - 1):
        now, following = sigmas[k], sigmas[k + 1]
        d = denoised(x, v[k], now)
        if following == 0:
            x = d
        else:
            h = np.log(now) - np.log(following)
            mixed = d
            if previous is not None:
                r = (np.log(sigmas[k - 1]) - np.log(now)) / h
                mixed = (1 + 1 / (2 * r)) * d - 1 / (2 * r) * previous
            x = (following / now) * x - np.expm1(-h) * mixed
        previous = d
        path[f"latents_{k:03d}"] = torch.from_numpy(x).float()
    return path


# ---------------------------------------------------------------------------------- rung 3: picture preparation


def make_pictures(out):
    """Pillow's Lanczos, and the CLIP pixels of the pipeline (antialiased bicubic, then normalised)."""
    pixels = np.random.default_rng(3)
    lanczos = {}
    for name, (w, h), (to_w, to_h) in (
        ("down", (61, 47), (32, 24)),
        ("up", (13, 9), (40, 24)),
        ("mixed", (90, 11), (24, 32)),
        ("same_width", (32, 50), (32, 16)),
        # Pillow 13 resizes the columns first if the height shrinks by more than twice as much as the width.
        ("columns_first", (26, 70), (24, 16)),
        ("columns_first_wider", (3, 29), (32, 24)),
        ("rows_first_at_twice", (30, 40), (20, 20)),
    ):
        picture = Image.fromarray(pixels.integers(0, 256, (h, w, 3), dtype=np.uint8))
        lanczos[f"{name}.picture"] = torch.from_numpy(np.array(picture))
        resized = picture.resize((to_w, to_h), Image.Resampling.LANCZOS)
        lanczos[f"{name}.expected"] = torch.from_numpy(np.array(resized))
    write(out / "pictures" / "lanczos.safetensors", lanczos)

    clip = {}
    # Every seventh row and column (and the last ones) keeps the file small; the maths of every pixel is the same.
    kept = torch.tensor([*range(0, 224, 7), 223])
    for name, (w, h) in (("down", (300, 515)), ("up", (40, 24)), ("mixed", (460, 31)), ("exact", (224, 224))):
        coarse = Image.fromarray(pixels.integers(0, 256, (7, 9, 3), dtype=np.uint8))
        # Bilinear enlargement of a coarse pattern: compressible, smooth with corners, and not symmetric.
        picture = coarse.resize((w, h), Image.Resampling.BILINEAR)
        x = torch.from_numpy(np.array(picture).astype(np.float32) / 255.0).permute(2, 0, 1)[None]
        x = (_resize_with_antialiasing(x * 2.0 - 1.0, (224, 224)) + 1.0) / 2.0
        x = CLIPImageProcessor()(
            images=x, do_normalize=True, do_center_crop=False, do_resize=False, do_rescale=False, return_tensors="pt"
        ).pixel_values
        picture.save(out / "pictures" / f"clip_{name}.png", optimize=True)
        clip[f"{name}.expected"] = x[:, :, kept][:, :, :, kept]
    write(out / "pictures" / "clip_pixels.safetensors", {**clip, "rows_and_columns": kept.int()})


# ----------------------------------------------------------------------------------------------- rung 4: blocks


def write_block(out, name, block, inputs, expected, config):
    """One block: `input.*`, `expected*` in f32, `weights.*` in f16 (the values the block computed with)."""
    tensors = {f"input.{key}": value for key, value in inputs.items()}
    tensors.update(expected if isinstance(expected, dict) else {"expected": expected})
    tensors.update({f"weights.{key}": value.half() for key, value in block.state_dict().items()})
    write(out / "blocks" / f"{name}.safetensors", tensors, config=config)


def lively(block, seed, small_signal=False):
    block = block.eval()
    random_svd.enliven(block, generator(seed), small_signal)
    return random_svd.round_to_half(block)


@torch.no_grad()
def make_res_blocks(out):
    batch, frames = 2, 3
    still = torch.zeros(batch, frames)
    per_frame = lambda value: value.repeat_interleave(frames, dim=0)
    flavours = (
        # The eps of the block's norms, and the size of the signal: with small inputs, a wrong eps changes the result.
        ("res_block_unet", {"in_channels": 64, "out_channels": 32, "temb_channels": 48, "eps": 1e-6}, False, 11),
        ("res_block_unet_small", {"in_channels": 32, "out_channels": 64, "temb_channels": 48, "eps": 1e-5}, True, 13),
    )
    for name, config, small, seed in flavours:
        draw = generator(seed)
        block = lively(SpatioTemporalResBlock(**config), seed, small)
        x = torch.randn(batch * frames, config["in_channels"], 5, 4, generator=draw)
        x = x * (random_svd.SMALL_SIGNAL if small else 1.0)
        temb = torch.randn(batch, config["temb_channels"], generator=draw)
        expected = block(x, per_frame(temb), image_only_indicator=still)
        write_block(out, name, block, {"x": x, "temb": temb}, expected, {**config, "frames": frames})

    vae = {
        "temb_channels": None,
        "eps": 1e-6,
        "temporal_eps": 1e-5,
        "merge_factor": 0.0,
        "merge_strategy": "learned",
        "switch_spatial_to_temporal_mix": True,
    }
    for name, channels, small, seed in (
        ("res_block_vae", (32, 64), False, 14),
        ("res_block_vae_small", (64, 32), True, 15),
    ):
        config = {"in_channels": channels[0], "out_channels": channels[1], **vae}
        block = lively(SpatioTemporalResBlock(**config), seed, small)
        x = torch.randn(batch * frames, channels[0], 4, 5, generator=generator(seed))
        x = x * (random_svd.SMALL_SIGNAL if small else 1.0)
        expected = block(x, None, image_only_indicator=still)
        write_block(out, name, block, {"x": x}, expected, {**config, "frames": frames})

    config = {"in_channels": 32, "out_channels": 64, "temb_channels": None, "eps": 1e-6}
    block = lively(ResnetBlock2D(**config), 16)
    x = torch.randn(2, 32, 5, 4, generator=generator(16))
    write_block(out, "res_block_2d", block, {"x": x}, block(x, None), config)


@torch.no_grad()
def make_transformers(out):
    for name, channels, heads, layers, context_width, seed in (
        ("transformer_one_layer", 32, 4, 1, 48, 21),
        ("transformer_two_layers", 32, 2, 2, 40, 22),
    ):
        batch, frames = 2, 3
        config = {
            "num_attention_heads": heads,
            "attention_head_dim": channels // heads,
            "in_channels": channels,
            "num_layers": layers,
            "cross_attention_dim": context_width,
        }
        block = lively(TransformerSpatioTemporalModel(**config), seed)
        draw = generator(seed)
        x = torch.randn(batch * frames, channels, 3, 5, generator=draw)
        context = torch.randn(batch, 1, context_width, generator=draw)
        expected = block(
            x,
            encoder_hidden_states=context.repeat_interleave(frames, dim=0),
            image_only_indicator=torch.zeros(batch, frames),
            return_dict=False,
        )[0]
        write_block(out, name, block, {"x": x, "context": context}, expected, {**config, "frames": frames})


@torch.no_grad()
def make_resizers(out):
    draw = generator(31)
    odd = torch.randn(2, 32, 7, 9, generator=draw)
    even = torch.randn(2, 32, 6, 4, generator=draw)
    inputs = {"odd": odd, "even": even}
    block = lively(Downsample2D(32, use_conv=True, out_channels=32, padding=1, name="op"), 32)
    expected = {"expected.odd": block(odd), "expected.even": block(even)}
    write_block(out, "downsample", block, inputs, expected, {"channels": 32, "padding": 1})
    block = lively(Downsample2D(32, use_conv=True, out_channels=32, padding=0, name="op"), 33)
    expected = {"expected.odd": block(odd), "expected.even": block(even)}
    write_block(out, "vae_downsample", block, inputs, expected, {"channels": 32, "padding": 0})
    block = lively(Upsample2D(32, use_conv=True, out_channels=32), 34)
    small = torch.randn(2, 32, 4, 5, generator=draw)
    expected = {"expected.double": block(small), "expected.to_7x9": block(small, (7, 9))}
    write_block(out, "upsample", block, {"x": small}, expected, {"channels": 32})


@torch.no_grad()
def make_attention_layers(out):
    channels = 64
    options = {"query_dim": channels, "heads": 1, "dim_head": channels, "eps": 1e-6, "norm_num_groups": 32}
    block = lively(Attention(**options, bias=True, residual_connection=True), 41)
    x = torch.randn(2, channels, 5, 3, generator=generator(41))
    write_block(out, "vae_mid_attention", block, {"x": x}, block(x), options)

    for activation, seed in (("gelu", 42), ("quick_gelu", 43)):
        config = {
            "hidden_size": 48,
            "num_attention_heads": 3,
            "intermediate_size": 80,
            "hidden_act": activation,
            "layer_norm_eps": 1e-5,
        }
        vision = CLIPVisionConfig(**config, num_hidden_layers=1)
        vision._attn_implementation = "sdpa"
        block = lively(CLIPEncoderLayer(vision), seed)
        x = torch.randn(2, 10, 48, generator=generator(seed))
        expected = block(x, attention_mask=None)
        expected = expected[0] if isinstance(expected, tuple) else expected
        write_block(out, f"clip_layer_{activation}", block, {"x": x}, expected, config)


# --------------------------------------------------------------------------------------------- rung 5: networks


def save_network(folder, network, io):
    """A diffusers folder with f16 weights plus `io.safetensors` computed in f32 from those weights."""
    network.half().save_pretrained(folder, safe_serialization=True)
    write(folder / "io.safetensors", io)


def unet_io(unet, seed, batch, frames, height, width):
    """One forward pass on a batch of two videos with their own ids; the first has the unconditional context."""
    draw = generator(seed)
    sample = torch.randn(batch, frames, unet.config.in_channels, height, width, generator=draw)
    context = torch.randn(batch, 1, unet.config.cross_attention_dim, generator=draw)
    context[0] = 0  # the unconditional branch
    ids = torch.tensor([[6.0, 127.0, 0.02], [11.0, 40.0, 0.3]])[:batch]
    timestep = torch.tensor(0.3712)
    expected = unet(sample, timestep, encoder_hidden_states=context, added_time_ids=ids, return_dict=False)[0]
    return {
        "input.sample": sample,
        "input.timestep": timestep[None],
        "input.context": context,
        "input.added_time_ids": ids,
        "expected": expected,
    }


VAE_TEMPORAL = {
    "_class_name": "AutoencoderKLTemporalDecoder",
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
    "block_out_channels": [32, 32],
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 32,
    "scaling_factor": 0.18215,
    "force_upcast": True,
}

VAE_IMAGE = {
    "_class_name": "AutoencoderKL",
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
    "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"],
    "block_out_channels": [64, 32],
    "layers_per_block": 1,
    "latent_channels": 2,
    "norm_num_groups": 32,
    "sample_size": 32,
    "scaling_factor": 0.18215,
}

CLIP_TOWER = {
    "hidden_size": 48,
    "projection_dim": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "image_size": 56,
    "intermediate_size": 64,
    "patch_size": 14,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-5,
}


@torch.no_grad()
def make_networks(out):
    tiny = out / "tiny"
    for name, config, seed in (("vae_temporal", VAE_TEMPORAL, 53), ("vae_image", VAE_IMAGE, 54)):
        vae = random_svd.round_to_half(random_svd.build_vae(config, generator(seed), small_signal=True))
        draw = generator(seed + 100)
        picture = torch.rand(1, 3, 18, 22, generator=draw) * 2 - 1
        latents = torch.randn(5, config["latent_channels"], 4, 5, generator=draw) / config["scaling_factor"]
        moments = vae.encoder(picture)
        io = {
            "input.picture": picture,
            "input.latents": latents,
            "expected.moments": vae.quant_conv(moments),
            "expected.mean": vae.encode(picture).latent_dist.mode(),
        }
        if name == "vae_temporal":
            for chunk in (1, 2, 5):
                parts = [vae.decode(part, num_frames=len(part)).sample for part in latents.split(chunk)]
                io[f"expected.frames_chunk_{chunk}"] = torch.cat(parts)
        else:
            io["expected.frames"] = vae.decode(latents).sample
        save_network(tiny / name, vae, io)

    encoder = random_svd.round_to_half(random_svd.build_image_encoder(CLIP_TOWER, generator(55)))
    pixels = torch.randn(2, 3, 56, 56, generator=generator(56))
    output = encoder(pixels)
    io = {
        "input.pixels": pixels,
        "expected.last_hidden_state": output.last_hidden_state,
        "expected.image_embeds": output.image_embeds,
    }
    save_network(tiny / "image_encoder", encoder, io)


# --------------------------------------------------------------------------------------------- rung 6: pipeline

# One UNet has everything that reveals wrong wiring: three levels of different widths (at 32 channels, a norm's group
# is a single channel and removes the time embedding again, so one level is wider), different numbers of heads and
# transformer layers, latents that halve to odd sizes, and signals so small that every eps affects the result.
TINY_SVD = {
    "seed": 61,
    "half": True,
    "small_signal": True,
    "unet": {
        "sample_size": 16,
        "in_channels": 8,
        "out_channels": 4,
        "down_block_types": ["CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal", "DownBlockSpatioTemporal"],
        "up_block_types": ["UpBlockSpatioTemporal", "UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"],
        "block_out_channels": [32, 64, 32],
        "addition_time_embed_dim": 24,
        "projection_class_embeddings_input_dim": 72,
        "layers_per_block": 1,
        "cross_attention_dim": 40,
        "transformer_layers_per_block": [1, 1, 2],
        "num_attention_heads": [2, 4, 1],
        "num_frames": 3,
    },
    "vae": {
        "_class_name": "AutoencoderKLTemporalDecoder",
        "in_channels": 3,
        "out_channels": 3,
        "down_block_types": ["DownEncoderBlock2D"] * 3,
        "block_out_channels": [32, 32, 32],
        "layers_per_block": 1,
        "latent_channels": 4,
        "sample_size": 64,
        "scaling_factor": 0.18215,
        "force_upcast": True,
    },
    "image_encoder": {
        "hidden_size": 16,
        "projection_dim": 40,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": 224,
        "intermediate_size": 32,
        "patch_size": 32,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-5,
    },
}

TINY_REQUEST = {
    "width": 56,
    "height": 40,
    "frames": 3,
    "steps": 2,
    "seed": 7,
    "fps": 7,
    "motion_bucket": 127,
    "noise_aug": 0.02,
    "guidance": [1.0, 2.5],
    "decode_chunk": 2,
}


@torch.no_grad()
def make_tiny_svd(out):
    folder = out / "tiny_svd"
    pipe = random_svd.build_pipeline(TINY_SVD)
    random_svd.save_pipeline(pipe, folder, half=True)
    for note in folder.rglob("README.md"):
        note.unlink()
    coarse = np.random.default_rng(6).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((90, 60), Image.Resampling.BICUBIC)
    picture.save(folder / "picture.png", optimize=True)
    # Read back from the file, so that the fixture is exactly what a reader of the file would compute.
    stages = reference.run(pipe, Image.open(folder / "picture.png").convert("RGB"), TINY_REQUEST)
    write(folder / "expected.safetensors", stages, request=TINY_REQUEST)
    write(folder / "unet_io.safetensors", unet_io(pipe.unet, 62, 2, 5, 9, 7))


# ------------------------------------------------------------------------------------------------------- whole


MAKERS = (
    make_sigmas,
    make_samplers,
    make_pictures,
    make_res_blocks,
    make_transformers,
    make_resizers,
    make_attention_layers,
    make_networks,
    make_tiny_svd,
)


def write_versions(out):
    versions = {
        "torch": torch.__version__.split("+")[0],
        "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
        "pillow": PIL.__version__,
        "numpy": np.__version__,
    }
    (out / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


def write_sums(out):
    """With these sums, `sha256sum -c SHA256SUMS` finds fixtures changed by hand or by another machine's arithmetic."""
    lines = []
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}\n")
    (out / "SHA256SUMS").write_text("".join(lines))


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    # Writes into a new folder first: the sums then exclude other scripts' fixtures, and a failed run changes nothing.
    with tempfile.TemporaryDirectory() as fresh:
        out = Path(fresh)
        for make in MAKERS:
            make(out)
        write_versions(out)
        write_sums(out)
        total = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
        for folder in (path.name for path in out.iterdir() if path.is_dir()):
            shutil.rmtree(target / folder, ignore_errors=True)
        shutil.copytree(out, target, dirs_exist_ok=True)
    print(f"wrote {target} ({total / 1e6:.2f} MB)")


if __name__ == "__main__":
    main()
