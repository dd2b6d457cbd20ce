#!/usr/bin/env python3
"""How cost grows: time against frames, pixels and steps, from `kinora bench`, with slopes.

    python3 tools/bench/growth.py path/to/kinora --device cpu --random-weights pocket > growth.md

Each sweep varies one quantity only. A slope is that of the least-squares line through (log work, log time): 1 means
proportional, 2 quadratic, and less than 1 that part of the cost is fixed. Uses only the standard library.
"""

import argparse
import json
import math
import subprocess
import sys

PARTS = [("encode_s", "encode"), ("step_s", "step"), ("decode_s", "decode")]


def bench(arguments, width, height, frames, steps):
    """The figures of one bench, medians of its repeats."""
    command = [
        arguments.kinora, "bench", "--json", "--device", arguments.device, "--repeats", str(arguments.repeats),
        "--width", str(width), "--height", str(height), "--frames", str(frames), "--steps", str(steps),
        "--guidance", "1:1",
    ]
    if arguments.random_weights:
        command += ["--random-weights", arguments.random_weights]
    done = subprocess.run(arguments.prefix.split() + command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def slope(xs, ys):
    """The slope of the least-squares line through the logarithms."""
    xs, ys = [math.log(x) for x in xs], [math.log(y) for y in ys]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread


def bar(value, largest, width=24):
    return "█" * max(1, round(width * value / largest))


def sweep(title, unit, points, run):
    """Prints one table; `run` returns the figures of a point."""
    figures = []
    for point in points:
        figures.append(run(point))
        print(f"{title}: {point} done", file=sys.stderr)
    print(f"\n### {title}\n")
    print(f"| {unit} | encode s | step s | all steps s | decode s | total s | peak MiB | step |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    largest = max(figure["step_s"] for figure in figures)
    for point, figure in zip(points, figures):
        steps = sum(figure["steps_s"])
        peak = (figure["peak_bytes"] or 0) >> 20
        print(
            f"| {point} | {figure['encode_s']:.3f} | {figure['step_s']:.3f} | {steps:.2f} | {figure['decode_s']:.3f}"
            f" | {figure['total_s']:.2f} | {peak} | {bar(figure['step_s'], largest)} |"
        )
    parts = PARTS + [("all steps", "all steps")]
    slopes = []
    for key, name in parts:
        times = [sum(f["steps_s"]) if key == "all steps" else f[key] for f in figures]
        slopes.append(f"{name} {slope(points, times):.2f}")
    work = [f"{name} {slope(points, [f['flops'][name] for f in figures]):.2f}" for _, name in PARTS]
    print(f"\nSlope of time: {', '.join(slopes)}. Slope of arithmetic: {', '.join(work)}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinora")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--random-weights", default="pocket")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--height", type=int, default=80)
    parser.add_argument("--frames", default="1,2,4,8,14,25")
    parser.add_argument("--scales", default="1,1.5,2,3", help="factors on both sides")
    parser.add_argument("--steps", default="1,2,4,8,15,25")
    parser.add_argument("--prefix", default="", help="a command to run each bench under")
    arguments = parser.parse_args()
    numbers = lambda text: [float(part) for part in text.split(",")]
    width, height = arguments.width, arguments.height
    side = lambda full, scale: max(8, round(full * scale / 8) * 8)

    frames = [int(n) for n in numbers(arguments.frames)]
    sweep("Frames", "frames", frames, lambda n: bench(arguments, width, height, n, 3))
    sizes = {side(width, s) * side(height, s): (side(width, s), side(height, s)) for s in numbers(arguments.scales)}
    sweep("Pixels", "pixels", list(sizes), lambda p: bench(arguments, *sizes[p], 8, 3))
    steps = [int(n) for n in numbers(arguments.steps)]
    sweep("Steps", "steps", steps, lambda n: bench(arguments, width, height, 8, n))


if __name__ == "__main__":
    main()
