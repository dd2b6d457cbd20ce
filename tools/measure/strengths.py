#!/usr/bin/env python3
"""Measures what camera moves do: along their strengths, and along curves of strength.

For each move, each photograph and each strength it makes a take and measures it with `kinora measure`. It prints the
measured move per strength, the line through all of them and R², and for curves the correlation between the strength and
the motion from frame to frame. Needs only Python and a built Kinora.

    tools/measure/strengths.py target/release/kinora assets/samples/bridge.jpg assets/samples/citrus.jpg
"""

import argparse
import json
import math
import pathlib
import subprocess
import tempfile

# The axis that a move is measured along, what it counts as one of, and the sign.
MOVES = {
    "pan-left": ("pan", 1),
    "pan-right": ("pan", -1),
    "tilt-up": ("tilt", 1),
    "tilt-down": ("tilt", -1),
    "zoom-in": ("zoom", 1),
    "zoom-out": ("zoom", -1),
    "roll-ccw": ("roll", 1),
    "roll-cw": ("roll", -1),
}
CURVES = {
    "0 to 1.2": [(0, 0), (1, 1.2)],
    "1.2 to 0": [(0, 1.2), (1, 0)],
    "0 to 1.2 to 0": [(0, 0), (0.5, 1.2), (1, 0)],
}


def run(words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def measured(program, picture, lora, seed, more):
    with tempfile.TemporaryDirectory() as folder:
        clip = f"{folder}/take/"
        run([program, "generate", picture, "-o", clip, "--lora", lora, "--seed", str(seed), "--device", "cpu", *more])
        return json.loads(run([program, "measure", clip, "--json"]))


def line(points):
    """Slope, offset and R² of the line through the points."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    xx = sum((x - mean_x) ** 2 for x, _ in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    yy = sum((y - mean_y) ** 2 for _, y in points)
    slope = xy / xx
    return slope, mean_y - slope * mean_x, xy * xy / (xx * yy) if yy else math.nan


def correlation(points):
    slope, _, squared = line(points)
    return math.copysign(math.sqrt(squared), slope)


def at(curve, t):
    for (t0, v0), (t1, v1) in zip(curve, curve[1:]):
        if t <= t1:
            return v0 + (v1 - v0) * (t - t0) / (t1 - t0)
    return curve[-1][1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--moves", default=",".join(MOVES), help="comma-separated")
    parser.add_argument("--strengths", default="0.25,0.5,0.75,1", help="comma-separated")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--curves", action="store_true", help="curves of strength instead of strengths")
    parser.add_argument("--option", action="append", default=[], help="further words for generate")
    given = parser.parse_args()
    strengths = [float(word) for word in given.strengths.split(",")]
    for move in given.moves.split(","):
        axis, sign = MOVES[move]
        if given.curves:
            for name, curve in CURVES.items():
                row = []
                with tempfile.TemporaryDirectory() as folder:
                    file = pathlib.Path(folder, "curve.json")
                    file.write_text(json.dumps([{"t": t, "v": v} for t, v in curve]))
                    for picture in given.pictures:
                        found = measured(given.program, picture, f"{move}=@{file}", given.seed, given.option)
                        pairs = found["pairs"]
                        # The strength in the middle of each pair of frames.
                        points = [
                            (at(curve, (index + 0.5) / len(pairs)), sign * pair[axis])
                            for index, pair in enumerate(pairs)
                        ]
                        row.append(f"{correlation(points):.3f}")
                print(f"| {move} | {name} | {' | '.join(row)} |", flush=True)
            continue
        # The still camera of each picture is part of every line: nothing else defines where it starts.
        means, every = [], []
        for strength in strengths:
            values = []
            for picture in given.pictures:
                found = measured(given.program, picture, f"{move}={strength}", given.seed, given.option)
                values.append(sign * found["total"][axis])
            means.append((strength, sum(values) / len(values)))
            every += [(strength, value) for value in values]
        slope, offset, squared = line(means)
        unit = 1 if axis == "roll" else 100
        shown = " | ".join(f"{unit * value:.2f}" for _, value in means)
        print(
            f"| {move} | {shown} | {unit * slope:.2f}·s {unit * offset:+.2f} | {squared:.3f} | {line(every)[2]:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
