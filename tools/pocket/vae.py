"""The picture codec: a linear start, set exactly into SVD's temporal VAE, then training of the decoder.

1. `Linear`: encoder and decoder without norms or activations, but with the VAE's own structure (stride-4 analysis and a 3x3 mix;
   nearest up-sampling with 3x3 convolutions). It trains in minutes because it is small and linear.
2. `embed` writes it into AutoencoderKLTemporalDecoder: signals pass through the shortcuts, all residual branches start at zero, and
   signals pass the two final norms as pairs (+q, -q) next to a constant K (see unet.py).
3. `train_decoder` trains the decoder. The encoder stays fixed, so that the UNet can train on its latents at the same time.
"""
import os

import torch
import torch.nn as nn
import torch.nn.functional as F

import data
from common import SCALING, Average, Clock, Log, build_vae, factor, load, save, schedule, seed_all

K = 30.0


class Linear(nn.Module):
    """A linear codec of factor 4: z latents per 4x4 patch."""

    def __init__(self, z, carriers, patches=None):
        super().__init__()
        self.analysis, self.mix = nn.Conv2d(3, z, 4, 4), nn.Conv2d(z, z, 3, padding=1)
        self.spread = nn.Conv2d(z, carriers[0], 3, padding=1)
        self.up = nn.ModuleList([nn.Conv2d(carriers[0], carriers[1], 3, padding=1), nn.Conv2d(carriers[1], 3, 3, padding=1)])
        self.smooth = nn.Conv2d(3, 3, 3, padding=1)
        for c in (self.spread, *self.up, self.smooth):
            nn.init.kaiming_normal_(c.weight, nonlinearity="linear")
        if patches is not None:                                     # principal components of the pictures' patches
            mean = patches.mean(0)
            _, V = torch.linalg.eigh((patches - mean).T @ (patches - mean) / len(patches))
            U = V.flip(1)[:, :z].T
            with torch.no_grad():
                self.analysis.weight.copy_(U.reshape(z, 3, 4, 4)); self.analysis.bias.copy_(-(U @ mean))
                self.mix.weight.zero_(); self.mix.bias.zero_()
                self.mix.weight[range(z), range(z), 1, 1] = 1

    def encode(self, x):
        return self.mix(self.analysis(x))

    def decode(self, z):
        z = self.spread(z)
        for c in self.up:
            z = c(F.interpolate(z, scale_factor=2, mode="nearest"))
        return self.smooth(z)

    @torch.no_grad()
    def rescale(self, pictures):
        """Latents of unit RMS after SCALING; each channel goes half of the way (on a log scale) to unit size."""
        std = torch.cat([self.encode(x) for x in pictures.split(32)]).std((0, 2, 3))
        k = 1 / (std.sqrt() * std.mean().sqrt() * SCALING)          # RMS over channels: sqrt(std) / sqrt(mean std) -> 1
        self.mix.weight *= k[:, None, None, None]; self.mix.bias *= k
        self.spread.weight /= k[None, :, None, None]


def psnr(a, b):
    return float((-10 * ((a - b).pow(2).mean((1, 2, 3)) / 4).clamp_min(1e-9).log10()).mean())


def pictures(bank, rng, n, h, w):
    import moves
    still = torch.zeros(1, len(moves.AXES))
    return torch.cat([data.clip(bank, rng, still, h, w) for _ in range(n)])


def held_out(p, folder, n=24, seed=77):
    import moves, numpy as np
    bank = data.Bank(data.photographs(folder, "holdout", p["max_side"]))
    rng = np.random.default_rng(seed)
    still = torch.zeros(1, len(moves.AXES))
    return torch.cat([data.clip(bank, rng, still, p["height"], p["width"], picture=i % bank.photos, augment=False) for i in range(n)])


