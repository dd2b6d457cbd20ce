"""Writes the trained parts as a plain diffusers folder in half precision, with Pocket's default settings and one file per camera move."""
import json
import os
import shutil

import torch

import moves
from base import BUCKET, NOISE_AUG, build, movers
from common import build_scheduler, count, load

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
LICENCE = "MIT OR Apache-2.0"
FLOW = "the base pushes in; magnification at the end of the clip = 1 / (1 - %.3g * bucket / 255)" % moves.PUSH_IN


def trained(p, work, device="cpu"):
    """The UNet with its LoRA pack and the image encoder: from the finished video training, its last checkpoint or the start."""
    final, running = load(os.path.join(work, "base-final.pt")), load(os.path.join(work, "base.pt"))
    unet, pack, clip, _ = build(p, work, device, (final or running or {"names": list(moves.MOVES)})["names"])
    if final:
        unet.load_state_dict(final["unet"]); clip.load_state_dict(final["clip"])
    elif running:
        for q, v in zip(movers(unet), running["avg"]):
            q.data.copy_(v)
    return unet.requires_grad_(False), pack, clip


def vae(p, work):
    """The trained VAE, or the one whose decoder is still training, or its linear start."""
    from diffusers import AutoencoderKLTemporalDecoder
    import vae as V
    from common import build_vae
    out = os.path.join(work, "vae")
    if os.path.exists(os.path.join(out, "config.json")):
        return AutoencoderKLTemporalDecoder.from_pretrained(out)
    v = build_vae(p)
    if s := load(os.path.join(work, "decoder.pt")):
        v.load_state_dict(s["vae"])
        for q, a in zip(v.decoder.parameters(), s["avg"]):
            q.data.copy_(a)
    else:
        V.embed(v, V.load_linear(p, work))
    return v


def write(p, work, out, camera, names=None):
    """The model folder `out` and the camera pack `camera` (only `names`, if given)."""
    from diffusers import StableVideoDiffusionPipeline
    from transformers import CLIPImageProcessor
    unet, pack, clip = trained(p, work)
    pack.save(camera, "pocket", names, LICENCE)
    pack.unwrap(unet)
    pipe = StableVideoDiffusionPipeline(
        vae=vae(p, work), unet=unet, image_encoder=clip, scheduler=build_scheduler(),
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224},
                                             image_mean=CLIP_MEAN, image_std=CLIP_STD))
    sizes = {k: count(m) for k, m in (("unet", unet), ("vae", pipe.vae), ("image_encoder", clip))}
    pipe.to(dtype=torch.float16).save_pretrained(out, safe_serialization=True)
    here = os.path.dirname(os.path.abspath(__file__))
    shutil.copy(os.path.join(here, "sources.json"), os.path.join(out, "training_images.json"))
    defaults = dict(width=p["width"], height=p["height"], frames=p["frames"], steps=p["steps"], fps=7, motion_bucket_id=BUCKET,
                    noise_aug_strength=NOISE_AUG, min_guidance_scale=1.0, max_guidance_scale=1.0,
                    half_precision=False, motion_bucket=FLOW)
    with open(os.path.join(out, "pocket.json"), "w") as f:
        json.dump(defaults, f, indent=1)
    total = sum(os.path.getsize(os.path.join(d, n)) for d, _, ns in os.walk(out) for n in ns)
    print(json.dumps(dict(parameters=sizes, bytes=total, moves=sorted(os.listdir(camera)))))
