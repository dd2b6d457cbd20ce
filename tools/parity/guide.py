"""A guided run (Time-to-Move) with diffusers' own pipeline, and the reference frames and masks that it follows.

The pipeline is `reference.run`'s. Its callback after each step replaces the latents: before the weak step with noised
reference latents, and until the strong step only where the mask is set, always with the same noise, like
`pipelines/svd_pipeline.py` of github.com/time-to-move/TTM. Further stages:
  guide_frames  [1, T, 3, H, W]   0..1
  guide_latents [1, T, C, h, w]   posterior mean, scaled
  guide_mask    [1, T, 1, h, w]   0 or 1
"""

import random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import reference


def draw(case, folder):
    """Draws reference frames and masks as PNGs into `folder`; returns the indices of the weak and the strong step."""
    request = case["request"]
    rng = random.Random(f"guide {case['number']}")
    width, height, frames = request["width"], request["height"], request["frames"]
    (folder / "frames").mkdir(parents=True)
    (folder / "masks").mkdir()
    for index in range(frames):
        coarse = np.array([[[rng.randrange(256) for _ in range(3)] for _ in range(5)] for _ in range(4)], np.uint8)
        Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).save(folder / "frames" / f"{index:04d}.png")
        # Blocks of any size at any position; grey levels near the threshold, different in each colour.
        mask = np.zeros((height, width, 3), np.uint8)
        for _ in range(6):
            x, y = rng.randrange(width), rng.randrange(height)
            level = [rng.choice([0, 127, 128, 255]) for _ in range(3)]
            mask[y : y + rng.randint(1, height), x : x + rng.randint(1, width)] = level
        Image.fromarray(mask).save(folder / "masks" / f"{index:04d}.png")
    steps = request["steps"]
    weak = rng.randrange(steps)
    return weak, rng.randint(weak, steps)


def read(folder):
    """The PNGs of a folder, [T, 3, H, W] in 0..1."""
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.png"))]
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def run(pipe, picture, request, folder, weak, strong):
    """The stages of a guided run; latents before the weak step are left out."""
    frames, masks = read(folder / "frames"), read(folder / "masks")
    latents = torch.cat([pipe.vae.encode(2 * frame[None] - 1).latent_dist.mode() for frame in frames])
    latents = latents[None] * pipe.vae.config.scaling_factor
    mask = (masks > 0.5).float().amax(1, keepdim=True)
    mask = F.interpolate(mask, size=latents.shape[-2:], mode="nearest")[None]
    generator = torch.Generator("cpu").manual_seed(request["seed"])
    torch.randn(1, 3, request["height"], request["width"], generator=generator)
    torch.randn(latents.shape, generator=generator)
    noise = torch.randn(latents.shape, generator=generator)

    def overwrite(step, values):
        sigma = pipe.scheduler.sigmas[step + 1]
        noised = latents + sigma * noise
        if step + 1 == weak:
            return noised
        if weak <= step < strong:
            return values * (1 - mask) + noised * mask
        return values

    def start(values):
        return latents + pipe.scheduler.sigmas[0] * noise if weak == 0 else values

    stages = reference.run(pipe, picture, request, overwrite, start)
    for step in range(weak):
        del stages[f"latents_{step:03d}"]
    return stages | {"guide_frames": frames[None], "guide_latents": latents, "guide_mask": mask}


def options(pipe, folder, weak, strong):
    """Flags for the same run of kinora, with noise levels typed as a person would."""
    sigmas = pipe.scheduler.sigmas.tolist()
    levels = f"{sigmas[weak]:.3g}:{sigmas[strong]:.3g}"
    return ["--guide-frames", str(folder / "frames"), "--guide-masks", str(folder / "masks"), "--guide-sigmas", levels]
