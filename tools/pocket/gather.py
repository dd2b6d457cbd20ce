"""The attention that fetches the picture: spatial self-attention at the top of the UNet's up path, as a lookup.

Every latent has its own position p and the position t = p - d that its content comes from. Its query is t, every key is a position p, and the
score is -BETA |t - p|^2 up to a constant of the query, so the softmax picks the latent nearest to t. The values are that latent's conditioning
latents and its position p'. A latent therefore arrives whole, however far away it comes from. The rest is a shift by r = p' - t, at most half a
latent, for which the following residual blocks are trained (warp.py). Positions are measured from the centre; one unit is 32 latents.
"""
import math

import torch

import moves
import unet as U

UNIT = 32.0                    # latents per unit of position
C = 2048.0                     # weights of query and key: a power of two, exact in half precision, so large that ties are rare
BETA = C * C / 16              # heads of 64 channels divide scores by 8, and |t - p|^2 has 2 t p
FROM_BELOW = ["scale", "roll", "orbit", "dolly", "x", "y", "px", "py", "pxy", "pyy"]
TX, TY, PX, PY, PP = range(16, 21)                # signals after the 16 latents: target, position, position squared
A, B, S = 0.18, 0.15, 0.12                        # sizes of the factors of products and squares (silu's even part is then nearly a square)
KAPPA, SMALL = 64.0, 0.125     # constant of the layer norm; size of the latents next to it


def fetch(m, M):
    """What the attention fetches, for training: m [n,z,h,w] looked up at M [n,h,w,2] (see moves.lookup) -> latents [n,z,h,w] and
    r [n,2,h,w] in latents."""
    n, z, h, w = m.shape
    u, v = (M[..., 0] + 1) * w / 2 - .5, (M[..., 1] * w / h + 1) * h / 2 - .5
    sharp = BETA / UNIT ** 2

    def taps(q, size):
        """The three nearest positions along one axis and their weights, [3,n,h,w]."""
        i = q.round().clamp(0, size - 1)[None] + torch.tensor([-1., 0., 1.], device=q.device)[:, None, None, None]
        share = (-sharp * (q - i) ** 2).masked_fill((i < 0) | (i > size - 1), -torch.inf).softmax(0)
        return i.clamp(0, size - 1), share
    (iu, su), (iv, sv) = taps(u, w), taps(v, h)
    flat, out = m.flatten(2), 0
    for a in range(3):
        for b in range(3):
            at = (iv[a] * w + iu[b]).long().flatten(1)[:, None].expand(-1, z, -1)
            out = out + flat.gather(2, at).view(n, z, h, w) * (sv[a] * su[b])[:, None]
    return out, torch.stack([(iu * su).sum(0) - u, (iv * sv).sum(0) - v], 1)


@torch.no_grad()
def construct(unet, p):
    """Sets the first residual block of the top level's up path (fields) and the transformer after it (fetch)."""
    top = unet.up_blocks[-1]
    _targets(top.resnets[0], unet.config.out_channels, unet.config.block_out_channels[0], p)
    _lookup(top.attentions[0], unet.config.out_channels)


