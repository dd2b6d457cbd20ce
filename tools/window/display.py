"""A virtual display with the real window on it: keys, pointer, pictures of the screen.

Calls libX11 and libXtst directly, so that a key press and the resulting picture are timed on one
clock, without starting a program for each. Needs Linux and Xvfb (scripts/setup --tests), and only
the standard library.
"""

import ctypes
import ctypes.util
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
Z_PIXMAP, ALL_PLANES = 2, 0xFFFFFFFF


class XImage(ctypes.Structure):
    """The first fields of Xlib's XImage, up to the last one that is read here."""

    _fields_ = [
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("byte_order", ctypes.c_int),
        ("bitmap_unit", ctypes.c_int),
        ("bitmap_bit_order", ctypes.c_int),
        ("bitmap_pad", ctypes.c_int),
        ("depth", ctypes.c_int),
        ("bytes_per_line", ctypes.c_int),
    ]


def library(name):
    found = ctypes.util.find_library(name)
    if found is None:
        sys.exit(f"error: lib{name} is missing; install it (Debian: lib{name.lower()}6)")
    return ctypes.CDLL(found)


class Display:
    """A separate Xvfb, which ends with the `with` block."""

    def __init__(self, number, width, height):
        self.name, self.width, self.height = f":{number}", width, height
        if shutil.which("Xvfb") is None:
            sys.exit("error: Xvfb is not installed; run scripts/setup --tests")

    def __enter__(self):
        screen = f"{self.width}x{self.height}x24"
        self.server = subprocess.Popen(
            ["Xvfb", self.name, "-screen", "0", screen, "-nolisten", "tcp", "-noreset"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.x, self.test = library("X11"), library("Xtst")
        x = self.x
        x.XOpenDisplay.restype = ctypes.c_void_p
        x.XDefaultRootWindow.restype = ctypes.c_ulong
        x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        x.XStringToKeysym.restype = ctypes.c_ulong
        x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        x.XGetImage.restype = ctypes.POINTER(XImage)
        x.XGetImage.argtypes = (
            [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_int] * 2 + [ctypes.c_uint] * 2 + [ctypes.c_ulong, ctypes.c_int]
        )
        x.XSync.argtypes = x.XFlush.argtypes = [ctypes.c_void_p, ctypes.c_int]
        deadline = time.monotonic() + 10
        self.display = None
        while not self.display:
            self.display = x.XOpenDisplay(self.name.encode())
            if time.monotonic() > deadline or self.server.poll() is not None:
                self.__exit__()
                sys.exit(f"error: Xvfb did not start on {self.name}; is the number taken?")
            time.sleep(0.05)
        self.display = ctypes.c_void_p(self.display)
        self.root = x.XDefaultRootWindow(self.display)
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    # --- what the artist does ---------------------------------------------------------------

    def key(self, words):
        """Presses a key, such as `Return` or `ctrl+k`; returns when it was sent."""
        *held, last = [self.code(name) for name in words.split("+")]
        for code in [*held, last]:
            self.test.XTestFakeKeyEvent(self.display, code, 1, 0)
        sent = time.time()
        for code in reversed([*held, last]):
            self.test.XTestFakeKeyEvent(self.display, code, 0, 0)
        self.x.XSync(self.display, 0)
        return sent

    def window(self):
        """The only window, or the topmost one; 0 if there is none."""
        parent, root, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
        children = ctypes.POINTER(ctypes.c_ulong)()
        self.x.XQueryTree(
            self.display,
            ctypes.c_ulong(self.root),
            ctypes.byref(root),
            ctypes.byref(parent),
            ctypes.byref(children),
            ctypes.byref(count),
        )
        return children[count.value - 1] if count.value else 0

    def focus(self):
        """Gives the only window the keyboard focus, because no window manager does."""
        top = ctypes.c_ulong(self.window())
        if top.value:
            # 1 is RevertToPointerRoot, 0 is CurrentTime.
            self.x.XMoveResizeWindow(self.display, top, 0, 0, self.width, self.height)
            self.x.XSetInputFocus(self.display, top, 1, ctypes.c_ulong(0))
            self.x.XSync(self.display, 0)

    def code(self, name):
        names = {"ctrl": "Control_L", "shift": "Shift_L", "alt": "Alt_L"}
        symbol = self.x.XStringToKeysym(names.get(name, name).encode())
        code = self.x.XKeysymToKeycode(self.display, symbol)
        if code == 0:
            sys.exit(f"error: the display has no key {name}")
        return code

    def type(self, text):
        """Types words of letters, digits and spaces."""
        for letter in text:
            named = {" ": "space", "-": "minus", "/": "slash", ".": "period"}.get(letter, letter)
            self.key(f"shift+{named.lower()}" if letter.isupper() else named)
            time.sleep(0.01)

    def point(self, across, down):
        """Moves the pointer to a position given as fractions of the screen."""
        x, y = int(across * (self.width - 1)), int(down * (self.height - 1))
        self.test.XTestFakeMotionEvent(self.display, 0, x, y, 0)
        self.x.XSync(self.display, 0)

    def click(self, across, down):
        self.point(across, down)
        time.sleep(0.05)
        for pressed in (1, 0):
            self.test.XTestFakeButtonEvent(self.display, 1, pressed, 0)
            self.x.XSync(self.display, 0)
            time.sleep(0.03)

    def drag(self, *places):
        """Presses the button at the first of these places, and moves through the others before it is released."""
        self.point(*places[0])
        time.sleep(0.1)
        self.test.XTestFakeButtonEvent(self.display, 1, 1, 0)
        self.x.XSync(self.display, 0)
        for (x, y), (across, down) in zip(places, places[1:]):
            for part in range(1, 13):
                self.point(x + (across - x) * part / 12, y + (down - y) * part / 12)
                time.sleep(0.02)
        self.test.XTestFakeButtonEvent(self.display, 1, 0, 0)
        self.x.XSync(self.display, 0)
        time.sleep(0.2)

    # --- what the artist sees ---------------------------------------------------------------

    def pixels(self, left=0, top=0, width=None, height=None):
        """The bytes of a part of the screen, four per pixel, and the number of bytes per row."""
        width, height = width or self.width, height or self.height
        image = self.x.XGetImage(self.display, self.root, left, top, width, height, ALL_PLANES, Z_PIXMAP)
        if not image:
            return b"", 0
        row = image.contents.bytes_per_line
        data = ctypes.string_at(image.contents.data, row * height)
        self.x.XDestroyImage(image)
        return data, row

    def changed(self, before, part, limit=5.0):
        """Waits until a part of the screen differs from `before`; returns when, or None."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if self.pixels(*part)[0] != before:
                return time.time()
            # Reading the screen takes CPU time too, so it is read no more often than necessary.
            time.sleep(0.003)
        return None

    def still(self, quiet=0.6, limit=20.0):
        """Waits until nothing moves on the screen; returns whether that happened."""
        deadline, since, last = time.monotonic() + limit, time.monotonic(), None
        while time.monotonic() < deadline:
            now = zlib.crc32(self.pixels()[0])
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > quiet:
                return True
            time.sleep(0.1)
        return False

    def colours(self):
        """The number of colours on the screen, counted at every seventh pixel."""
        data, _ = self.pixels()
        return len({data[at : at + 3] for at in range(0, len(data) - 4, 28)})

    def save(self, path):
        """Writes the screen as PNG."""
        data, row = self.pixels()
        rgb = bytearray(self.width * self.height * 3)
        # At depth 24, Xvfb stores blue, green, red and an unused byte.
        rgb[0::3], rgb[1::3], rgb[2::3] = data[2::4], data[1::4], data[0::4]
        assert row == self.width * 4, "rows without padding"
        lines = b"".join(
            b"\0" + bytes(rgb[at : at + 3 * self.width]) for at in range(0, len(rgb), 3 * self.width)
        )
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b"")):
                check = struct.pack(">I", zlib.crc32(kind + body))
                file.write(struct.pack(">I", len(body)) + kind + body + check)


class Studio:
    """The real window on a display, with its own folders; it ends with the `with` block.

    `prepare` is called with its home folder before the window opens.
    """

    def __init__(self, display, program, *files, prepare=None):
        self.display, self.program, self.files = display, program, files
        self.prepare = prepare

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="kinora-window-"))
        if self.prepare is not None:
            self.prepare(self.home)
        self.log = self.home / "frames"
        environment = {
            **os.environ,
            "DISPLAY": self.display.name,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "WINIT_X11_SCALE_FACTOR": "1",
            "KINORA_FRAME_LOG": str(self.log),
        }
        # A Wayland window would not be on this display.
        environment.pop("WAYLAND_DISPLAY", None)
        self.process = subprocess.Popen([self.program, *map(str, self.files)], env=environment)
        deadline = time.monotonic() + 60
        while self.display.colours() < 12:
            if self.process.poll() is not None:
                sys.exit(f"error: {self.program} ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                self.__exit__()
                sys.exit("error: the window showed nothing for a minute")
            time.sleep(0.1)
        self.display.focus()
        return self

    def frames(self):
        """The window's frames so far: start, milliseconds of the previous frame, stage, step, stopping."""
        frames = []
        for line in self.log.read_text().splitlines() if self.log.exists() else []:
            fields = line.split()
            if len(fields) == 5:
                began, before, stage, step, stopping = fields
                frames.append((int(began) / 1e6, float(before), stage, int(step), stopping == "true"))
        return frames

    def wait(self, met, what, limit=900.0):
        """Waits for a frame for which `met` is true, and returns it; ends the program if neither stage nor step changes
        for `limit` seconds. A take may need many minutes on a busy machine, but its steps do not."""
        since, at = time.monotonic(), None
        while True:
            frames = self.frames()
            if frames and met(frames[-1]):
                return frames[-1]
            if frames and frames[-1][2:4] != at:
                since, at = time.monotonic(), frames[-1][2:4]
            if self.process.poll() is not None:
                sys.exit(f"error: waited for {what}, but the window ended with {self.process.returncode}")
            if time.monotonic() - since > limit:
                stage, step = at or ("nothing", 0)
                sys.exit(f"error: waited for {what}; for {limit:.0f} s the window has been at: {stage}, step {step}")
            time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def program():
    """The built program: the one that `KINORA` names, or the one in cargo's target folder."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = pathlib.Path(os.environ.get("KINORA", target / "release" / "kinora"))
    if not path.is_file():
        sys.exit("error: there is no program yet; build it with: cargo build --locked --release")
    return str(path)
