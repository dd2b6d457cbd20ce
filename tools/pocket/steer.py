"""The part of the UNet that knows where to: from frame number, camera LoRAs and motion bucket to the displacement field (dx, dy).

Everything below the top level starts as an exact computation in SVD's own layers; only the position maps are trained (they have to be
found from zero padding, the one thing in this architecture that tells a pixel where it is):
* temporal attention in the first transformer of the up path: every frame attends to itself over a frame code, and to_out, with the
  camera LoRAs added, writes displacement codes (linear in the LoRA's strength) and a clock (the base's own push-in);
* the residual block after it multiplies the clock by the motion bucket: silu(u) + silu(-u) is nearly u^2 / 2, and
  (a + b)^2 - (a - b)^2 = 4 a b;
* at the level above, the same trick multiplies codes by position maps: a magnification is a code times (x, y), a roll times (-y, x), ...
* two up-samplers hand the field to the top level, where the trained warp (warp.py) obeys it.
"""
import math
import os

import torch
import torch.nn.functional as F

import moves
import unet as U
from common import Log, factor, load, save, seed_all

MAPS = 4                       # x, y, x y, y^2
CODES = range(6)               # channels of the codes, in moves.AXES' order, below the top
A, B = 0.25, 0.2               # sizes of the two factors of a product (small: silu's even part is then a square)


def layout(up):
    """Channels below the top: clock pair beside a constant (a norm group of its own), and the first of the free channels behind it."""
    k = up.resnets[1].spatial_res_block.norm1.num_channels // 32
    assert k > max(CODES)
    return k, 2 * k


def _silence(block):
    """A residual block becomes its shortcut; in the shortcut only what is set later passes."""
    s = block.spatial_res_block
    for q in (s.conv2, s.time_emb_proj):
        q.weight.zero_(); q.bias.zero_()


def _shortcut(block, channels):
    """Passes the first `channels` input channels unchanged and nothing else."""
    c = block.spatial_res_block.conv_shortcut
    c.weight.zero_(); c.bias.zero_()
    c.weight[range(channels), range(channels)] = 1


def _product(block, g, terms_a, terms_b, out, gain, n, temb=None):
    """Groups g, g + 1 of a block's hidden channels compute gain * a * b into channel `out`.
    terms: {input channel of +q (its -q follows): factor}; temb: {channel of the time embedding: factor} added to b."""
    s = block.spatial_res_block
    for k, sign_b in ((0, 1), (1, -1)):
        r = (g + k) * n
        s.conv1.weight[r:r + n] = 0; s.conv1.bias[r:r + n] = 0
        for j, sign in ((0, 1), (1, -1)):
            for terms, gain_q in ((terms_a, A), (terms_b, sign_b * B)):
                for ch, factor_q in terms.items():
                    s.conv1.weight[r + j, ch, 1, 1] += sign * gain_q * factor_q
                    s.conv1.weight[r + j, ch + 1, 1, 1] -= sign * gain_q * factor_q
            for ch, factor_q in (temb or {}).items():
                s.time_emb_proj.weight[r + j, ch] = sign * sign_b * B * factor_q
                s.time_emb_proj.weight[r + j, ch + 1] = -sign * sign_b * B * factor_q
            s.conv2.weight[out, r + j, 1, 1] = sign_b * gain / (2 * A * B)
        s.conv1.bias[r + 2] = U.K
    U._pass(s.norm2, g * n, 2, n, U.K)


