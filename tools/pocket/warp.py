"""The part of the UNet that completes the move, first trained separately: residual blocks that shift latents by a fraction of a latent.

Input: the conditioning latents as the attention fetched them (gather.py) and r = (rx, ry), how far right / down their content still has to
move, in latents. Output: the latents of the moved picture. It needs neither noise nor frames nor the rest of the UNet, so a step costs a
thousandth of a video step and the task is fully determined. `start` (in unet.py) then writes these blocks into the top level of the up path.
"""
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import data
import gather
import moves
import unet as U
import vae as V
from common import SCALING, Average, Clock, Log, factor, load, save, schedule, seed_all

class Warp(nn.Module):
    """Residual blocks as they will be in the UNet: pairs (+q, -q) through silu, 32 group-norm groups of hidden channels."""

    def __init__(self, z, width, blocks):
        super().__init__()
        self.z, self.blocks = z, blocks
        self.free = (width // 32) * (32 - z - 2)                   # channels between the blocks whose content is learned
        pairs = 2 * z + 4
        self.conv1 = nn.ModuleList([nn.Conv2d(pairs + (self.free if i else 0), width, 3, padding=1) for i in range(blocks)])
        self.norm2 = nn.ModuleList([nn.GroupNorm(32, width, eps=1e-5) for _ in range(blocks)])
        self.conv2 = nn.ModuleList([nn.Conv2d(width, z + (self.free if i < blocks - 1 else 0), 3, padding=1) for i in range(blocks)])
        self.free_norm = nn.ModuleList([nn.GroupNorm(self.free // (2 * (width // 32)), self.free, eps=1e-5) for _ in range(blocks - 1)])
        for c in self.conv2:
            with torch.no_grad():
                c.weight[:z] *= 0.1; c.bias[:z] = 0

    def forward(self, m, d):
        """m [n,z,h,w] (scaled latents), d [n,2,h,w] in latents -> moved latents."""
        pair = lambda q: torch.cat([q, -q], 1)
        now, free = m, None
        for i in range(self.blocks):
            f = [pair(now), pair(d)] + ([self.free_norm[i - 1](free)] if i else [])
            out = self.conv2[i](F.silu(self.norm2[i](self.conv1[i](F.silu(torch.cat(f, 1))))))
            now, free = now + out[:, :self.z], out[:, self.z:]
        return now


def build(p):
    return Warp(p["vae"]["latent"], p["unet"]["channels"][0], p["unet"]["layers"][0] - 1)


def draw(rng, reach):
    """Random codes of a frame: one or several axes at once, within reach (fractions of the full moves, see moves.py)."""
    full = torch.tensor(list(U.FULL.values())) * 1.25
    w = torch.tensor(rng.normal(0, 1, 6), dtype=torch.float32) * torch.tensor(rng.random(6) < .4)
    if w.abs().max() == 0:
        w[int(rng.integers(6))] = rng.normal()
    w = w / w.norm() * float(rng.random() ** .8) * reach
    if rng.random() < .12:
        w = w * 0                                                  # the first frame must not change
    return w * full


def batch(bank, lin, rng, n, p, dev):
    """Three consecutive frames of each of n clips: fetched m [3n,z,h,w], r [3n,2,h,w], target y [3n,z,h,w], visible [3n,1,h,w]."""
    h, w, f = p["warp"]["height"], p["warp"]["width"], factor(p)
    pairs, codes = [], []
    for _ in range(n):
        # from frame to frame, a clip moves by a fraction of the whole move: a step in latents, hence a larger fraction of a smaller picture
        step = draw(rng, 1.0) * float(rng.uniform(.3, 1.2)) * p["width"] / w / (p["frames"] - 1)
        code = torch.cat([torch.zeros(1, 6), draw(rng, 1.0) + step * torch.tensor([[-1.], [0.], [1.]])])
        pairs.append(data.clip(bank, rng, code, h, w)); codes.append(code[1:])
    x, c = torch.stack(pairs), torch.cat(codes)
    first = x[:, 0] + 0.02 * torch.randn_like(x[:, 0])
    m = (lin.encode(first) * SCALING).repeat_interleave(3, 0)
    y = lin.encode(x[:, 1:].flatten(0, 1)) * SCALING
    M = moves.lookup(c, h // f, w // f)
    m, r = gather.fetch(m, M.to(dev))
    return m, r, y, moves.visible(M, h // f, w // f).float()[:, None].to(dev)


def flicker(lin, x, y):
    """The error of the second differences over three decoded frames, relative to the true ones: L1, mean over clips. The codec is linear, so
    differences are decoded instead of frames."""
    second = lambda q: q[0::3] - 2 * q[1::3] + q[2::3]
    seen = lambda q: (lin.decode(q / SCALING) - lin.decode(torch.zeros_like(q[:1]))).float().abs().mean((1, 2, 3))
    return (seen(second(x.float() - y)) / seen(second(y)).clamp_min(5e-3)).mean()


def train(p, work, folder, device, seed=0):
    """Writes warp.pt (resumable)."""
    c, path = p["warp"], os.path.join(work, "warp.pt")
    s = load(path, device)
    if s and s.get("done"):
        return
    seed_all(seed + 3, device)
    log = Log(os.path.join(work, "log_warp.jsonl"))
    lin, net = V.load_linear(p, work).to(device), build(p).to(device)
    params = list(net.parameters())
    opt, avg, step, used = torch.optim.Adam(params, c["lr"], betas=(.9, .98)), Average(params, c["ema"]), 0, 0.0
    if s:
        net.load_state_dict(s["net"]); opt.load_state_dict(s["opt"])
        avg.shadow, avg.n, step, used = s["avg"], s["n"], s["step"], s["used"]
    bank = data.Bank(data.photographs(folder, "train", p["max_side"]), p["procedurals"], seed, device)
    hold = data.Bank(data.photographs(folder, "holdout", p["max_side"]), 0, seed, device)
    rng = np.random.default_rng((seed, 11, step))
    mv, dv, yv, kv = batch(hold, lin, np.random.default_rng(5), 16, p, device)
    amp = lambda: torch.autocast(device, torch.bfloat16)
    error = lambda a, b, k: ((a.float() - b).pow(2) * k).sum() / (k.sum() * b.shape[1])
    log(stage="warp", params=sum(q.numel() for q in params), still=float(error(mv, yv, kv)), step=step)

    def check():
        avg.swap(params)
        with torch.no_grad():
            y = net(mv, dv)
            r = dict(val=float(error(y, yv, kv)), flicker=float(flicker(lin, y, yv)),
                     psnr=V.psnr(lin.decode((y * kv + yv * (1 - kv)) / SCALING), lin.decode(yv / SCALING)))
        avg.swap(params)
        return r

    clock, sums = Clock(c["minutes"], used), []
    kept = shown = used
    while (f := clock.fraction()) < 1:
        for g in opt.param_groups:
            g["lr"] = c["lr"] * schedule(f)
        m, d, y, k = batch(bank, lin, rng, c["batch"], p, device)
        with amp():
            out = net(m, d)
            steady = flicker(lin, out, y)
        loss = error(out, y, 0.2 + 0.8 * k) + c["steady"] * steady
        opt.zero_grad(set_to_none=True); loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0); opt.step()
        avg.update(params); step += 1; sums.append(float(loss.detach()))
        if clock.spent() - shown > c.get("show", 30):
            shown = clock.spent()
            log(step=step, fraction=f, loss=float(np.mean(sums)), **check()); sums = []
        if clock.spent() - kept > 120:
            kept = clock.spent()
            save(path, net=net.state_dict(), opt=opt.state_dict(), avg=avg.shadow, n=avg.n, step=step, used=kept)
    log(stage="warp-done", step=step, **check())
    save(path, net=net.state_dict(), opt=opt.state_dict(), avg=avg.shadow, n=avg.n, step=step, used=clock.spent(), done=True)


def trained(p, work):
    net, s = build(p), load(os.path.join(work, "warp.pt"))
    net.load_state_dict(s["net"])
    for q, a in zip(net.parameters(), s["avg"]):
        q.data.copy_(a)
    return net.requires_grad_(False)
