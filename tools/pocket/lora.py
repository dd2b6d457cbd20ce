"""Camera LoRAs on temporal self-attention (to_q, to_k, to_v, to_out.0): each starts as the one that writes its move's path; any of them can be stacked."""
import json, math, os, re

import torch
import torch.nn as nn
from safetensors.torch import save_file

import moves

TARGET = re.compile(r"\.temporal_transformer_blocks\.\d+\.attn1\.(to_q|to_k|to_v|to_out\.0)$")


class Stack(nn.Module):
    """Wraps a Linear: base(x) + sum over moves of strength x A^T B^T; x is [clips * pixels, T, C], strengths [clips, moves]."""

    def __init__(self, base, names, rank, shared):
        super().__init__()
        self.base, self.shared, self.rank = base, shared, rank
        self.A = nn.Parameter(torch.randn(len(names), rank, base.in_features) / math.sqrt(base.in_features))
        self.B = nn.Parameter(torch.zeros(len(names), base.out_features, rank))
        self.to(base.weight.device)

    def forward(self, x):
        y, s = self.base(x), self.shared["strengths"]
        if s is None:
            return y
        n, r, c = self.A.shape
        s = s.repeat_interleave(r, 1)[:, None, None, :]                                     # [clips, 1, 1, n * r]
        h = nn.functional.linear(x, self.A.reshape(n * r, c).to(x.dtype))
        h = (h.reshape(len(s), -1, x.shape[1], n * r) * s.to(h.dtype)).reshape(len(x), x.shape[1], n * r)
        return y + nn.functional.linear(h, self.B.permute(1, 0, 2).reshape(-1, n * r).to(x.dtype))


class Pack:
    """All camera LoRAs of one UNet."""

    def __init__(self, unet, names, rank, frames=None):
        self.names, self.rank, self.shared, self.stacks = list(names), rank, dict(strengths=None), {}
        for path, m in list(unet.named_modules()):
            if isinstance(m, nn.Linear) and TARGET.search(path):
                parent, leaf = path.rsplit(".", 1)
                s = Stack(m, self.names, rank, self.shared)
                setattr(unet.get_submodule(parent), leaf, s)
                self.stacks[path] = s
        if frames:
            self.start(unet, frames)

    @torch.no_grad()
    def start(self, unet, T):
        """At first, to_out of the transformer that writes codes writes the move's own path, with one rank per axis that the move uses."""
        import steer, unet as U
        read, chosen = steer.reader(unet, T), unet.up_blocks[-3].attentions[0].temporal_transformer_blocks[0].attn1.to_out[0]
        for i, name in enumerate(self.names):
            code = moves.codes(moves.MOVES[name].path(), T)
            axes = [a for a in range(len(moves.AXES)) if code[:, a].abs().max() > 0]
            rows = [(read(code[:, a] / U.FULL[moves.AXES[a]]), a) for a in axes]
            if name == "static":
                rows = [(-read(torch.linspace(0, 1, T)), 6)]                                # stops the clock
            for r, (row, channel) in enumerate(rows):
                size = 2.0 ** round(math.log2(float(row.norm())))                           # a power of two keeps the row as it was rounded
                chosen.A[i, r] = row / size
                chosen.B[i, channel, r] = size

    def use(self, strengths):
        """strengths: [clips, moves] or None (the base alone)."""
        self.shared["strengths"] = strengths

    def unwrap(self, unet):
        """Restores the plain layers."""
        for path, s in self.stacks.items():
            parent, leaf = path.rsplit(".", 1)
            setattr(unet.get_submodule(parent), leaf, s.base)

    def save(self, folder, base, names=None, licence="CC-BY-4.0", prefix="unet."):
        """One PEFT-style file per move, half precision, of the layers that it changes, with the metadata that the studio reads."""
        os.makedirs(folder, exist_ok=True)
        for i, name in enumerate(self.names):
            if names and name not in names:
                continue
            tensors, move = {}, moves.MOVES[name]
            for path, s in self.stacks.items():
                if not s.B[i].any():                                                          # says nothing
                    continue
                tensors[f"{prefix}{path}.lora_A.weight"] = s.A[i].detach().cpu().half().contiguous()
                tensors[f"{prefix}{path}.lora_B.weight"] = s.B[i].detach().cpu().half().contiguous()
            config = {"r": self.rank, "lora_alpha": self.rank, "target_modules": sorted({k[len(prefix):].rsplit(".lora_", 1)[0] for k in tensors})}
            meta = {"format": "pt", "lora_adapter_metadata": json.dumps({f"unet.{k}": v for k, v in config.items()}),
                    "kinora.name": name, "kinora.title": move.title, "kinora.strength": json.dumps(list(moves.STRENGTHS)),
                    "kinora.licence": licence, "kinora.base": base, "kinora.path": json.dumps(move.shown())}
            if move.opposite:
                meta["kinora.opposite"] = move.opposite
            save_file(tensors, os.path.join(folder, f"{name}.safetensors"), metadata=meta)
