"""A camera LoRA for full-size Stable Video Diffusion, from a folder of stills or of clips. For people who have the weights and a GPU.

    python train_svd_lora.py --model SVD_FOLDER --move pan-left --data STILLS --out pan-left.safetensors --device cuda

DATA contains pictures (each is moved along the move's own path, see moves.py) or folders of frames (each is one clip that already shows the
move, with its frames in order of name). Only temporal self-attention is trained, as the SVD paper does for camera motion. The file can be used
with `kinora --lora` and with diffusers. `--resume` continues from OUT. Stills teach only the motion of the camera, because nothing in them moves.
"""
import argparse
import json
import math
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import data
import moves

TARGET = r".*temporal_transformer_blocks\.\d+\.attn1\.(to_q|to_k|to_v|to_out\.0)"
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


class Clips:
    """Random training clips [T,3,h,w] in -1..1."""

    def __init__(self, folder, move, T, h, w, seed):
        self.move, self.T, self.h, self.w, self.rng = moves.MOVES[move], T, h, w, np.random.default_rng(seed)
        listing = lambda d: sorted(os.path.join(d, n) for n in os.listdir(d) if n.lower().endswith(ENDINGS))
        self.clips = [c for n in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, n)) and len(c := listing(os.path.join(folder, n))) >= T]
        stills = [] if self.clips else listing(folder)
        if not self.clips and not stills:
            raise SystemExit(f"{folder} holds neither pictures nor folders of at least {T} frames.")
        read = lambda f: torch.from_numpy(np.asarray(Image.open(f).convert("RGB")).copy()).permute(2, 0, 1)
        self.bank = data.Bank([(f, read(f)) for f in stills]) if stills else None

    def next(self):
        if self.bank:
            return data.clip(self.bank, self.rng, moves.codes(self.move.path(), self.T), self.h, self.w, supersample=1)
        files = self.clips[int(self.rng.integers(len(self.clips)))]
        first = int(self.rng.integers(len(files) - self.T + 1))
        frames = []
        for f in files[first:first + self.T]:
            im = Image.open(f).convert("RGB")
            k = max(self.w / im.width, self.h / im.height)
            im = im.resize((math.ceil(im.width * k), math.ceil(im.height * k)), Image.LANCZOS)
            x0, y0 = (im.width - self.w) // 2, (im.height - self.h) // 2
            frames.append(torch.from_numpy(np.asarray(im.crop((x0, y0, x0 + self.w, y0 + self.h))).copy()))
        return torch.stack(frames).permute(0, 3, 1, 2).float() / 127.5 - 1


def conditioning(a, vae, encoder, x, dtype):
    """Latents [1,T,4,h,w], image latents, image embedding, as the pipeline makes them."""
    from common import CLIP_MEAN, CLIP_STD
    first = x[:1]
    noised = first + a.noise_aug * torch.randn_like(first)
    with torch.no_grad():
        z = torch.cat([vae.encode(f[None].to(vae.dtype)).latent_dist.sample() for f in x]).float() * vae.config.scaling_factor
        cond = vae.encode(noised.to(vae.dtype)).latent_dist.mode().float()
        size = encoder.config.image_size
        pixels = (F.interpolate(first, size=(size, size), mode="bicubic", align_corners=True, antialias=True) + 1) / 2
        mean, std = (torch.tensor(v, device=x.device)[None, :, None, None] for v in (CLIP_MEAN, CLIP_STD))
        embed = encoder(((pixels - mean) / std).to(encoder.dtype)).image_embeds[:, None].to(dtype)
    return z[None], cond, embed


