"""Presets, model builders and helpers that every training stage uses."""
import copy, json, math, os, random, time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")   # before torch: spinning OpenMP barriers cost 6x on a shared CPU
import numpy as np
import torch
import torch.nn.functional as F

SCALING = 0.18215                                     # SVD's value; the stored latents are such that latents * SCALING has unit RMS

# At the top level only the first transformer of each half has a layer: the one in the up path fetches the picture (gather.py).
UNET = dict(channels=(128, 128, 96), heads=(2, 4, 4), attention=(True, False, True), layers=(3, 1, 2), depth=((1, 0, 0, 0), 1, 1), add_dim=32)

PRESETS = {
    # two CPU cores, about an hour in all; no video training, which is too slow: the start is the model
    "cpu": dict(
        width=256, height=144, frames=14, steps=6, max_side=1024, procedurals=64,
        vae=dict(channels=(96, 96, 128), latent=16, carriers=(96, 48)),
        unet=UNET,
        clip=dict(hidden_size=96, intermediate_size=192, num_hidden_layers=3, num_attention_heads=3, patch_size=32, projection_dim=128),
        linear=dict(minutes=3.4, lr=2e-3, batch=6, crop=64, pictures=220),
        decoder=dict(minutes=0, lr=1e-4, batch=2, crop=64, ema=0.995),
        warp=dict(minutes=45, lr=2e-3, batch=5, ema=0.995, steady=0.04, width=128, height=80),
        steer=dict(minutes=30),
        base=dict(minutes=0, lr=1e-4, batch=1, ema=0.99, pool=0),
        rank=4,
    ),
    # one H100-class GPU, 20 to 25 minutes in all
    "cuda": dict(
        width=256, height=144, frames=14, steps=6, max_side=2048, procedurals=400,
        vae=dict(channels=(96, 128, 160), latent=16, carriers=(96, 48)),
        unet=UNET,
        clip=dict(hidden_size=96, intermediate_size=192, num_hidden_layers=3, num_attention_heads=3, patch_size=32, projection_dim=128),
        linear=dict(minutes=1.5, lr=2e-3, batch=64, crop=64, pictures=2000),
        decoder=dict(minutes=4, lr=1e-4, batch=16, crop=96, ema=0.998),
        warp=dict(minutes=9, lr=2e-3, batch=16, ema=0.998, steady=0.04, width=256, height=144),
        steer=dict(minutes=4),
        base=dict(minutes=3, lr=1e-4, batch=8, ema=0.998, pool=512),
        rank=4,
    ),
}


def preset(name):
    return copy.deepcopy(PRESETS[name])


def factor(p):
    """Pixels per latent."""
    return 2 ** (len(p["vae"]["channels"]) - 1)


def build_vae(p):
    from diffusers import AutoencoderKLTemporalDecoder
    c = p["vae"]
    return AutoencoderKLTemporalDecoder(
        in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * len(c["channels"]), block_out_channels=c["channels"],
        layers_per_block=1, latent_channels=c["latent"], sample_size=p["width"], scaling_factor=SCALING, force_upcast=True)


def build_unet(p):
    from diffusers import UNetSpatioTemporalConditionModel
    c, z = p["unet"], p["vae"]["latent"]
    down = ["CrossAttnDownBlockSpatioTemporal" if a else "DownBlockSpatioTemporal" for a in c["attention"]]
    up = ["CrossAttnUpBlockSpatioTemporal" if a else "UpBlockSpatioTemporal" for a in reversed(c["attention"])]
    return UNetSpatioTemporalConditionModel(
        sample_size=p["width"] // factor(p), in_channels=2 * z, out_channels=z, down_block_types=tuple(down), up_block_types=tuple(up),
        block_out_channels=c["channels"], layers_per_block=c["layers"], num_attention_heads=c["heads"],
        cross_attention_dim=p["clip"]["projection_dim"], addition_time_embed_dim=c["add_dim"],
        projection_class_embeddings_input_dim=3 * c["add_dim"], transformer_layers_per_block=c["depth"], num_frames=p["frames"])


def build_clip(p):
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
    return CLIPVisionModelWithProjection(CLIPVisionConfig(image_size=224, hidden_act="gelu", layer_norm_eps=1e-5, **p["clip"]))


def build_scheduler():
    from diffusers import EulerDiscreteScheduler
    return EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", interpolation_type="linear", num_train_timesteps=1000,
        prediction_type="v_prediction", sigma_max=700.0, sigma_min=0.002, steps_offset=1, timestep_spacing="leading",
        timestep_type="continuous", trained_betas=None, use_karras_sigmas=True)


CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def clip_pixels(x):
    """Frames in -1..1 -> 224 x 224 CLIP input (the pipeline's own resize for pictures smaller than 224)."""
    x = (F.interpolate(x, size=(224, 224), mode="bicubic", align_corners=True) + 1) / 2
    m, s = (torch.tensor(v, device=x.device, dtype=x.dtype)[None, :, None, None] for v in (CLIP_MEAN, CLIP_STD))
    return (x - m) / s


def count(model):
    return sum(q.numel() for q in model.parameters())


class Average:
    """Exponential moving average of tensors."""

    def __init__(self, params, decay):
        self.decay, self.n = decay, 0
        self.shadow = [q.detach().clone() for q in params]

    @torch.no_grad()
    def update(self, params):
        self.n += 1
        d = min(self.decay, (1 + self.n) / (10 + self.n))
        torch._foreach_mul_(self.shadow, d)
        torch._foreach_add_(self.shadow, [q.detach() for q in params], alpha=1 - d)

    @torch.no_grad()
    def swap(self, params):
        """Exchanges the averages with the parameters; call twice to restore."""
        for s, q in zip(self.shadow, params):
            t = s.clone(); s.copy_(q); q.copy_(t)


class Clock:
    """A time limit that counts across resumed runs: `fraction()` goes from 0 to 1 over `minutes` of training."""

    def __init__(self, minutes, used=0.0):
        self.total, self.used, self.start = minutes * 60, used, time.time()

    def spent(self):
        return self.used + time.time() - self.start

    def fraction(self):
        return min(1.0, self.spent() / max(self.total, 1e-9))


def schedule(f, warm=0.03, floor=0.02):
    """Learning-rate factor: short warm-up, then cosine."""
    return f / warm if f < warm else floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * (f - warm) / (1 - warm)))


class Log:
    """Writes JSON lines to a file and to the screen."""

    def __init__(self, path):
        self.path, self.start = path, time.time()

    def __call__(self, **kw):
        kw = {k: round(v, 5) if isinstance(v, float) else v for k, v in kw.items()}
        line = json.dumps(dict(t=round(time.time() - self.start), **kw))
        print(line, flush=True)
        with open(self.path, "a") as f:
            f.write(line + "\n")


def save(path, **state):
    torch.save(state, path + ".tmp")
    os.replace(path + ".tmp", path)


def load(path, device="cpu"):
    return torch.load(path, map_location=device, weights_only=False) if os.path.exists(path) else None


def seed_all(seed, device):
    torch.manual_seed(seed); random.seed(seed); np.random.seed(seed)
    if device == "cpu":
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    else:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
