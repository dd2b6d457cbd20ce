"""Measures a model and its camera pack with Kinora itself: `kinora generate` on held-out photographs.

Writes results.json (after every clip, so that an interrupted run still counts and a second run continues where the first stopped) and contact
sheets. The truth is the same photograph, moved exactly as the move's path says, at four times the size and then reduced as Kinora
reduces its input. Codes are measured by motion.py; its own error on true clips is part of the results.
"""
import argparse
import json
import os
import subprocess
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import data
import motion
import moves

PAIRS = [(n, m.opposite) for n, m in moves.MOVES.items() if m.opposite and n < m.opposite]
SCALE = 4


class Picture:
    """A held-out photograph, cropped as `--fit crop` does."""

    def __init__(self, path, w, h):
        self.path, self.w, self.h = path, w, h
        im = Image.open(path).convert("RGB")
        cw, ch = im.width, im.height                              # whole pixels, halves rounded up; an odd remainder is cut off at the right or the bottom
        if im.width * h > im.height * w:
            cw = (2 * im.height * w + h) // (2 * h)
        else:
            ch = (2 * im.width * h + w) // (2 * w)
        x, y = (im.width - cw) // 2, (im.height - ch) // 2
        im = im.crop((x, y, x + cw, y + ch))
        tensor = lambda q: torch.from_numpy(np.asarray(q).copy()).permute(2, 0, 1).float() / 127.5 - 1
        self.first = tensor(im.resize((w, h), Image.LANCZOS))
        self.large = tensor(im.resize((w * SCALE, h * SCALE), Image.LANCZOS))

    def truth(self, code):
        """Frames [T,3,h,w] of codes [T,6], and where they are visible [T,h,w]."""
        H, W = self.h * SCALE, self.w * SCALE
        M = moves.lookup(code, H, W)
        grid = torch.stack([M[..., 0], M[..., 1] * W / H], -1)
        x = F.grid_sample(self.large[None].expand(len(code), -1, -1, -1), grid, padding_mode="border", align_corners=False)
        frames = [torch.from_numpy(np.asarray(data.to_image(f).resize((self.w, self.h), Image.LANCZOS)).copy()) for f in x]
        vis = moves.visible(moves.lookup(code, self.h, self.w), self.h, self.w)
        return torch.stack(frames).permute(0, 3, 1, 2).float() / 127.5 - 1, vis


def psnr(a, b, mask=None):
    """Per frame, [T]."""
    e = (a - b).pow(2).mean(1) / 4
    m = torch.ones_like(e) if mask is None else mask.float()
    return -10 * ((e * m).sum((1, 2)) / m.sum((1, 2)).clamp_min(1)).clamp_min(1e-9).log10()


def generate(a, picture, out, loras, seed, bucket):
    """Frames [T,3,h,w] of one clip, made by Kinora; None if it failed."""
    os.makedirs(out, exist_ok=True)
    last = os.path.join(out, f"frame_{a.frames - 1:04d}.png")
    seconds = None
    if not os.path.exists(last):
        cmd = [a.kinora, "generate", picture.path, "-o", out + "/", "--model", a.model, "--seed", str(seed), "--device", a.device, "--json"]
        cmd += [] if bucket is None else ["--motion-bucket", str(bucket)]
        for name, s in loras.items():
            cmd += ["--lora", f"{os.path.join(a.camera, name)}.safetensors={s}"]
        r = subprocess.run(cmd, capture_output=True, text=True)
        if r.returncode:
            print(" ".join(cmd), r.stderr.strip(), flush=True)
            return None, None
        seconds = json.loads(r.stdout.strip().splitlines()[-1])["seconds"]
    read = lambda i: torch.from_numpy(np.asarray(Image.open(os.path.join(out, f"frame_{i:04d}.png")).convert("RGB")).copy())
    return torch.stack([read(i) for i in range(a.frames)]).permute(0, 3, 1, 2).float() / 127.5 - 1, seconds


