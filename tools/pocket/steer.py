"""The part of the UNet that computes where content moves: codes from frame number, camera LoRAs and motion bucket, positions from zero padding.

Everything below the top level starts as an exact computation in SVD's own layers; only the position maps are trained (they have to be
found from zero padding, the only part of this architecture from which a pixel can infer its position), and their last layer is solved for:
* temporal attention in the first transformer of the up path: every frame attends to itself over a frame code, and to_out, with the
  camera LoRAs added, writes displacement codes (linear in the LoRA's strength) and a clock (the base's own push-in);
* the residual block after it multiplies the clock by the motion bucket;
* two up-samplers pass codes and position maps to the top level, where gather.py turns them into a field and fetches the picture.
"""
import os

import torch
import torch.nn.functional as F

import gather
import moves
import unet as U
from common import Log, factor, load, save, seed_all

CODES = range(6)               # channels of the codes, in moves.AXES' order, below the top
MAPS = ["px", "py", "pxy", "pyy"]
CARRIERS = 90                  # channels at the level below the top from which its up-sampler makes the maps
A, B = 0.25, 0.2               # sizes of clock and motion bucket in their product


def layout(up):
    """Channels below the top: the clock pair next to a constant (a separate norm group), and the first of the free channels after it."""
    k = up.resnets[1].spatial_res_block.norm1.num_channels // 32
    assert k > max(CODES)
    return k, 2 * k


def _silence(block):
    """Reduces a residual block to its shortcut."""
    s = block.spatial_res_block
    for q in (s.conv2, s.time_emb_proj):
        q.weight.zero_(); q.bias.zero_()


def _shortcut(block, channels):
    """Passes the first `channels` input channels unchanged and nothing else."""
    c = block.spatial_res_block.conv_shortcut
    c.weight.zero_(); c.bias.zero_()
    c.weight[range(channels), range(channels)] = 1


@torch.no_grad()
def construct(unet, p):
    """Sets everything below the top level except the position maps (see `places`)."""
    T = p["frames"]
    _, *rest, low = unet.down_blocks
    up = unet.up_blocks[-3]
    above = unet.up_blocks[-2]
    for block in (*rest, low, unet.mid_block, up, above):
        for r in block.resnets:
            r.spatial_res_block.time_emb_proj.weight.zero_(); r.spatial_res_block.time_emb_proj.bias.zero_()
    for t in U.transformers(unet):
        t.proj_out.weight.zero_(); t.proj_out.bias.zero_()
    clock, free = layout(up)
    # clock and codes: the first transformer of the up path
    t = up.attentions[0]
    block = t.temporal_transformer_blocks[0]
    sb = t.transformer_blocks[0]
    for q in (t.proj_in, sb.attn1.to_out[0], sb.ff.net[2], block.attn1.to_out[0], block.ff.net[2], block.ff_in.net[2]):
        q.weight.zero_(); q.bias.zero_()
    mix = 1 - torch.sigmoid(t.time_mixer.mix_factor)
    for j in CODES:
        t.proj_out.weight[j, j] = 1 / mix
    t.proj_out.weight[clock, 6], t.proj_out.weight[clock + 1, 6] = 1 / mix, -1 / mix
    for q in t.parameters():                                 # rounded as in the file: the paths below are solved for with these
        q.copy_(q.half())
    block.attn1.to_out[0].weight[6] = reader(unet, T)(torch.linspace(0, 1, T))
    # push-in = clock times bucket
    r0, r1 = up.resnets[:2]
    C = r1.spatial_res_block.conv2.out_channels
    _silence(r1); _shortcut(r1, C)
    s = r1.spatial_res_block
    n, k6 = C // 32, s.norm1.num_channels // 32
    r0.spatial_res_block.conv2.weight[:free] = 0; r0.spatial_res_block.conv2.bias[:free] = 0
    r0.spatial_res_block.conv_shortcut.weight[:free] = 0; r0.spatial_res_block.conv_shortcut.bias[:free] = 0
    r0.spatial_res_block.conv2.bias[clock + 2] = U.K
    for c in range(clock, clock + k6):                                       # one group of k6: clock, -clock, constant
        keep = c < clock + 2
        mean, dev = U._group(k6, U.K)
        s.norm1.weight[c], s.norm1.bias[c] = (dev, mean) if keep else (0, 0)
    push = moves.PUSH_IN / U.FULL["scale"]
    U.product(s, 0, [clock], [], {moves.AXES.index("scale"): 1}, push, n, (A, B), [U.BUMPS])
    for r in up.resnets[2:]:
        _silence(r); _shortcut(r, C)
    # codes, and the channels that the maps are made from, go up through the level above
    u, n = up.upsamplers[0].conv, len(CODES) + CARRIERS
    u.weight[:n] = 0; u.bias[:n] = 0
    for j in CODES:
        u.weight[j, j, 1, 1] = 1
    for r in above.resnets:
        _silence(r); _shortcut(r, n)
    u, step = above.upsamplers[0].conv, unet.config.block_out_channels[0] // 32
    u.weight[:len(gather.FROM_BELOW) * step] = 0; u.bias[:len(gather.FROM_BELOW) * step] = 0
    for i, name in enumerate(gather.FROM_BELOW):
        u.bias[i * step + 2] = U.K
        if name in moves.AXES:
            u.weight[i * step, moves.AXES.index(name), 1, 1], u.weight[i * step + 1, moves.AXES.index(name), 1, 1] = 1, -1
    gather.construct(unet, p)


