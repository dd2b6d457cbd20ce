#!/usr/bin/env python3
"""From the first start to a film, like a user who has never seen Kinora: tools/window/first_take.py

Starts the real window with an empty home on a virtual display and uses only keys and the pointer:
- a picture (a sample that is clicked, a file that is dropped, a picture that is pasted), then Enter:
  a take plays after two interactions;
- at most three more lead to a film, which ffprobe reads back: its frames are neither blank nor all the
  same.
Prints the interactions and seconds of each way, and saves a picture of the screen after each
interaction; fails if more interactions are needed.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

from display import ROOT, Display, Studio, program
from selection import Drag, Owner, picture

SAMPLE = ROOT / "assets" / "samples" / "bridge.jpg"
TO_A_TAKE, TO_A_FILM = 2, 3


class Newcomer:
    """Counts interactions and saves pictures of the screen."""

    def __init__(self, display, studio, way, folder, limit):
        self.display, self.studio, self.way, self.folder = display, studio, way, folder
        self.limit = limit
        self.done, self.began = [], time.monotonic()

    def does(self, what, action, settle=0.6):
        """Records one interaction; the screen is saved a moment later."""
        self.done.append(what)
        action()
        time.sleep(settle)
        self.sees(what)

    def sees(self, what):
        name = "".join(letter if letter.isalnum() else "-" for letter in what.lower())
        self.display.save(self.folder / f"{self.way}-{len(self.done)}-{name}.png")

    def seconds(self):
        return round(time.monotonic() - self.began, 1)


def photograph(display):
    """The middle of the area on the stage that looks most like a photograph, as fractions of the screen."""
    side, best = 24, (0, (0, 0))
    for top in range(display.height // 10, display.height * 3 // 4, side):
        for left in range(display.width // 4, display.width * 7 // 10, side):
            data, _ = display.pixels(left, top, side, side)
            colours = len({data[at : at + 3] for at in range(0, len(data), 4)})
            best = max(best, (colours, (left, top)))
    colours, place = best
    if colours < 100:
        sys.exit("error: the first screen shows no sample picture")
    left, top = place
    return (left + side / 2) / display.width, (top + side / 2) / display.height


def playing(display, seconds=10.0):
    """Returns whether the middle of the stage changes by itself."""
    part = (display.width // 4, display.height // 8, display.width // 2, display.height // 2)
    # Waits, so that earlier changes do not count.
    time.sleep(0.5)
    changes, deadline = 0, time.monotonic() + seconds
    while changes < 3 and time.monotonic() < deadline:
        changes += display.changed(display.pixels(*part)[0], part, 1.0) is not None
    return changes >= 3


def steps(frames):
    """How long each stage and step took, and how many frames were drawn in it."""
    parts = []
    for began, _, stage, step, _ in frames:
        name = f"step {step + 1}" if stage == "Denoise" else stage
        if not parts or parts[-1][0] != name:
            parts.append([name, began, 0])
        parts[-1][2] += 1
    ends = [part[1] for part in parts[1:]] + [frames[-1][0]]
    shown = [
        f"{name} {end - began:.1f} s ({drawn} frames)"
        for (name, began, drawn), end in zip(parts, ends)
        if name != "idle"
    ]
    return ", ".join(shown)


def take(newcomer):
    """Presses Enter and waits until the take plays."""
    studio = newcomer.studio
    newcomer.does("Enter", lambda: newcomer.display.key("Return"), settle=0.3)
    studio.wait(lambda frame: frame[2] != "idle", "the job", limit=30.0)
    studio.wait(lambda frame: frame[2] == "idle", "the take", limit=newcomer.limit)
    print(f"{newcomer.way}: {steps(studio.frames())}", flush=True)
    if not playing(newcomer.display):
        sys.exit("error: the take does not play by itself")
    newcomer.sees("a playing take")
    return newcomer.seconds()


def film(newcomer):
    """Exports the take that plays; returns its file."""
    home = newcomer.studio.home

    def films():
        own = newcomer.studio.home / "data"
        endings = {".mp4", ".webm", ".mov", ".mkv"}
        return [path for path in home.rglob("*") if path.suffix in endings and own not in path.parents]

    before = len(newcomer.done)
    newcomer.does("Ctrl-E", lambda: newcomer.display.key("ctrl+e"))
    newcomer.does("Enter", lambda: newcomer.display.key("Return"))
    deadline = time.monotonic() + 60
    while not films():
        if time.monotonic() > deadline:
            newcomer.sees("no film")
            sys.exit(f"error: no film after {newcomer.done}")
        time.sleep(0.05)
    seconds = newcomer.seconds()
    time.sleep(0.5)
    newcomer.sees("written")
    return films()[0], len(newcomer.done) - before, seconds


def read_back(path):
    """The report of ffprobe on a film; ends with an error if its frames are blank or all the same."""
    probe = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-of", "json"]
    probe += ["-show_entries", "stream=codec_name,width,height,nb_read_frames,avg_frame_rate", str(path)]
    stream = json.loads(subprocess.run(probe, check=True, capture_output=True).stdout)["streams"][0]
    decode = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    pixels = subprocess.run(decode, check=True, capture_output=True).stdout
    size = stream["width"] * stream["height"]
    frames = [pixels[at : at + size] for at in range(0, len(pixels), size)]
    contrast = min(max(frame) - min(frame) for frame in frames)
    apart = max(sum(abs(a - b) for a, b in zip(frames[0], frame)) / size for frame in frames[1:])
    # A photograph spans most of the range; frames of a film without motion are 0.00 apart.
    if contrast < 40 or apart < 0.5:
        sys.exit(f"error: {path.name} is blank or stands still: contrast {contrast}, apart {apart:.2f}")
    return (
        f"{stream['codec_name']} {stream['width']}×{stream['height']}, {stream['nb_read_frames']} frames at "
        f"{stream['avg_frame_rate']}, contrast ≥ {contrast}, first and furthest frame {apart:.1f} levels apart"
    )


def sample(newcomer):
    place = photograph(newcomer.display)
    newcomer.does("click a sample", lambda: newcomer.display.click(*place))


def drop(newcomer):
    drag = Drag(newcomer.display, SAMPLE)

    def let_go():
        if not drag.hover(0.5, 0.4):
            sys.exit("error: the window does not answer a dragged file")
        newcomer.sees("a file over the window")
        if not drag.drop():
            sys.exit("error: the window does not take a dropped file")

    newcomer.does("drop a file", let_go, settle=1.5)


def paste(newcomer):
    owner = Owner(newcomer.display, "CLIPBOARD", {"image/png": picture()})

    def press():
        newcomer.display.key("ctrl+v")
        owner.serve(2.0)

    newcomer.does("Ctrl-V", press, settle=0.5)


WAYS = {"sample": sample, "drop": drop, "paste": paste}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("ways", nargs="*", metavar="WAY", help=", ".join(WAYS))
    arguments.add_argument("--to", type=pathlib.Path, default=pathlib.Path("screens"))
    arguments.add_argument("--display", type=int, default=49)
    arguments.add_argument("--size", default="1440x900")
    arguments.add_argument("--limit", type=float, default=300.0, help="seconds that a take may need")
    arguments = arguments.parse_args()
    unknown = set(arguments.ways) - set(WAYS)
    if unknown:
        sys.exit(f"error: no way {', '.join(unknown)}; the ways are {', '.join(WAYS)}")
    arguments.to.mkdir(parents=True, exist_ok=True)
    width, height = map(int, arguments.size.split("x"))
    failed = False
    with Display(arguments.display, width, height) as display:
        for way in arguments.ways or WAYS:
            with Studio(display, program()) as studio:
                display.still(limit=8.0)
                newcomer = Newcomer(display, studio, way, arguments.to, arguments.limit)
                newcomer.sees("first sight")
                WAYS[way](newcomer)
                to_take = take(newcomer)
                steps = len(newcomer.done)
                path, more, to_film = film(newcomer)
                print(f"{way}: a playing take after {steps} interactions and {to_take} s ({', '.join(newcomer.done[:steps])})")
                print(f"{way}: a film after {more} more, {to_film} s in all ({', '.join(newcomer.done[steps:])})")
                print(f"{way}: {path.relative_to(studio.home)}: {read_back(path)}", flush=True)
                failed |= steps > TO_A_TAKE or more > TO_A_FILM
    if failed:
        sys.exit("error: it takes more interactions than it should")


if __name__ == "__main__":
    main()
