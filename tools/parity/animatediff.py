#!/usr/bin/env python3
"""Compares `kinora generate` with diffusers' AnimateDiffPipeline, from prompt to frames, on generated models.

    python animatediff.py --kinora target/release/kinora [--cases 12] [--seed 1] [--reach clip|frame|both] [--double]

Each case draws a random Stable Diffusion model, random motion modules and a request, and saves the modules in one of five
forms: AnimateDiff's own names with its `module.` prefix or without, diffusers' names in one file, an adapter's folder, or a whole
pipeline whose UNet is a UNetMotionModel. It computes every stage with diffusers on the CPU in f32 and lets Kinora do the same:
token ids and noise must agree bit for bit, everything else within the bounds below; `--full-width` uses those of `parity.py`.

diffusers computes `--norm-reach clip`. The oracle of `--norm-reach frame` is diffusers with its norms called as in the code that
the public modules were trained with (guoyww/AnimateDiff): those of the modules for each frame, and with version 1 those of the
residual blocks and the last one for the clip. With more than one frame, the two must be told apart: predictions of the two
networks for the same latents must agree by less than 40 dB, and the frames by so much less than the bound that a result within
its bound of one oracle cannot be the other's.

`--double` also computes every case with diffusers in f64 and prints how far both programs' f32 results are from that.
"""

import argparse
import contextlib
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

import diffusers.models.embeddings
import diffusers.pipelines.animatediff.pipeline_animatediff
import diffusers.schedulers.scheduling_lcm
import numpy as np
import torch
from diffusers import AnimateDiffPipeline, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from safetensors.torch import save_file as save_torch

sys.path.insert(0, str(Path(__file__).resolve().parent))

import random_svd
import sd
from parity import Failure, compare_pngs, psnr, read_stage, relative_l2
from sd import LEAST_PNG_PSNR_DB, LEAST_PSNR_DB, MOST_RELATIVE_L2, SAMPLERS

# Bounds of tiny models on the CPU: relative distance of embeddings and latents, and PSNR of frames. diffusers' own f32 results
# are as far as 5e-6 and 119 dB from its results in f64.
TINY_RELATIVE_L2, TINY_PSNR_DB = 2e-5, 100.0
# What tells the two reaches apart: signal-to-noise ratio of one prediction, and PSNR of the frames. A run whose guidance and
# steps change little leaves frames more alike than the networks are.
MOST_ALIKE_DB, MOST_ALIKE_FRAMES_DB = 40.0, 80.0

# The schedule of motion modules in files of their own.
OWN = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "linear", "num_train_timesteps": 1000, "steps_offset": 1,
    "timestep_spacing": "leading", "set_alpha_to_one": True, "clip_sample": False, "prediction_type": "epsilon",
    "original_inference_steps": 100,
}
LIGHTNING = {**OWN, "timestep_spacing": "trailing"}
FORMS = ("original", "wrapped", "diffusers", "adapter", "pipeline")
# Schedules of whole pipelines, as in their files; diffusers corrects nothing in them.
PIPELINE_SCHEDULERS = (
    ("ddim", {**OWN, "timestep_spacing": "linspace", "steps_offset": 1}),
    ("euler", {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012, "timestep_spacing": "trailing"}),
    ("ddim", {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012}),
    ("lcm", {"beta_schedule": "linear", "beta_start": 0.00085, "beta_end": 0.012, "original_inference_steps": 100}),
)
ASKED = (None, "euler", "lcm", "dpmpp-2m", None, "ddim")


