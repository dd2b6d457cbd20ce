"""The video UNet, constructed so that from the start, every frame is the conditioning frame, moved.

The start, exact in SVD's own layers (only weights are set, the architecture is diffusers'):
* v-prediction needs v = A(s) x - B(s) m, with x the noisy latents, m the target clean latents and s the noise level. A signal is carried
  as a pair (+q, -q), because silu(q) - silu(-q) = q exactly, in a normalisation group with a constant K, so that the group's statistics
  are known. In the last residual block, the time embedding sets K(s), and the group norm divides by it, which gives the gain A(s) or B(s).
  The model is therefore a perfect denoiser towards m, the moved conditioning latents.
* In temporal attention, every frame at first attends to itself over an orthonormal frame code, and its output projection is where the
  camera LoRAs (low rank) write what the camera does: displacement codes, linear in their strength (steer.py).
"""
import math

import torch
import torch.nn.functional as F

import moves
from common import SCALING

K = 97.5                 # constant next to a signal of unit size; K / 4 and K sqrt(3) / 4, of groups of 4 channels, are exact in half precision
DELTA = 0.008            # assumed error of m: the largest gain is 1 / (2 DELTA)
FLOOR = 0.15             # gains never fall below about this
BUMPS = 64               # channels of the time embedding that encode the noise level of a step
CODE = 4.0               # size of the frame code, compared with hidden states of unit size
FULL = dict(x=0.08, y=0.10, scale=0.15, roll=6.0, orbit=0.14, dolly=moves.code("dolly", 0.28))   # one unit of each code


def gains(sigma):
    """A and B of v = A x - B m for a Gaussian error DELTA of m; x is the scaled input."""
    s2 = sigma * sigma
    a = sigma * (1 - DELTA ** 2) / (s2 + DELTA ** 2)
    b = sigma * (s2 + 1).sqrt() / (s2 + DELTA ** 2)
    return a, b


def _group(n, k):
    """Mean and deviation of a group of n channels [q, -q, k, 0..]."""
    return k / n, k * math.sqrt(1 / n - 1 / n ** 2)


def _pass(norm, first, triples, n, k):
    """Makes a group norm pass signals unchanged: triples of [q, -q, k, ..] of n channels each, beginning at channel `first`."""
    mean, dev = _group(n, k)
    for i in range(triples):
        a = first + i * n
        norm.weight[a:a + n] = dev; norm.bias[a:a + n] = mean
        norm.weight[a + 2] = 0; norm.bias[a + 2] = 0


def hidden(block, r, terms, n, temb=None):
    """Hidden channels r, r + 1 of a residual block become (+q, -q) next to a constant: q = sum of factor * input channel ({+q's channel: factor},
    its -q follows), and likewise for the time embedding."""
    block.conv1.weight[r:r + n] = 0; block.conv1.bias[r:r + n] = 0
    for j, sign in ((0, 1), (1, -1)):
        for channel, by in terms.items():
            block.conv1.weight[r + j, channel, 1, 1] = sign * by
            block.conv1.weight[r + j, channel + 1, 1, 1] = -sign * by
        for channel, by in (temb or {}).items():
            block.time_emb_proj.weight[r + j, channel], block.time_emb_proj.weight[r + j, channel + 1] = sign * by, -sign * by
    block.conv1.bias[r + 2] = K


def product(block, g, a, b, out, gain, n, sizes, temb=()):
    """Groups g, g + 1 of a residual block's n hidden channels each add gain * a * b to its output: silu(u) + silu(-u) is nearly u^2 / 2, and
    (a + b)^2 - (a - b)^2 = 4 a b. a, b: input channels; temb: channels of the time embedding that count as b; out: {channel: sign};
    sizes: what a and b are multiplied by, small, so that silu's even part is a square."""
    for k, way in ((0, 1), (1, -1)):
        r = (g + k) * n
        hidden(block, r, {**{c: sizes[0] for c in a}, **{c: way * sizes[1] for c in b}}, n, {c: way * sizes[1] for c in temb})
        for channel, sign in out.items():
            block.conv2.weight[channel, r:r + 2, 1, 1] = sign * way * gain / (2 * sizes[0] * sizes[1])
    _pass(block.norm2, g * n, 2, n, K)


