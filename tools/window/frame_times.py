#!/usr/bin/env python3
"""How the window responds while the engine is busy: tools/window/frame_times.py [--json FILE]

Starts the real window at 1440×900 on a virtual display, generates with the embedded model, and
meanwhile steps through frames and moves the pointer, as an artist would. Prints
- frame: how long a frame occupies the window's thread, from its event to its presentation;
- answer: from a key press to the changed picture on the screen, including software rendering;
- stop: from the key press until the screen says so, and until the job ends.
"""

import argparse
import json
import pathlib
import statistics
import time

from display import ROOT, Display, Studio, program

PICTURE = ROOT / "assets" / "samples" / "bridge.jpg"


def figures(values):
    ordered = sorted(values)
    if not ordered:
        return {"count": 0}
    at = lambda part: ordered[min(len(ordered) - 1, int(part * len(ordered)))]
    return {
        "count": len(ordered),
        "median_ms": round(statistics.median(ordered), 2),
        "p99_ms": round(at(0.99), 2),
        "worst_ms": round(ordered[-1], 2),
    }


def busy(display, studio, seconds, answers):
    """Steps through the previews and moves the pointer until the job ends or time is up."""
    began, turn = time.monotonic(), 0
    # The middle of the stage changes with every step from frame to frame.
    part = (display.width // 2 - 20, display.height // 2 - 100, 40, 16)
    while time.monotonic() - began < seconds:
        turn += 1
        display.point(0.3 + 0.4 * (turn % 20) / 20, 0.3 + 0.02 * (turn % 7))
        if turn % 4 == 0:
            before = display.pixels(*part)[0]
            sent = display.key("Right" if turn % 16 < 8 else "Left")
            seen = display.changed(before, part, 0.5)
            if seen:
                answers.append((seen - sent) * 1000)
        time.sleep(0.012)
        if turn % 20 == 0 and studio.frames()[-1][2] == "idle":
            return


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--display", type=int, default=47)
    arguments.add_argument("--takes", type=int, default=3)
    arguments.add_argument("--json", type=pathlib.Path)
    arguments = arguments.parse_args()
    answers, stops, ends, seconds = [], [], [], []
    with Display(arguments.display, 1440, 900) as display:
        with Studio(display, program(), PICTURE) as studio:
            display.point(0.5, 0.5)
            display.still()
            for _ in range(arguments.takes):
                began = time.monotonic()
                display.key("Return")
                studio.wait(lambda frame: frame[2] == "Denoise", "the first step")
                busy(display, studio, 60, answers)
                studio.wait(lambda frame: frame[2] == "idle", "the take")
                seconds.append(time.monotonic() - began)
                time.sleep(0.5)
            for _ in range(arguments.takes):
                display.key("Return")
                studio.wait(lambda frame: frame[2] == "Denoise" and frame[3] >= 2, "two steps")
                sent = display.key("ctrl+period")
                said = studio.wait(lambda frame: frame[4] or frame[0] > sent and frame[2] == "idle", "Stop")
                ended = studio.wait(lambda frame: frame[2] in ("Decode", "idle"), "the end")
                first = next(f for f in studio.frames() if f[0] > sent and (f[4] or f[2] == "idle"))
                # A line is written once the previous frame, which showed this state, has been presented.
                stops.append((first[0] - sent) * 1000)
                ends.append((ended[0] - sent) * 1000)
                studio.wait(lambda frame: frame[2] == "idle", "the stopped take")
                time.sleep(0.5)
            frames = studio.frames()
    # A line contains the duration of the previous frame, so both frames must belong to the measured work.
    work = [b[1] for a, b in zip(frames, frames[1:]) if a[2] != "idle" and b[2] != "idle"]
    rest = [b[1] for a, b in zip(frames, frames[1:]) if a[2] == b[2] == "idle"]
    report = {
        "frame, engine busy": figures(work),
        "frame, engine idle": figures(rest),
        "answer on screen": figures(answers),
        "stop shown": figures(stops),
        "steps ended": figures(ends),
        "take_s": [round(value, 2) for value in seconds],
    }
    for name, values in report.items():
        print(f"{name:20} {values}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
