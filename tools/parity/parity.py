#!/usr/bin/env python3
"""Compares Kinora with diffusers, from seed to frames, on generated cases.

    python parity.py --kinora target/release/kinora [--cases 8] [--seed 1]

Each case draws a random Stable Video Diffusion model and request, saves the model as diffusers does, computes every
stage with diffusers on the CPU in f32, lets Kinora do the same, and compares. Prints one line per case; exits with 0
only if every case is within bounds.
"""

import argparse
import contextlib
import gc
import json
import os
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
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parents[1] / "tests" / "golden"

# The bounds that the project promises; noise is compared bit for bit.
MOST_RELATIVE_L2 = 1e-3
LEAST_PSNR_DB = 55.0
# A PNG has 8 bits: rounding alone gives as little as 58.9 dB, so the bound is lower for PNGs.
LEAST_PNG_PSNR_DB = 53.0


class Failure(Exception):
    """A case that cannot be compared; the message says why."""


def relative_l2(found, expected):
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    scale = np.linalg.norm(expected)
    error = np.linalg.norm(found - expected)
    return float(error / scale) if scale > 0 else float(error)


def psnr(found, expected):
    error = np.mean((found.astype(np.float64) - expected.astype(np.float64)) ** 2)
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def kinora_command(binary, picture, out, model, request, dump, device, extra):
    low, high = request["guidance"]
    options = {
        "-o": f"{out}/",
        "--model": model,
        "--fit": "stretch",
        "--device": device,
        "--precision": "f32",
        "--seed": request["seed"],
        "--width": request["width"],
        "--height": request["height"],
        "--frames": request["frames"],
        "--steps": request["steps"],
        "--fps": request["fps"],
        "--motion-bucket": request["motion_bucket"],
        "--noise-aug": request["noise_aug"],
        "--guidance": f"{low}:{high}",
        "--decode-chunk": request["decode_chunk"],
        "--sampler": request.get("sampler", "euler"),
        "--dump": dump,
    }
    command = [*binary, "generate", str(picture)]
    for flag, value in options.items():
        command += [flag, str(value)]
    return [*command, *extra]


def run_kinora(options, picture, model, request, folder, extra=()):
    """Runs `kinora generate` into `folder`/frames and `folder`/dump; returns the seconds it took."""
    folder.mkdir(parents=True, exist_ok=True)
    out, dump = folder / "frames", folder / "dump"
    command = kinora_command(options.kinora, picture, out, model, request, dump, options.device, extra)
    (folder / "command.json").write_text(json.dumps(command, indent=1, ensure_ascii=False) + "\n")
    started = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=options.timeout)
    except subprocess.TimeoutExpired:
        raise Failure(f"kinora took more than {options.timeout} s") from None
    except OSError as error:
        raise Failure(f"kinora could not be started: {error}") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"kinora left with {done.returncode}: {last}")
    return time.monotonic() - started


def read_stage(folder, name):
    path = folder / f"{name}.safetensors"
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise Failure(f"no readable {path.name} in the dump: {error}") from None
    if name not in tensors:
        raise Failure(f"{path.name} holds {sorted(tensors)}, not {name}")
    return tensors[name]


def compare_stages(expected, dump):
    """The worst figures of each stage. Raises `Failure` if a stage is missing or has another shape."""
    figures = {"noise": "exact", "image_embeds": 0.0, "image_latents": 0.0, "latents": 0.0, "psnr": 0.0}
    figures |= {"guide_frames": 0.0, "guide_latents": 0.0, "guide_mask": 0.0}
    for name, value in expected.items():
        optional = name == "image_noise" and not (dump / f"{name}.safetensors").exists()
        if optional:
            continue
        found = read_stage(dump, name)
        if found.shape != value.shape:
            raise Failure(f"{name} has shape {list(found.shape)}, expected {list(value.shape)}")
        if not np.isfinite(found).all():
            raise Failure(f"{name} holds values that are not finite")
        if name in ("noise", "image_noise"):
            if found.dtype != value.dtype or found.tobytes() != value.tobytes():
                figures["noise"] = f"{relative_l2(found, value):.1e} off in {name}"
        elif name == "frames":
            figures["psnr"] = psnr(found, value)
        else:
            stage = "latents" if name.startswith("latents_") else name
            figures[stage] = max(figures[stage], relative_l2(found, value))
    return figures