def _exact(about, ratio):
    """A number slightly below `about` that half precision represents exactly, and whose product with `ratio` it represents almost exactly. The
    error of the product would be an offset of both members of a pair, and silu(q + e) - silu(-q + e) is off by e."""
    w = torch.arange(int(.9 * about), int(about)).half().double()
    return float(w[((w * ratio).half() - w * ratio).abs().argmin()])


@torch.no_grad()
def start(unet, warp=None):
    """Sets the weights of a fresh UNet to the start described above; `warp` is the trained part that moves the picture."""
    z, width = unet.config.out_channels, unet.config.block_out_channels[0]
    n = width // 32
    assert n >= 3 and 2 * z <= 32 and unet.config.block_out_channels[1] == width
    wx, wm = [i * n for i in range(z)], [(z + i) * n for i in range(z)]      # channels of x and m
    c = unet.conv_in
    c.weight.zero_(); c.bias.zero_()
    for i in range(z):
        for a, ch, gain in ((wx[i], i, 1.0), (wm[i], z + i, SCALING)):        # SVD does not scale the image latents
            c.weight[a, ch, 1, 1], c.weight[a + 1, ch, 1, 1], c.bias[a + 2] = gain, -gain, K
    _noise_scale(unet)

    first = unet.down_blocks[0]
    for r in first.resnets:
        for b in (r.spatial_res_block, r.temporal_res_block):
            _pass(b.norm1, 0, 2 * z, n, K)
            b.conv2.weight.zero_(); b.conv2.bias.zero_()
    # below the top level there are only displacements, not the picture; large constants keep the group norms there nearly linear
    first.downsamplers[0].conv.weight.zero_()
    first.downsamplers[0].conv.bias.normal_(0, 2)
    for block in (*unet.down_blocks[1:], unet.mid_block, *unet.up_blocks[:-1]):
        for r in block.resnets:
            r.temporal_res_block.conv2.weight.zero_(); r.temporal_res_block.conv2.bias.zero_()

    _, *movers, last = unet.up_blocks[-1].resnets                             # the first one and its transformer: gather.py
    for i, r in enumerate(movers):
        _mover(r, i, len(movers), z, n, width, warp)
    _last(unet, last, z, n, width, wx, wm)
    _pass(unet.conv_norm_out, 0, z, n, K)
    o = unet.conv_out
    o.weight.zero_(); o.bias.zero_()
    for i in range(z):
        o.weight[i, i * n, 1, 1], o.weight[i, i * n + 1, 1, 1] = 1, -1
    for t in transformers(unet):
        if len(t.temporal_transformer_blocks):
            _clock(t, unet.config.num_frames)


def _mover(block, i, count, z, n, width, warp):
    """One of the blocks that shift the fetched picture by the rest of the field: block i of warp.Warp, or a plain copy."""
    s, t = block.spatial_res_block, block.temporal_res_block
    free = slice((z + 2) * n, width)
    _pass(s.norm1, 0, z + 2, n, K); _pass(s.norm1, width, 2 * z, n, K)
    s.conv_shortcut.weight.zero_(); s.conv_shortcut.bias.zero_()
    for c in range((z + 2) * n):                                             # latents and the field pass through
        s.conv_shortcut.weight[c, c] = 1
    s.conv2.weight[:(z + 2) * n] = 0; s.conv2.bias[:(z + 2) * n] = 0
    for q in (t.conv2, s.time_emb_proj):
        q.weight.zero_(); q.bias.zero_()
    _pass(t.norm1, 0, z + 2, n, K)
    if warp is None:
        return
    pair = lambda rows: [*rows, *[r + 1 for r in rows]]
    columns = pair([k * n for k in range(z)]) + pair([z * n, (z + 1) * n])
    if i:
        columns += [*range(width)[free]]
        s.norm1.weight[free] = warp.free_norm[i - 1].weight; s.norm1.bias[free] = warp.free_norm[i - 1].bias
    s.conv1.weight.zero_()
    s.conv1.weight[:, columns] = warp.conv1[i].weight; s.conv1.bias.copy_(warp.conv1[i].bias)
    s.norm2.weight.copy_(warp.norm2[i].weight); s.norm2.bias.copy_(warp.norm2[i].bias)
    w, b = warp.conv2[i].weight, warp.conv2[i].bias
    for k in range(z):
        for j, sign in ((0, 1), (1, -1)):
            s.conv2.weight[k * n + j], s.conv2.bias[k * n + j] = sign * w[k], sign * b[k]
    s.conv2.weight[free], s.conv2.bias[free] = (w[z:], b[z:]) if i < count - 1 else (0, 0)


