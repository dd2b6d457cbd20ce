"""The other programs of a desktop: a file that is dragged onto the window, a picture on the clipboard.

Implements XDND (version 5) and ICCCM selections through libX11, like a file manager and a picture
viewer. Standard library only.
"""

import ctypes
import struct
import time
import zlib

SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 30, 31, 33
ATOM_ATOM, REPLACE, NOW = 4, 0, 0


class ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent with data of format 32."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    ]


class SelectionRequest(ctypes.Structure):
    """Xlib's XSelectionRequestEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("owner", ctypes.c_ulong),
        ("requestor", ctypes.c_ulong),
        ("selection", ctypes.c_ulong),
        ("target", ctypes.c_ulong),
        ("property", ctypes.c_ulong),
        ("time", ctypes.c_ulong),
    ]


class SelectionNotify(ctypes.Structure):
    """Xlib's XSelectionEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("requestor", ctypes.c_ulong),
        ("selection", ctypes.c_ulong),
        ("target", ctypes.c_ulong),
        ("property", ctypes.c_ulong),
        ("time", ctypes.c_ulong),
    ]


class Event(ctypes.Union):
    """Xlib's XEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("client", ClientMessage),
        ("request", SelectionRequest),
        ("notify", SelectionNotify),
        ("pad", ctypes.c_long * 24),
    ]


class Owner:
    """A window that owns a selection and sends its content to any window that requests it."""

    def __init__(self, display, selection, contents):
        self.display, self.x = display, display.x
        self.x.XInternAtom.restype = ctypes.c_ulong
        self.x.XCreateSimpleWindow.restype = ctypes.c_ulong
        one = ctypes.c_ulong
        self.window = one(
            self.x.XCreateSimpleWindow(display.display, one(display.root), 0, 0, 1, 1, 0, one(0), one(0))
        )
        self.contents = {self.atom(kind): data for kind, data in contents.items()}
        self.asked = []
        self.x.XSetSelectionOwner(display.display, one(self.atom(selection)), self.window, one(NOW))
        self.x.XSync(display.display, 0)

    def atom(self, name):
        return self.x.XInternAtom(self.display.display, name.encode(), 0)

    def send(self, window, event):
        self.x.XSendEvent(self.display.display, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(event))
        self.x.XSync(self.display.display, 0)

    def serve(self, seconds, until=None):
        """Answers requests for a while, or until a message of this name arrives; returns whether it did."""
        deadline = time.monotonic() + seconds
        event = Event()
        while time.monotonic() < deadline:
            if not self.x.XPending(self.display.display):
                time.sleep(0.005)
                continue
            self.x.XNextEvent(self.display.display, ctypes.byref(event))
            if event.type == SELECTION_REQUEST:
                self.answer(event.request)
            elif event.type == CLIENT_MESSAGE and until and event.client.message_type == self.atom(until):
                return True
        return until is None

    def answer(self, request):
        """Sends the requested content, or reports that there is none."""
        data, kind, form = self.contents.get(request.target), request.target, 8
        self.asked.append(request.target)
        if request.target == self.atom("TARGETS"):
            offered = [self.atom("TARGETS"), *self.contents]
            data, kind, form = struct.pack(f"{len(offered)}L", *offered), ATOM_ATOM, 32
        place = request.property or request.target
        if data is not None:
            count = len(data) // (8 if form == 32 else 1)
            self.x.XChangeProperty(
                self.display.display,
                ctypes.c_ulong(request.requestor),
                ctypes.c_ulong(place),
                ctypes.c_ulong(kind),
                form,
                REPLACE,
                data,
                count,
            )
        answer = Event()
        answer.notify.type = SELECTION_NOTIFY
        answer.notify.requestor, answer.notify.selection = request.requestor, request.selection
        answer.notify.target, answer.notify.time = request.target, request.time
        answer.notify.property = place if data is not None else 0
        self.send(request.requestor, answer)


class Drag(Owner):
    """A file under the pointer, on its way from a file manager to the window."""

    def __init__(self, display, path):
        uri = path.resolve().as_uri() + "\r\n"
        # Found before this program has a window, which would be on top.
        self.target = display.window()
        super().__init__(display, "XdndSelection", {"text/uri-list": uri.encode()})

    def message(self, name, *data):
        event = Event()
        event.client.type, event.client.format = CLIENT_MESSAGE, 32
        event.client.window, event.client.message_type = self.target, self.atom(name)
        for index, value in enumerate([self.window.value, *data]):
            event.client.data[index] = value
        self.send(self.target, event)

    def hover(self, across, down):
        """Drags the file over the window and waits for its answer."""
        self.display.point(across, down)
        x, y = int(across * self.display.width), int(down * self.display.height)
        self.message("XdndEnter", 5 << 24, self.atom("text/uri-list"), 0, 0)
        self.message("XdndPosition", 0, x << 16 | y, NOW, self.atom("XdndActionCopy"))
        told = self.serve(5.0, "XdndStatus")
        # The window now requests the file names, to show what dropping them would do.
        self.serve(0.5)
        return told

    def drop(self):
        """Drops the file; returns whether the window accepted it."""
        self.message("XdndDrop", 0, NOW, 0, 0)
        return self.serve(5.0, "XdndFinished")


def picture(width=640, height=400):
    """A picture as PNG: a sunset of two gradients with a disc, not black and not of one colour."""
    rows = []
    for y in range(height):
        row = bytearray(b"\0")
        for x in range(width):
            near = (x - width * 0.62) ** 2 + (y - height * 0.45) ** 2 < (height * 0.14) ** 2
            ground = y > height * 0.66
            red = 250 if near else 60 + (20 if ground else 150 * y // height)
            green = 220 if near else 70 + (60 * x // width if ground else 70 * y // height)
            row += bytes((red, green, 120 if near else 150 - 90 * y // height))
        rows.append(bytes(row))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")):
        png += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png