def reader(unet, T):
    """Returns a function from a path over the frames [T] to the row of to_out that writes it, in the transformer that writes codes; exact in half
    precision."""
    t = unet.up_blocks[-3].attentions[0]
    heard = {}
    out = t.temporal_transformer_blocks[0].attn1.to_out[0]
    handle = (out.base if hasattr(out, "base") else out).register_forward_pre_hook(lambda m, a: heard.update(x=a[0]))
    with torch.no_grad():
        dev, C = out.weight.device if hasattr(out, "weight") else out.base.weight.device, t.in_channels
        t(torch.randn(T, C, 2, 2, device=dev), torch.zeros(T, 1, unet.config.cross_attention_dim, device=dev), torch.zeros(1, T, device=dev))
    handle.remove()
    O = heard["x"][0].double()                                               # [T, C]: what to_out sees at every frame
    return lambda path: _rounded(O, path)


def _rounded(O, path):
    """Row r of half-precision numbers with O r = path [T]: entries are rounded one by one, largest first, and the rest compensate.
    Rounding them independently would leave an error of 1e-4 of the path; this leaves 2e-6. (O itself must come from the file's weights: with
    others, the path was off by 1e-2, up and down from frame to frame, and the picture shook.)"""
    inverse = lambda m: torch.linalg.pinv(m, rtol=1e-6)
    row = inverse(O) @ path.to(O)
    order = row.abs().argsort(descending=True)
    for k, i in enumerate(order):
        rest, exact = order[k + 1:], row[i].clone()
        row[i] = exact.half()
        if len(rest):
            row[rest] += inverse(O[:, rest]) @ (O[:, i] * (exact - row[i]))
    return row.float()


def maps(h, w):
    """Positions from the centre, their product and y^2, of h x w latents: [4,h,w]; one unit is gather.UNIT latents."""
    y, x = torch.meshgrid(torch.arange(h) - (h - 1) / 2, torch.arange(w) - (w - 1) / 2, indexing="ij")
    x, y = x / gather.UNIT, y / gather.UNIT
    return torch.stack([x, y, x * y, y * y])


