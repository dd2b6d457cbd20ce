"""Random Stable Video Diffusion models without degenerate values, small enough to run on a laptop CPU.

Defines how a network gets its random parameters and how a recipe (a dict that JSON can represent) becomes a
diffusers pipeline. Does not use Kinora. A random network is a good test only if nothing in it is degenerate:
blends must be off centre, norm parameters away from 1 and 0, attention far from uniform, activations so small that
a norm's eps affects them where that is tested, and outputs of a normal size, so that a relative error is meaningful.
"""

import copy
import itertools

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLTemporalDecoder,
    EulerDiscreteScheduler,
    StableVideoDiffusionPipeline,
    UNetSpatioTemporalConditionModel,
)
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.utils import logging

# Progress bars and advice on stderr would hide the one line per case.
logging.disable_progress_bar()
logging.set_verbosity_error()

# The scheduler configuration that ships with every SVD release.
SVD_SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "interpolation_type": "linear",
    "num_train_timesteps": 1000,
    "prediction_type": "v_prediction",
    "sigma_max": 700.0,
    "sigma_min": 0.002,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "timestep_type": "continuous",
    "trained_betas": None,
    "use_karras_sigmas": True,
}

# Standard deviation of "small" networks' signals before their norms: its square is of the order of the eps
# values 1e-6 and 1e-5, so confusing the two changes the output by tens of per cent.
SMALL_SIGNAL = 3e-3


def uniform(shape, low, high, generator):
    return torch.rand(shape, generator=generator) * (high - low) + low


@torch.no_grad()
def enliven(module, generator, small_signal=False):
    """Replaces degenerate initial values of `module` in place; the rest keeps its default initialisation."""
    norms = (torch.nn.GroupNorm, torch.nn.LayerNorm)
    for part in module.modules():
        if isinstance(part, norms) and part.weight is not None:
            part.weight.copy_(uniform(part.weight.shape, 0.6, 1.4, generator))
            part.bias.copy_(uniform(part.bias.shape, -0.3, 0.3, generator))
    for name, value in module.named_parameters():
        if name.endswith("mix_factor"):
            # Away from 0, where both directions of the blend would agree.
            sign = 1.0 if torch.rand(1, generator=generator).item() < 0.5 else -1.0
            value.copy_(sign * uniform(value.shape, 0.5, 1.5, generator))
        elif name.endswith("bias") and value.abs().max() == 0:
            value.copy_(uniform(value.shape, -0.1, 0.1, generator))
        gain = _gain(name, small_signal)
        if gain != 1.0:
            value.mul_(gain)


# The factor by which a layer must exceed the default initialisation to have a visible effect on the output. With a
# larger factor, sharp attention would multiply rounding errors: diffusers in f32 would differ from f64 by 1e-4.
_GAINS = {
    "to_q.weight": 2.0,
    "to_k.weight": 2.0,
    "q_proj.weight": 2.0,
    "k_proj.weight": 2.0,
    "to_v.weight": 1.7,
    "to_out.0.weight": 1.7,
    "time_emb_proj.weight": 2.5,
    "linear_1.weight": 1.7,
    "linear_2.weight": 2.5,
    "net.0.proj.weight": 2.5,
    "fc1.weight": 3.0,
    "position_embedding.weight": 5.0,
}

# Layers that write into the residual stream or precede a norm.
_STREAM_WRITERS = ("conv1", "conv2", "time_emb_proj", "proj_out", "conv_in", "to_out.0")


def _gain(name, small_signal):
    gain = next((g for ending, g in _GAINS.items() if name.endswith(ending)), 1.0)
    if not small_signal:
        return gain
    layer = name.rsplit(".", 1)[0]
    in_transformer = "transformer_blocks" in layer or layer.startswith("transformer")
    if layer.endswith(_STREAM_WRITERS) and not in_transformer:
        return gain * SMALL_SIGNAL
    if name.endswith("bias") and ("samplers" in layer or layer.endswith("conv_shortcut")):
        return gain * SMALL_SIGNAL
    return gain