def compare_pngs(expected, folder):
    paths = sorted(folder.glob("frame_*.png"))
    if [path.name for path in paths] != [f"frame_{i:04d}.png" for i in range(len(expected))]:
        raise Failure(f"{len(paths)} PNG frames, expected {len(expected)}")
    frames = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])
    if frames.shape[1:3] != expected.shape[2:]:
        raise Failure(f"PNG frames of {frames.shape[2]}x{frames.shape[1]}")
    return psnr(frames.transpose(0, 3, 1, 2) / 255.0, expected)


def verdict(figures):
    """What is out of bounds, in words; empty if everything is within them."""
    wrong = [] if figures["noise"] == "exact" else ["noise"]
    if figures["guide_mask"] != 0.0:
        wrong.append("guide_mask")
    for stage in ("image_embeds", "image_latents", "latents", "guide_frames", "guide_latents"):
        if not figures[stage] <= MOST_RELATIVE_L2:
            wrong.append(stage)
    if not figures["psnr"] >= LEAST_PSNR_DB:
        wrong.append("frames")
    if not figures["png"] >= LEAST_PNG_PSNR_DB:
        wrong.append("png")
    return wrong


def compare(expected, folder):
    figures = compare_stages(expected, folder / "dump")
    figures["png"] = compare_pngs(expected["frames"], folder / "frames")
    return figures, verdict(figures)


def same_stages(one, other):
    """Names of stages of two dumps whose bytes differ."""
    names = sorted(path.name for path in one.glob("*.safetensors"))
    if not names:
        raise Failure("the first dump is empty")
    return [name for name in names if not _same_values(one / name, other / name)]


def _same_values(one, other):
    if not other.exists():
        return False
    first, second = load_file(one), load_file(other)
    return first.keys() == second.keys() and all(first[k].tobytes() == second[k].tobytes() for k in first)


def describe(case):
    unet, vae, request = case["unet"], case["vae"], case["request"]
    storage = "f16" if case["half"] else "f32"
    storage += "+variant" if case["variant"] else ""
    storage += "+shards" if case["max_shard_size"] else ""
    widths = ",".join(map(str, unet["block_out_channels"]))
    plain = " plain" if vae["_class_name"] == "AutoencoderKL" else ""
    low, high = request["guidance"]
    return (
        f"unet {widths} · vae /{2 ** (len(vae['block_out_channels']) - 1)}{plain} · {vae['latent_channels']} ch · "
        f"{request['width']}x{request['height']}x{request['frames']} · {request['steps']} steps · g {low:g}:{high:g}"
        f" · chunk {request['decode_chunk']} · {storage}{' · small' if case['small_signal'] else ''}"
    )


def show(label, figures, wrong, note=""):
    state = "ok  " if not wrong else "FAIL"
    print(
        f"{state} {label}  noise {figures['noise']}  embeds {figures['image_embeds']:.1e}  "
        f"image latents {figures['image_latents']:.1e}  latents {figures['latents']:.1e}  "
        f"frames {figures['psnr']:.1f} dB  png {figures['png']:.1f} dB{note}"
        + (f"  <- {', '.join(wrong)}" if wrong else ""),
        flush=True,
    )