def _targets(block, z, width, p):
    """Computes latents of the conditioning picture, t, p and |p|^2 from codes and position maps, as pairs next to constants."""
    s, n = block.spatial_res_block, width // 32
    where = {name: i * n for i, name in enumerate(FROM_BELOW)}
    U._pass(s.norm1, 0, len(FROM_BELOW), n, U.K); U._pass(s.norm1, width, 2 * z, n, U.K)
    for q in (s.conv1, s.conv2, s.conv_shortcut, s.time_emb_proj, block.temporal_res_block.conv2):
        q.weight.zero_(); q.bias.zero_()
    for k in range(z):
        for j in range(3):
            s.conv_shortcut.weight[k * n + j, width + (z + k) * n + j] = 1

    def also(out, source, gain):
        for j, sign in ((0, 1), (1, -1)):
            s.conv_shortcut.weight[out * n + j, where[source]] += sign * gain
    for out, source, gain in ((PX, "px", 1), (PY, "py", 1), (TX, "px", 1), (TY, "py", 1)):
        also(out, source, gain)
    tall = p["height"] / p["width"]
    also(TX, "x", -2 * U.FULL["x"]); also(TY, "y", -2 * U.FULL["y"] * tall)
    scale, roll, orbit, dolly = U.FULL["scale"], math.radians(U.FULL["roll"]), U.FULL["orbit"] / tall, U.FULL["dolly"] / tall / 2
    terms = [("px", "scale", TX, scale), ("py", "roll", TX, -roll), ("py", "orbit", TX, orbit), ("pxy", "dolly", TX, dolly),
             ("py", "scale", TY, scale), ("px", "roll", TY, roll), ("pyy", "dolly", TY, dolly)]
    for i, (place, what, out, gain) in enumerate(terms):
        U.product(s, 2 * i, [where[place]], [where[what]], {out * n: 1, out * n + 1: -1}, -gain, n, (A, B))
    for i, place in enumerate(("px", "py")):
        _square(s, 2 * len(terms) + i, where[place], PP * n, n)
    for signal in (TX, TY, PX, PY, PP):
        s.conv2.bias[signal * n + 2] = U.K


def _square(s, g, a, out, n):
    """Group g of the hidden channels adds a^2 to the pair `out`."""
    r = g * n
    U.hidden(s, r, {a: S}, n)
    for o, way in ((0, 1), (1, -1)):
        s.conv2.weight[out + o, r:r + 2, 1, 1] = way * 2 / S ** 2
    U._pass(s.norm2, r, 1, n, U.K)


def _lookup(t, z):
    width, n = t.inner_dim, t.in_channels // 32
    block, temporal = t.transformer_blocks[0], t.temporal_transformer_blocks[0]
    for q in (t.proj_in, t.proj_out, block.attn1.to_out[0], block.attn2.to_out[0], block.ff.net[2], temporal.ff_in.net[2],
              temporal.attn1.to_out[0], temporal.attn2.to_out[0], temporal.ff.net[2]):
        q.weight.zero_(); q.bias.zero_()
    U._pass(t.norm, 0, PP + 1, n, U.K)
    for k in range(PP + 1):                                   # pairs, so that their mean is zero, next to a constant
        for j, sign in ((0, 1), (1, -1)):
            t.proj_in.weight[2 * k + j, k * n] = sign * (SMALL if k < z else 1.0)
    one, got = 2 * (PP + 1), 2 * (PP + 1) + 2
    t.proj_in.bias[one], t.proj_in.bias[one + 1] = KAPPA, -KAPPA
    block.norm1.weight.fill_(KAPPA * math.sqrt(2 / width)); block.norm1.bias.zero_()
    a, d = block.attn1, width // t.num_attention_heads
    assert d == 64, "BETA counts on heads of 64 channels"
    for q in (a.to_q, a.to_k, a.to_v):
        q.weight.zero_()
    for i, (target, place) in enumerate(((TX, PX), (TY, PY))):
        a.to_q.weight[i, 2 * target], a.to_k.weight[i, 2 * place] = C, C
    a.to_q.weight[2, one], a.to_k.weight[2, 2 * PP] = -C / 2 / KAPPA, C
    for k in range(z):
        a.to_v.weight[k, 2 * k] = 1 / SMALL
    a.to_v.weight[z, 2 * PX], a.to_v.weight[z + 1, 2 * PY] = 1, 1
    for k in range(z + 2):
        a.to_out[0].weight[got + k, k] = 1
    for k in range(z):                                        # latents: the fetched ones replace those that were here
        for j, sign in ((0, 1), (1, -1)):
            t.proj_out.weight[k * n + j, got + k], t.proj_out.weight[k * n + j, 2 * k] = sign, -sign / SMALL
    for i, target in enumerate((TX, TY)):                     # r in place of t
        for j, sign in ((0, 1), (1, -1)):
            t.proj_out.weight[target * n + j, got + z + i] = sign * UNIT
            t.proj_out.weight[target * n + j, 2 * target] = -sign * (UNIT + 1)