def groups7(n):
    """Where the level above finds its signals: pairs in norm groups of `n` channels with a constant last: {name: channel of +q}."""
    order, at, where = ["scale", "roll", "orbit", "dolly", "px", "py", "pxy", "pyy", "x", "y"], 0, {}
    per = (n - 1) // 2
    for i, name in enumerate(order):
        where[name] = (i // per) * n + 2 * (i % per)
    return where, [(i * n) + n - 1 for i in range((len(order) + per - 1) // per)]


@torch.no_grad()
def construct(unet, p):
    """Sets everything below the top level except the position maps (see `places`)."""
    T, f = p["frames"], factor(p)
    lw = p["width"] / f
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
    _product(r1, 0, {clock: 1.0}, {}, moves.AXES.index("scale"), push, n, {U.BUMPS: 1.0})
    for r in up.resnets[2:]:
        _silence(r); _shortcut(r, C)
    # codes and maps to the level above, as pairs
    u = up.upsamplers[0].conv
    a0, a1 = above.resnets[:2]
    n = a0.spatial_res_block.norm1.num_channels // 32
    where, constants = groups7(n)
    u.weight[:n * len(constants)] = 0; u.bias[:n * len(constants)] = 0
    u.weight[:, :free] = 0
    for j, axis in enumerate(moves.AXES):
        c = where[axis]
        u.weight[c, j, 1, 1], u.weight[c + 1, j, 1, 1] = 1, -1
    s = a0.spatial_res_block
    mean, dev = U._group(n, U.K)
    for i, c in enumerate(constants):
        u.bias[c] = U.K
        s.norm1.weight[c - n + 1:c] = dev; s.norm1.bias[c - n + 1:c] = mean
        s.norm1.weight[c] = 0; s.norm1.bias[c] = 0
    # field = codes times maps
    _silence(a0)
    s.conv_shortcut.weight.zero_(); s.conv_shortcut.bias.zero_()
    half, n = lw / 2, s.conv2.out_channels // 32
    s.conv_shortcut.weight[0, where["x"]] = lw * U.FULL["x"]
    s.conv_shortcut.weight[1, where["y"]] = lw * p["height"] / p["width"] * U.FULL["y"]
    aspect = p["width"] / p["height"]
    roll, scale = half * math.radians(U.FULL["roll"]), half * U.FULL["scale"]
    orbit, dolly = half * U.FULL["orbit"] * aspect, half * U.FULL["dolly"] * aspect / 2
    terms = [("px", "scale", 0, scale), ("py", "roll", 0, -roll), ("py", "orbit", 0, orbit), ("pxy", "dolly", 0, dolly),
             ("py", "scale", 1, scale), ("px", "roll", 1, roll), ("pyy", "dolly", 1, dolly)]
    for i, (place, code, out, gain) in enumerate(terms):
        _product(a0, 2 * i, {where[place]: 1.0}, {where[code]: 1.0}, out, gain, n)
    for r in above.resnets[1:]:
        _silence(r); _shortcut(r, r.spatial_res_block.conv2.out_channels)
    u = above.upsamplers[0].conv
    for k, row in enumerate(U.field_rows(unet.config.block_out_channels[0] // 32)):
        u.weight[row] = 0; u.bias[row] = 0
        u.weight[row, k, 1, 1] = 1
    U.rest(unet)


def reader(unet, T):
    """Function: a path over the frames [T] -> the row of to_out that writes it, for the transformer that writes codes."""
    t = unet.up_blocks[-3].attentions[0]
    heard = {}
    out = t.temporal_transformer_blocks[0].attn1.to_out[0]
    handle = (out.base if hasattr(out, "base") else out).register_forward_pre_hook(lambda m, a: heard.update(x=a[0]))
    with torch.no_grad():
        dev, C = out.weight.device if hasattr(out, "weight") else out.base.weight.device, t.in_channels
        t(torch.randn(T, C, 2, 2, device=dev), torch.zeros(T, 1, unet.config.cross_attention_dim, device=dev), torch.zeros(1, T, device=dev))
    handle.remove()
    O = heard["x"][0].double()                                               # [T, C]: what to_out sees at every frame
    inverse = torch.linalg.pinv(O, rtol=1e-6)
    return lambda path: (inverse @ path.to(inverse)).float()


def maps(p, h, w):
    q = moves.pixels(h, w)
    x, y = q[..., 0], q[..., 1]
    return torch.stack([x, y, x * y, y * y])


def places(unet, p, minutes, log):
    """Trains the position maps: the blocks below learn, from zero padding alone, where each pixel is. One picture of constants, no data."""
    import time
    _, *rest, low = unet.down_blocks
    up, f = unet.up_blocks[-3], factor(p)
    clock, free = layout(up)
    r0, conv = up.resnets[0].spatial_res_block, up.upsamplers[0].conv
    h, w = p["height"] // f // 2, p["width"] // f // 2
    parts = [r.spatial_res_block for b in (*rest, low, unet.mid_block) for r in b.resnets] + [r0]
    parts += [d.conv for b in rest for d in b.downsamplers]
    n = up.resnets[0].spatial_res_block.conv2.out_channels
    head = torch.nn.Conv2d(n - free, MAPS, 3, padding=1).to(conv.weight.device)
    params = [q for m in parts for name, q in m.named_parameters() if "time_emb" not in name] + list(head.parameters())
    opt, want = torch.optim.Adam(params, 1e-3), maps(p, h, w).to(conv.weight.device)[None]
    temb = torch.zeros(1, unet.time_embedding.linear_2.out_features, device=conv.weight.device)
    bias = unet.down_blocks[0].downsamplers[0].conv.bias

    def forward():
        x = bias.detach()[None, :, None, None].expand(1, -1, h, w)
        skips = [x]
        for b in (*rest, low):
            for r in b.resnets:
                x = r.spatial_res_block(x, temb); skips.append(x)
            if b.downsamplers is not None:
                x = b.downsamplers[0](x); skips.append(x)
        for r in unet.mid_block.resnets:
            x = r.spatial_res_block(x, temb)
        x = r0(torch.cat([x, skips[-1]], 1), temb)
        return head(F.interpolate(x[:, free:], scale_factor=2, mode="nearest"))
    start, step = time.time(), 0
    while (fr := (time.time() - start) / (60 * minutes)) < 1:
        for g in opt.param_groups:
            g["lr"] = 1.5e-3 * (1 - fr) + 1e-6
        loss = (forward() - want).pow(2).mean()
        opt.zero_grad(); loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0); opt.step()
        step += 1
        if step % 200 == 0:
            log(stage="places", step=step, rms=float(loss.detach().sqrt()))
    with torch.no_grad():
        where, _ = groups7(unet.up_blocks[-2].resnets[0].spatial_res_block.norm1.num_channels // 32)
        for k, name in enumerate(("px", "py", "pxy", "pyy")):
            c = where[name]
            for j, sign in ((0, 1), (1, -1)):
                conv.weight[c + j, :free] = 0
                conv.weight[c + j, free:], conv.bias[c + j] = sign * head.weight[k], sign * head.bias[k]
        q = r0.conv_shortcut, r0.conv2
        for m in q:
            m.weight[:free] = 0; m.bias[:free] = 0
        r0.conv2.bias[clock + 2] = U.K
        log(stage="places-done", step=step, worst=float((forward() - want).abs().max()))


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
    places(unet, p, p["steer"]["minutes"], log)
    save(path, unet=unet.state_dict())