def train_linear(p, work, folder, device, seed=0):
    """Stage 1; writes linear.pt."""
    import time
    import numpy as np
    path, c = os.path.join(work, "linear.pt"), p["linear"]
    if os.path.exists(path):
        return
    seed_all(seed, device)
    log = Log(os.path.join(work, "log_linear.jsonl"))
    h, w = p["height"], p["width"]
    bank = data.Bank(data.photographs(folder, "train", p["max_side"]), 16, seed)
    X = pictures(bank, np.random.default_rng(seed), c["pictures"], h, w).to(device)
    V = held_out(p, folder).to(device)
    patches = F.unfold(X, 4, stride=4).transpose(1, 2).reshape(-1, 48)
    net = Linear(p["vae"]["latent"], p["vae"]["carriers"], patches.cpu()).to(device)
    opt, clock, n, shown = torch.optim.Adam(net.parameters(), c["lr"]), Clock(c["minutes"]), 0, time.time()
    while (f := clock.fraction()) < 1:
        for g in opt.param_groups:
            g["lr"] = c["lr"] * min(1, 1.3 * (1 - f)) + 1e-5
        b, k = X[torch.randint(len(X), (c["batch"],), device=device)], c["crop"]
        y0, x0 = (int(torch.randint(0, m - k + 1, (1,))) for m in (h, w))
        b = b[:, :, y0:y0 + k, x0:x0 + k]
        b = b.flip([d for d in (2, 3) if torch.rand(1) < .5])
        loss = (net.decode(net.encode(b)) - b).pow(2).mean()
        opt.zero_grad(); loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0); opt.step()
        n += 1
        if time.time() - shown > 20:
            shown = time.time()
            with torch.no_grad():
                log(stage="linear", step=n, psnr=psnr(net.decode(net.encode(V)), V))
    net.rescale(X)
    with torch.no_grad():
        log(stage="linear-done", step=n, psnr=psnr(net.decode(net.encode(V)), V), latent_rms=float(net.encode(V).pow(2).mean().sqrt() * SCALING))
    save(path, net=net.cpu().state_dict())


def load_linear(p, work):
    net = Linear(p["vae"]["latent"], p["vae"]["carriers"])
    net.load_state_dict(load(os.path.join(work, "linear.pt"))["net"])
    return net.requires_grad_(False)


def _zero_branches(m):
    from diffusers.models.attention_processor import Attention
    from diffusers.models.resnet import ResnetBlock2D, TemporalResnetBlock
    for q in m.modules():
        if isinstance(q, (ResnetBlock2D, TemporalResnetBlock)):
            q.conv2.weight.zero_(); q.conv2.bias.zero_()
        elif isinstance(q, Attention):
            q.to_out[0].weight.zero_(); q.to_out[0].bias.zero_()


def _keep(block, n):
    """Makes the 1x1 shortcut, if there is one, pass the first n channels."""
    if block.conv_shortcut is not None:
        block.conv_shortcut.weight[:n] = 0; block.conv_shortcut.bias[:n] = 0
        block.conv_shortcut.weight[range(n), range(n)] = 1


def _pair(conv, a, weight, bias):
    """Makes rows a, a+1 of a convolution (+q, -q)."""
    for j, sign in ((0, 1), (1, -1)):
        conv.weight[a + j] = 0
        conv.weight[a + j, :weight.shape[0], :weight.shape[1], :weight.shape[2]] = sign * weight
        conv.bias[a + j] = sign * bias


