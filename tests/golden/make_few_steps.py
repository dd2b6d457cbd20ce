#!/usr/bin/env python3
"""Writes `few_steps.safetensors`: AnimateLCM-SVD's noise levels, and its trajectories along given predictions.

    python tests/golden/make_few_steps.py [OUT_FILE]

For each number of steps n: `n.sigmas` (n + 1), `n.timesteps` (n, as the network gets them) and `n.init` (1). For n of 1, 4
and 7: `n.noise` [1, 2, 4, 3, 5], `n.v_000 …`, and `n.model_input_000 …`, `n.latents_000 …`. A generator with seed n draws the
noise, then the predictions, then the fresh noise of each step.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "parity"))

from few_steps import FewStepScheduler

SHAPE = (1, 2, 4, 3, 5)


def levels(steps):
    scheduler = FewStepScheduler()
    scheduler.set_timesteps(steps)
    return scheduler, {
        "sigmas": scheduler.sigmas,
        "timesteps": scheduler.timesteps.float(),
        "init": torch.tensor([scheduler.init_noise_sigma]).float(),
    }


def walk(steps):
    scheduler, values = levels(steps)
    draw = torch.Generator("cpu").manual_seed(steps)
    values["noise"] = torch.randn(SHAPE, generator=draw)
    v = [torch.randn(SHAPE, generator=draw) for _ in range(steps)]
    scheduler.generator = draw
    x = values["noise"] * scheduler.init_noise_sigma
    for k, t in enumerate(scheduler.timesteps):
        values[f"v_{k:03d}"] = v[k]
        values[f"model_input_{k:03d}"] = scheduler.scale_model_input(x, t)
        x = scheduler.step(v[k], t, x).prev_sample
        values[f"latents_{k:03d}"] = x
    return values


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "few_steps.safetensors"
    tensors = {}
    for steps in (1, 2, 3, 4, 5, 6, 7, 8, 13, 20, 21, 40):
        values = walk(steps) if steps in (1, 4, 7) else levels(steps)[1]
        tensors.update({f"{steps}.{name}": value.contiguous() for name, value in values.items()})
    save_file(tensors, out)


main()
