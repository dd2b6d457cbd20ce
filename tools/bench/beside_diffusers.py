#!/usr/bin/env python3
"""Kinora beside diffusers on the CPU: the same work on the same machine in one run, taking turns.

    python beside_diffusers.py --kinora target/release/kinora [pocket] [unet] [decode]

Prints medians, their ratios and the ratios of peak memory; `--json FILE` keeps every figure.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKS = ("pocket", "unet", "decode")


def run(command, through, threads):
    """The last line a command prints, as JSON, with the seconds the whole process took."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    done = subprocess.run([*through, *map(str, command)], env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))} failed:\n{done.stderr}")
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    return {**figures, "process_s": seconds}


def diffusers(work, arguments):
    options = {
        "threads": arguments.threads,
        "model": str(arguments.pocket),
        "frames": arguments.frames,
        "height": arguments.height,
        "width": arguments.width,
        "passes": arguments.passes,
    }
    figures = run(
        [sys.executable, HERE / "diffusers_side.py", work, json.dumps(options)], arguments.through, arguments.threads
    )
    seconds = {
        "pocket": lambda: figures["run_s"],
        "unet": lambda: statistics.median(figures["steps_s"]),
        "decode": lambda: figures["decode_s"],
    }[work]()
    return {**figures, "seconds": seconds}


def kinora(work, arguments):
    """`kinora bench`; a stage's share of the peak is its own, for networks are in memory one after the other."""
    command = [arguments.kinora, "bench", "--device", "cpu", "--json"]
    if work == "pocket":
        command += ["--model", arguments.pocket]
    else:
        command += ["--random-weights", "svd", "--frames", arguments.frames, "--width", arguments.width]
        command += ["--height", arguments.height, "--steps", arguments.passes, "--guidance", "1"]
        command += ["--only", {"unet": "denoise", "decode": "decode"}[work]]
    figures = run(command, arguments.through, arguments.threads)
    seconds = {
        "pocket": lambda: figures["total_s"] - figures["load_s"],
        "unet": lambda: statistics.median(figures["steps_s"]),
        "decode": lambda: figures["decode_s"],
    }[work]()
    return {**figures, "seconds": seconds}


def compare(work, arguments):
    sides = {"kinora": [], "diffusers": []}
    for pair in range(arguments.pairs):
        # Who goes first changes from pair to pair.
        order = [("kinora", kinora), ("diffusers", diffusers)]
        for name, side in order if pair % 2 == 0 else reversed(order):
            sides[name].append(side(work, arguments))
            print(f"  {work} {pair + 1}/{arguments.pairs} {name}: {sides[name][-1]['seconds']:.3f} s", file=sys.stderr)

    def medians(figure):
        return {name: statistics.median(each[figure] for each in runs) for name, runs in sides.items()}

    def line(what, figure, scale, unit):
        values = medians(figure)
        ratio = values["kinora"] / values["diffusers"]
        print(
            f"{work:8}{what:28}{values['kinora'] / scale:10.3f} {unit}{values['diffusers'] / scale:12.3f} {unit}"
            f"{ratio:10.2f}"
        )

    line("time", "seconds", 1, "s  ")
    line("whole process", "process_s", 1, "s  ")
    line("peak resident memory", "peak_bytes", 1 << 20, "MiB")
    return sides


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", choices=[*WORKS, []], help="what to compare; everything by default")
    parser.add_argument("--kinora", type=Path, required=True, help="the program")
    parser.add_argument("--pocket", type=Path, default=HERE.parents[1] / "assets/models/pocket")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--frames", type=int, default=14)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--passes", type=int, default=2, help="steps of the UNet in one process")
    parser.add_argument("--through", type=shlex.split, default=[], help="a command that runs each measurement")
    parser.add_argument("--json", type=Path, help="keep every figure here")
    arguments = parser.parse_args()
    print(f"{'':8}{'':28}{'Kinora':>14}{'diffusers':>16}{'ratio':>10}")
    kept = {work: compare(work, arguments) for work in arguments.works or WORKS}
    if arguments.json:
        arguments.json.write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