@torch.no_grad()
def calibrate_unet(unet, generator):
    """Scales the last layer so that the predicted v has a standard deviation near 0.7."""
    config = unet.config
    sample = torch.randn(1, 2, config.in_channels, 8, 8, generator=generator)
    context = torch.randn(1, 1, config.cross_attention_dim, generator=generator) * 0.5
    ids = torch.tensor([[6.0, 127.0, 0.02]])
    out = unet(sample, torch.tensor(0.5), encoder_hidden_states=context, added_time_ids=ids, return_dict=False)[0]
    _rescale(unet.conv_out, 0.7 / out.std().item())


@torch.no_grad()
def calibrate_vae(vae, generator):
    """Scales both ends: latent means near 0.8, frames that use most of the range with little clipping."""
    factor = 2 ** (len(vae.config.block_out_channels) - 1)
    picture = torch.rand(1, 3, 6 * factor, 5 * factor, generator=generator) * 2 - 1
    last = vae.quant_conv if vae.quant_conv is not None else vae.encoder.conv_out
    mean = vae.encode(picture).latent_dist.mode()
    _rescale(last, 0.8 / mean.std().item())
    latents = torch.randn(2, vae.config.latent_channels, 6, 5, generator=generator) / vae.config.scaling_factor
    temporal = isinstance(vae, AutoencoderKLTemporalDecoder)
    frames = (vae.decode(latents, num_frames=2) if temporal else vae.decode(latents)).sample
    _rescale(vae.decoder.time_conv_out if temporal else vae.decoder.conv_out, 0.4 / frames.std().item())


@torch.no_grad()
def _rescale(layer, gain):
    layer.weight.mul_(gain)
    layer.bias.mul_(gain)


@torch.no_grad()
def round_to_half(module):
    """Rounds every parameter and table to the nearest f16 value, as a file in f16 has them, but keeps computing in f32."""
    tables = (value for value in module.buffers() if value.is_floating_point())
    for value in itertools.chain(module.parameters(), tables):
        value.copy_(value.half().float())
    return module


def build_unet(config, generator, small_signal=False):
    unet = UNetSpatioTemporalConditionModel(**config).eval()
    enliven(unet, generator, small_signal)
    calibrate_unet(unet, generator)
    return unet


def build_vae(config, generator, small_signal=False):
    config = dict(config)
    kind = config.pop("_class_name", "AutoencoderKLTemporalDecoder")
    vae = {"AutoencoderKL": AutoencoderKL, "AutoencoderKLTemporalDecoder": AutoencoderKLTemporalDecoder}[kind]
    vae = vae(**config).eval()
    enliven(vae, generator, small_signal)
    calibrate_vae(vae, generator)
    return vae


def build_image_encoder(config, generator):
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**config)).eval()
    enliven(encoder, generator)
    return encoder


def build_pipeline(recipe):
    """The pipeline of `recipe` = {seed, unet, vae, image_encoder, half, small_signal}, computing in f32."""
    torch.manual_seed(recipe["seed"])
    generator = torch.Generator("cpu").manual_seed(recipe["seed"])
    parts = {
        "unet": build_unet(recipe["unet"], generator, recipe["small_signal"]),
        "vae": build_vae(recipe["vae"], generator, recipe["small_signal"]),
        "image_encoder": build_image_encoder(recipe["image_encoder"], generator),
    }
    if recipe["half"]:
        parts = {name: round_to_half(part) for name, part in parts.items()}
    pipe = StableVideoDiffusionPipeline(
        scheduler=EulerDiscreteScheduler(**SVD_SCHEDULER),
        feature_extractor=CLIPImageProcessor(),
        **parts,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def save_pipeline(pipe, folder, half=False, variant=None, max_shard_size=None):
    """Writes `pipe` in the diffusers layout; `half` stores f16 without touching the pipeline itself."""
    target = pipe
    if half:
        parts = {name: copy.deepcopy(part) for name, part in pipe.components.items()}
        target = StableVideoDiffusionPipeline(**parts).to(torch.float16)
    options = {"safe_serialization": True, "variant": variant}
    if max_shard_size is not None:
        options["max_shard_size"] = max_shard_size
    target.save_pretrained(folder, **options)
