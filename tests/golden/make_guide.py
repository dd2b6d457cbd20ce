#!/usr/bin/env python3
"""Writes guide.safetensors: a guided run (Time-to-Move) of tiny_svd with diffusers. See README.md.

    python tests/golden/make_guide.py [OUT_FOLDER]

Ten steps, started at the fourth and held until the sixth, as in the method's own scripts scaled to ten steps.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from diffusers import StableVideoDiffusionPipeline
from PIL import Image
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "parity"))

import guide

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

REQUEST = {
    "width": 56,
    "height": 40,
    "frames": 3,
    "steps": 10,
    "seed": 7,
    "fps": 7,
    "motion_bucket": 127,
    "noise_aug": 0.02,
    "guidance": (1.0, 2.5),
    "decode_chunk": 2,
}
WEAK, STRONG = 3, 5


def draw(folder):
    """Reference frames and masks that a test can draw again from their formulas."""
    y, x, c = np.meshgrid(np.arange(40), np.arange(56), np.arange(3), indexing="ij")
    for name in ("frames", "masks"):
        (folder / name).mkdir()
    for t in range(3):
        frame = (x * 4 + y * (c + 1) + t * 29) % 256
        # White in one colour is enough; 127 is not white.
        mask = np.where((x // 5 + y // 3 + t) % 3 == 0, 128 * (c == t), 127)
        Image.fromarray(frame.astype(np.uint8)).save(folder / "frames" / f"{t:04d}.png")
        Image.fromarray(mask.astype(np.uint8)).save(folder / "masks" / f"{t:04d}.png")


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    pipe = StableVideoDiffusionPipeline.from_pretrained(HERE / "tiny_svd", torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    picture = Image.open(HERE / "tiny_svd" / "picture.png").convert("RGB")
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder))
        stages = guide.run(pipe, picture, REQUEST, Path(folder), WEAK, STRONG)
    kept = {name: value for name, value in stages.items() if name.startswith(("latents", "guide_l", "guide_m"))}
    save_file({name: value.contiguous() for name, value in kept.items()}, out / "guide.safetensors")


if __name__ == "__main__":
    main()
