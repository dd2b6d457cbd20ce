#!/usr/bin/env python3
"""Single operations of PyTorch at the sizes of `benches/operations.rs`: medians in milliseconds.

    python operations.py [THREADS]
"""

import os
import statistics
import sys
import time

import torch
from torch.nn import functional

RUNS = 9


def median(run):
    run()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count())
    ones, zeros = torch.ones(320), torch.zeros(320)
    square, token = torch.randn(1024, 1024), torch.randn(4096, 320)
    planes, kernel = torch.randn(4, 320, 32, 32), torch.randn(320, 320, 3, 3)
    frames, over_frames = torch.randn(1, 320, 14, 32, 32), torch.randn(320, 320, 3, 1, 1)
    gate, out = torch.randn(2560, 320), torch.randn(320, 1280)
    spatial, temporal = torch.randn(2, 5, 1024, 64), torch.randn(1024, 5, 14, 64)

    def normal(x):
        return functional.silu(functional.group_norm(x, 32, ones, zeros))

    def feed_forward():
        value, gates = functional.linear(token, gate).chunk(2, dim=-1)
        return functional.linear(value * functional.gelu(gates), out)

    def conv(x):
        return functional.conv2d(x, kernel, padding=1)

    def temporal_conv(x):
        return functional.conv3d(x, over_frames, padding=(1, 0, 0))

    def attend(x):
        return functional.scaled_dot_product_attention(x, x, x)

    operations = {
        "matrix product 1024³": lambda: square @ square,
        "GEGLU feed-forward, 4096 tokens of 320": feed_forward,
        "conv 3×3, 4×320×32×32 → 320": lambda: conv(planes),
        "norm, SiLU and conv 3×3, 4×320×32×32 → 320": lambda: conv(normal(planes)),
        "conv over 14 frames, 320×1024 → 320": lambda: temporal_conv(frames),
        "norm, SiLU and conv over 14 frames, 320×1024 → 320": lambda: temporal_conv(normal(frames)),
        "attention [2, 5, 1024, 64]": lambda: attend(spatial),
        "attention over 14 frames, 1024 pixels, 5 heads of 64": lambda: attend(temporal),
        "SiLU, 1.3 M values": lambda: functional.silu(planes),
        "norm and SiLU, 1.3 M values": lambda: normal(planes),
    }
    with torch.inference_mode():
        for name, run in operations.items():
            print(f"{name:<52}{median(run):>10.2f} ms")


if __name__ == "__main__":
    main()