def judge(x, picture, weights, bucket, frames):
    """All numbers of one clip."""
    code = moves.compose(weights, bucket, frames)
    true, vis = picture.truth(code)
    got = motion.measure(x[None])[0]
    change = lambda q: float((q[1:] - q[:-1]).abs().mean())
    still = picture.first[None].expand_as(true)
    return dict(measured=got[-1].tolist(), wanted=code[-1].tolist(), first=float(psnr(x[:1], picture.first[None])),
                visible=float(psnr(x, true, vis)[1:].mean()), last=float(psnr(x[-1:], true[-1:], vis[-1:])),
                frozen=float(psnr(still, true, vis)[1:].mean()), change=change(x), change_true=change(true),
                # second differences, which are small in a smooth move
                flicker=float((x[2:] - 2 * x[1:-1] + x[:-2]).abs().mean()), flicker_true=float((true[2:] - 2 * true[1:-1] + true[:-2]).abs().mean()))


def displacement(codes):
    """Codes -> mean displacement along each axis, in frame widths."""
    return np.asarray(codes) * motion.UNIT.numpy()


def main_axis(name):
    end = displacement(moves.codes(moves.MOVES[name].path(), 50).abs().max(0).values.numpy())
    sign = np.sign(moves.codes(moves.MOVES[name].path(), 50)[-1].numpy())
    axis = int(np.argmax(end))
    return axis, sign[axis]


def summary(clips):
    """The figures of the model card, from all clips so far."""
    key = lambda **k: [c for c in clips if all(c[n] == v for n, v in k.items())]
    at = lambda c: displacement(c["measured"])
    base = {(c["picture"], c["seed"]): at(c) for c in key(kind="base")}
    out, rows = {}, {}
    for name in moves.MOVES:
        ones, halves = key(kind="move", move=name, strength=1.0), key(kind="move", move=name, strength=0.5)
        ones = [c for c in ones if (c["picture"], c["seed"]) in base]
        if not ones:
            continue
        r = dict(clips=len(ones), visible=float(np.mean([c["visible"] for c in ones])), last=float(np.mean([c["last"] for c in ones])),
                 frozen=float(np.mean([c["frozen"] for c in ones])))
        if name == "static":
            r["residual_per_frame"] = float(np.mean([np.linalg.norm(at(c)) / (c["frames"] - 1) for c in ones]))
        elif name == "handheld":
            r["error"] = float(np.mean([np.abs(at(c) - displacement(c["wanted"])).max() for c in ones]))
        else:
            axis, sign = main_axis(name)
            net = [(at(c) - base[c["picture"], c["seed"]]) for c in ones]
            r["direction"] = float(np.mean([d[axis] * sign > 0.005 for d in net]))
            r["cross_axis"] = float(np.mean([max(abs(np.delete(d, axis))) / max(abs(d[axis]), 1e-6) for d in net]))
            r["amount"] = float(np.mean([d[axis] / (displacement(c["wanted"])[axis] - at_wanted_base(c)[axis]) for d, c in zip(net, ones)]))
            half = {(c["picture"], c["seed"]): at(c) for c in halves}
            three = [(base[k][axis] * sign, half[k][axis] * sign, at(c)[axis] * sign) for c in ones if (k := (c["picture"], c["seed"])) in half]
            if three:
                r["monotone"] = float(np.mean([u + 0.002 < v and v + 0.002 < w for u, v, w in three]))
                r["half"] = float(np.mean([(v - u) / (w - u) for u, v, w in three]))
        rows[name] = r
    out["moves"] = rows
    stacked = key(kind="pair")
    if stacked:
        out["cancel"] = {f"{c['move']}": [] for c in stacked}
        for c in stacked:
            k = (c["picture"], c["seed"])
            if k in base:
                out["cancel"][c["move"]].append(float(np.linalg.norm(at(c) - base[k])))
        out["cancel"] = {k: float(np.mean(v)) for k, v in out["cancel"].items() if v}
    buckets = {}
    for c in key(kind="bucket"):
        buckets.setdefault((c["picture"], c["seed"]), {})[c["bucket"]] = float(np.linalg.norm(at(c)))
    full = [b for b in buckets.values() if len(b) == 3]
    if full:
        out["bucket"] = dict(clips=len(full), monotone=float(np.mean([b[20] < b[127] < b[220] for b in full])),
                             displacement={str(k): float(np.mean([b[k] for b in full])) for k in (20, 127, 220)})
    moved = [c for c in clips if c["kind"] == "move"]
    if moved:
        out["first_frame"] = float(np.mean([c["first"] for c in moved])); out["first_frame_worst"] = float(min(c["first"] for c in moved))
        moving = [c for c in moved if c["move"] != "static"]
        ratio = lambda what, some: float(np.mean([c[what] / max(c[what + "_true"], 1e-6) for c in some])) if some else None
        out["change_over_true"] = ratio("change", moving)
        out["flicker_over_true"] = ratio("flicker", moving)
        out["flicker_over_true_full"] = ratio("flicker", [c for c in moving if c["strength"] == 1.0])
        out["flicker_over_true_half"] = ratio("flicker", [c for c in moving if c["strength"] == 0.5])
        out["flicker_sum_over_true_sum"] = float(sum(c["flicker"] for c in moving) / max(sum(c["flicker_true"] for c in moving), 1e-6))
        spread = {}
        for c in moved:
            spread.setdefault((c["move"], c["strength"], c["picture"]), []).append(c["measured"])
        spread = [displacement(np.ptp(np.array(v), 0)).max() for v in spread.values() if len(v) > 1]
        if spread:
            out["seeds_differ_by"] = float(np.max(spread))
    seconds = [c["seconds"] for c in clips if c.get("seconds")]
    if seconds:
        out["seconds"] = dict(median=float(np.median(seconds)), best=float(min(seconds)))
    out["clips"] = len(clips)
    return out


