"""Writes noise.json: the numbers that PyTorch's CPU generator draws for some seeds and sequences of draws.

Run on an x86-64 machine with AVX2 and FMA:  python make_noise.py
Made with torch 2.15.0.

Each case is one generator: a seed and the counts of its successive draws. A draw of at most WHOLE values is written as
the bits of every float32 (hexadecimal, 8 digits each). A longer draw is written as those of its first 16 and last 32
values, and the sum of all bits, each multiplied by 2k + 1 for its position k, modulo 2^64. Odd factors are invertible,
so no single wrong value goes unnoticed.
"""

import json
from pathlib import Path

import numpy as np
import torch

WHOLE = 48
SEEDS = [0, 1, 7, 42, 2**32 - 1, 2**32 + 5, 2**63, 2**64 - 1]
SEQUENCES = [
    # Every small count, so that draws start both with and without a pending second value.
    list(range(1, 16)),
    # Around the block size: whole blocks, and blocks with a remainder.
    [16, 17, 31, 32, 33, 47],
    # Large draws must not change the pending value.
    [3, 5, 100, 2, 4096, 1, 0, 1, 15, 16, 1],
]
# The latents of 25 frames at 1024 x 576, the noise of its conditioning picture, and odd counts.
LARGE = [(0, [25 * 4 * 72 * 128]), (42, [3 * 576 * 1024]), (2**40 + 3, [4097, 99_991, 7, 1000])]


def digits(values: np.ndarray) -> str:
    return "".join(f"{int(v):08x}" for v in values)


def drawn(generator: torch.Generator, count: int) -> dict:
    values = torch.randn(count, generator=generator, dtype=torch.float32)
    bits = values.numpy().view(np.uint32)
    if count <= WHOLE:
        return {"count": count, "bits": digits(bits)}
    factors = np.arange(count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    total = int((bits.astype(np.uint64) * factors).sum(dtype=np.uint64))
    return {"count": count, "first": digits(bits[:16]), "last": digits(bits[-32:]), "sum": total}


def main() -> None:
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        raise SystemExit("this machine takes PyTorch's other path: AVX2 and FMA are needed")
    cases = []
    for seed, counts in [(s, c) for s in SEEDS for c in SEQUENCES] + LARGE:
        generator = torch.Generator("cpu").manual_seed(seed)
        cases.append({"seed": seed, "draws": [drawn(generator, count) for count in counts]})
    target = Path(__file__).with_name("noise.json")
    lines = ",\n".join(json.dumps(case) for case in cases)
    target.write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
