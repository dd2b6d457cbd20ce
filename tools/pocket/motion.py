"""Measures how the content of a clip moves: the codes of moves.py (x, y, scale, roll, orbit, dolly) between frame 0 and every frame,
by coarse-to-fine Gauss-Newton alignment with robust weights."""
import torch
import torch.nn.functional as F

import moves

UNIT = torch.tensor([1.0, 0.625, 0.31, 0.31 * 0.01745, 0.29, 0.16])   # mean displacement, in frame widths, of one unit of each code (16:10)
BOUND = torch.tensor([.4, .4, .6, 25., .4, .8])


def warp(pictures, code):
    """Frame 0 seen through codes: [N,C,H,W], [N,6] -> warped pictures and the visible region."""
    h, w = pictures.shape[-2:]
    M = moves.lookup(code, h, w)
    grid = torch.stack([M[..., 0], M[..., 1] * w / h], -1).to(pictures)
    return F.grid_sample(pictures, grid, align_corners=False, padding_mode="border"), moves.visible(M, h, w)


def _blur(x, n):
    for _ in range(n):
        x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return x


def align(a, b, code, levels=(4, 2, 1), steps=8):
    """Refines code so that b is a seen through it. a, b: [N,1,H,W] grey."""
    eps = torch.tensor([1e-3, 1e-3, 1e-3, 1e-1, 1e-3, 1e-3])
    for L in levels:
        A, B = (_blur(F.avg_pool2d(t, L) if L > 1 else t, 2) for t in (a, b))
        h, w = A.shape[-2:]
        gx = F.pad((A[..., :, 2:] - A[..., :, :-2]) / 2, (1, 1, 0, 0)) * (w / 2)
        gy = F.pad((A[..., 2:, :] - A[..., :-2, :]) / 2, (0, 0, 1, 1)) * (w / 2)
        for _ in range(steps):
            M = moves.lookup(code, h, w)
            got, vis = warp(torch.cat([A, gx, gy], 1), code)
            vis = vis.float()
            n = vis.sum((1, 2), keepdim=True).clamp_min(1)
            r = got[:, 0] - B[:, 0]
            r = r - (r * vis).sum((1, 2), keepdim=True) / n                  # ignore brightness drift
            size = (r.abs() * vis).sum((1, 2), keepdim=True) / n
            weight = vis / (1 + (r / (2 * size + 1e-6)) ** 2)
            J = []
            for k in range(6):
                step = torch.zeros(6); step[k] = eps[k]
                dM = (moves.lookup(code + step, h, w) - M) / eps[k]
                J.append(got[:, 1] * dM[..., 0] + got[:, 2] * dM[..., 1])
            J = torch.stack(J, -1) * (1 / UNIT)                               # work in units of equal displacement
            H = torch.einsum("nhwi,nhw,nhwj->nij", J, weight, J) + 1e-4 * torch.eye(6) * torch.einsum("nhwi,nhw->n", J * J, weight)[:, None, None]
            g = torch.einsum("nhwi,nhw,nhw->ni", J, weight, r)
            d = torch.linalg.solve(H, g[..., None])[..., 0].clamp(-.05, .05)
            code = (code - d / UNIT).clamp(-BOUND, BOUND)
    return code


@torch.no_grad()
def measure(x):
    """x [N,T,3,H,W] in -1..1 -> codes [N,T,6]; every frame starts from the previous frame's estimate."""
    grey = (x * torch.tensor([.299, .587, .114])[:, None, None]).sum(2, keepdim=True)
    out = [torch.zeros(len(x), 6)]
    for k in range(1, x.shape[1]):
        out.append(align(grey[:, 0], grey[:, k], out[-1].clone(), (4, 2, 1) if k == 1 else (2, 1)))
    return torch.stack(out, 1)
