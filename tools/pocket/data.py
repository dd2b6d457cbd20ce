"""Pictures and clips: photographs of `sources.json`, procedural pictures, and frames rendered from them by a camera move.

Each pixel p of frame i is the picture's at `Base(M_i(p))`: M_i is the move (see moves.py), and Base places frame 0 in the picture. Motion,
flow and visibility are therefore known exactly. Must not depend on the models.
"""
import json, math, os

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw

import moves

HERE = os.path.dirname(os.path.abspath(__file__))


def photographs(folder, split, max_side=1024, manifest=None):
    """`[(file, uint8 [3,h,w])]` of one split ("train" or "holdout"), shrunk to at most `max_side`."""
    out = []
    for entry in json.load(open(manifest or os.path.join(HERE, "sources.json")))["images"]:
        if entry["split"] != split:
            continue
        im = Image.open(os.path.join(folder, entry["file"])).convert("RGB")
        k = max_side / max(im.size)
        if k < 1:
            im = im.resize((round(im.width * k), round(im.height * k)), Image.LANCZOS)
        out.append((entry["file"], torch.from_numpy(np.asarray(im).copy()).permute(2, 0, 1).contiguous()))
    return out


def procedural(rng, w=512, h=384):
    """One random synthetic picture (uint8 [3,h,w]): gradient, fractal noise, cells, collage or stripes."""
    g = torch.Generator().manual_seed(int(rng.integers(1 << 31)))
    yy, xx = torch.meshgrid(torch.linspace(-0.75, 0.75, h), torch.linspace(-1, 1, w), indexing="ij")
    colours = lambda n: torch.rand(n, 3, generator=g)

    def fractal(beta):
        acc, amp = torch.zeros(3, h, w), 1.0
        for o in range(1, 7):
            n = 2 ** o
            acc += amp * F.interpolate(torch.randn(1, 3, n * 3 // 4 + 1, n + 1, generator=g), size=(h, w), mode="bicubic")[0]
            amp *= beta
        return acc

    kind = rng.choice(["gradient", "fractal", "cells", "collage", "stripes"], p=[.1, .2, .2, .35, .15])
    if kind == "gradient":
        a, c = rng.uniform(0, 6.28), colours(2)
        t = torch.sigmoid(rng.uniform(1, 6) * (xx * math.cos(a) + yy * math.sin(a)))
        img = c[0][:, None, None] * t + c[1][:, None, None] * (1 - t) + 0.03 * fractal(0.8)
    elif kind == "fractal":
        img = 0.5 + torch.einsum("kc,khw->chw", colours(3) - 0.5, fractal(rng.uniform(0.45, 0.8))) * rng.uniform(0.2, 0.5)
    elif kind == "cells":
        n = int(rng.integers(8, 60))
        px, py = torch.rand(n, generator=g) * 2 - 1, torch.rand(n, generator=g) * 1.5 - .75
        v, i = ((xx[None] - px[:, None, None]) ** 2 + (yy[None] - py[:, None, None]) ** 2).topk(2, dim=0, largest=False)
        edge = torch.sigmoid((v[1].sqrt() - v[0].sqrt()) * 120 - 1)
        img = colours(n)[i[0]].permute(2, 0, 1) * (0.3 + 0.7 * edge) + 0.05 * fractal(0.8)
    elif kind == "stripes":
        a, c = rng.uniform(0, 6.28), colours(2)
        bend = fractal(0.4)[0] * rng.uniform(0, 0.08)
        t = torch.sin((xx * math.cos(a) + yy * math.sin(a) + bend) * rng.uniform(12, 50)) * rng.uniform(2, 8)
        t = torch.sigmoid(t)
        img = c[0][:, None, None] * t + c[1][:, None, None] * (1 - t) + 0.05 * fractal(0.8)
    else:
        img = _collage(rng, w, h) * (1 + 0.15 * fractal(0.6)[:1]) + 0.04 * fractal(0.85)
    return (img.clamp(0, 1) * 255).round().to(torch.uint8)


def _collage(rng, w, h):
    pic = Image.new("RGB", (w, h), tuple(int(v) for v in rng.integers(0, 256, 3)))
    draw = ImageDraw.Draw(pic)
    for _ in range(int(rng.integers(10, 60))):
        x, y, r, q = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(6, 110), rng.uniform(.4, 1.6)
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        match int(rng.integers(4)):
            case 0:
                draw.ellipse([x - r, y - r * q, x + r, y + r * q], fill=colour)
            case 1:
                draw.rectangle([x - r, y - r * q, x + r, y + r * q], fill=colour)
            case 2:
                k, o = int(rng.integers(3, 8)), rng.uniform(0, 6.28)
                draw.polygon([(x + r * math.cos(o + 6.283 * j / k), y + r * math.sin(o + 6.283 * j / k)) for j in range(k)], fill=colour)
            case _:
                draw.line([x, y, x + rng.uniform(-r, r) * 2, y + rng.uniform(-r, r) * 2], fill=colour, width=int(rng.integers(2, 14)))
    return torch.from_numpy(np.asarray(pic).copy()).permute(2, 0, 1).float() / 255


class Bank:
    """Pictures as mip pyramids on one device."""

    def __init__(self, photos, procedurals=0, seed=0, device="cpu", photo_share=0.75):
        self.names = [name for name, _ in photos]
        pictures = [picture for _, picture in photos]
        self.photos, self.photo_share, self.device = len(pictures), photo_share, device
        rng = np.random.default_rng(seed)
        pictures += [procedural(rng) for _ in range(procedurals)]
        self.mips = []
        for picture in pictures:
            levels = [picture.to(device)]
            while min(levels[-1].shape[1:]) > 96 and len(levels) < 5:
                levels.append(F.avg_pool2d(levels[-1][None].float(), 2)[0].round().to(torch.uint8))
            self.mips.append(levels)

    def pick(self, rng):
        n = len(self.mips)
        if self.photos and (n == self.photos or rng.random() < self.photo_share):
            return int(rng.integers(self.photos))
        return int(rng.integers(self.photos, n))


def place(rng, M, W, H, out_w, span=(.5, 1.)):
    """Places frame 0 in a picture of W x H so that everything that the move shows is inside: pixels per unit, centre, flip."""
    p = M.reshape(-1, 2)
    lo, hi = p.amin(0).tolist(), p.amax(0).tolist()
    ex, ey = hi[0] - lo[0] + .02, hi[1] - lo[1] + .02
    most = min((W - 2) / ex, (H - 2) / ey)
    least = min(most, out_w / 2 / 1.25)                            # never enlarged by more than 1.25
    s = min(most, max(least, most * math.exp(rng.uniform(math.log(span[0]), math.log(span[1])))))
    cx = rng.uniform(ex * s / 2, max(W - ex * s / 2, ex * s / 2 + .01))
    cy = rng.uniform(ey * s / 2, max(H - ey * s / 2, ey * s / 2 + .01))
    return dict(s=s, c=(cx, cy), mid=((lo[0] + hi[0]) / 2, (lo[1] + hi[1]) / 2), flip=bool(rng.random() < .5))


def sample(mips, base, M, width):
    """The picture at Base(M): [T,h,w,2] -> [T,3,h,w] in 0..1."""
    H, W = mips[0].shape[1:]
    x, y = M[..., 0] - base["mid"][0], M[..., 1] - base["mid"][1]
    px, py = base["c"][0] + base["s"] * (-x if base["flip"] else x), base["c"][1] + base["s"] * y
    step = base["s"] * 2 / width                                   # source pixels per sample
    level = int(np.clip(math.floor(math.log2(max(step, 1e-6)) + .4), 0, len(mips) - 1))
    grid = torch.stack([px / W * 2 - 1, py / H * 2 - 1], -1).to(mips[0].device)
    T, h, w, _ = grid.shape
    out = F.grid_sample(mips[level][None].float() / 255, grid.reshape(1, T * h, w, 2), mode="bilinear", padding_mode="reflection", align_corners=False)
    return out[0].reshape(3, T, h, w).transpose(0, 1)


def colour(rng, x):
    """Small changes of white balance, gamma, saturation and contrast."""
    if rng.random() < .25:
        return x
    gain = torch.tensor(rng.normal(1, .06, 3), dtype=x.dtype, device=x.device)[None, :, None, None]
    x = (x * gain).clamp(1e-4, 1) ** float(math.exp(rng.normal(0, .2)))
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * float(np.clip(rng.normal(1, .25), 0, 1.8))
    if rng.random() < .2:
        x = x[:, torch.as_tensor(rng.permutation(3))]
    return (x * float(rng.normal(1, .08)) + float(rng.normal(0, .04))).clamp(0, 1)


def clip(bank, rng, code, h, w, picture=None, augment=True, span=(.5, 1.), supersample=2):
    """Frames [T,3,h,w] in -1..1 of one move (codes [T,6])."""
    H, W = h * supersample, w * supersample
    M = moves.lookup(code, H, W, bank.device)
    mips = bank.mips[bank.pick(rng) if picture is None else picture]
    base = place(rng, moves.lookup(code, 12, max(4, round(12 * w / h))), mips[0].shape[2], mips[0].shape[1], w, span)
    if not augment:
        base["flip"] = False
    x = F.avg_pool2d(sample(mips, base, M, W), supersample) if supersample > 1 else sample(mips, base, M, W)
    return (colour(rng, x) if augment else x) * 2 - 1


def to_image(x):
    return Image.fromarray(((x.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy())


def sheet(rows, path, labels=None, scale=1):
    """A contact sheet; rows: lists of [3,h,w] in -1..1."""
    h, w = rows[0][0].shape[1:]
    h, w, lab = h * scale, w * scale, 14 if labels else 0
    im = Image.new("RGB", (max(len(r) for r in rows) * (w + 2), len(rows) * (h + 2 + lab)), (24, 24, 28))
    draw = ImageDraw.Draw(im)
    for i, row in enumerate(rows):
        y = i * (h + 2 + lab)
        if labels:
            draw.text((3, y + 1), labels[i], fill=(235, 235, 235))
        for j, frame in enumerate(row):
            tile = to_image(frame)
            im.paste(tile if scale == 1 else tile.resize((w, h), Image.LANCZOS), (j * (w + 2), y + lab))
    im.save(path)