def _noise_scale(unet):
    """The first channels of the time embedding become bumps along ln(sigma): second differences of soft hinges, exact in half precision."""
    e, half = unet.time_embedding, unet.config.block_out_channels[0] // 2
    k = round(half * math.log(1 / 0.42) / math.log(10000))                    # a sine slow enough to be monotone over all noise levels
    top = math.sin(10000 ** (-k / half) * 0.25 * math.log(720.0)) * 1.03
    slope, hinges = BUMPS / top, BUMPS + 2                                    # hinge i at slope * sine = 2 i - hinges + 1
    e.linear_1.weight[:hinges] = 0
    e.linear_1.weight[:hinges, half + k] = slope
    e.linear_1.bias[:hinges] = hinges - 1 - 2.0 * torch.arange(hinges)
    e.linear_2.weight[:, :hinges] = 0
    e.linear_2.weight[:BUMPS] = 0; e.linear_2.bias[:BUMPS] = 0
    for j in range(BUMPS):
        e.linear_2.weight[j, j:j + 3] = torch.tensor([1.5, -3.0, 1.5])
    # the next two channels are the motion bucket, b / 255, as a pair
    e.linear_2.weight[BUMPS:BUMPS + 2] = 0; e.linear_2.bias[BUMPS:BUMPS + 2] = 0
    for q in e.parameters():                                                  # rounded as in the file: gains are solved for with these
        q.copy_(q.half())
    a, dim = unet.add_embedding, unet.config.addition_time_embed_dim
    k = round(dim / 2 * math.log(255 / 0.45) / math.log(10000))               # a slow sine, nearly linear over 0..255
    rate = 10000 ** (-k / (dim / 2))
    a.linear_1.weight[:2] = 0; a.linear_1.bias[:2] = 0
    a.linear_1.weight[0, dim + dim // 2 + k], a.linear_1.weight[1, dim + dim // 2 + k] = 1 / math.sin(255 * rate), -1 / math.sin(255 * rate)
    a.linear_2.weight *= 0.1; a.linear_2.weight[:BUMPS + 2] = 0; a.linear_2.bias.zero_()
    a.linear_2.weight[BUMPS, :2] = torch.tensor([1.0, -1.0]); a.linear_2.weight[BUMPS + 1, :2] = torch.tensor([-1.0, 1.0])


def _last(unet, block, z, n, width, wx, wm):
    """The block that mixes: v = A(s) x - B(s) m."""
    s, t = block.spatial_res_block, block.temporal_res_block
    _pass(s.norm1, 0, z + 2, n, K); _pass(s.norm1, width, 2 * z, n, K)
    s.conv1.weight.zero_(); s.conv1.bias.zero_()
    for i in range(z):
        for a, src in ((wx[i], width + wx[i]), (wm[i], i * n)):              # hidden pairs of x and of the moved m
            for j, sign in ((0, 1), (1, -1)):
                s.conv1.weight[a + j, src, 1, 1], s.conv1.weight[a + j, src + 1, 1, 1] = sign, -sign
    # K(s) through the time embedding
    mean, dev = _group(n, 1.0)
    # the constant is about 50 at the largest gain and at most 20,000, below half precision's limit of 65,504
    weight = _exact(50.0 * dev / (2 * DELTA), mean / dev)
    sigma = torch.exp(torch.linspace(math.log(0.0015), math.log(720.0), 1000))
    X = F.silu(unet.time_embedding(unet.time_proj(0.25 * sigma.log()).to(s.conv1.weight)))[:, :BUMPS].double()
    s.time_emb_proj.weight.zero_(); s.time_emb_proj.bias.zero_()
    for rows, gain in zip((wx, wm), gains(sigma)):
        y = (weight / (dev * (gain ** 2 + FLOOR ** 2).sqrt())).double().to(X.device)
        Xw = X / y[:, None]                                                   # relative error
        w = torch.linalg.solve(Xw.T @ Xw + 1e-12 * torch.trace(Xw.T @ Xw) * torch.eye(BUMPS, device=X.device, dtype=X.dtype), Xw.sum(0)).float()
        for a in rows:
            s.time_emb_proj.weight[a + 2, :BUMPS] = w
    for a in wx + wm:
        s.norm2.weight[a:a + 2] = weight; s.norm2.bias[a:a + 2] = weight * mean / dev
        s.norm2.weight[a + 2] = 0; s.norm2.bias[a + 2] = 0
    s.conv_shortcut.weight.zero_(); s.conv_shortcut.bias.zero_()
    s.conv2.weight.zero_(); s.conv2.bias.zero_()
    for i in range(z):
        for j, sign in ((0, 1), (1, -1)):
            for src, gain in ((wx[i], 1), (wm[i], -1)):
                s.conv2.weight[i * n + j, src, 1, 1], s.conv2.weight[i * n + j, src + 1, 1, 1] = sign * gain, -sign * gain
        s.conv2.bias[i * n + 2] = K
    _pass(t.norm1, 0, z, n, K)
    t.conv2.weight.zero_(); t.conv2.bias.zero_()


def transformers(unet):
    from diffusers.models.transformers.transformer_temporal import TransformerSpatioTemporalModel
    return [m for m in unet.modules() if isinstance(m, TransformerSpatioTemporalModel)]


def frame_code(T):
    """Orthonormal code of the frame number, [T, T] (cosine basis)."""
    k, t = torch.meshgrid(torch.arange(T), torch.arange(T), indexing="ij")
    q = torch.cos(math.pi * (t + .5) * k / T) * math.sqrt(2 / T)
    q[0] /= math.sqrt(2)
    return q.T.contiguous()


@torch.no_grad()
def _clock(t, T):
    C, block, sb = t.inner_dim, t.temporal_transformer_blocks[0], t.transformer_blocks[0]
    d = C // t.num_attention_heads
    assert d >= T, "a head must hold the frame code"
    kept = slice(C - T, C)
    t.proj_in.weight[kept] = 0; t.proj_in.bias[kept] = 0
    for q in (sb.attn2.to_out[0], block.attn2.to_out[0]):                     # the content of the picture does not determine how to move
        q.weight.zero_(); q.bias.zero_()
    for q in (sb.attn1.to_out[0], sb.ff.net[2], block.ff_in.net[2]):
        q.weight[kept] = 0; q.bias[kept] = 0
    e = t.time_pos_embed
    x = F.silu(e.linear_1(t.time_proj(torch.arange(T)).to(e.linear_1.weight))).double()
    e.linear_2.weight.zero_(); e.linear_2.bias.zero_()
    e.linear_2.weight[kept] = (torch.linalg.pinv(x) @ (CODE * frame_code(T).to(x))).T.to(e.linear_2.weight)
    a = block.attn1
    sharp = math.sqrt(9.0 * math.sqrt(d) / CODE ** 2)
    for h in range(max(1, t.num_attention_heads // 2)):
        for q in (a.to_q, a.to_k):
            q.weight[h * d:(h + 1) * d] = 0
            q.weight[range(h * d, h * d + T), range(C - T, C)] = sharp
    a.to_v.weight[:d] = 0
    a.to_v.weight[range(T), range(C - T, C)] = 1