@torch.no_grad()
def embed(vae, lin):
    """Writes the linear codec into the VAE, which then equals it to about 0.1%."""
    import unet as U
    _zero_branches(vae.encoder); _zero_branches(vae.decoder)
    z, E, D = lin.mix.out_channels, vae.encoder, vae.decoder
    n = E.conv_norm_out.num_channels // 32
    assert n >= 3 and z <= 32
    # encoder: rgb, space to depth, then analysis (+q, -q, K) per latent
    E.conv_in.weight[:3] = 0; E.conv_in.bias[:3] = 0
    E.conv_in.weight[range(3), range(3), 1, 1] = 1
    for r in E.down_blocks[0].resnets:
        _keep(r, 3)
    d = E.down_blocks[0].downsamplers[0].conv
    d.weight[:12] = 0; d.bias[:12] = 0
    for ch in range(3):
        for s in range(4):
            d.weight[4 * ch + s, ch, s // 2, s % 2] = 1
    for r in E.down_blocks[1].resnets:
        _keep(r, 12)
    d = E.down_blocks[1].downsamplers[0].conv
    free = d.weight.shape[0]
    d.weight[:min(free, n * z)] = 0; d.bias[:min(free, n * z)] = 0
    for i in range(z):
        w = torch.zeros(12, 2, 2)
        for ch in range(3):
            for s in range(4):
                w[4 * ch + s] = lin.analysis.weight[i, ch, s // 2::2, s % 2::2]
        _pair(d, n * i, w, lin.analysis.bias[i])
        d.bias[n * i + 2] = K * 8
    for r in E.down_blocks[2].resnets:
        _keep(r, n * z)
    U._pass(E.conv_norm_out, 0, z, n, K * 8)
    E.conv_out.weight.zero_(); E.conv_out.bias[:z] = lin.mix.bias; E.conv_out.bias[z:] = -12
    for i in range(z):
        E.conv_out.weight[:z, n * i], E.conv_out.weight[:z, n * i + 1] = lin.mix.weight[:, i], -lin.mix.weight[:, i]
    q = vae.quant_conv
    q.weight.zero_(); q.bias.zero_()
    q.weight[range(2 * z), range(2 * z)] = 1
    # decoder: carriers through the shortcuts, colour as (+q, -q, K) at the top
    c0, c1 = lin.spread.out_channels, lin.up[0].out_channels
    D.conv_in.weight[:c0] = lin.spread.weight; D.conv_in.bias[:c0] = lin.spread.bias
    for r in D.up_blocks[0].resnets:
        _keep(r.spatial_res_block, c0)
    u = D.up_blocks[0].upsamplers[0].conv
    u.weight[:c1] = 0
    u.weight[:c1, :c0] = lin.up[0].weight; u.bias[:c1] = lin.up[0].bias
    for r in D.up_blocks[1].resnets:
        _keep(r.spatial_res_block, c1)
    u = D.up_blocks[1].upsamplers[0].conv
    n = D.conv_norm_out.num_channels // 32
    assert n >= 3
    for i in range(3):
        _pair(u, n * i, torch.cat([lin.up[1].weight[i], torch.zeros(u.weight.shape[1] - c1, 3, 3)]), lin.up[1].bias[i])
        u.weight[n * i + 2:n * i + n] = 0; u.bias[n * i + 2:n * i + n] = 0
        u.bias[n * i + 2] = K
    for r in D.up_blocks[2].resnets:
        _keep(r.spatial_res_block, 3 * n)
    U._pass(D.conv_norm_out, 0, 3, n, K)
    D.conv_out.weight.zero_(); D.conv_out.bias[:] = lin.smooth.bias
    for i in range(3):
        D.conv_out.weight[:, n * i], D.conv_out.weight[:, n * i + 1] = lin.smooth.weight[:, i], -lin.smooth.weight[:, i]
    t = D.time_conv_out
    t.weight.zero_(); t.bias.zero_()
    for i in range(3):
        t.weight[i, i, 1, 0, 0] = 1


def sharpness(x, y, levels=3):
    """L1 plus L1 of a Laplacian pyramid."""
    e = x - y
    loss = e.abs().mean() + 2 * e.pow(2).mean()
    for _ in range(levels):
        if min(e.shape[-2:]) < 8:
            break
        low = F.avg_pool2d(e, 2)
        loss = loss + 0.5 * (e - F.interpolate(low, scale_factor=2, mode="nearest")).abs().mean() + 0.25 * low.abs().mean()
        e = low
    return loss


def train_decoder(p, work, folder, device, seed=0):
    """Writes vae/ (resumable): the trained decoder, or its linear start if that is no worse on held-out pictures."""
    import numpy as np
    c, out, state = p["decoder"], os.path.join(work, "vae"), os.path.join(work, "decoder.pt")
    if os.path.exists(os.path.join(out, "config.json")):
        return
    seed_all(seed + 1, device)
    log = Log(os.path.join(work, "log_decoder.jsonl"))
    lin = load_linear(p, work).to(device)
    vae = build_vae(p)
    embed(vae, lin.cpu())
    vae, lin = vae.to(device), lin.to(device)
    params = list(vae.decoder.parameters())
    opt = torch.optim.AdamW(params, c["lr"], betas=(.9, .99), weight_decay=1e-3)
    avg, step, used = Average(params, c["ema"]), 0, 0.0
    if s := load(state, device):
        vae.load_state_dict(s["vae"]); opt.load_state_dict(s["opt"])
        avg.shadow, avg.n, step, used = s["avg"], s["n"], s["step"], s["used"]
    bank = data.Bank(data.photographs(folder, "train", p["max_side"]), 24, seed, device)
    V, rng, T = held_out(p, folder, 12).to(device), np.random.default_rng((seed, step)), 3

    def check():
        avg.swap(params)
        with torch.no_grad():
            r = psnr(torch.cat([vae.decode(lin.encode(v[None]).expand(2, -1, -1, -1), num_frames=2).sample[:1] for v in V]), V)
        avg.swap(params)
        return r

    first = s["first"] if s else check()
    with torch.no_grad():
        log(stage="decoder", step=step, params=sum(q.numel() for q in params), psnr_linear=psnr(lin.decode(lin.encode(V)), V),
            encoder_error=float((vae.encode(V[:2]).latent_dist.mode() - lin.encode(V[:2])).abs().max()), psnr=first)
    clock, kept = Clock(c["minutes"], used), used
    while (f := clock.fraction()) < 1:
        for g in opt.param_groups:
            g["lr"] = c["lr"] * schedule(f)
        x, k = [], c["crop"]
        for _ in range(c["batch"]):
            # T frames of a slow random drift: the temporal layers see true motion
            code = torch.zeros(T, 6)
            code[:, 0], code[:, 1] = torch.linspace(0, float(rng.normal(0, .02)), T), torch.linspace(0, float(rng.normal(0, .02)), T)
            b = data.clip(bank, rng, code, p["height"], p["width"])
            y0, x0 = (int(rng.integers(0, m - k + 1)) // 4 * 4 for m in (p["height"], p["width"]))
            x.append(b[:, :, y0:y0 + k, x0:x0 + k])
        x = torch.cat(x).to(device)
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            noise = 0.04 / SCALING * torch.rand(1, device=device)
            y = vae.decode(lin.encode(x) + noise * torch.randn(len(x), lin.mix.out_channels, k // 4, k // 4, device=device), num_frames=T).sample
        loss = sharpness(y.float(), x)
        opt.zero_grad(set_to_none=True); loss.backward()
        norm = nn.utils.clip_grad_norm_(params, 1.0)
        if torch.isfinite(norm):
            opt.step()
        avg.update(params)
        step += 1
        if step % 100 == 0:
            log(stage="decoder", step=step, fraction=f, loss=float(loss.detach()), norm=float(norm), **(dict(psnr=check()) if step % 200 == 0 else {}))
        if clock.spent() - kept > 120:
            kept = clock.spent()
            save(state, vae=vae.state_dict(), opt=opt.state_dict(), avg=avg.shadow, n=avg.n, step=step, used=kept, first=first)
    last = check()
    log(stage="decoder-done", step=step, psnr=last, kept="trained" if last > first else "start")
    if last > first:
        avg.swap(params)
    else:
        vae = build_vae(p)
        embed(vae, lin.cpu())
    vae.save_pretrained(out, safe_serialization=True)
