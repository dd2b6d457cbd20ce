#!/usr/bin/env python3
"""Pictures of the window in each of its states: tools/window/screens.py [STATE…] [--to FOLDER]

Drives the real window by keys alone on a virtual display, at 1024×640, 1440×900 and 2560×1440, and
writes one PNG for each state and size. Without a state it makes all of them; --list names them.
"""

import argparse
import pathlib
import time

from display import ROOT, Display, Studio, program

SAMPLES = ROOT / "assets" / "samples"
SIZES = {"small": (1024, 640), "usual": (1440, 900), "large": (2560, 1440)}


class Scene:
    """One window, and what is done to it before its picture is taken."""

    def __init__(self, display, studio):
        self.display, self.studio = display, studio

    def key(self, *keys):
        for key in keys:
            self.display.key(key)
            time.sleep(0.15)

    def wait(self, seconds):
        time.sleep(seconds)

    def command(self, words):
        """Finds a command by its words in the palette, and carries it out."""
        self.key("ctrl+k")
        self.wait(0.3)
        self.display.type(words)
        self.wait(0.4)
        self.key("Return")
        self.wait(0.6)

    def take(self):
        """Makes a take, waits for it and holds it on its first frame."""
        self.key("Return")
        self.studio.wait(lambda frame: frame[2] == "Denoise", "the first step")
        self.studio.wait(lambda frame: frame[2] == "idle", "the take")
        self.wait(0.5)
        self.key("Home")


def empty(scene):
    """What a new artist sees first."""


def picture(scene):
    """A picture with its frame."""


def generating(scene):
    """A job in the middle of its steps."""
    scene.key("Return")
    scene.studio.wait(lambda frame: frame[3] >= 5, "five steps")


def queue(scene):
    """One job runs, two wait."""
    scene.key("Return", "Return", "Return")
    scene.studio.wait(lambda frame: frame[3] >= 2, "two steps")


def take(scene):
    """A finished take."""
    scene.take()


def takes(scene):
    """Two takes of one picture."""
    scene.take()
    scene.take()


def compare(scene):
    """Two takes, side by side."""
    takes(scene)
    scene.key("c")


def palette(scene):
    """All commands."""
    scene.key("ctrl+k")


def shortcuts(scene):
    """All keys."""
    scene.key("F1")


def settings(scene):
    """The settings of the program."""
    scene.key("ctrl+comma")


def models(scene):
    """The models at hand."""
    scene.key("ctrl+m")
    scene.wait(3)


def light(scene):
    """The light theme, with a take."""
    scene.take()
    scene.command("switch theme")


def refused(scene):
    """A file that is no picture."""


# Each state with the files that the window opens at its start.
STATES = {
    empty: [],
    picture: ["bridge.jpg"],
    generating: ["bridge.jpg"],
    queue: ["bridge.jpg"],
    take: ["bridge.jpg"],
    takes: ["bridge.jpg"],
    compare: ["bridge.jpg"],
    palette: ["bridge.jpg"],
    shortcuts: ["bridge.jpg"],
    settings: ["bridge.jpg"],
    models: ["bridge.jpg"],
    light: ["bridge.jpg"],
    refused: ["bridge.jpg", "../../README.md"],
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("states", nargs="*", metavar="STATE")
    arguments.add_argument("--to", type=pathlib.Path, default=pathlib.Path("screens"))
    arguments.add_argument("--size", choices=SIZES, action="append")
    arguments.add_argument("--display", type=int, default=48)
    arguments.add_argument("--list", action="store_true")
    arguments = arguments.parse_args()
    named = {state.__name__: state for state in STATES}
    if arguments.list:
        for name, state in named.items():
            print(f"{name:12} {state.__doc__}")
        return
    unknown = set(arguments.states) - set(named)
    if unknown:
        raise SystemExit(f"error: no state {', '.join(unknown)}; the states are {', '.join(named)}")
    arguments.to.mkdir(parents=True, exist_ok=True)
    for size in arguments.size or SIZES:
        with Display(arguments.display, *SIZES[size]) as display:
            for name in arguments.states or named:
                files = [SAMPLES / file for file in STATES[named[name]]]
                with Studio(display, program(), *files) as studio:
                    display.point(0.5, 0.99)
                    display.still(limit=8.0)
                    named[name](Scene(display, studio))
                    # What moves by itself is taken as it is after a moment.
                    display.still(quiet=0.4, limit=2.0)
                    path = arguments.to / f"{name}-{size}.png"
                    display.save(path)
                    print(path, flush=True)


if __name__ == "__main__":
    main()
