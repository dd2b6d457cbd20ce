#!/usr/bin/env python3
"""Writes expected_tensors.json: the names that diffusers and transformers give their tensors.

For several configurations, including the full-size ones: for each part, the number of tensors, the
number of parameters and a hash of all names and shapes. For one small model: every name and shape
in the original single-file layout, and the diffusers name of each. Models are built without memory
for weights.

    make_expected_tensors.py > expected_tensors.json

Needs: torch, diffusers 0.42, transformers, safetensors, and make_single_file.py next to it.
"""

import json
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

sys.path.insert(0, str(Path(__file__).parent))
import make_single_file  # noqa: E402

CROSS_DOWN, DOWN = "CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"
CROSS_UP, UP = "CrossAttnUpBlockSpatioTemporal", "UpBlockSpatioTemporal"
SMALL_UNET = dict(
    down_block_types=[DOWN, CROSS_DOWN], up_block_types=[CROSS_UP, UP], block_out_channels=[32, 64],
    layers_per_block=[1, 2], cross_attention_dim=16, num_attention_heads=[1, 1], in_channels=4, out_channels=2,
    addition_time_embed_dim=8, projection_class_embeddings_input_dim=24, num_frames=14,
)
SMALL_VAE = dict(
    down_block_types=["DownEncoderBlock2D"] * 3, block_out_channels=[32, 32, 64], layers_per_block=1, latent_channels=2,
)
SMALL_CLIP = dict(
    hidden_size=64, intermediate_size=96, projection_dim=16, num_hidden_layers=2, num_attention_heads=1, image_size=32,
    patch_size=8, hidden_act="gelu",
)
UNETS = [
    SMALL_UNET,
    dict(),  # SVD
    dict(SMALL_UNET, block_out_channels=[32], down_block_types=[CROSS_DOWN], up_block_types=[UP], layers_per_block=2,
         num_attention_heads=4),
    dict(SMALL_UNET, block_out_channels=[96, 64, 32, 128], down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN, DOWN],
         up_block_types=[CROSS_UP, UP, CROSS_UP, UP], layers_per_block=[2, 1, 3, 1], num_attention_heads=[3, 2, 4, 8],
         cross_attention_dim=[16, 24, 32, 48], transformer_layers_per_block=[1, 2, [1, 2, 1, 2], 3]),
]
VAES = [
    SMALL_VAE,
    dict(down_block_types=["DownEncoderBlock2D"] * 4, block_out_channels=[128, 256, 512, 512], layers_per_block=2),
    dict(down_block_types=["DownEncoderBlock2D"], block_out_channels=[64], layers_per_block=3, latent_channels=16),
]
PLAIN = [
    dict(SMALL_VAE, up_block_types=["UpDecoderBlock2D"] * 3),
    dict(SMALL_VAE, up_block_types=["UpDecoderBlock2D"] * 3, norm_num_groups=16, use_post_quant_conv=False, use_quant_conv=False,
         mid_block_add_attention=False),
]
CLIPS = [
    SMALL_CLIP,
    dict(hidden_size=1280, intermediate_size=5120, projection_dim=1024, num_hidden_layers=32, num_attention_heads=16, image_size=224,
         patch_size=14, hidden_act="gelu"),
]


def digest(tensors):
    """FNV-1a over sorted lines `name [d, d]`."""
    value = 0xCBF29CE484222325
    for name in sorted(tensors):
        for byte in f"{name} {list(tensors[name].shape)}\n".encode():
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def case(part, config, model):
    tensors = model.state_dict()
    parameters = sum(t.numel() for t in tensors.values())
    return {"part": part, "config": config, "tensors": len(tensors), "parameters": parameters, "digest": digest(tensors)}


def identity(folder):
    """The inverse of the renaming: original name → diffusers names, found by marking every tensor."""
    parts = {"unet": (UNetSpatioTemporalConditionModel(**SMALL_UNET), "UNetSpatioTemporalConditionModel"),
             "vae": (AutoencoderKLTemporalDecoder(**SMALL_VAE), "AutoencoderKLTemporalDecoder"),
             "image_encoder": (CLIPVisionModelWithProjection(CLIPVisionConfig(**SMALL_CLIP)), "")}
    marks, number = {}, 0
    states = {}
    for part, (model, name) in parts.items():
        states[part] = {}
        for key, tensor in model.state_dict().items():
            number += 1
            marks[number] = f"{part}/{key}"
            states[part][key] = torch.full(tensor.shape, float(number))
    make_single_file.load_part = lambda path: (
        states[path.name], {**dict(parts[path.name][0].config.items() if path.name != "image_encoder" else {}), "_class_name": parts[path.name][1]})
    tensors, _ = make_single_file.convert(folder)
    out = {}
    for name, tensor in tensors.items():
        known = [marks.get(int(v)) for v in dict.fromkeys(tensor.flatten().tolist())]
        out[name] = [list(tensor.shape), [k for k in known if k]]
    return out


def main():
    with torch.device("meta"):
        cases = [case("unet", c, UNetSpatioTemporalConditionModel(**c)) for c in UNETS]
        cases += [case("vae", dict(c, _class_name="AutoencoderKLTemporalDecoder"), AutoencoderKLTemporalDecoder(**c)) for c in VAES]
        cases += [case("vae", dict(c, _class_name="AutoencoderKL"), AutoencoderKL(**c)) for c in PLAIN]
        cases += [case("image_encoder", c, CLIPVisionModelWithProjection(CLIPVisionConfig(**c))) for c in CLIPS]
    small = {"unet": SMALL_UNET, "vae": SMALL_VAE, "image_encoder": SMALL_CLIP}
    lines = ['"cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]", f'"small": {json.dumps(small)}']
    original = identity(Path("small"))
    lines.append('"original": {\n' + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in original.items()) + "\n}")
    print("{" + ",\n".join(lines) + "}")


if __name__ == "__main__":
    main()
