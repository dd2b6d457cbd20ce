#!/usr/bin/env python3
"""Writes a diffusers SVD folder as one file in Stability's original naming.

    make_single_file.py FOLDER OUT.safetensors [--image-decoder] [--no-metadata] [--dtype float16]

The inverse of Kinora's `checkpoint::single_file`, written separately from it, for any number of
levels, widths and layers. `--image-decoder` requires a plain AutoencoderKL. The original naming
cannot say how many attention heads there are (it has 64 channels per head), so the folder's
configurations are stored in the metadata unless `--no-metadata` is given.

Needs: torch, safetensors.
"""

import argparse
import json
import re
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

RES = [
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("time_emb_proj", "emb_layers.1"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("conv_shortcut", "skip_connection"),
]


def per_level(value, levels):
    return list(value) if isinstance(value, (list, tuple)) else [value] * levels


def unet_blocks(config):
    """diffusers module → original module for every block that is numbered differently."""
    levels = len(config["block_out_channels"])
    layers = per_level(config["layers_per_block"], levels)
    names = {"mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1",
             "mid_block.resnets.1": "middle_block.2"}
    n = 1
    for level in range(levels):
        for layer in range(layers[level]):
            names[f"down_blocks.{level}.resnets.{layer}"] = f"input_blocks.{n}.0"
            names[f"down_blocks.{level}.attentions.{layer}"] = f"input_blocks.{n}.1"
            n += 1
        if level < levels - 1:
            names[f"down_blocks.{level}.downsamplers.0.conv"] = f"input_blocks.{n}.0.op"
            n += 1
    n = 0
    for block, count in enumerate(reversed(layers)):
        for layer in range(count + 1):
            names[f"up_blocks.{block}.resnets.{layer}"] = f"output_blocks.{n}.0"
            names[f"up_blocks.{block}.attentions.{layer}"] = f"output_blocks.{n}.1"
            n += 1
        slot = 2 if config["up_block_types"][block].startswith("CrossAttn") else 1
        names[f"up_blocks.{block}.upsamplers.0.conv"] = f"output_blocks.{n - 1}.{slot}.conv"
    return names


def unet_name(name, blocks):
    top = {"conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
           "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
           "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}
    module, leaf = name.rsplit(".", 1)
    if module in top:
        return f"{top[module]}.{leaf}"
    block = next(b for b in sorted(blocks, key=len, reverse=True) if name.startswith(b + "."))
    inner = name[len(block) + 1:]
    if ".resnets." in block:
        for ours, original in RES:
            inner = re.sub(rf"^spatial_res_block\.{ours}\.", f"{original}.", inner)
            inner = re.sub(rf"^temporal_res_block\.{ours}\.", f"time_stack.{original}.", inner)
    elif ".attentions." in block:
        inner = inner.replace("temporal_transformer_blocks.", "time_stack.")
        inner = inner.replace("time_pos_embed.linear_1.", "time_pos_embed.0.")
        inner = inner.replace("time_pos_embed.linear_2.", "time_pos_embed.2.")
    return f"{blocks[block]}.{inner}"


def vae_name(name, levels):
    """The name inside the autoencoder, without its prefix."""
    name = name.replace(".conv_norm_out.", ".norm_out.").replace("decoder.time_conv_out.", "decoder.conv_out.time_mix_conv.")
    name = re.sub(r"\.down_blocks\.(\d+)\.resnets\.(\d+)\.", r".down.\1.block.\2.", name)
    name = re.sub(r"\.down_blocks\.(\d+)\.downsamplers\.0\.", r".down.\1.downsample.", name)
    flip = lambda m: str(levels - 1 - int(m))
    name = re.sub(r"\.up_blocks\.(\d+)\.resnets\.(\d+)\.", lambda m: f".up.{flip(m[1])}.block.{m[2]}.", name)
    name = re.sub(r"\.up_blocks\.(\d+)\.upsamplers\.0\.", lambda m: f".up.{flip(m[1])}.upsample.", name)
    name = re.sub(r"\.mid_block\.resnets\.(\d+)\.", lambda m: f".mid.block_{int(m[1]) + 1}.", name)
    for ours, original in [("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")]:
        name = name.replace(f".mid_block.attentions.0.{ours}.", f".mid.attn_1.{original}.")
    for ours, original in RES:
        if ours != "time_emb_proj" and ours != "conv_shortcut":
            name = name.replace(f".temporal_res_block.{ours}.", f".time_stack.{original}.")
    name = name.replace(".spatial_res_block.", ".").replace(".conv_shortcut.", ".nin_shortcut.")
    return name.replace(".time_mixer.mix_factor", ".mix_factor")


def clip_tensors(tensors):
    out = {"proj": tensors["visual_projection.weight"].T}
    simple = [("embeddings.class_embedding", "class_embedding"), ("embeddings.patch_embedding.weight", "conv1.weight"),
              ("embeddings.position_embedding.weight", "positional_embedding"), ("pre_layrnorm.", "ln_pre."),
              ("post_layernorm.", "ln_post."), ("encoder.layers.", "transformer.resblocks."), (".layer_norm1.", ".ln_1."),
              (".layer_norm2.", ".ln_2."), (".self_attn.out_proj.", ".attn.out_proj."), (".mlp.fc1.", ".mlp.c_fc."),
              (".mlp.fc2.", ".mlp.c_proj.")]
    for name, tensor in tensors.items():
        if name == "visual_projection.weight" or name.endswith("position_ids"):
            continue
        name = name.removeprefix("vision_model.")
        fused = re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.q_proj\.(weight|bias)", name)
        if fused:
            layer = f"vision_model.encoder.layers.{fused[1]}.self_attn"
            thirds = [tensors[f"{layer}.{p}_proj.{fused[2]}"] for p in "qkv"]
            out[f"transformer.resblocks.{fused[1]}.attn.in_proj_{fused[2]}"] = torch.cat(thirds)
            continue
        if re.search(r"self_attn\.[kv]_proj", name):
            continue
        for ours, original in simple:
            name = name.replace(ours, original)
        out[name] = tensor
    return out


def load_part(folder):
    found = sorted(folder.glob("*.safetensors"))
    plain = [f for f in found if ".fp16" not in f.name] or found
    tensors = {}
    for file in plain:
        tensors.update(load_file(file))
    return tensors, json.loads((folder / "config.json").read_text())


def convert(folder, image_decoder=False):
    """All tensors in original naming, and the configurations."""
    folder = Path(folder)
    unet, unet_config = load_part(folder / "unet")
    vae, vae_config = load_part(folder / "vae")
    clip, clip_config = load_part(folder / "image_encoder")
    plain = vae_config["_class_name"] == "AutoencoderKL"
    if image_decoder and not plain:
        raise SystemExit("--image-decoder needs a folder whose vae/ is an AutoencoderKL")
    blocks = unet_blocks(unet_config)
    out = {f"model.diffusion_model.{unet_name(k, blocks)}": v for k, v in unet.items()}
    levels = len(vae_config["block_out_channels"])
    for name, tensor in vae.items():
        original = vae_name(name, levels)
        if re.search(r"\.mid\.attn_1\.(q|k|v|proj_out)\.weight$", original):
            tensor = tensor.reshape(*tensor.shape[:2], 1, 1)
        if name.startswith(("encoder.", "quant_conv.")):
            out[f"conditioner.embedders.3.encoder.{original}"] = tensor
        # Every released file contains the training-time encoder as a second copy.
        if not name.startswith("quant_conv.") or plain:
            out[f"first_stage_model.{original}"] = tensor.clone()
    visual = "conditioner.embedders.0.open_clip.model."
    for name, tensor in clip_tensors(clip).items():
        out[f"{visual}visual.{name}"] = tensor
    # Leftovers of the text tower, as released.
    out[f"{visual}logit_scale"] = torch.zeros(())
    out[f"{visual}ln_final.weight"] = torch.zeros(8)
    out[f"{visual}token_embedding.weight"] = torch.zeros(16, 8)
    configs = {"unet": unet_config, "vae": vae_config, "image_encoder": clip_config}
    return {k: v.contiguous() for k, v in out.items()}, configs


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--image-decoder", action="store_true")
    arguments.add_argument("--no-metadata", action="store_true")
    arguments.add_argument("--dtype", choices=["float32", "float16", "bfloat16"])
    args = arguments.parse_args()
    tensors, configs = convert(args.folder, args.image_decoder)
    if args.dtype:
        tensors = {k: v.to(getattr(torch, args.dtype)) for k, v in tensors.items()}
    metadata = {"format": "pt"}
    if not args.no_metadata:
        metadata |= {f"kinora.{part}_config": json.dumps(config) for part, config in configs.items()}
        scheduler = args.folder / "scheduler" / "scheduler_config.json"
        if scheduler.exists():
            metadata["kinora.scheduler_config"] = json.dumps(json.loads(scheduler.read_text()))
        pocket = args.folder / "pocket.json"
        if pocket.exists():
            metadata["kinora.defaults"] = json.dumps(json.loads(pocket.read_text()))
    save_file(tensors, args.out, metadata=metadata)


if __name__ == "__main__":
    main()
