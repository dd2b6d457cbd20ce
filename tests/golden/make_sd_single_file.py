#!/usr/bin/env python3
"""Turns a diffusers folder of Stable Diffusion into one file with the original names.

    python tests/golden/make_sd_single_file.py FOLDER OUT.safetensors [--open-clip]

The UNet gets the names of CompVis' `ldm`, the autoencoder those of `first_stage_model`, and the text tower those of
transformers (Stable Diffusion 1) or, with `--open-clip`, of open_clip with one more layer than the folder has (Stable
Diffusion 2). Settings that the tensors do not determine go into the metadata, where Kinora reads them.
"""

import json
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}
TOP = {
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
}


def tensors(folder, part, stem):
    found = {}
    for path in sorted((folder / part).glob("*.safetensors")):
        found.update(load_file(path))
    return found


def unet_name(name, config):
    for ours, original in TOP.items():
        if name.startswith(ours + "."):
            return original + name[len(ours):]
    layers = config["layers_per_block"]
    layers = layers if isinstance(layers, list) else [layers] * len(config["block_out_channels"])
    match = re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name)
    if match:
        kind, i, rest = match.groups()
        return f"middle_block.{2 * int(i)}.{resnet(rest)}" if kind == "resnets" else f"middle_block.1.{rest}"
    side, i, kind, j, rest = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name).groups()
    i, j = int(i), int(j)
    if side == "down":
        first = 1 + sum(count + 1 for count in layers[:i])
        if kind == "downsamplers":
            return f"input_blocks.{first + layers[i]}.0.op.{rest.removeprefix('conv.')}"
        place = f"input_blocks.{first + j}"
    else:
        counts = [count + 1 for count in reversed(layers)]
        first = sum(counts[:i])
        if kind == "upsamplers":
            attends = config["up_block_types"][i].startswith("Cross")
            return f"output_blocks.{first + counts[i] - 1}.{2 if attends else 1}.{rest}"
        place = f"output_blocks.{first + j}"
    return f"{place}.0.{resnet(rest)}" if kind == "resnets" else f"{place}.1.{rest}"


def resnet(rest):
    layer, kind = rest.split(".")
    return f"{RESNET[layer]}.{kind}"


def vae_name(name, levels):
    for old, new in (("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")):
        if ".attentions." in name:
            name = name.replace(f".{old}.", f".{new}.")
    for ours, original in (
        ("conv_norm_out", "norm_out"), ("conv_shortcut", "nin_shortcut"), ("mid_block.attentions.0", "mid.attn_1"),
        ("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out"),
        ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
    ):
        name = name.replace(ours, original)
    name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda m: f"up.{levels - 1 - int(m[1])}.block", name)
    return re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)


def vae_value(name, value):
    # The attention of the first autoencoders was written with 1x1 convolutions.
    is_attention = ".attentions." in name and "norm" not in name and name.endswith("weight")
    return value[:, :, None, None] if is_attention and value.dim() == 2 else value


def open_clip(text):
    found = {
        "token_embedding.weight": text["embeddings.token_embedding.weight"],
        "positional_embedding": text["embeddings.position_embedding.weight"],
        "ln_final.weight": text["final_layer_norm.weight"],
        "ln_final.bias": text["final_layer_norm.bias"],
    }
    count = 1 + max(int(name.split(".")[2]) for name in text if name.startswith("encoder.layers."))
    for i in range(count + 1):
        # The last layer is never run.
        ours, block = f"encoder.layers.{min(i, count - 1)}", f"transformer.resblocks.{i}"
        for kind in ("weight", "bias"):
            thirds = [text[f"{ours}.self_attn.{part}_proj.{kind}"] for part in "qkv"]
            found[f"{block}.attn.in_proj_{kind}"] = torch.cat(thirds)
            for mine, theirs in (
                ("self_attn.out_proj", "attn.out_proj"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"),
                ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"),
            ):
                found[f"{block}.{theirs}.{kind}"] = text[f"{ours}.{mine}.{kind}"].clone()
    width = text["final_layer_norm.weight"].shape[0]
    found["text_projection"] = torch.eye(width)
    found["logit_scale"] = torch.tensor(1.0)
    return found


def convert(folder, out, open_clip_names=False, **options):
    folder = Path(folder)
    open_clip_names = options.get("open_clip", open_clip_names)
    configs = {part: json.loads((folder / part / "config.json").read_text()) for part in ("unet", "vae", "text_encoder")}
    scheduler = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
    whole = {}
    for name, value in tensors(folder, "unet", "").items():
        whole["model.diffusion_model." + unet_name(name, configs["unet"])] = value
    levels = len(configs["vae"]["block_out_channels"])
    for name, value in tensors(folder, "vae", "").items():
        whole["first_stage_model." + vae_name(name, levels)] = vae_value(name, value)
    text = {name.removeprefix("text_model."): value for name, value in tensors(folder, "text_encoder", "").items()}
    if open_clip_names:
        whole.update({f"cond_stage_model.model.{name}": value for name, value in open_clip(text).items()})
    else:
        whole.update({f"cond_stage_model.transformer.text_model.{name}": value for name, value in text.items()})
        positions = torch.arange(configs["text_encoder"]["max_position_embeddings"])[None]
        whole["cond_stage_model.transformer.text_model.embeddings.position_ids"] = positions
    whole["betas"] = torch.zeros(1000)
    whole["model_ema.decay"] = torch.tensor(0.9999)
    metadata = {f"kinora.{part}_config": json.dumps(config) for part, config in configs.items()}
    metadata["kinora.scheduler_config"] = json.dumps(scheduler)
    save_file({name: value.contiguous() for name, value in whole.items()}, out, metadata=metadata)


if __name__ == "__main__":
    convert(sys.argv[1], sys.argv[2], open_clip_names="--open-clip" in sys.argv)