def sizes(p):
    """Sizes in latents at which the maps are trained: mostly the model's own, and others so that moves work there too."""
    own = (p["height"] // factor(p), p["width"] // factor(p))
    return own, [(20, 32), (28, 48), (44, 80), (36, 36), (48, 48), (64, 36), (48, 64), (24, 64)]


def _solve(head, sizes, own):
    """Solves for the last convolution by least squares over all sizes, where the model's own counts most; as in training, steps from latent to
    latent count too."""
    left = right = 0.0
    for size, (x, want) in sizes.items():
        X = F.unfold(x, 3, padding=1)[0].T.double()
        X = torch.cat([X, torch.ones_like(X[:, :1])], 1).view(*size, -1)
        Y = want.permute(1, 2, 0).double()
        for cut in (lambda q: q, lambda q: 3 * (q[1:] - q[:-1]), lambda q: 3 * (q[:, 1:] - q[:, :-1])):
            a, b = cut(X).flatten(0, 1), cut(Y).flatten(0, 1)
            share = 10.0 if size == own else 0.6
            left, right = left + share * a.T @ a, right + share * a.T @ b
    left += 1e-6 * left.trace() / len(left) * torch.eye(len(left), dtype=left.dtype, device=left.device)
    w = torch.linalg.solve(left, right).T
    head.weight.copy_(w[:, :-1].view_as(head.weight)); head.bias.copy_(w[:, -1])


def places(unet, p, minutes, log, path):
    """Trains the position maps: the blocks below learn, from zero padding alone, where each latent is. The input is a constant picture; no data are needed."""
    import random
    import time
    _, *rest, low = unet.down_blocks
    up, above = unet.up_blocks[-3:-1]
    clock, free = layout(up)
    r0 = up.resnets[0].spatial_res_block
    parts = [r.spatial_res_block for b in (*rest, low, unet.mid_block) for r in b.resnets] + [r0]
    parts += [d.conv for b in rest for d in b.downsamplers]
    n = up.resnets[0].spatial_res_block.conv2.out_channels
    dev = r0.conv2.weight.device
    carry = torch.nn.Conv2d(n - free, CARRIERS, 3, padding=1).to(dev)
    head = torch.nn.Conv2d(CARRIERS, len(MAPS), 3, padding=1).to(dev)
    params = [q for m in parts for name, q in m.named_parameters() if "time_emb" not in name] + [*carry.parameters(), *head.parameters()]
    opt = torch.optim.Adam(params, 1e-3, betas=(.9, .99))
    temb = torch.zeros(1, unet.time_embedding.linear_2.out_features, device=dev)
    bias = unet.down_blocks[0].downsamplers[0].conv.bias
    own, others = sizes(p)
    double = lambda x: F.interpolate(x, scale_factor=2, mode="nearest")

    def forward(h, w):
        x = bias.detach()[None, :, None, None].expand(1, -1, h // 2, w // 2)
        skips = [x]
        for b in (*rest, low):
            for r in b.resnets:
                x = r.spatial_res_block(x, temb); skips.append(x)
            if b.downsamplers is not None:
                x = b.downsamplers[0](x); skips.append(x)
        for r in unet.mid_block.resnets:
            x = r.spatial_res_block(x, temb)
        x = r0(torch.cat([x, skips[-1]], 1), temb)
        return double(carry(double(x[:, free:])))

    def errors(size):
        """Errors in latents: of the maps, and of their steps from latent to latent (which determine the fractional shift)."""
        e = (head(forward(*size)) - maps(*size).to(dev)[None]) * gather.UNIT
        return e, torch.cat([(e[:, :, 1:] - e[:, :, :-1]).flatten(), (e[..., 1:] - e[..., :-1]).flatten()])

    def report():
        with torch.no_grad():
            out = {}
            for size in (own, *others):
                e, g = errors(size)
                out["x".join(map(str, size))] = [round(float(q), 4) for q in (e[:, :2].pow(2).mean().sqrt(), e[:, :2].abs().max(), g.pow(2).mean().sqrt())]
            return out
    used, step = 0.0, 0
    if s := load(path):
        for q, v in zip(params, s["params"]):
            q.data.copy_(v)
        bias.data.copy_(s["bias"])
        opt.load_state_dict(s["opt"]); used, step = s["used"], s["step"]
    dice, start, kept = random.Random(step), time.time() - used, time.time()
    while (fr := (time.time() - start) / (60 * minutes)) < 1:
        for g in opt.param_groups:
            g["lr"] = 1.5e-3 * (1 - fr) ** 1.5 + 1e-6
        e, g = errors(own if dice.random() < .6 else dice.choice(others))
        loss = e.pow(2).mean() + 4 * g.pow(2).mean()
        opt.zero_grad(); loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0); opt.step()
        step += 1
        if step % 200 == 0:
            log(stage="places", step=step, fraction=fr, rms=float(loss.detach().sqrt()), sizes=report())
        if time.time() - kept > 60:
            kept = time.time()
            save(path, params=[q.detach() for q in params], bias=bias.detach(), opt=opt.state_dict(), used=kept - start, step=step)
    with torch.no_grad():
        for q in params:                                     # rounded as in the file
            q.copy_(q.half())
        _solve(head, {size: (forward(*size), maps(*size).to(dev)) for size in (own, *others)}, own)
        conv = up.upsamplers[0].conv
        rows = slice(len(CODES), len(CODES) + CARRIERS)
        conv.weight[rows, :free] = 0
        conv.weight[rows, free:], conv.bias[rows] = carry.weight, carry.bias
        conv, wide = above.upsamplers[0].conv, unet.config.block_out_channels[0] // 32
        for k, name in enumerate(MAPS):
            c = gather.FROM_BELOW.index(name) * wide
            for j, sign in ((0, 1), (1, -1)):
                conv.weight[c + j, rows], conv.bias[c + j] = sign * head.weight[k], sign * head.bias[k]
        for m in (r0.conv_shortcut, r0.conv2):
            m.weight[:free] = 0; m.bias[:free] = 0
        r0.conv2.bias[clock + 2] = U.K
        log(stage="places-done", step=step, sizes=report())


def train(p, work, seed=0):
    """Writes start.pt: the whole UNet before any video training."""
    from common import build_unet
    import warp
    path = os.path.join(work, "start.pt")
    if os.path.exists(path):
        return
    seed_all(seed + 2, "cpu")
    log = Log(os.path.join(work, "log_steer.jsonl"))
    unet = build_unet(p)
    U.start(unet, warp.trained(p, work))
    construct(unet, p)
    places(unet, p, p["steer"]["minutes"], log, os.path.join(work, "places.pt"))
    save(path, unet=unet.state_dict())
