#!/usr/bin/env python3
"""Pictures of the window in each of its states: tools/window/screens.py [STATE…] [--to FOLDER]

Drives the real window with keys alone on a virtual display, at 1024×640, 1440×900 and 2560×1440, in
both themes and at any scale, and writes one PNG for each. Without a state it makes all of them;
--list names them. The window makes the takes once, and every state starts with a copy of them.
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import struct
import tempfile
import time

from display import ROOT, Display, Studio, program
from selection import picture as painted

SAMPLES = ROOT / "assets" / "samples"
TINY = ROOT / "tests" / "golden" / "tiny_svd"
SIZES = {"small": (1024, 640), "usual": (1440, 900), "large": (2560, 1440)}
PROJECT = pathlib.Path("data", "kinora", "projects", "Untitled")


class Scene:
    """One window, with the actions that bring it into a state before its picture is taken."""

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
        # On a busy machine, letters arrive late; the cursor never stops blinking.
        self.display.still(limit=3.0)
        self.key("Return")
        self.wait(0.6)

    def begin(self, steps):
        """Starts a take and waits for this many of its steps."""
        self.key("Return")
        self.studio.wait(lambda frame: frame[3] >= steps, f"{steps} steps")

    def take(self):
        """Makes a take, waits for it and pauses it on its first frame."""
        self.begin(1)
        self.studio.wait(lambda frame: frame[2] == "idle", "the take")
        self.wait(0.5)
        self.key("Home")


def empty(scene):
    """The window at its first start."""


def picture(scene):
    """A picture with its frame."""


def portrait(scene):
    """A portrait picture with its frame."""


def drawn(scene):
    """A locked part, a part that may move and a cut-out with its path, on the picture."""
    drag = scene.display.drag
    scene.key("h")
    scene.wait(2.0)
    drag((0.30, 0.55), (0.62, 0.55), (0.62, 0.58))
    scene.wait(1.0)
    scene.key("b")
    scene.wait(2.0)
    drag((0.30, 0.20), (0.55, 0.22))
    scene.wait(1.0)
    scene.key("d")
    scene.wait(2.0)
    drag((0.56, 0.33), (0.63, 0.33), (0.63, 0.43), (0.56, 0.43), (0.56, 0.34))
    scene.wait(0.5)
    drag((0.595, 0.38), (0.45, 0.30), (0.40, 0.38))


def playing(scene):
    """The same, playing."""
    drawn(scene)
    scene.key("t")
    scene.wait(1.2)


def words(scene):
    """Pictures from words."""
    scene.key("ctrl+p")


def crop(scene):
    """A picture that is cropped to a frame of another shape."""


def camera(scene):
    """Two camera moves, and the pad on the picture."""
    scene.key("1", "5", "g")


def generating(scene):
    """A job in the middle of its steps."""
    scene.begin(3)


def queue(scene):
    """One job runs, two wait."""
    scene.key("Return", "Return", "Return")
    scene.studio.wait(lambda frame: frame[3] >= 1, "a step")


def ten(scene):
    """One job runs, ten wait; the queue is open."""
    for choice in "1234567123":
        scene.key("Return", choice)
    scene.key("Return")
    scene.studio.wait(lambda frame: frame[3] >= 1, "a step")
    # The top bar, and its fourth control.
    scene.key("F6", "Tab", "Tab", "Tab", "space")


def take(scene):
    """A finished take."""


def rename(scene):
    """The name of a take, while it is changed."""
    scene.key("F2")


def project(scene):
    """The name of the project, while it is changed."""
    scene.command("rename the project")


def film(scene):
    """A film with clips of two shapes, and the choice of how the selected one fits into it."""
    scene.key("a", "q", "End")


def chips(scene):
    """A take whose settings differ from those in Direction."""


def wipe(scene):
    """Two takes compared with a wipe, at a frame where they differ."""
    scene.key("c", "End")


def side(scene):
    """Two takes side by side."""
    scene.key("c", "End")
    scene.command("side by side")


def difference(scene):
    """The difference between two takes."""
    scene.key("c", "End")
    scene.command("difference")


def shapes(scene):
    """Two takes of different shapes, compared."""
    scene.key("c")


def sequence(scene):
    """Clips with a cross-fade, playing."""
    scene.key("q", "Home")


def extend(scene):
    """A frame of a take as the next picture."""
    scene.key("End", "x")


def export(scene):
    """The export settings of the take on the stage."""
    scene.key("ctrl+shift+e")


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
    """The Models panel with a good model, a broken one and a missing one."""
    scene.key("ctrl+m")
    scene.wait(3)


def refused(scene):
    """A file that is not a picture."""


def failed(scene):
    """A take that could not be made."""
    scene.key("Return")
    scene.wait(3)


# Each state with the files that the window opens at its start; None starts with finished takes.
STATES = {
    empty: [],
    picture: ["bridge.jpg"],
    portrait: ["portrait.png"],
    drawn: ["bridge.jpg"],
    playing: ["bridge.jpg"],
    words: ["bridge.jpg"],
    crop: ["bridge.jpg"],
    camera: ["bridge.jpg"],
    generating: ["bridge.jpg"],
    queue: ["bridge.jpg"],
    ten: ["bridge.jpg"],
    take: None,
    rename: None,
    project: ["bridge.jpg"],
    film: None,
    chips: None,
    wipe: None,
    side: None,
    difference: None,
    shapes: None,
    sequence: None,
    extend: None,
    export: None,
    palette: ["bridge.jpg"],
    shortcuts: ["bridge.jpg"],
    settings: ["bridge.jpg"],
    models: ["bridge.jpg"],
    refused: ["bridge.jpg", "../../README.md"],
    failed: ["bridge.jpg"],
}


def change(path, edit):
    """Changes a JSON file, or creates it."""
    value = json.loads(path.read_text()) if path.exists() else {}
    edit(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def begun(direction):
    """A change that makes an empty project with these settings of the next take."""

    def edit(value):
        value.update({"kinora_project": 1, "next": 16, "pictures": [], "takes": [], "picture": None})
        value.setdefault("document", {})["direction"] = direction

    return edit


def frame_size(project):
    """Width and height of the first take of a project."""
    clip = sorted((project / "takes").glob("*.apng"))[0].read_bytes()
    return struct.unpack(">II", clip[16:24])


@contextlib.contextmanager
def finished_takes(display, kept, steps):
    """A home with four takes (the last in another shape), three clips and a star. It is made in `kept`,
    unless it already exists there; without `kept`, in a folder that is removed with the `with` block. With `steps`, the
    takes have so many steps, not the model's own number."""
    if kept is not None and (kept / PROJECT).exists():
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="kinora-takes-") as temporary:
        kept = kept or pathlib.Path(temporary, "home")

        def keep(studio):
            time.sleep(4)  # The project is saved by itself two seconds after an edit.
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(studio.home, kept)

        def quick(home):
            if steps is not None:
                change(home / PROJECT / "project.json", begun({"draft": {"steps": steps}}))

        with Studio(display, program(), SAMPLES / "bridge.jpg", prepare=quick) as studio:
            scene = Scene(display, studio)
            display.still(limit=8.0)
            for number, before in enumerate([[], ["1"], ["1", "5"]], 1):
                print(f"making take {number} of 4, which may need some minutes", flush=True)
                scene.key(*before)
                scene.take()
                scene.key("a")
            scene.key("s")
            keep(studio)
        project = kept / PROJECT
        wide, high = frame_size(project)

        def portrait(value):
            direction = value["document"]["direction"]
            direction["draft"].update(width=high, height=wide)
            direction["moves"] = []
            for clip in value["document"]["sequence"]["clips"][1:]:
                clip["fade"] = 4

        change(project / "project.json", portrait)
        with Studio(display, program(), prepare=copied(kept)) as studio:
            display.still(limit=8.0)
            print("making take 4 of 4", flush=True)
            Scene(display, studio).take()
            keep(studio)

        def back(value):
            value["document"]["direction"]["draft"].update(width=None, height=None)

        change(project / "project.json", back)
        yield kept