def at_wanted_base(c):
    return displacement(moves.push_in(c["bucket"], c["frames"])[-1].numpy())


def jobs(names, pictures, seeds):
    """All clips, in rounds that spread moves over pictures, each with every seed, so that an interrupted run has covered some of everything."""
    for r in range(pictures):
        for s in range(seeds):
            for strength in (1.0, 0.5):
                for i, n in enumerate(names):
                    yield dict(kind="base", picture=(i + r) % pictures, seed=s)
                    yield dict(kind="move", move=n, strength=strength, picture=(i + r) % pictures, seed=s)
            for b in (20, 127, 220):
                yield dict(kind="bucket", bucket=b, picture=r, seed=s)
            for i, (n, o) in enumerate(PAIRS):
                yield dict(kind="pair", move=n, other=o, strength=1.0, picture=(i + r) % pictures, seed=s)


def codec(a, pictures):
    """VAE reconstruction of the held-out pictures by the exported weights, and the measuring tool's own error on true clips."""
    from diffusers import AutoencoderKLTemporalDecoder
    vae = AutoencoderKLTemporalDecoder.from_pretrained(os.path.join(a.model, "vae")).float().eval()
    with torch.no_grad():
        values = [float(psnr(vae.decode(vae.encode(p.first[None]).latent_dist.mode(), num_frames=1).sample.clamp(-1, 1), p.first[None])) for p in pictures]
    worst = 0.0
    for name in ("pan-left", "tilt-up", "zoom-in", "roll-cw", "orbit-left", "dolly-zoom", "static"):
        code = moves.compose({name: 1.0}, 0.0, a.frames)
        got = motion.measure(pictures[0].truth(code)[0][None])[0, -1]
        worst = max(worst, float(np.abs(displacement((got - code[-1]).numpy())).max()))
    return dict(vae=float(np.mean(values)), vae_each=values, measuring_error=worst)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--kinora", default="kinora")
    ap.add_argument("--model", required=True, help="model folder")
    ap.add_argument("--camera", required=True, help="folder of the camera pack")
    ap.add_argument("--photos", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--seeds", type=int, default=3)
    ap.add_argument("--minutes", type=float, default=1e9, help="stop after this long; run again to go on")
    ap.add_argument("--device", default="cpu")
    a = ap.parse_args()
    settings = json.load(open(os.path.join(a.model, "pocket.json")))
    a.frames, w, h, default = settings["frames"], settings["width"], settings["height"], settings["motion_bucket_id"]
    files = [e["file"] for e in json.load(open(os.path.join(data.HERE, "sources.json")))["images"] if e["split"] == "holdout"]
    pictures = [Picture(os.path.join(a.photos, f), w, h) for f in files]
    names = [n for n in moves.MOVES if os.path.exists(os.path.join(a.camera, n + ".safetensors"))]
    os.makedirs(a.out, exist_ok=True)
    path = os.path.join(a.out, "clips.json")
    clips = json.load(open(path)) if os.path.exists(path) else []
    done = {json.dumps({k: c.get(k) for k in ("kind", "move", "strength", "picture", "seed", "asked")}) for c in clips}
    tool, start = codec(a, pictures), time.time()
    print(json.dumps(tool), flush=True)
    for j in jobs(names, len(pictures), a.seeds):
        if time.time() - start > a.minutes * 60:
            break
        j["asked"] = j.get("bucket")
        if json.dumps({k: j.get(k) for k in ("kind", "move", "strength", "picture", "seed", "asked")}) in done:
            continue
        j["bucket"] = j.get("bucket", default)
        weights = {j["move"]: j["strength"]} if "move" in j else {}
        if "other" in j:
            weights[j["other"]] = j["strength"]
        tag = "-".join(str(j[k]) for k in ("kind", "move", "strength", "asked", "picture", "seed") if j.get(k) is not None)
        done.add(json.dumps({k: j.get(k) for k in ("kind", "move", "strength", "picture", "seed", "asked")}))
        x, seconds = generate(a, pictures[j["picture"]], os.path.join(a.out, "clips", tag), weights, 100 + j["seed"], j["asked"])
        if x is None:
            continue
        c = dict(j, seconds=seconds, frames=a.frames, **judge(x, pictures[j["picture"]], weights, float(j["bucket"]), a.frames))
        clips.append(c)
        print(tag, {k: round(c[k], 1) for k in ("first", "visible", "last", "frozen")}, [round(v, 3) for v in c["measured"]], seconds, flush=True)
        with open(path + ".tmp", "w") as f:
            json.dump(clips, f)
        os.replace(path + ".tmp", path)
    result = dict(model=settings, pictures=files, **tool, **summary(clips))
    with open(os.path.join(a.out, "results.json"), "w") as f:
        json.dump(result, f, indent=1)
    print(json.dumps(result, indent=1))
    sheets(a, clips, pictures)


def sheets(a, clips, pictures):
    """One sheet per move: truth above, Kinora's clip below, for every picture; seed 0, strength 1."""
    for name in {c["move"] for c in clips if c["kind"] == "move"}:
        rows, labels = [], []
        for c in clips:
            if c["kind"] != "move" or c["move"] != name or c["strength"] != 1.0 or c["seed"] != 0:
                continue
            x, _ = generate(a, pictures[c["picture"]], os.path.join(a.out, "clips", f"move-{name}-1.0-{c['picture']}-0"), {}, 0, None)
            true, _ = pictures[c["picture"]].truth(moves.compose({name: 1.0}, float(c["bucket"]), a.frames))
            pick = [0, 3, 6, 9, a.frames - 1]
            rows += [[true[i] for i in pick], [x[i] for i in pick]]
            labels += ["true", f"{name}: visible {c['visible']:.1f} dB, last {c['last']:.1f}, a frozen picture {c['frozen']:.1f}"]
        if rows:
            data.sheet(rows, os.path.join(a.out, f"{name}.png"), labels)


if __name__ == "__main__":
    main()