def prepare(case, folder):
    """Builds, saves and runs the case with diffusers; returns the model folder, the picture and the stages."""
    import cases
    import few_steps
    import random_svd
    import reference

    folder.mkdir(parents=True)
    pipe = random_svd.build_pipeline(case)
    model = folder / "model"
    random_svd.save_pipeline(pipe, model, case["half"], case["variant"], case["max_shard_size"])
    picture = folder / "picture.png"
    drawn = cases.draw_picture(case)
    drawn.save(picture)
    (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")
    if case["request"].get("sampler") == "lcm":
        pipe.scheduler = few_steps.FewStepScheduler()
    stages = {name: value.numpy() for name, value in reference.run(pipe, drawn, case["request"]).items()}
    (folder / "expected").mkdir()
    for name, value in stages.items():
        save_file({name: value}, folder / "expected" / f"{name}.safetensors")
    return pipe, model, picture, stages


def run_case(options, number, work):
    """One generated case. Returns whether it passed."""
    import cases

    like_released = options.layout == "single" or options.loras
    case = cases.draw_case(options.seed, number, like_released)
    if options.sampler == "lcm":
        case["request"].update(sampler="lcm", steps=case["request"]["steps"] + 1 if number % 4 else 1)
    # Every run has paths with a space, a quote and letters outside ASCII.
    folder = work / f"case {number:02d} d'été"
    label = f"case {number:2d}"
    passed = False
    print(f"     {label}  {describe(case)}", flush=True)
    try:
        started = time.monotonic()
        pipe, model, picture, expected = prepare(case, folder)
        reference_s = time.monotonic() - started
        kinora_s = run_kinora(options, picture, model, case["request"], folder / "kinora")
        figures, wrong = compare(expected, folder / "kinora")
        show(label, figures, wrong, f"  ({reference_s:.1f} s diffusers, {kinora_s:.1f} s kinora)")
        passed = not wrong
        if options.layout == "single":
            passed &= run_single(options, case, model, picture, folder, label)
        if options.loras:
            passed &= run_loras(options, case, pipe, model, picture, folder, label)
        if options.guide:
            passed &= run_guide(options, case, pipe, model, picture, folder, label)
    except Failure as failure:
        print(f"FAIL {label}  {failure}", flush=True)
        passed = False
    if passed and not options.keep:
        shutil.rmtree(folder)
    gc.collect()
    return passed


def script(name):
    path = GOLDEN / name
    if not path.exists():
        raise Failure(f"{path} is missing")
    return path


def call(command):
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"{Path(command[0]).name} failed: {last}")


def run_single(options, case, model, picture, folder, label):
    """The same weights in one file of the original layout must give the same values, bit for bit."""
    single = folder / "single.safetensors"
    call([script("make_single_file.py"), model, single])
    run_kinora(options, picture, single, case["request"], folder / "kinora-single")
    different = same_stages(folder / "kinora" / "dump", folder / "kinora-single" / "dump")
    if different:
        one = read_stage(folder / "kinora" / "dump", "frames")
        other = read_stage(folder / "kinora-single" / "dump", "frames")
        print(f"FAIL {label}  single file differs in {', '.join(different)}: frames {psnr(other, one):.1f} dB")
        return False
    print(f"ok   {label}  single file: identical", flush=True)
    return True


def run_loras(options, case, pipe, model, picture, folder, label):
    """Every LoRA format of one update must give the same values: those of diffusers with the update merged."""
    import loras

    targets, size = ("temporal", 0.3) if case["number"] % 2 == 0 else ("all", 0.15)
    call([script("make_loras.py"), model, folder / "loras", "--targets", targets, "--size", size])
    drawn = Image.open(picture).convert("RGB")
    plain = read_stage(folder / "expected", "frames")
    references, passed = {}, True
    for run in loras.runs(folder / "loras"):
        key = str(run.merged)
        if key not in references:
            references[key] = loras.run_merged(pipe, drawn, case["request"], run.merged)
        out = folder / f"kinora {run.label}"
        run_kinora(options, picture, model, case["request"], out, run.options())
        figures, wrong = compare(references[key], out)
        if run.like and same_stages(folder / f"kinora {run.like}" / "dump", out / "dump"):
            wrong.append(f"not identical to {run.like}")
        moved = psnr(references[key]["frames"], plain)
        show(f"{label} lora {run.label} ({targets})", figures, wrong, f"  (moves the frames to {moved:.0f} dB)")
        passed &= not wrong
    return passed


