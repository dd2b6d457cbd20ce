"""Camera moves: what each one does to the picture's content over a clip, and where frames sample the picture.

A path is a list of keyframes at strength 1, linear in between, t in 0..1 over the clip. It says what the CONTENT does:
x, y (shift as a fraction of frame width / height, right and down positive), scale (magnification about the centre), roll (degrees
clockwise), orbit (horizontal shift of the nearest depth against the farthest, fraction of width), dolly (extra magnification of
the nearest depth against the farthest). Names say what the CAMERA does: pan-left moves the content right.
Depth is a fixed convention: the lower in the frame, the nearer (0 at the top, 1 at the bottom).
"""
import math
from dataclasses import dataclass, field

import torch

AXES = ("x", "y", "scale", "roll", "orbit", "dolly")
REST = dict(x=0.0, y=0.0, scale=1.0, roll=0.0, orbit=0.0, dolly=0.0)
STRENGTHS = (0.0, 1.2)          # trained range
PUSH_IN = 0.10                  # code of the base model's own push-in at motion bucket 255: magnified by 1 / (1 - 0.10)


@dataclass(frozen=True)
class Move:
    title: str
    opposite: str | None = None
    end: dict = field(default_factory=dict)      # where the content is at the end of the clip
    keys: tuple = ()                             # or explicit keyframes

    def path(self):
        """All keyframes, with every axis."""
        keys = self.keys or ({"t": 0.0}, {"t": 1.0, **self.end})
        return [{"t": k["t"], **{a: k.get(a, REST[a]) for a in AXES}} for k in keys]

    def shown(self):
        """The path as stored in files, where dolly leaves the farthest depth unchanged; here, it is the middle depth."""
        return [{**k, "scale": round(k["scale"] / (1 + code("dolly", k["dolly"]) / 2), 6)} for k in self.path()]


def code(axis, value):
    """Converts a value of a path to the model's code: numbers that add up when moves are stacked.
    A magnification v samples the picture at (1 - c) times the position, so c = 1 - 1 / v; dolly does this by depth, -c/2 .. c/2."""
    return 1 - 1 / value if axis == "scale" else 2 * value / (2 + value) if axis == "dolly" else value


def _zoom(end, n=14):
    """Keyframes of a magnification whose code grows evenly; `end` and its opposite cancel."""
    return tuple({"t": round(i / (n - 1), 4), "scale": round(1 / (1 - end * i / (n - 1)), 6)} for i in range(n))


def _handheld(n=14):
    """Small smooth wandering: two sines per axis, at rest in the first frame."""
    def wave(t, a, b, pa, pb):
        f = lambda u: math.sin(2 * math.pi * a * u + pa) + 0.5 * math.sin(2 * math.pi * b * u + pb)
        return f(t) - f(0.0)
    keys = []
    for i in range(n):
        t = i / (n - 1)
        keys.append({"t": round(t, 4), "x": round(0.012 * wave(t, 1.0, 2.3, 0.4, 1.9), 5),
                     "y": round(0.016 * wave(t, 1.4, 2.9, 2.1, 0.3), 5), "roll": round(0.5 * wave(t, 0.8, 1.9, 1.0, 2.5), 4)})
    return tuple(keys)


MOVES = {
    "pan-left": Move("Pan left", "pan-right", dict(x=0.08)),
    "pan-right": Move("Pan right", "pan-left", dict(x=-0.08)),
    "tilt-up": Move("Tilt up", "tilt-down", dict(y=0.10)),
    "tilt-down": Move("Tilt down", "tilt-up", dict(y=-0.10)),
    "zoom-in": Move("Zoom in", "zoom-out", keys=_zoom(0.15)),
    "zoom-out": Move("Zoom out", "zoom-in", keys=_zoom(-0.15)),
    "roll-cw": Move("Roll clockwise", "roll-ccw", dict(roll=-6.0)),
    "roll-ccw": Move("Roll anticlockwise", "roll-cw", dict(roll=6.0)),
    "orbit-left": Move("Orbit left", "orbit-right", dict(orbit=0.14)),
    "orbit-right": Move("Orbit right", "orbit-left", dict(orbit=-0.14)),
    "dolly-zoom": Move("Dolly zoom", None, dict(dolly=0.28)),
    "handheld": Move("Handheld", None, keys=_handheld()),
    "static": Move("Static"),
}


def codes(path, frames):
    """What a path does at every frame, as additive numbers [frames, 6] (see `code`)."""
    out = torch.zeros(frames, len(AXES))
    for i in range(frames):
        t = i / max(frames - 1, 1)
        k = max(j for j in range(len(path)) if path[j]["t"] <= t + 1e-9)
        a, b = path[k], path[min(k + 1, len(path) - 1)]
        f = 0.0 if b["t"] == a["t"] else (t - a["t"]) / (b["t"] - a["t"])
        for j, axis in enumerate(AXES):
            v = a[axis] + f * (b[axis] - a[axis])
            out[i, j] = code(axis, v)
    return out


def push_in(bucket, frames):
    """The base model's own gentle push-in, as codes: its speed is the motion bucket."""
    out = torch.zeros(frames, len(AXES))
    out[:, 2] = PUSH_IN * bucket / 255.0 * torch.linspace(0, 1, frames)
    return out


def compose(weights, bucket, frames):
    """Codes [frames, 6] of camera moves `{name: strength}` over the base's push-in. `static` takes the push-in away."""
    out = push_in(bucket, frames) * (1.0 - weights.get("static", 0.0))
    for name, strength in weights.items():
        out = out + strength * codes(MOVES[name].path(), frames)
    return out


def pixels(h, w, device="cpu"):
    """Centres of the pixels, [h, w, 2]: x in -1..1, y in -h/w..h/w, so 2 units are one frame width."""
    y = ((torch.arange(h, device=device) + 0.5) / h * 2 - 1) * h / w
    x = (torch.arange(w, device=device) + 0.5) / w * 2 - 1
    gy, gx = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([gx, gy], -1)


def lookup(code, h, w, device="cpu"):
    """Where in frame 0 every pixel of every frame comes from: [frames, h, w, 2]. code: [frames, 6]."""
    c = code.to(device)[:, None, None, :]
    p = pixels(h, w, device)[None].expand(len(code), -1, -1, -1)
    a = torch.deg2rad(c[..., 3])                                  # content turns clockwise by a (y points down)
    q = torch.stack([torch.cos(a) * p[..., 0] + torch.sin(a) * p[..., 1], -torch.sin(a) * p[..., 0] + torch.cos(a) * p[..., 1]], -1)
    q = q * (1 - c[..., 2:3])
    near = (q[..., 1] * w / h).clamp(-1.3, 1.3) / 2               # depth - 1/2, by height
    q = q * (1 - c[..., 5] * near)[..., None]
    return torch.stack([q[..., 0] - 2 * c[..., 4] * near - 2 * c[..., 0], q[..., 1] - 2 * c[..., 1] * h / w], -1)


def visible(M, h, w):
    """Pixels whose content lies inside frame 0."""
    return (M[..., 0].abs() <= 1) & (M[..., 1].abs() <= h / w)


def mean_flow(M):
    """Mean displacement per frame step, in frame widths."""
    return float((M[1:] - M[:-1]).norm(dim=-1).mean()) / 2