def write(unet, a):
    """Writes a PEFT-style file with the metadata that the studio reads."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file
    tensors = {f"unet.{k}": v.detach().cpu().half().contiguous() for k, v in get_peft_model_state_dict(unet).items()}
    move = moves.MOVES[a.move]
    meta = {"format": "pt", "kinora.name": a.move, "kinora.title": move.title, "kinora.strength": "[0.0, 1.0]", "kinora.licence": a.licence,
            "kinora.base": a.base, "kinora.path": json.dumps(move.shown()),
            "lora_adapter_metadata": json.dumps({"unet.r": a.rank, "unet.lora_alpha": a.rank, "unet.target_modules": TARGET})}
    if move.opposite:
        meta["kinora.opposite"] = move.opposite
    save_file(tensors, a.out + ".tmp", metadata=meta)
    os.replace(a.out + ".tmp", a.out)
    return len(tensors)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--model", required=True, help="diffusers folder of SVD or SVD-XT")
    ap.add_argument("--data", required=True)
    ap.add_argument("--move", required=True, choices=[m for m in moves.MOVES])
    ap.add_argument("--out", required=True)
    ap.add_argument("--device", default="cuda")
    ap.add_argument("--width", type=int, default=576)
    ap.add_argument("--height", type=int, default=320)
    ap.add_argument("--frames", type=int, help="default: the model's own")
    ap.add_argument("--steps", type=int, default=1000)
    ap.add_argument("--rank", type=int, default=8)
    ap.add_argument("--lr", type=float, default=1e-4)
    ap.add_argument("--accumulate", type=int, default=4, help="clips per optimiser step")
    ap.add_argument("--bucket", type=float, default=127.0)
    ap.add_argument("--fps", type=int, default=7)
    ap.add_argument("--noise-aug", type=float, default=0.02)
    ap.add_argument("--licence", default="see the training pictures")
    ap.add_argument("--base", default="svd")
    ap.add_argument("--resume", action="store_true")
    ap.add_argument("--seed", type=int, default=0)
    a = ap.parse_args()

    from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
    from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict
    from safetensors.torch import load_file
    from transformers import CLIPVisionModelWithProjection
    torch.manual_seed(a.seed)
    dtype = torch.bfloat16 if a.device != "cpu" else torch.float32
    part = lambda cls, name: cls.from_pretrained(a.model, subfolder=name, torch_dtype=dtype).to(a.device).requires_grad_(False).eval()
    unet, vae, encoder = part(UNetSpatioTemporalConditionModel, "unet"), part(AutoencoderKLTemporalDecoder, "vae"), part(CLIPVisionModelWithProjection, "image_encoder")
    inject_adapter_in_model(LoraConfig(r=a.rank, lora_alpha=a.rank, init_lora_weights="gaussian", target_modules=TARGET), unet)
    if a.resume and os.path.exists(a.out):
        set_peft_model_state_dict(unet, {k.removeprefix("unet."): v for k, v in load_file(a.out).items()})
    params = [q for q in unet.parameters() if q.requires_grad]
    for q in params:
        q.data = q.data.float()                                    # factors in full precision
    unet.enable_gradient_checkpointing()
    unet.train()
    opt = torch.optim.AdamW(params, lr=a.lr, weight_decay=1e-2)
    T = a.frames or unet.config.num_frames
    clips = Clips(a.data, a.move, T, a.height, a.width, a.seed)
    print(json.dumps(dict(trained=sum(q.numel() for q in params), modules=len(params) // 2, clips=len(clips.clips), stills=clips.bank.photos if clips.bank else 0)))
    for step in range(1, a.steps + 1):
        total = 0.0
        for _ in range(a.accumulate):
            x = clips.next()
            z, cond, embed = conditioning(a, vae, encoder, x.to(a.device), dtype)
            sigma = torch.exp(torch.randn(1, device=a.device) * 1.6 + 0.7)
            s = sigma.view(1, 1, 1, 1, 1)
            eps = torch.randn_like(z)
            if torch.rand(1) < 0.1:                                # keeps guidance meaningful
                embed, cond = embed * 0, cond * 0
            inp = torch.cat([(z + s * eps) / (s * s + 1).sqrt(), cond[:, None].expand(-1, T, -1, -1, -1)], 2)
            ids = torch.tensor([[a.fps - 1, a.bucket, a.noise_aug]], device=a.device, dtype=dtype)
            with torch.autocast(a.device, torch.bfloat16, enabled=a.device != "cpu"):
                v = unet(inp.to(dtype), 0.25 * sigma.log(), encoder_hidden_states=embed, added_time_ids=ids).sample.float()
            loss = (v - (eps - s * z) / (s * s + 1).sqrt()).pow(2).mean() / a.accumulate
            loss.backward()
            total += float(loss.detach())
        norm = float(torch.nn.utils.clip_grad_norm_(params, 1.0))
        opt.step(); opt.zero_grad(set_to_none=True)
        if step % 10 == 0 or step == a.steps:
            print(json.dumps(dict(step=step, loss=round(total, 4), norm=round(norm, 4))), flush=True)
        if step % 100 == 0 or step == a.steps:
            write(unet, a)
    print(json.dumps(dict(tensors=write(unet, a), out=a.out)))


if __name__ == "__main__":
    main()
