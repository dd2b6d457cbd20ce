#!/usr/bin/env python3
"""Kinora compared with diffusers on the CPU: the same work on the same machine, alternately in one run.

    python beside_diffusers.py --kinora target/release/kinora [pocket] [released]

Prints medians, their ratios and the ratios of peak memory; `--json FILE` writes every figure to a file.
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
WORKS = ("pocket", "released")


def run(command, through, threads):
    """The last line that a command prints, as JSON, with the seconds that the whole process took."""
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
    command = [sys.executable, HERE / "diffusers_side.py", work, json.dumps(options)]
    return run(command, arguments.through, arguments.threads)


def kinora(arguments, *more):
    command = [arguments.kinora, "bench", "--device", "cpu", "--json", *more]
    return run(command, arguments.through, arguments.threads)


def pocket_of_kinora(arguments):
    figures = kinora(arguments, "--model", arguments.pocket)
    loading = figures["load_s"]
    return {"image to video": figures["total_s"] - loading, "and loading": figures["total_s"]}, figures


def pocket_of_diffusers(arguments):
    figures = diffusers("pocket", arguments)
    return {"image to video": figures["run_s"], "and loading": figures["run_s"] + figures["load_s"]}, figures


def released_of_kinora(arguments):
    """One whole generation: its UNet and its decoder are in memory one after the other."""
    size = ["--frames", arguments.frames, "--width", arguments.width, "--height", arguments.height]
    figures = kinora(arguments, "--random-weights", "svd", *size, "--steps", arguments.passes, "--guidance", 1)
    return {"UNet step": statistics.median(figures["steps_s"]), "decode": figures["decode_s"]}, figures


def released_of_diffusers(arguments):
    """The two networks, each in its own process, so that neither adds to the memory of the other."""
    unet, decoder = diffusers("unet", arguments), diffusers("decode", arguments)
    figures = {
        "peak_bytes": max(unet["peak_bytes"], decoder["peak_bytes"]),
        "process_s": unet["process_s"] + decoder["process_s"],
        "unet": unet,
        "decode": decoder,
    }
    return {"UNet step": statistics.median(unet["steps_s"]), "decode": decoder["decode_s"]}, figures


SIDES = {
    "pocket": {"kinora": pocket_of_kinora, "diffusers": pocket_of_diffusers},
    "released": {"kinora": released_of_kinora, "diffusers": released_of_diffusers},
}


def compare(work, arguments):
    seconds = {"kinora": [], "diffusers": []}
    figures = {"kinora": [], "diffusers": []}
    for pair in range(arguments.pairs):
        # The order alternates from pair to pair.
        order = list(SIDES[work].items())
        for name, side in order if pair % 2 == 0 else reversed(order):
            parts, all_figures = side(arguments)
            seconds[name].append(parts)
            figures[name].append(all_figures)
            told = ", ".join(f"{part} {value:.3f} s" for part, value in parts.items())
            print(f"  {work} {pair + 1}/{arguments.pairs} {name}: {told}", file=sys.stderr)

    def line(what, pick, runs, scale, unit):
        ours, theirs = (statistics.median(pick(each) for each in runs[name]) for name in ("kinora", "diffusers"))
        print(f"{work:10}{what:24}{ours / scale:10.3f} {unit:4}{theirs / scale:12.3f} {unit:4}{ours / theirs:10.2f}")

    for part in seconds["kinora"][0]:
        line(part, lambda each, part=part: each[part], seconds, 1, "s")
    line("processes", lambda each: each["process_s"], figures, 1, "s")
    line("peak resident memory", lambda each: each["peak_bytes"], figures, 1 << 20, "MiB")
    return figures


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
    print(f"{'':34}{'Kinora':>15}{'diffusers':>17}{'ratio':>10}", flush=True)
    kept = {work: compare(work, arguments) for work in arguments.works or WORKS}
    if arguments.json:
        arguments.json.write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
