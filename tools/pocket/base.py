"""Trains the two blocks from warp.py in their place in the UNet, on whole clips whose moves are always known.

Every clip has no LoRA (only the base's own push-in, at the speed given by the motion bucket), one, or several stacked at random strengths.
The correct frames are therefore known, and the loss is SVD's v-prediction loss, weighted as an error of the clean latents.
"""
import os
import threading

import numpy as np
import torch

import data
import moves
import unet as U
import vae as V
from common import (SCALING, Average, Clock, Log, build_clip, build_unet, clip_pixels, count, load, save,
                    schedule, seed_all)
from lora import Pack

NOISE_AUG = 0.02
BUCKET = 40              # the default motion bucket


def draw(rng, names):
    """What moves in one clip: {name: strength} and the motion bucket."""
    u, bucket = rng.random(), float(BUCKET if rng.random() < .6 else rng.uniform(0, 255))
    if u < .12:
        return {}, float(rng.uniform(0, 255))
    n = 1 if u < .72 else 2 if u < .92 else 3
    chosen = rng.choice(names, size=min(n, len(names)), replace=False)
    return {str(c): float(moves.STRENGTHS[1] * rng.random() ** .7) for c in chosen}, bucket


class Source:
    """Batches of clips: frames are rendered, encoded and described. On a GPU, threads keep renewing a pool of clips; otherwise, each batch is new."""

    def __init__(self, bank, lin, clip, p, names, device, seed, pool=0, threads=3):
        self.bank, self.lin, self.clip, self.p, self.names, self.device = bank, lin, clip, p, names, device
        self.rng, self.stop, self.made, self.threads = np.random.default_rng(seed), False, 0, []
        self.pool = None
        if pool:
            parts = [self.make(self.rng, 8) for _ in range(pool // 8)]
            self.pool = {k: torch.cat([q[k] for q in parts]) for k in parts[0]}
            for i in range(threads):
                self.threads.append(threading.Thread(target=self._refresh, args=((*seed, 7, i),), daemon=True))
                self.threads[-1].start()

    @torch.no_grad()
    def make(self, rng, n):
        p, T = self.p, self.p["frames"]
        frames, strengths, buckets = [], torch.zeros(n, len(self.names)), torch.zeros(n)
        for b in range(n):
            weights, bucket = draw(rng, self.names)
            frames.append(data.clip(self.bank, rng, moves.compose(weights, bucket, T), p["height"], p["width"]))
            buckets[b] = bucket
            for name, s in weights.items():
                strengths[b, self.names.index(name)] = s
        x = torch.stack(frames)
        first = x[:, 0]
        z = self.lin.encode(x.flatten(0, 1)).unflatten(0, (n, T)) * SCALING
        cond = self.lin.encode(first + NOISE_AUG * torch.randn_like(first))
        e = self.clip(clip_pixels(first)).image_embeds[:, None]
        return dict(z=z, cond=cond, embed=e, strengths=strengths.to(x.device), bucket=buckets.to(x.device))

    def _refresh(self, seed):
        rng = np.random.default_rng(seed)
        stream = torch.cuda.Stream() if self.device == "cuda" else None
        with torch.cuda.stream(stream):
            while not self.stop:
                q = self.make(rng, 8)
                if stream:
                    stream.synchronize()
                i = int(rng.integers(0, len(self.pool["z"]) // 8)) * 8
                for k, v in q.items():
                    self.pool[k][i:i + 8] = v
                self.made += 8

    def next(self, n):
        if self.pool is None:
            self.made += n
            return self.make(self.rng, n)
        i = torch.from_numpy(self.rng.integers(0, len(self.pool["z"]), n)).to(self.pool["z"].device)
        return {k: v[i] for k, v in self.pool.items()}

    def close(self):
        self.stop = True
        for t in self.threads:
            t.join()


def loss_of(unet, q, sigma):
    """Error of the clean latents per clip, [clips]."""
    x0, n, T = q["z"], len(q["z"]), q["z"].shape[1]
    s = sigma.view(-1, 1, 1, 1, 1)
    eps = torch.randn_like(x0)
    x = torch.cat([(x0 + s * eps) / (s * s + 1).sqrt(), q["cond"][:, None].expand(-1, T, -1, -1, -1)], 2)
    fps = torch.randint(5, 30, (n,), device=x0.device).float()                     # clips have no physical rate, so the UNet learns to ignore it
    ids = torch.stack([fps, q["bucket"], torch.full_like(fps, NOISE_AUG)], 1)
    v = unet(x, 0.25 * sigma.log(), encoder_hidden_states=q["embed"], added_time_ids=ids).sample.float()
    target = (eps - s * x0) / (s * s + 1).sqrt()
    weight = 1 / U.gains(sigma)[1] ** 2
    return (v - target).pow(2).mean((1, 2, 3, 4)) * weight.clamp(max=1.0)


def sigmas(n, device, generator=None):
    """ln sigma ~ N(0.7, 1.6) (SVD's), with a tenth of them pure noise, as at the sampler's first steps."""
    g = torch.randn(n, generator=generator) * 1.6 + 0.7
    high = torch.rand(n, generator=generator) < .1
    return torch.where(high, torch.rand(n, generator=generator) * 3.5 + 3.0, g).clamp(-6, 6.55).exp().to(device)


def build(p, work, device, names, seed=0):
    """Fresh (or resumed) UNet with its LoRA pack, the fixed image encoder and the linear encoder."""
    seed_all(seed + 2, device)
    clip = build_clip(p).requires_grad_(False).eval()
    unet = build_unet(p)
    unet.load_state_dict(load(os.path.join(work, "start.pt"))["unet"])
    pack = Pack(unet, names, p["rank"], p["frames"])
    return unet.to(device), pack, clip.to(device), V.load_linear(p, work).to(device)


def movers(unet):
    """Parameters of the two blocks that finish the move (warp.py). The constructed weights stay fixed: when they were trained too,
    the error of held-out clips doubled within fifty steps, even at a rate of 3e-6."""
    _, *blocks, _ = unet.up_blocks[-1].resnets
    parts = [q for b in blocks for q in (b.spatial_res_block.conv1, b.spatial_res_block.norm2, b.spatial_res_block.conv2)]
    unet.requires_grad_(False)
    return [q.requires_grad_(True) for m in parts for q in m.parameters()]


def train(p, work, folder, device, names, seed=0):
    """Writes base.pt (resumable), and base-final.pt at the end: the averaged weights, or the start if they are no better on held-out clips.
    Computes entirely in single precision, because the lookup (gather.py) needs it."""
    c, state, final = p["base"], os.path.join(work, "base.pt"), os.path.join(work, "base-final.pt")
    if os.path.exists(final) or not c["minutes"]:
        return
    log = Log(os.path.join(work, "log_base.jsonl"))
    unet, pack, clip, lin = build(p, work, device, names, seed)
    params = movers(unet)
    opt = torch.optim.Adam(params, c["lr"], betas=(.9, .98))
    avg, step, used = Average(params, c["ema"]), 0, 0.0
    if s := load(state, device):
        for q, v in zip(params, s["params"]):
            q.data.copy_(v)
        opt.load_state_dict(s["opt"])
        avg.shadow, avg.n, step, used = s["avg"], s["n"], s["step"], s["used"]
    bank = data.Bank(data.photographs(folder, "train", p["max_side"]), p["procedurals"], seed, device)
    source = Source(bank, lin, clip, p, names, device, (seed, 5, step), c["pool"])
    hold = data.Bank(data.photographs(folder, "holdout", p["max_side"]), 0, seed, device)
    held = Source(hold, lin, clip, p, names, device, (4242,)).next(12)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    log(stage="base", unet=count(unet), step=step, moves=names)

    @torch.no_grad()
    def check():
        """Held-out error of the clean latents at fixed noise levels, and that of a frozen copy of the first frame."""
        avg.swap(params)
        keep = torch.get_rng_state(); torch.manual_seed(9)
        out = dict(frozen=float((held["z"] - held["z"][:, :1]).pow(2).mean()))
        for s in (0.4, 2.0, 20.0):
            total = 0.0
            for i in range(0, len(held["z"]), 4):
                q = {k: v[i:i + 4] for k, v in held.items()}
                pack.use(q["strengths"])
                total += float(loss_of(unet, q, torch.full((len(q["z"]),), s, device=device)).sum())
            out[f"val_{s:g}"] = total / len(held["z"])
        torch.set_rng_state(keep)
        avg.swap(params)
        return out

    clock = Clock(c["minutes"], used)
    kept = shown = used
    sums = []
    total = lambda r: sum(v for k, v in r.items() if k.startswith("val_"))
    first = s["first"] if s else check()
    log(step=step, first=first)
    while (f := clock.fraction()) < 1:
        for g in opt.param_groups:
            g["lr"] = c["lr"] * schedule(f)
        q = source.next(c["batch"])
        pack.use(q["strengths"])
        loss = loss_of(unet, q, sigmas(c["batch"], device)).mean()
        opt.zero_grad(set_to_none=True); loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(params, 0.5)
        if torch.isfinite(norm):
            opt.step()
        avg.update(params)
        step += 1
        sums.append(float(loss.detach()))
        if step % 50 == 0:
            log(step=step, fraction=f, loss=float(np.mean(sums)), norm=float(norm), clips_per_s=50 * c["batch"] / (clock.spent() - shown),
                **(check() if step % 200 == 0 else {}))
            sums, shown = [], clock.spent()
        if clock.spent() - kept > 180:
            kept = clock.spent()
            save(state, params=[x.detach() for x in params], opt=opt.state_dict(), avg=avg.shadow, n=avg.n, step=step, used=kept, names=names, first=first)
    source.close()
    save(state, params=[x.detach() for x in params], opt=opt.state_dict(), avg=avg.shadow, n=avg.n, step=step, used=clock.spent(), names=names, first=first)
    last = check()
    better = total(last) < total(first)
    log(stage="base-done", step=step, clips=source.made, kept="trained" if better else "start", **last)
    if better:
        avg.swap(params)
    else:
        unet, pack, clip, _ = build(p, work, device, names, seed)
    save(final, unet=unet.state_dict(), names=names, clip=clip.state_dict())