def draw_case(seed, number):
    rng = random.Random(f"animatediff/{seed}/{number}")
    case = sd.draw_case(seed, number, False)
    unet = case["unet"]
    version = (2, 3, 1)[number % 3]
    form = FORMS[number % len(FORMS)]
    asked = ASKED[number % len(ASKED)]
    request = case["request"]
    request["sampler"] = asked
    request["steps"] = rng.choice([1, 2, 3, 5]) if asked != "lcm" else rng.choice([2, 4])
    request["frames"] = rng.choice([1, 2, 3, 5, 8, 16])
    request["fps"] = rng.choice([7, 8, 12])
    case["motion"] = {
        "block_out_channels": unet["block_out_channels"],
        "motion_layers_per_block": unet["layers_per_block"],
        # A single file does not state its heads: there are eight in all that are published.
        "motion_num_attention_heads": 8 if form in ("original", "wrapped", "diffusers") else rng.choice([2, 4, 8]),
        "motion_max_seq_length": 24 if version == 1 else rng.choice([16, 32]),
        "use_motion_mid_block": version == 2,
    }
    case["strength"] = 1.0
    case["form"] = form
    case["lightning"] = form == "diffusers" and rng.random() < 0.5
    case["scheduler"] = PIPELINE_SCHEDULERS[number // len(FORMS) % len(PIPELINE_SCHEDULERS)]
    return case


@torch.no_grad()
def build_motion(settings, generator, strength=0.4):
    """Random modules; `strength` is the deviation of what they add, next to a deviation of one inside them."""
    adapter = MotionAdapter(**settings).eval()
    random_svd.enliven(adapter, generator)
    # In a new module, the last layer is zero.
    for part in adapter.modules():
        if isinstance(part, AnimateDiffTransformer3D):
            deviation = strength / part.proj_out.in_features**0.5
            torch.nn.init.normal_(part.proj_out.weight, std=deviation, generator=generator)
    return adapter


@torch.no_grad()
def calibrate(base, adapter, generator):
    """Scales the last layer of the base so that the prediction with these modules has a standard deviation near 0.7."""
    unet = UNetMotionModel.from_unet2d(base.unet, adapter).eval()
    sample = torch.randn(1, 4, 4, 16, 16, generator=generator)
    context = torch.randn(4, 77, base.unet.config.cross_attention_dim, generator=generator)
    out = unet(sample, 500, encoder_hidden_states=context).sample
    random_svd._rescale(base.unet.conv_out, 0.7 / out.std().item())


ORIGINAL = ((".attn1.", ".attention_blocks.0."), (".attn2.", ".attention_blocks.1."), (".norm1.", ".norms.0."),
            (".norm2.", ".norms.1."), (".norm3.", ".ff_norm."))


def original_names(tensors, prefix=""):
    """AnimateDiff's own names; each attention has its own copy of the positions."""
    renamed = {}
    for name, value in tensors.items():
        block, module = name.split(".motion_modules.")
        index, rest = module.split(".", 1)
        rest = f".{rest}"
        start = f"{prefix}{block}.motion_modules.{index}.temporal_transformer"
        if rest.endswith(".pos_embed.pe"):
            for attention in (0, 1):
                at = rest.replace(".pos_embed.pe", f".attention_blocks.{attention}.pos_encoder.pe")
                renamed[start + at] = value.clone()
            continue
        for new, old in ORIGINAL:
            rest = rest.replace(new, old)
        renamed[start + rest] = value
    return renamed


def save_motion(adapter, form, folder, half=False, lightning=False):
    """Writes the modules in one of the forms and returns the path for `--motion-module`."""
    dtype = torch.float16 if half else torch.float32
    tensors = {name: value.to(dtype).contiguous() for name, value in adapter.state_dict().items()}
    name = "AnimateDiff_Lightning_4step.safetensors" if lightning else "mm.safetensors"
    if form == "adapter":
        path = folder / "adapter"
        adapter.save_pretrained(path, safe_serialization=True)
        save_torch(tensors, path / "diffusion_pytorch_model.safetensors")
        return path
    if form in ("original", "wrapped"):
        tensors = original_names(tensors, "module." if form == "wrapped" else "")
    save_torch(tensors, folder / name)
    return folder / name


def split(x, frames):
    """[b·f, c, h, w] as [b, c, f, h, w]."""
    return x.reshape(-1, frames, *x.shape[1:]).permute(0, 2, 1, 3, 4)


def joined(x):
    """[b, c, f, h, w] as [b·f, c, h, w]."""
    return x.permute(0, 2, 1, 3, 4).flatten(0, 1)


class PerFrame(torch.nn.Module):
    """A norm of [b, c, f, h, w] whose statistics are those of each frame."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x):
        return split(self.norm(joined(x)), x.shape[2])


class OverClip(torch.nn.Module):
    """A norm of [b·f, c, h, w] whose statistics are those of each clip."""

    def __init__(self, norm, frames):
        super().__init__()
        self.norm, self.frames = norm, frames

    def forward(self, x):
        return joined(self.norm(split(x, self.frames)))


def reach_frame(unet, version, frames):
    """Makes the norms of a UNetMotionModel reach as in the code that the modules were trained with."""
    for part in list(unet.modules()):
        if isinstance(part, AnimateDiffTransformer3D):
            part.norm = PerFrame(part.norm)
        elif version == 1 and isinstance(part, ResnetBlock2D):
            part.norm1, part.norm2 = OverClip(part.norm1, frames), OverClip(part.norm2, frames)
    if version == 1:
        unet.conv_norm_out = OverClip(unet.conv_norm_out, frames)


def version_of(settings):
    if settings["use_motion_mid_block"]:
        return 2
    return 1 if settings["motion_max_seq_length"] == 24 else 3


def with_motion(pipe, adapter, scheduler):
    parts = {name: getattr(pipe, name) for name in ("vae", "text_encoder", "tokenizer")}
    unet = UNetMotionModel.from_unet2d(pipe.unet, adapter).eval()
    pipe = AnimateDiffPipeline(**parts, unet=unet, motion_adapter=adapter, scheduler=scheduler)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def exact_embedding(timesteps, width, flip_sin_to_cos=True, downscale_freq_shift=0.0, **_):
    """The embedding of timesteps in f64."""
    half = torch.arange(width // 2, dtype=torch.float64)
    frequencies = torch.exp(-np.log(10000.0) * half / (width // 2 - downscale_freq_shift))
    angles = timesteps[:, None].double() * frequencies[None]
    parts = [torch.cos(angles), torch.sin(angles)]
    return torch.cat(parts if flip_sin_to_cos else parts[::-1], dim=-1)


@contextlib.contextmanager
def in_double(pipe):
    """Makes a pipeline compute in f64, from the same weights, noise levels and noise."""
    drawn_by = [diffusers.pipelines.animatediff.pipeline_animatediff, diffusers.schedulers.scheduling_lcm]
    embeddings, scheduler = diffusers.models.embeddings, pipe.scheduler
    draw, embed, choose = drawn_by[0].randn_tensor, embeddings.get_timestep_embedding, scheduler.set_timesteps

    def drawn(*args, dtype=None, **kwargs):
        return draw(*args, dtype=torch.float32, **kwargs).to(dtype)

    def chosen(*args, **kwargs):
        choose(*args, **kwargs)
        if hasattr(scheduler, "sigmas"):
            scheduler.sigmas = scheduler.sigmas.double()
        if hasattr(scheduler, "final_alpha_cumprod"):
            scheduler.final_alpha_cumprod = scheduler.final_alpha_cumprod.double()
        scheduler.alphas_cumprod = scheduler.alphas_cumprod.double()

    networks = (pipe.unet, pipe.vae, pipe.text_encoder)
    try:
        for network in networks:
            network.double()
        for module in drawn_by:
            module.randn_tensor = drawn
        embeddings.get_timestep_embedding = exact_embedding
        scheduler.set_timesteps = chosen
        yield
    finally:
        for network in networks:
            network.float()
        for module in drawn_by:
            module.randn_tensor = draw
        embeddings.get_timestep_embedding = embed
        pipe.scheduler = type(scheduler).from_config(scheduler.config)


@torch.no_grad()
def run_diffusers(pipe, request):
    """The stages of one run; latents as [1, f, c, h, w]."""
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
        stages[f"latents_{step:03d}"] = values["latents"].permute(0, 2, 1, 3, 4).clone()
        return {}

    try:
        frames = pipe(
            request["prompt"], negative_prompt=request["negative"], num_frames=request["frames"], width=request["width"],
            height=request["height"], num_inference_steps=request["steps"], guidance_scale=request["guidance"],
            generator=torch.Generator("cpu").manual_seed(request["seed"]), output_type="pt", callback_on_step_end=after_step,
        ).frames
    finally:
        del pipe.encode_prompt
    ids = pipe.tokenizer(request["prompt"], padding="max_length", max_length=77, truncation=True).input_ids
    scale = pipe.vae_scale_factor
    shape = (1, 4, request["frames"], request["height"] // scale, request["width"] // scale)
    stages["noise"] = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(request["seed"]))
    stages["frames"] = frames
    stages = {name: value.numpy() for name, value in stages.items()}
    stages["token_ids"] = np.array([ids], dtype=np.int64)
    return stages


def run_kinora(options, model, module, request, reach, folder):
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        *options.kinora, "generate", "--model", str(model), "--prompt", request["prompt"], "--negative", request["negative"],
        "--width", str(request["width"]), "--height", str(request["height"]), "--frames", str(request["frames"]),
        "--steps", str(request["steps"]), "--guidance", f"{request['guidance']}:{request['guidance']}", "--seed",
        str(request["seed"]), "--fps", str(request["fps"]), "--norm-reach", reach, "--device", options.device, "--precision",
        "f32", "-o", f"{folder}/", "--dump", str(folder / "dump"),
    ]
    if module is not None:
        command += ["--motion-module", str(module)]
    if request["sampler"] is not None:
        command += ["--sampler", request["sampler"]]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise Failure(f"kinora left with {done.returncode}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return time.monotonic() - started


def compare(expected, folder, bounds):
    """What differs, in words, and the worst figures. `bounds`: relative distance and PSNR."""
    wrong, worst, clip = [], 0.0, 0.0
    most, least = bounds
    for name, value in expected.items():
        found = read_stage(folder / "dump", name)
        if name == "frames":
            found = found.reshape(value.shape)
        if found.shape != value.shape:
            wrong.append(f"{name} has shape {list(found.shape)}, not {list(value.shape)}")
        elif name in ("noise", "token_ids"):
            if found.tobytes() != value.tobytes():
                wrong.append(name)
        elif name == "frames":
            clip = psnr(found, value)
            if clip < least:
                wrong.append(name)
        else:
            error = relative_l2(found, value)
            worst = max(worst, error)
            if not error <= most:
                wrong.append(f"{name} ({error:.1e})")
    png = compare_pngs(expected["frames"][0], folder)
    if png < LEAST_PNG_PSNR_DB:
        wrong.append("png")
    return wrong, f"latents and embeddings {worst:.1e}  frames {clip:.1f} dB"


@torch.no_grad()
def predicted(pipe, stages):
    """One prediction for the noise of a run, halfway through the schedule."""
    noise, words = (torch.from_numpy(stages[name]) for name in ("noise", "text_embeds"))
    context = words.repeat_interleave(noise.shape[2], dim=0)
    return pipe.unet(noise, 500, encoder_hidden_states=context).sample.numpy()


def alike(first, second):
    """How far two results agree, as a signal-to-noise ratio in dB."""
    apart = relative_l2(first, second)
    return float("inf") if apart == 0 else float(-20 * np.log10(apart))


def away_from(exact, found):
    """How far f32 results are from those in f64: the worst relative distance, and the PSNR of the frames."""
    names = [name for name in exact if name not in ("noise", "token_ids", "frames")]
    worst = max(relative_l2(found(name).reshape(exact[name].shape), exact[name]) for name in names)
    frames = psnr(found("frames").reshape(exact["frames"].shape), exact["frames"])
    return f"{worst:.1e} {frames:.1f} dB"


def scheduler_of(case):
    if case["form"] == "pipeline":
        name, settings = case["scheduler"]
    else:
        name, settings = ("euler", LIGHTNING) if case["lightning"] else ("ddim", OWN)
    asked = case["request"]["sampler"]
    own = SAMPLERS[name].from_config(settings)
    return own if asked is None or asked == name else SAMPLERS[asked].from_config(own.config)


def describe(case):
    request, motion = case["request"], case["motion"]
    return (
        f"{','.join(map(str, motion['block_out_channels']))} v{version_of(motion)} {case['form']}"
        f"{' lightning' if case['lightning'] else ''} · {request['sampler'] or 'own'} · {request['frames']} frames"
        f" · {request['steps']} steps · g {request['guidance']} · {request['width']}x{request['height']}"
    )


def run_case(options, number, work, case=None):
    case = case or draw_case(options.seed, number)
    folder = work / f"case {number:02d} d'été"
    folder.mkdir(parents=True, exist_ok=True)
    passed = True
    try:
        draw = torch.Generator("cpu").manual_seed(case["seed"] ^ 1)
        base = sd.build(case)
        adapter = build_motion(case["motion"], draw, case["strength"])
        calibrate(base, adapter, draw)
        if case["half"]:
            for part in (adapter, base.unet):
                random_svd.round_to_half(part)
        pipe = with_motion(base, adapter, scheduler_of(case))
        model = folder / "model"
        if case["form"] == "pipeline":
            name, settings = case["scheduler"]
            whole = with_motion(base, adapter, SAMPLERS[name].from_config(settings))
            whole.save_pretrained(model, safe_serialization=True)
            module = None
        else:
            sd.save(base, model, case)
            module = save_motion(adapter, case["form"], folder, case["half"], case["lightning"])
        (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")
        expected, exact, once = {}, {}, {}
        for reach in ("clip", "frame"):
            if reach == "frame":
                reach_frame(pipe.unet, version_of(case["motion"]), case["request"]["frames"])
            expected[reach] = run_diffusers(pipe, case["request"])
            once[reach] = predicted(pipe, expected[reach])
            if options.double:
                with in_double(pipe):
                    exact[reach] = run_diffusers(pipe, case["request"])
        network = alike(once["clip"], once["frame"])
        frames = psnr(expected["clip"]["frames"], expected["frame"]["frames"])
        mistakable = case["request"]["frames"] > 1 and (network >= MOST_ALIKE_DB or frames >= MOST_ALIKE_FRAMES_DB)
        tiny = options.device == "cpu" and not options.full_width
        bounds = (TINY_RELATIVE_L2, TINY_PSNR_DB) if tiny else (MOST_RELATIVE_L2, LEAST_PSNR_DB)
        for reach in ("clip", "frame") if options.reach == "both" else (options.reach,):
            seconds = run_kinora(options, model, module, case["request"], reach, folder / reach)
            wrong, figures = compare(expected[reach], folder / reach, bounds)
            if tiny and mistakable:
                wrong.append("the reaches cannot be told apart")
            if options.double:
                ours = away_from(exact[reach], lambda name: read_stage(folder / reach / "dump", name))
                theirs = away_from(exact[reach], expected[reach].get)
                figures += f"  from f64: Kinora {ours}, diffusers {theirs}"
            passed &= not wrong
            print(f"{'ok  ' if not wrong else 'FAIL'} case {number:2d}  {describe(case)}  {reach}: {figures}"
                  f"  (other oracle: prediction {network:.1f} dB, frames {frames:.1f} dB; {seconds:.1f} s)" + (f"  <- {', '.join(wrong)}" if wrong else ""), flush=True)
    except Failure as failure:
        passed = False
        print(f"FAIL case {number:2d}  {describe(case)}  {failure}", flush=True)
    if passed and not options.keep:
        shutil.rmtree(folder)
    gc.collect()
    return passed


def full_width_case(version):
    """Stable Diffusion 1.5's UNet and text tower with modules of a published version: 2 frames of 256², one step."""
    case = draw_case(1, 1)
    widths = [320, 640, 1280, 1280]
    case["unet"] = {
        "sample_size": 32, "cross_attention_dim": 768, "attention_head_dim": 8, "layers_per_block": 2,
        "block_out_channels": widths,
    }
    case["text"] |= {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
                     "hidden_act": "quick_gelu"}
    case["vae"] |= {"block_out_channels": [32] * 4, "down_block_types": ["DownEncoderBlock2D"] * 4,
                    "up_block_types": ["UpDecoderBlock2D"] * 4, "layers_per_block": 1}
    case["motion"] = {
        "block_out_channels": widths, "motion_layers_per_block": 2, "motion_num_attention_heads": 8,
        "motion_max_seq_length": 24 if version == 1 else 32, "use_motion_mid_block": version == 2,
    }
    case |= {"form": "original", "lightning": False, "half": True, "old_names": False, "pad": "<|endoftext|>"}
    case["request"] |= {"width": 256, "height": 256, "frames": 2, "steps": 1, "guidance": 1.0, "sampler": None}
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinora", required=True, nargs="+", help="the binary (or a command, word by word)")
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="run just the case of this number")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--reach", choices=["clip", "frame", "both"], default="both")
    parser.add_argument("--double", action="store_true", help="also compare both programs with diffusers in f64")
    parser.add_argument("--full-width", type=int, choices=[1, 2, 3], metavar="VERSION",
                        help="one step of Stable Diffusion 1.5 with this version of the modules, random weights; 10 GB of memory")
    parser.add_argument("--keep", type=Path, help="keep everything in this folder; otherwise only failures stay")
    options = parser.parse_args()
    work = options.keep or Path(tempfile.mkdtemp(prefix="kinora-animatediff-"))
    if options.full_width:
        passed = run_case(options, 0, work, full_width_case(options.full_width))
        print(f"{'PASS' if passed else 'FAIL'}: full width; 1e-4 in relative distance are 80 dB")
        sys.exit(0 if passed else 1)
    numbers = [options.only] if options.only is not None else range(options.cases)
    passed = [run_case(options, number, work) for number in numbers]
    print(f"{'PASS' if all(passed) else 'FAIL'}: {sum(passed)} of {len(passed)}" + ("" if all(passed) else f"; see {work}"))
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
