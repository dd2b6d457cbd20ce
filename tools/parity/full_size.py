#!/usr/bin/env python3
"""The released Stable Video Diffusion architecture with random weights, and what diffusers computes with it.

    python full_size.py MODEL_FOLDER EXPECTED_FOLDER

Writes 9 GB of f32 weights in shards, one part at a time so that only one is in memory, then runs the
pipeline and writes every stage with its picture and request. Files that already exist are kept.
"""

import gc
import json
import sys
from pathlib import Path

import torch
from diffusers import EulerDiscreteScheduler, StableVideoDiffusionPipeline
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPImageProcessor

import random_svd
import reference

CONFIG = {
    "unet": {
        "sample_size": 96,
        "in_channels": 8,
        "out_channels": 4,
        "down_block_types": ["CrossAttnDownBlockSpatioTemporal"] * 3 + ["DownBlockSpatioTemporal"],
        "up_block_types": ["UpBlockSpatioTemporal"] + ["CrossAttnUpBlockSpatioTemporal"] * 3,
        "block_out_channels": [320, 640, 1280, 1280],
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 768,
        "layers_per_block": 2,
        "cross_attention_dim": 1024,
        "transformer_layers_per_block": 1,
        "num_attention_heads": [5, 10, 20, 20],
        "num_frames": 14,
    },
    "vae": {
        "_class_name": "AutoencoderKLTemporalDecoder",
        "in_channels": 3,
        "out_channels": 3,
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "block_out_channels": [128, 256, 512, 512],
        "layers_per_block": 2,
        "latent_channels": 4,
        "sample_size": 768,
        "scaling_factor": 0.18215,
        "force_upcast": True,
    },
    "image_encoder": {
        "hidden_size": 1280,
        "projection_dim": 1024,
        "num_hidden_layers": 32,
        "num_attention_heads": 16,
        "image_size": 224,
        "intermediate_size": 5120,
        "patch_size": 14,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-5,
    },
}

REQUEST = {
    "width": 128,
    "height": 128,
    "frames": 4,
    "steps": 2,
    "seed": 7,
    "fps": 7,
    "motion_bucket": 127,
    "noise_aug": 0.02,
    "guidance": [1.0, 3.0],
    "decode_chunk": 4,
}

BUILDERS = {
    "unet": random_svd.build_unet,
    "vae": random_svd.build_vae,
    "image_encoder": random_svd.build_image_encoder,
}


def build(folder):
    """Writes the model folder, part by part; the index comes last, so its presence means the folder is complete."""
    if (folder / "model_index.json").exists():
        return
    for seed, (name, builder) in enumerate(BUILDERS.items()):
        if (folder / name).exists():
            continue
        torch.manual_seed(seed)
        part = builder(CONFIG[name], torch.Generator("cpu").manual_seed(seed))
        unfinished = folder / f"{name}.unfinished"
        part.save_pretrained(unfinished, safe_serialization=True, max_shard_size="1GB")
        unfinished.rename(folder / name)
        del part
        gc.collect()
    EulerDiscreteScheduler(**random_svd.SVD_SCHEDULER).save_pretrained(folder / "scheduler")
    CLIPImageProcessor().save_pretrained(folder / "feature_extractor")
    index = {
        "_class_name": "StableVideoDiffusionPipeline",
        "feature_extractor": ["transformers", "CLIPImageProcessor"],
        "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
        "unet": ["diffusers", "UNetSpatioTemporalConditionModel"],
        "vae": ["diffusers", "AutoencoderKLTemporalDecoder"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def expect(model, folder):
    """Runs diffusers on the written model and writes the stages."""
    folder.mkdir(parents=True, exist_ok=True)
    coarse = torch.randint(0, 256, (6, 9, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    picture = Image.fromarray(coarse.numpy()).resize((300, 170), Image.Resampling.BICUBIC)
    picture.save(folder / "picture.png")
    pipe = StableVideoDiffusionPipeline.from_pretrained(model, torch_dtype=torch.float32, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    for name, value in reference.run(pipe, picture, REQUEST).items():
        save_file({name: value}, folder / f"{name}.safetensors")
    (folder / "request.json").write_text(json.dumps(REQUEST, indent=1) + "\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    model, expected = Path(sys.argv[1]), Path(sys.argv[2])
    build(model)
    if not (expected / "request.json").exists():
        expect(model, expected)


if __name__ == "__main__":
    main()