def copied(kept):
    """Copies the saved home into a new one; returns the folder of its project."""

    def prepare(home):
        shutil.copytree(kept, home, dirs_exist_ok=True)

        def moved(value):
            value["project"] = str(home / PROJECT)

        change(home / "config" / "kinora" / "preferences.json", moved)

    return prepare


def prepared(state, kept, theme, scale):
    """The contents of a state's home before its window opens."""

    def prepare(home):
        if STATES[state] is None:
            copied(kept)(home)
        broken = home / "broken.safetensors"
        broken.write_bytes(b"not a weight file")

        def preferred(value):
            wishes = {"theme": theme, "scale": scale}
            if state is models:
                wishes["models"] = [str(path) for path in (TINY, broken, home / "gone")]
            value.setdefault("preferences", {}).update(wishes)

        change(home / "config" / "kinora" / "preferences.json", preferred)

        def decided(value):
            document = value.setdefault("document", {})
            direction = document.setdefault("direction", {})
            draft = direction.setdefault("draft", {})
            if state is crop:
                draft.update(width=96, height=96)
            if state is failed:
                direction["moves"] = [{"name": "a-move-that-is-gone", "strength": 1.0}]
            if state is chips:
                draft.update(steps=4, motion_bucket=90.0)
                direction["moves"] = [{"name": "tilt-up", "strength": 1.0}]
            if state in (take, rename, chips, wipe, side, difference, sequence, extend, export):
                # The last take, in another shape, is on the shelf in one state only.
                takes = [entry["id"] for entry in value["takes"]]
                document["hidden_takes"] = takes[-1:]

        if STATES[state] is None:
            change(home / PROJECT / "project.json", decided)
        elif state in (crop, failed):

            def edited(value):
                begun({})(value)
                decided(value)

            change(home / PROJECT / "project.json", edited)

    return prepare


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("states", nargs="*", metavar="STATE")
    arguments.add_argument("--to", type=pathlib.Path, default=pathlib.Path("screens"))
    arguments.add_argument("--size", choices=SIZES, action="append")
    arguments.add_argument("--theme", choices=["dark", "light"], action="append")
    arguments.add_argument("--scale", type=int, action="append", metavar="PERCENT")
    arguments.add_argument("--takes", type=pathlib.Path, help="where takes are kept, to be used again")
    arguments.add_argument("--steps", type=int, help="steps of the takes, for a quick look")
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
    states = [named[name] for name in arguments.states or named]
    arguments.to.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as until_the_end:
        kept = None
        if any(STATES[state] is None for state in states):
            with Display(arguments.display, *SIZES["usual"]) as display:
                kept = until_the_end.enter_context(finished_takes(display, arguments.takes, arguments.steps))
        for size in arguments.size or SIZES:
            with Display(arguments.display, *SIZES[size]) as display:
                for theme in arguments.theme or ["dark"]:
                    for scale in arguments.scale or [100]:
                        for state in states:
                            ending = f"{size}-{theme}-{scale}.png"
                            path = arguments.to / f"{state.__name__}-{ending}"
                            draw(display, state, prepared(state, kept, theme, scale), path)


def draw(display, state, prepare, path):
    """Opens a window, brings it into a state and writes its picture."""
    files = [SAMPLES / file for file in STATES[state] or []]
    if state is portrait:
        files = [pathlib.Path(tempfile.gettempdir(), "kinora-portrait.png")]
        files[0].write_bytes(painted(480, 640))
    with Studio(display, program(), *files, prepare=prepare) as studio:
        display.point(0.5, 0.995)
        display.still(limit=8.0)
        scene = Scene(display, studio)
        if STATES[state] is None:
            # From the picture to the newest take, which may still be loading.
            scene.wait(1.5)
            scene.key("Next", "Home")
        state(scene)
        # A busy machine may respond slowly.
        scene.wait(1.0)
        # If something keeps moving, the picture is taken after a moment.
        display.still(quiet=0.4, limit=2.0)
        display.save(path)
        print(path, flush=True)


if __name__ == "__main__":
    main()
