#!/usr/bin/env python3
"""Compares `kinora still` with diffusers' StableDiffusionPipeline, from prompt to picture, on generated models.

    python sd.py --kinora target/release/kinora [--cases 12] [--seed 1]

Each case draws a random Stable Diffusion model (UNet, VAE, text tower, scheduler) and a request, saves the model as diffusers
does or with older names, with a LoRA of the UNet and the text tower in two of three cases, computes every stage with diffusers on the CPU in f32, lets Kinora do the same, and compares: token
ids and noise bit for bit, everything else within the bounds of `parity.py`. `--layout single` also writes each model as one
file in the original layout and requires the same values. Prints one line per case; exits with 0 only if all are within bounds.
"""

import argparse
import copy
import gc
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch
from safetensors.torch import save_file as save_torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parent))

import random_svd
import tokens
from parity import Failure, compare_pngs, psnr, read_stage, relative_l2

MOST_RELATIVE_L2, LEAST_PSNR_DB, LEAST_PNG_PSNR_DB = 1e-3, 55.0, 53.0
SAMPLERS = {
    "ddim": DDIMScheduler,
    "euler": EulerDiscreteScheduler,
    "dpmpp-2m": DPMSolverMultistepScheduler,
    "lcm": LCMScheduler,
}
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
# The schedules of published models, as in their configuration files.
SCHEDULERS = (
    (PNDMScheduler, {**BETAS, "steps_offset": 1, "set_alpha_to_one": False, "skip_prk_steps": True}),
    (DDIMScheduler, {**BETAS, "steps_offset": 1, "set_alpha_to_one": False, "clip_sample": False}),
    (EulerDiscreteScheduler, {**BETAS, "timestep_spacing": "trailing"}),
    (EulerDiscreteScheduler, {**BETAS, "timestep_spacing": "leading", "steps_offset": 1}),
    (EulerDiscreteScheduler, {**BETAS, "timestep_spacing": "linspace"}),
    (DPMSolverMultistepScheduler, {**BETAS, "steps_offset": 1}),
    (DDIMScheduler, {**BETAS, "timestep_spacing": "trailing", "rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}),
    (LCMScheduler, {**BETAS}),
)
# The value of `--sampler`, which rotates. None means the folder's own.
ASKED = (None, None, "euler", "dpmpp-2m", "lcm", "ddim", None)
PROMPTS = ("a photo of a cat!", "An oil painting of the sea, 8k -- masterpiece's", "", "雪の街 🦀 " * 12, "one two three " * 40)


# Spellings of LoRA files; every third case has none.
LORAS = ("kohya", "PEFT", None)


def draw_lora(seed, number):
    """Its spelling and strength; drawn apart from the rest, which stays as it was before there were LoRAs."""
    rng = random.Random(f"sd lora/{seed}/{number}")
    spelling = LORAS[number % len(LORAS)]
    return spelling and {"spelling": spelling, "strength": rng.choice([0.5, 1.0, -0.75]), "rank": rng.choice([1, 4])}


def draw_case(seed, number, like_released):
    rng = random.Random(f"sd/{seed}/{number}")
    linear = number % 2 == 1
    levels = rng.choice([2, 3, 4]) if not like_released else rng.choice([3, 4])
    widths = [rng.choice([64, 128] if like_released else [32, 64, 96]) for _ in range(levels)]
    context = rng.choice([32, 48, 64])
    down = ["CrossAttnDownBlock2D"] * (levels - 1) + ["DownBlock2D"]
    up = ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * (levels - 1)
    if not like_released:
        down = [rng.choice(["DownBlock2D", "CrossAttnDownBlock2D"]) for _ in widths]
        up = [rng.choice(["UpBlock2D", "CrossAttnUpBlock2D"]) for _ in widths]
    heads = [rng.choice([n for n in (1, 2, 4) if width % n == 0]) for width in widths]
    if like_released:
        heads = [width // 64 for width in widths]
    unet = {
        "sample_size": rng.choice([8, 16]),
        "in_channels": 4,
        "out_channels": 4,
        "down_block_types": down,
        "up_block_types": up,
        "block_out_channels": widths,
        "layers_per_block": rng.choice([1, 2]),
        "cross_attention_dim": context,
        "attention_head_dim": heads if like_released or rng.random() < 0.5 else 2,
        "use_linear_projection": linear,
        "norm_num_groups": 32,
    }
    vae_levels = rng.choice([2, 3, 4])
    scale = 2 ** (vae_levels - 1)
    # Latents of even and odd sizes, a few pixels at the lowest level; diffusers accepts only multiples of 8 pixels.
    least = max(2, 2 ** (levels - 1) * scale // 8 + 1)
    sides = [8 * rng.randint(least, least + 4) for _ in range(2)]
    cfg = rng.choice([0.0, 1.0, 4.5, 7.5])
    asked = ASKED[number % len(ASKED)]
    return {
        "seed": rng.randrange(2**31),
        "number": number,
        "unet": unet,
        "vae": {
            "_class_name": "AutoencoderKL",
            "in_channels": 3,
            "out_channels": 3,
            "down_block_types": ["DownEncoderBlock2D"] * vae_levels,
            "up_block_types": ["UpDecoderBlock2D"] * vae_levels,
            "block_out_channels": [32] * (vae_levels - 1) + [rng.choice([32, 64])],
            "layers_per_block": rng.choice([1, 2]),
            "latent_channels": 4,
            "norm_num_groups": 32,
            "sample_size": 64,
            "scaling_factor": 0.18215,
        },
        "text": {
            "vocab_size": 49408,
            "hidden_size": context,
            "intermediate_size": 2 * context,
            "num_hidden_layers": rng.randint(1, 3),
            "num_attention_heads": rng.choice([2, 4]) if not like_released else 1,
            "hidden_act": "gelu" if linear else "quick_gelu",
            "projection_dim": context,
        },
        "pad": "!" if linear else tokens.END,
        "old_names": rng.random() < 0.5,
        "half": rng.random() < 0.4,
        "lora": draw_lora(seed, number),
        "request": {
            "prompt": PROMPTS[number % len(PROMPTS)],
            "negative": rng.choice(["", "blurry, ugly!"]),
            "width": sides[0],
            "height": sides[1],
            "steps": rng.choice([1, 2, 3, 5, 8]) if asked != "lcm" else rng.choice([1, 2, 4]),
            "guidance": cfg,
            "seed": rng.randrange(2**32),
            "sampler": asked,
        },
    }


@torch.no_grad()
def build(case):
    torch.manual_seed(case["seed"])
    draw = torch.Generator("cpu").manual_seed(case["seed"])
    unet = UNet2DConditionModel(**case["unet"]).eval()
    random_svd.enliven(unet, draw)
    sample = torch.randn(1, 4, 16, 16, generator=draw)
    context = torch.randn(1, 77, case["unet"]["cross_attention_dim"], generator=draw)
    out = unet(sample, 500, encoder_hidden_states=context).sample
    random_svd._rescale(unet.conv_out, 0.7 / out.std().item())
    vae = random_svd.build_vae(case["vae"], draw)
    text = CLIPTextModel(CLIPTextConfig(**case["text"])).eval()
    random_svd.enliven(text, draw)
    text.get_input_embeddings().weight.mul_(20)
    parts = [unet, vae, text]
    if case["half"]:
        parts = [random_svd.round_to_half(part) for part in parts]
    vocabulary, merges = tokens.vocabulary()
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=case["pad"], model_max_length=77)
    kind, settings = SCHEDULERS[case["number"] % len(SCHEDULERS)]
    pipe = StableDiffusionPipeline(
        unet=parts[0], vae=parts[1], text_encoder=parts[2], tokenizer=tokenizer, scheduler=kind(**settings),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


OLD_VAE = (("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn"))


def save(pipe, folder, case):
    target = pipe
    if case["half"]:
        kept = {name: copy.deepcopy(part) for name, part in pipe.components.items() if part is not None}
        target = StableDiffusionPipeline(
            **kept, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        ).to(torch.float16)
    target.save_pretrained(folder, safe_serialization=True)
    if not case["old_names"]:
        return
    # Older names of the VAE's attention, and the prefix of the tower's names that transformers 5 leaves out.
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    renamed = {}
    for name, value in load_torch(path).items():
        for new, old in OLD_VAE:
            if ".mid_block.attentions.0." in name:
                name = name.replace(f".{new}.", f".{old}.")
        renamed[name] = value
    save_torch(renamed, path)
    path = folder / "text_encoder" / "model.safetensors"
    save_torch({f"text_model.{name}": value for name, value in load_torch(path).items()}, path)


def write_lora(pipe, path, case):
    """A LoRA of the UNet and the text tower, under the names that a trainer would write."""
    lora = case["lora"]
    draw = torch.Generator("cpu").manual_seed(case["seed"])
    unet = [(name, part) for name, part in pipe.unet.named_modules() if name.endswith(("attn1.to_v", "attn2.to_q", "to_out.0"))]
    text = [(f"text_model.{name}", part) for name, part in pipe.text_encoder.named_modules()
            if name.endswith(("q_proj", "v_proj", "out_proj", "fc1", "fc2"))]
    tensors = {}
    for network, modules in (("unet", unet), ("text_encoder", text)):
        for name, part in modules:
            down = torch.randn(lora["rank"], part.in_features, generator=draw) * 0.2
            up = torch.randn(part.out_features, lora["rank"], generator=draw) * 0.2
            if lora["spelling"] == "kohya":
                module = f"lora_{'te' if network == 'text_encoder' else network}_{name.replace('.', '_')}"
                tensors |= {f"{module}.lora_down.weight": down, f"{module}.lora_up.weight": up}
                tensors[f"{module}.alpha"] = torch.tensor(lora["rank"] / 2)
            else:
                tensors |= {f"{network}.{name}.lora_A.weight": down, f"{network}.{name}.lora_B.weight": up}
    save_torch(tensors, path)


@torch.no_grad()
def run_diffusers(folder, request, lora=None):
    """The stages of one run, with the model as it is stored on disk, computed in f32."""
    pipe = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, safety_checker=None)
    pipe.set_progress_bar_config(disable=True)
    if lora is not None:
        path, strength = lora
        pipe.load_lora_weights(path, adapter_name="case")
        if set(pipe.get_list_adapters()) != {"unet", "text_encoder"}:
            raise Failure("diffusers did not apply the LoRA to both networks")
        pipe.set_adapters("case", strength)
    if isinstance(pipe.scheduler, PNDMScheduler) and request["sampler"] is None:
        # The same correction that the pipeline makes for its own DDIM: otherwise, the latents would be clipped.
        pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config, clip_sample=False, steps_offset=1)
    elif request["sampler"] is not None:
        pipe.scheduler = SAMPLERS[request["sampler"]].from_config(pipe.scheduler.config)
    stages = {}
    encode = pipe.encode_prompt

    def encoded(*args, **kwargs):
        positive, negative = encode(*args, **kwargs)
        stages["text_embeds"] = positive.clone()
        if negative is not None:
            stages["negative_embeds"] = negative.clone()
        return positive, negative

    pipe.encode_prompt = encoded

    def after_step(_pipe, step, _timestep, values):
        stages[f"latents_{step:03d}"] = values["latents"].clone()
        return {}

    picture = pipe(
        request["prompt"],
        negative_prompt=request["negative"],
        width=request["width"],
        height=request["height"],
        num_inference_steps=request["steps"],
        guidance_scale=request["guidance"],
        generator=torch.Generator("cpu").manual_seed(request["seed"]),
        output_type="pt",
        callback_on_step_end=after_step,
    ).images
    ids = pipe.tokenizer(request["prompt"], padding="max_length", max_length=77, truncation=True).input_ids
    scale = pipe.vae_scale_factor
    shape = (1, 4, request["height"] // scale, request["width"] // scale)
    stages["noise"] = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(request["seed"]))
    stages["picture"] = picture
    stages = {name: value.float().numpy() for name, value in stages.items()}
    stages["token_ids"] = np.array([ids], dtype=np.int64)
    return stages


def run_kinora(options, model, request, folder, lora=None):
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        *options.kinora, "still", "--model", str(model), "--prompt", request["prompt"], "--negative", request["negative"],
        "--width", str(request["width"]), "--height", str(request["height"]), "--steps", str(request["steps"]),
        "--guidance", str(request["guidance"]), "--seed", str(request["seed"]), "--device", options.device,
        "--precision", "f32", "-o", str(folder / "frame_0000.png"), "--dump", str(folder / "dump"),
    ]
    if request["sampler"] is not None:
        command += ["--sampler", request["sampler"]]
    if lora is not None:
        command += ["--lora", f"{lora[0]}={lora[1]:g}"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise Failure(f"kinora left with {done.returncode}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return time.monotonic() - started


def compare(expected, folder):
    """What differs, in words, and the worst figures."""
    wrong, worst, picture = [], 0.0, 0.0
    for name, value in expected.items():
        found = read_stage(folder / "dump", name)
        if found.shape != value.shape:
            wrong.append(f"{name} has shape {list(found.shape)}, not {list(value.shape)}")
        elif name in ("noise", "token_ids"):
            if found.tobytes() != value.tobytes():
                wrong.append(name)
        elif name == "picture":
            picture = psnr(found, value)
            if picture < LEAST_PSNR_DB:
                wrong.append(name)
        else:
            error = relative_l2(found, value)
            worst = max(worst, error)
            if not error <= MOST_RELATIVE_L2:
                wrong.append(f"{name} ({error:.1e})")
    png = compare_pngs(expected["picture"], folder)
    if png < LEAST_PNG_PSNR_DB:
        wrong.append("png")
    return wrong, f"latents and embeddings {worst:.1e}  picture {picture:.1f} dB"


def single_file(folder, path, case):
    """The model as one original file; settings that its tensors do not determine go into the metadata."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "golden"))
    import make_sd_single_file

    make_sd_single_file.convert(folder, path, open_clip=case["unet"]["use_linear_projection"])


def describe(case):
    request = case["request"]
    kind, settings = SCHEDULERS[case["number"] % len(SCHEDULERS)]
    spacing = settings.get("timestep_spacing", "-")
    return (
        f"{','.join(map(str, case['unet']['block_out_channels']))} {'linear' if case['unet']['use_linear_projection'] else 'conv'}"
        f" · {kind.__name__.removesuffix('Scheduler')} {spacing} → {request['sampler'] or 'own'} · {request['steps']} steps"
        f" · g {request['guidance']} · {request['width']}x{request['height']}"
        f"{' · LoRA ' + case['lora']['spelling'] if case['lora'] else ''}"
    )


def run_case(options, number, work):
    case = draw_case(options.seed, number, options.layout == "single")
    folder = work / f"case {number:02d} d'été"
    passed = False
    try:
        pipe = build(case)
        model = folder / "model"
        save(pipe, model, case)
        (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")
        lora = None
        if case["lora"] is not None:
            lora = (folder / "words.safetensors", case["lora"]["strength"])
            write_lora(pipe, lora[0], case)
        expected = run_diffusers(model, case["request"], lora)
        seconds = run_kinora(options, model, case["request"], folder / "kinora", lora)
        wrong, figures = compare(expected, folder / "kinora")
        passed = not wrong
        print(f"{'ok  ' if passed else 'FAIL'} case {number:2d}  {describe(case)}  {figures}  ({seconds:.1f} s)"
              + (f"  <- {', '.join(wrong)}" if wrong else ""), flush=True)
        if options.layout == "single":
            single_file(model, folder / "single.safetensors", case)
            run_kinora(options, folder / "single.safetensors", case["request"], folder / "kinora single", lora)
            one, other = folder / "kinora" / "dump", folder / "kinora single" / "dump"
            different = [p.name for p in sorted(one.glob("*")) if (other / p.name).read_bytes() != p.read_bytes()]
            print(f"{'ok  ' if not different else 'FAIL'} case {number:2d}  single file: "
                  + (", ".join(different) or "identical"), flush=True)
            passed &= not different
    except Failure as failure:
        print(f"FAIL case {number:2d}  {describe(case)}  {failure}", flush=True)
    if passed and not options.keep:
        shutil.rmtree(folder)
    gc.collect()
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinora", required=True, nargs="+", help="the binary (or a command, word by word)")
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="run just the case of this number")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--layout", choices=["folder", "single"], default="folder", help="also run single files")
    parser.add_argument("--keep", type=Path, help="keep everything in this folder; otherwise only failures stay")
    options = parser.parse_args()
    work = options.keep or Path(tempfile.mkdtemp(prefix="kinora-sd-"))
    numbers = [options.only] if options.only is not None else range(options.cases)
    passed = [run_case(options, number, work) for number in numbers]
    print(f"{'PASS' if all(passed) else 'FAIL'}: {sum(passed)} of {len(passed)}" + ("" if all(passed) else f"; see {work}"))
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
