#!/usr/bin/env python3
"""Writes `animatediff/`: tiny motion modules for `sd/tiny`, a MotionLoRA, and the results of AnimateDiff with them.

    python tests/golden/make_animatediff.py [OUT_FOLDER]

`module.safetensors`: modules in AnimateDiff's own names, f16, 16 positions, one in the middle (as in version 2).
`v2_lora_PanLeft.safetensors`: a MotionLoRA for them in AnimateDiff's own names.
`expected.safetensors`: stages of `AnimateDiffPipeline` on the CPU in f32 for the request in its metadata, with AnimateDiff's own
schedule: `clip.STAGE` as diffusers computes them, `frame.STAGE` with norms that see one frame, `first.STAGE` with norms as in
version 1, `lora.STAGE` with the MotionLoRA at strength 0.75, and `lcm.STAGE` with the sampler of latent consistency models.
`census.json`: for the published versions, the number of tensors and values of diffusers' `MotionAdapter` and of `UNetMotionModel`
on Stable Diffusion 1.5, with a hash of all names and shapes (`make_expected_tensors.py`). Projections are linear layers there.
Sources: diffusers 0.42 and the functions of `tools/parity/animatediff.py`.
"""

import copy
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "parity"))

import animatediff
import random_svd
import sd
from diffusers import MotionAdapter, StableDiffusionPipeline, UNet2DConditionModel, UNetMotionModel

from make_expected_tensors import digest

torch.set_num_threads(1)
REQUEST = {
    "prompt": "a photo of the sea!", "negative": "blurry", "width": 24, "height": 16, "frames": 5, "steps": 3, "guidance": 4.5,
    "seed": 11, "sampler": None,
}
STRENGTH = 0.75


def motion_lora(adapter, generator):
    """Updates of rank 2 of every projection of every attention, in AnimateDiff's own names."""
    updates, deltas = {}, {}
    for name, value in adapter.state_dict().items():
        for attention in (0, 1):
            for part in ("to_q", "to_k", "to_v", "to_out"):
                ending = f".attn{attention + 1}.{part}{'.0' if part == 'to_out' else ''}.weight"
                if not name.endswith(ending):
                    continue
                out, inputs = value.shape
                down = (torch.randn(2, inputs, generator=generator) / inputs**0.5).half()
                up = (torch.randn(out, 2, generator=generator) / 2).half()
                block = name.removesuffix(ending)
                start, rest = block.split(".transformer_blocks.")
                key = f"{start}.temporal_transformer.transformer_blocks.{rest}.attention_blocks.{attention}.processor.{part}_lora"
                updates[f"{key}.down.weight"], updates[f"{key}.up.weight"] = down, up
                deltas[name] = up.float() @ down.float()
    return updates, deltas


def census():
    def case(model):
        tensors = model.state_dict()
        return {"tensors": len(tensors), "values": sum(t.numel() for t in tensors.values()), "digest": digest(tensors)}

    cases = {}
    with torch.device("meta"):
        for version, rows, middle in ((1, 24, False), (2, 32, True), (3, 32, False)):
            adapter = MotionAdapter(motion_max_seq_length=rows, use_motion_mid_block=middle)
            unet = UNet2DConditionModel(cross_attention_dim=768, use_linear_projection=True)
            whole = UNetMotionModel.from_unet2d(unet, adapter, load_weights=False)
            parameters = sum(p.numel() for p in adapter.parameters())
            cases[version] = {"adapter": case(adapter), "unet": case(whole), "parameters": parameters}
    return cases


@torch.no_grad()
def main():
    out = (Path(sys.argv[1]) if len(sys.argv) > 1 else HERE) / "animatediff"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / "census.json").write_text(json.dumps(census(), indent=1) + "\n")
    draw = torch.Generator("cpu").manual_seed(83)
    torch.manual_seed(83)
    settings = {
        "block_out_channels": (32, 64), "motion_layers_per_block": 1, "motion_num_attention_heads": 8,
        "motion_max_seq_length": 16, "use_motion_mid_block": True,
    }
    adapter = random_svd.round_to_half(animatediff.build_motion(settings, draw))
    path = animatediff.save_motion(adapter, "original", out, half=True)
    path.rename(out / "module.safetensors")
    lora, deltas = motion_lora(adapter, draw)
    save_file(lora, out / "v2_lora_PanLeft.safetensors")

    base = StableDiffusionPipeline.from_pretrained(HERE / "sd" / "tiny", torch_dtype=torch.float32, safety_checker=None)
    ddim = sd.SAMPLERS["ddim"].from_config(animatediff.OWN)
    results = {}

    def run(name, pipe, request=REQUEST):
        stages = animatediff.run_diffusers(pipe, request)
        del stages["token_ids"]
        kept = stages if name == "clip" else {k: v for k, v in stages.items() if k.startswith(("latents", "frames"))}
        results.update({f"{name}.{key}": torch.from_numpy(value).contiguous() for key, value in kept.items()})

    def pipe(modules=adapter, scheduler=ddim):
        return animatediff.with_motion(base, copy.deepcopy(modules), scheduler)

    run("clip", pipe())
    for name, version in (("frame", 2), ("first", 1)):
        reaching = pipe()
        animatediff.reach_frame(reaching.unet, version, REQUEST["frames"])
        run(name, reaching)
    changed = copy.deepcopy(adapter)
    for name, value in changed.state_dict().items():
        if name in deltas:
            value.add_(deltas[name], alpha=STRENGTH)
    run("lora", pipe(changed))
    lcm = sd.SAMPLERS["lcm"].from_config(animatediff.OWN)
    run("lcm", pipe(scheduler=lcm), {**REQUEST, "steps": 2, "guidance": 1.0})
    save_file(results, out / "expected.safetensors", metadata={"request": json.dumps(REQUEST)})


main()
