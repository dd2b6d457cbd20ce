#!/usr/bin/env python3
"""Writes the same LoRA for a diffusers SVD folder in every file format Kinora reads.

    make_loras.py FOLDER OUT [--targets temporal|all] [--rank 4] [--alpha 2] [--seed 0] [--size 0.1]

One random low-rank update per target module. Each file in OUT holds that update in a different
format; `merged.safetensors` holds the change of every tensor (float32, strength 1, diffusers'
names), computed with PEFT's arithmetic: alpha / rank * up @ down.
`loha.safetensors`, `lokr.safetensors` and `tucker.safetensors` hold other updates, each with its
own `…_merged.safetensors`.

Needs: torch, safetensors, and make_single_file.py next to it.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).parent))
import make_single_file  # noqa: E402

TEMPORAL = re.compile(r"\.temporal_transformer_blocks\.\d+\.attn1\.(to_q|to_k|to_v|to_out\.0)\.weight$")
ATTENTION = re.compile(r"\.attn\d\.(to_q|to_k|to_v|to_out\.0)\.weight$")


def targets(weights, which):
    """Weights of two or more dimensions that the update changes."""
    if which == "temporal":
        return [n for n in weights if TEMPORAL.search(n)]
    return [n for n, w in weights.items() if n.endswith(".weight") and w.dim() >= 2]


def update(weight, rank, size, generator):
    """Random `down` [r, in, k…] and `up` [out, r, 1…] for a weight."""
    rank = min(rank, weight.shape[0])
    ones = [1] * (weight.dim() - 2)
    down = torch.randn(rank, *weight.shape[1:], generator=generator) * size
    up = torch.randn(weight.shape[0], rank, *ones, generator=generator) * size
    return down, up


def change(down, up, factor, shape):
    return ((up.flatten(1) @ down.flatten(1)) * factor).reshape(shape)


def write(folder, weights, blocks, args):
    generator = torch.Generator().manual_seed(args.seed)
    names = targets(weights, args.targets)
    factors = {n[: -len(".weight")]: update(weights[n], args.rank, args.size, generator) for n in names}
    scale = {m: args.alpha / d.shape[0] for m, (d, _) in factors.items()}
    merged = {f"{m}.weight": change(d, u, scale[m], weights[f"{m}.weight"].shape) for m, (d, u) in factors.items()}
    files = {}

    def add(name, tensors, metadata=None):
        files[name] = ({k: v.contiguous() for k, v in tensors.items()}, metadata or {})

    alpha = torch.tensor(float(args.alpha))
    ranks = {m: d.shape[0] for m, (d, _) in factors.items()}
    peft_meta = {"unet.r": args.rank, "unet.lora_alpha": args.alpha, "unet.rank_pattern": {m: r for m, r in ranks.items() if r != args.rank}}
    peft_meta = {"lora_adapter_metadata": json.dumps(peft_meta)}
    pairs = lambda a, b: {f"{m}{s}": t for m, (d, u) in factors.items() for s, t in ((a, d), (b, u))}
    prefixed = lambda prefix, tensors: {prefix + k: v for k, v in tensors.items()}
    peft = pairs(".lora_A.weight", ".lora_B.weight")
    add("peft", prefixed("unet.", peft), peft_meta)
    add("peft_bare", peft, {"lora_adapter_metadata": json.dumps({"r": args.rank, "lora_alpha": args.alpha})})
    add("peft_model", prefixed("base_model.model.", pairs(".lora_A.default.weight", ".lora_B.default.weight")), peft_meta)
    add("peft_model_unet", prefixed("base_model.model.unet.", peft), peft_meta)
    # No alpha anywhere: the scale is in the factor itself.
    unscaled = {f"unet.{m}{s}": t for m, (d, u) in factors.items() for s, t in ((".lora.down.weight", d * scale[m]), (".lora.up.weight", u))}
    add("diffusers_no_alpha", unscaled)
    add("diffusers", prefixed("unet.", pairs(".lora.down.weight", ".lora.up.weight")), peft_meta)

    def kohya(name):
        out = {}
        for m, (d, u) in factors.items():
            key = "lora_unet_" + name(m).replace(".", "_")
            out |= {f"{key}.lora_down.weight": d, f"{key}.lora_up.weight": u, f"{key}.alpha": alpha}
        return out

    original = lambda m: make_single_file.unet_name(f"{m}.weight", blocks)[: -len(".weight")]
    add("kohya_diffusers", kohya(lambda m: m))
    add("kohya_original", kohya(original))
    no_alpha = {k: v for k, v in kohya(lambda m: m).items() if not k.endswith(".alpha")}
    add("kohya_metadata", no_alpha, {"ss_network_alpha": str(args.alpha), "ss_network_dim": str(args.rank)})
    add("comfy_dotted", {f"diffusion_model.{original(m)}{s}": t for m, (d, u) in factors.items()
                         for s, t in ((".lora_down.weight", d), (".lora_up.weight", u), (".alpha", alpha))})
    if args.targets == "temporal":
        old = {}
        for m, (d, u) in factors.items():
            module = re.sub(r"\.(to_q|to_k|to_v|to_out)(\.0)?$", r".processor.\1_lora", m)
            old |= {f"unet.{module}.down.weight": d, f"unet.{module}.up.weight": u}
        add("processor", old, peft_meta)
    add("diff_diffusers", {f"unet.{n[: -len('.weight')]}.diff": v for n, v in merged.items()})
    add("diff_original", {f"diffusion_model.{original(n[: -len('.weight')])}.diff": v for n, v in merged.items()})
    for name, (tensors, metadata) in files.items():
        save_file({k: v.clone() for k, v in tensors.items()}, folder / f"{name}.safetensors", metadata={"format": "pt"} | metadata)
    save_file({k: v.contiguous() for k, v in merged.items()}, folder / "merged.safetensors")
    others(folder, weights, names, generator, args)


def others(folder, weights, names, generator, args):
    """LoHa, LoKr, Tucker convolutions, and changes of biases and norms."""
    random = lambda *shape: torch.randn(*shape, generator=generator) * args.size
    loha, loha_merged, lokr, lokr_merged, tucker, tucker_merged = {}, {}, {}, {}, {}, {}
    for name in names:
        weight, r = weights[name], 2
        out, rest = weight.shape[0], weight[0].numel()
        key = "lora_unet_" + name[: -len(".weight")].replace(".", "_")
        a1, b1, a2, b2 = random(out, r), random(r, rest), random(out, r), random(r, rest)
        loha |= {f"{key}.hada_w1_a": a1, f"{key}.hada_w1_b": b1, f"{key}.hada_w2_a": a2, f"{key}.hada_w2_b": b2, f"{key}.alpha": torch.tensor(1.0)}
        loha_merged[name] = ((a1 @ b1) * (a2 @ b2) / r).reshape(weight.shape)
        if out % 2 == 0 and weight.shape[1] % 4 == 0:
            w1 = random(2, 4)
            a, b = random(out // 2, r), random(r, rest // 4)
            lokr |= {f"{key}.lokr_w1": w1, f"{key}.lokr_w2_a": a, f"{key}.lokr_w2_b": b, f"{key}.alpha": torch.tensor(1.0)}
            w2 = (a @ b).reshape(out // 2, weight.shape[1] // 4, *weight.shape[2:])
            w1 = w1.reshape(2, 4, *[1] * (weight.dim() - 2))
            lokr_merged[name] = (torch.kron(w1, w2.contiguous()) / r).reshape(weight.shape)
        if weight[0, 0].numel() > 1:
            ones = [1] * (weight.dim() - 2)
            down, mid, up = random(r, weight.shape[1], *ones), random(r, r, *weight.shape[2:]), random(out, r, *ones)
            tucker |= {f"{key}.lora_down.weight": down, f"{key}.lora_mid.weight": mid, f"{key}.lora_up.weight": up}
            tucker_merged[name] = torch.einsum("oa,abk,bi->oik", up.flatten(1), mid.flatten(2), down.flatten(1)).reshape(weight.shape)
    for name in ("conv_in.bias", "conv_norm_out.weight", "mid_block.resnets.0.time_mixer.mix_factor"):
        module, leaf = (name, "") if name.endswith("mix_factor") else name.rsplit(".", 1)
        tucker_merged[name] = random(*weights[name].shape)
        tucker[f"unet.{module}.{'diff_b' if leaf == 'bias' else 'diff'}"] = tucker_merged[name].clone()
    for name, tensors in {"loha": loha, "lokr": lokr, "tucker": tucker, "loha_merged": loha_merged,
                          "lokr_merged": lokr_merged, "tucker_merged": tucker_merged}.items():
        save_file({k: v.contiguous() for k, v in tensors.items()}, folder / f"{name}.safetensors")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--targets", choices=["temporal", "all"], default="temporal")
    arguments.add_argument("--rank", type=int, default=4)
    arguments.add_argument("--alpha", type=float, default=2.0)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--size", type=float, default=0.1)
    args = arguments.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    weights, config = make_single_file.load_part(args.folder / "unet")
    weights = {k: v.float() for k, v in weights.items()}
    write(args.out, weights, make_single_file.unet_blocks(config), args)


if __name__ == "__main__":
    main()
