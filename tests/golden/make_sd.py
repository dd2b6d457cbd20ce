#!/usr/bin/env python3
"""Writes `sd/`: diffusers' discrete schedules and their trajectories, and a tiny Stable Diffusion with its results.

    python tests/golden/make_sd.py [OUT_FOLDER]

`sd/schedulers.safetensors`: for each case of the metadata entry `cases` (name, sampler, steps and settings) `NAME.timesteps`,
`NAME.sigmas` where the scheduler has them, `NAME.init`, and a trajectory from `NAME.noise` [1, 4, 3, 5] with the
prediction sin(model input): `NAME.input_000 …`, `NAME.latents_000 …`. LCM draws from a generator with seed 5.

`sd/tiny/`: a complete folder, weights in f16, a vocabulary of bytes and a few merges; `expected.safetensors` has the stages of
`StableDiffusionPipeline` on the CPU in f32 for the request in its metadata. The UNet of this folder projects with convolutions.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "parity"))

import random_svd
import sd
import tokens
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

torch.set_num_threads(1)
BETAS = sd.BETAS
WALKS = {
    "ddim_leading": ("ddim", 5, {"steps_offset": 1, "set_alpha_to_one": False, "clip_sample": False}),
    "ddim_one": ("ddim", 7, {"steps_offset": 1, "set_alpha_to_one": True, "clip_sample": False}),
    "ddim_linspace": ("ddim", 6, {"timestep_spacing": "linspace", "clip_sample": False}),
    "ddim_trailing_v": ("ddim", 5, {"timestep_spacing": "trailing", "clip_sample": False, "prediction_type": "v_prediction"}),
    "ddim_zero_snr": ("ddim", 5, {"timestep_spacing": "trailing", "clip_sample": False, "rescale_betas_zero_snr": True,
                                  "prediction_type": "v_prediction"}),
    "ddim_clipped": ("ddim", 5, {"clip_sample": True}),
    "euler_leading": ("euler", 5, {"timestep_spacing": "leading", "steps_offset": 1}),
    "euler_linspace": ("euler", 6, {"timestep_spacing": "linspace"}),
    "euler_trailing": ("euler", 4, {"timestep_spacing": "trailing"}),
    "euler_one": ("euler", 1, {"timestep_spacing": "trailing"}),
    "euler_v": ("euler", 5, {"timestep_spacing": "leading", "prediction_type": "v_prediction"}),
    "euler_linear": ("euler", 4, {"timestep_spacing": "trailing", "beta_schedule": "linear"}),
    "euler_end": ("euler", 4, {"final_sigmas_type": "sigma_min"}),
    "dpmpp_leading": ("dpmpp-2m", 5, {"timestep_spacing": "leading", "steps_offset": 1}),
    "dpmpp_linspace": ("dpmpp-2m", 16, {}),
    "dpmpp_trailing_v": ("dpmpp-2m", 5, {"timestep_spacing": "trailing", "prediction_type": "v_prediction"}),
    "lcm": ("lcm", 4, {}),
    "lcm_100": ("lcm", 8, {"original_inference_steps": 100}),
    "lcm_v": ("lcm", 2, {"prediction_type": "v_prediction", "set_alpha_to_one": False}),
}


def walk(name, out, cases):
    sampler, steps, settings = WALKS[name]
    settings = {**BETAS, **settings}
    scheduler = sd.SAMPLERS[sampler](**settings)
    scheduler.set_timesteps(steps)
    generator = torch.Generator("cpu").manual_seed(5)
    noise = torch.randn(1, 4, 3, 5, generator=torch.Generator("cpu").manual_seed(len(name)))
    out[f"{name}.noise"] = noise
    out[f"{name}.timesteps"] = scheduler.timesteps.float()
    out[f"{name}.init"] = torch.tensor([float(scheduler.init_noise_sigma)])
    if sampler in ("euler", "dpmpp-2m"):
        out[f"{name}.sigmas"] = scheduler.sigmas.clone()
    x = noise * scheduler.init_noise_sigma
    for k, t in enumerate(scheduler.timesteps):
        seen = scheduler.scale_model_input(x, t)
        extra = {"generator": generator} if sampler == "lcm" else {}
        x = scheduler.step(torch.sin(seen), t, x, **extra).prev_sample
        out[f"{name}.input_{k:03d}"] = seen
        out[f"{name}.latents_{k:03d}"] = x
    cases.append({"name": name, "sampler": sampler, "steps": steps, "settings": settings})


def small_vocabulary(folder):
    _, merges = tokens.vocabulary()
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    characters = [chr(byte) for byte in own] + [chr(256 + i) for i in range(256 - len(own))]
    kept = merges[:60]
    names = characters + [c + "</w>" for c in characters] + ["".join(pair) for pair in kept] + [tokens.START, tokens.END]
    ids = {name: i for i, name in enumerate(names)}
    tokenizer = CLIPTokenizer(vocab=ids, merges=kept, model_max_length=77)
    tokenizer.save_pretrained(folder / "tokenizer")
    # The same files as in published folders, but smaller.
    (folder / "tokenizer" / "tokenizer.json").unlink()
    (folder / "tokenizer" / "vocab.json").write_text(json.dumps(ids))
    lines = "".join(f"{a} {b}\n" for a, b in kept)
    (folder / "tokenizer" / "merges.txt").write_text("#version: 0.2\n" + lines)
    return CLIPTokenizer.from_pretrained(folder / "tokenizer"), len(ids)


@torch.no_grad()
def tiny(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    torch.manual_seed(71)
    draw = torch.Generator("cpu").manual_seed(71)
    tokenizer, count = small_vocabulary(folder)
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=32, attention_head_dim=[2, 4],
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ).eval()
    random_svd.enliven(unet, draw)
    context = torch.randn(1, 77, 32, generator=draw)
    out = unet(torch.randn(1, 4, 8, 8, generator=draw), 500, encoder_hidden_states=context).sample
    random_svd._rescale(unet.conv_out, 0.7 / out.std().item())
    vae = random_svd.build_vae({
        "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": 4, "layers_per_block": 1,
        "down_block_types": ["DownEncoderBlock2D"] * 2, "up_block_types": ["UpDecoderBlock2D"] * 2,
        "block_out_channels": [32, 32], "norm_num_groups": 32, "sample_size": 16, "scaling_factor": 0.18215,
    }, draw)
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=count, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        projection_dim=32, bos_token_id=count - 2, eos_token_id=count - 1,
    )).eval()
    random_svd.enliven(text, draw)
    text.get_input_embeddings().weight.mul_(20)
    parts = [random_svd.round_to_half(part) for part in (unet, vae, text)]
    scheduler = DDIMScheduler(**BETAS, steps_offset=1, set_alpha_to_one=False, clip_sample=False)
    pipe = StableDiffusionPipeline(
        unet=parts[0], vae=parts[1], text_encoder=parts[2], tokenizer=tokenizer, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )
    kept = {name: (folder / "tokenizer" / name).read_bytes() for name in ("vocab.json", "merges.txt", "tokenizer_config.json")}
    sd.save(pipe, folder, {"half": True, "old_names": True})
    shutil.rmtree(folder / "tokenizer")
    (folder / "tokenizer").mkdir()
    for name, data in kept.items():
        (folder / "tokenizer" / name).write_bytes(data)
    request = {
        "prompt": "a photo of the sea!", "negative": "blurry", "width": 24, "height": 16, "steps": 3, "guidance": 4.5,
        "seed": 11, "sampler": None,
    }
    stages = {name: torch.from_numpy(value) for name, value in sd.run_diffusers(folder, request).items()}
    stages["token_ids"] = stages["token_ids"].float()
    save_file({k: v.contiguous() for k, v in stages.items()}, folder / "expected.safetensors",
              metadata={"request": json.dumps(request)})


def main():
    out = (Path(sys.argv[1]) if len(sys.argv) > 1 else HERE) / "sd"
    out.mkdir(parents=True, exist_ok=True)
    tensors, cases = {}, []
    for name in WALKS:
        walk(name, tensors, cases)
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, out / "schedulers.safetensors",
              metadata={"cases": json.dumps(cases)})
    tiny(out / "tiny")


main()