def run_guide(options, case, pipe, model, picture, folder, label):
    """A run that follows reference frames, held where masks are set, for some of the steps."""
    import guide

    made = folder / "guide"
    weak, strong = guide.draw(case, made)
    drawn = Image.open(picture).convert("RGB")
    stages = guide.run(pipe, drawn, case["request"], made, weak, strong)
    expected = {name: value.numpy() for name, value in stages.items()}
    out = folder / "kinora-guide"
    run_kinora(options, picture, model, case["request"], out, guide.options(pipe, made, weak, strong))
    figures, wrong = compare(expected, out)
    steps = case["request"]["steps"]
    # Skipped steps must not be dumped.
    written = sorted(path.stem for path in (out / "dump").glob("latents_*.safetensors"))
    if written != [f"latents_{step:03d}" for step in range(weak, steps)]:
        wrong.append(f"latents written: {', '.join(written)}")
    guided = max(figures["guide_latents"], figures["guide_frames"])
    show(f"{label} guide", figures, wrong, f"  (held {weak} to {strong} of {steps}, reference {guided:.1e})")
    return not wrong


def run_full_size(options, work):
    """The released architecture with random weights. The reference runs in a separate process to free its memory."""
    model = Path(options.full_model) if options.full_model else work / "svd-full"
    expected_folder = model.with_name(model.name + "-expected")
    if not (expected_folder / "request.json").exists():
        print(f"     full size: writing 9 GB to {model}", flush=True)
    try:
        call([HERE / "full_size.py", model, expected_folder])
        request = json.loads((expected_folder / "request.json").read_text())
        expected = {path.stem: read_stage(expected_folder, path.stem) for path in expected_folder.glob("*.safetensors")}
        run = work / "full"
        kinora_s = run_kinora(options, expected_folder / "picture.png", model, request, run)
        figures, wrong = compare(expected, run)
    except Failure as failure:
        print(f"FAIL full size  {failure}", flush=True)
        return False
    show("full size", figures, wrong, f"  ({kinora_s:.1f} s kinora)")
    if not wrong and not options.keep:
        shutil.rmtree(run)
    return not wrong


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinora", required=True, nargs="+", help="the binary (or a command, word by word)")
    parser.add_argument("--cases", type=int, default=8, help="number of generated cases (default 8)")
    parser.add_argument("--seed", type=int, default=1, help="draws other cases (default 1)")
    parser.add_argument("--only", type=int, help="run just the case of this number")
    parser.add_argument("--device", default="cpu", help="handed to kinora (default cpu)")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds kinora may take for one run")
    parser.add_argument("--keep", type=Path, help="keep everything in this folder; otherwise only failures stay")
    parser.add_argument("--layout", choices=["folder", "single"], default="folder", help="also run single files")
    parser.add_argument("--sampler", choices=["euler", "lcm"], default="euler", help="every case with it")
    parser.add_argument("--loras", action="store_true", help="also run every LoRA format")
    parser.add_argument("--guide", action="store_true", help="also follow reference frames (Time-to-Move)")
    parser.add_argument("--full-size", action="store_true", help="the released architecture instead (9 GB on disk)")
    parser.add_argument("--full-model", help="where the full-size model is or shall be kept")
    options = parser.parse_args()
    binary = shutil.which(options.kinora[0])
    options.kinora[0] = str(Path(binary).resolve()) if binary else options.kinora[0]
    return options


def main():
    options = read_options()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix="run-", dir=options.keep.resolve()))
    else:
        work = Path(tempfile.mkdtemp(prefix="kinora-parity-"))
    if options.full_size:
        results = [run_full_size(options, work)]
    else:
        numbers = range(options.cases) if options.only is None else [options.only]
        results = [run_case(options, number, work) for number in numbers]
    with contextlib.suppress(OSError):
        work.rmdir()
    failed = results.count(False)
    if failed:
        print(f"FAIL: {failed} of {len(results)}; kept in {work}")
        sys.exit(1)
    print(f"PASS: {len(results)} of {len(results)}")


if __name__ == "__main__":
    main()
