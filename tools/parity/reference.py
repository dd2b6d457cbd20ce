"""The results of diffusers for one request, stage by stage.

Defines the names, shapes and meaning of the dumped stages (the same as `kinora generate --dump`):
  image_noise   [1, 3, H, W]      the first draw from the generator, before the strength
  noise         [1, T, C, h, w]   the second draw: N(0, 1), before the scheduler's init_noise_sigma
  image_embeds  [1, 1, D]         the conditional branch, not normalised
  image_latents [1, C, h, w]      the conditional branch: posterior mean, unscaled, before the repeat over frames
  latents_000 … [1, T, C, h, w]   after each step
  frames        [T, 3, H, W]      0..1, clamped
Everything is float32.
"""

import torch


@torch.no_grad()
def run(pipe, picture, request, overwrite=None, start=None):
    """Runs `pipe` on the PIL `picture` and returns the stages by name.

    `request`: width, height, frames, steps, seed, fps, motion_bucket, noise_aug, guidance (pair), decode_chunk.
    `start` and `overwrite`, if given, replace the latents before the first step and after each: `start(latents)`,
    `overwrite(step, latents)`.
    """
    stages = {}
    _record(pipe, "_encode_image", lambda out: stages.update(image_embeds=out[-1:].clone()))
    _record(pipe, "_encode_vae_image", lambda out: stages.update(image_latents=out[-1:].clone()))
    started = {}
    _record(pipe, "prepare_latents", lambda out: started.update(latents=out.clone()), start)

    def after_step(_pipe, step, _timestep, values):
        latents = values["latents"] if overwrite is None else overwrite(step, values["latents"])
        stages[f"latents_{step:03d}"] = latents.clone()
        return {"latents": latents}

    low, high = request["guidance"]
    generator = torch.Generator("cpu").manual_seed(request["seed"])
    if hasattr(pipe.scheduler, "generator"):
        pipe.scheduler.generator = generator
    frames = pipe(
        picture,
        height=request["height"],
        width=request["width"],
        num_frames=request["frames"],
        num_inference_steps=request["steps"],
        min_guidance_scale=low,
        max_guidance_scale=high,
        fps=request["fps"],
        motion_bucket_id=request["motion_bucket"],
        noise_aug_strength=request["noise_aug"],
        decode_chunk_size=request["decode_chunk"],
        generator=generator,
        output_type="pt",
        callback_on_step_end=after_step,
    ).frames
    stages["frames"] = frames[0].float().clone()
    stages.update(_draws(request, started["latents"].shape))
    if not torch.equal(stages["noise"] * pipe.scheduler.init_noise_sigma, started["latents"]):
        raise AssertionError("the replayed draws are not those of the pipeline")
    return {name: value.float().contiguous() for name, value in stages.items()}


def _draws(request, latent_shape):
    """The pipeline's two draws, repeated from a fresh generator."""
    generator = torch.Generator("cpu").manual_seed(request["seed"])
    image_noise = torch.randn(1, 3, request["height"], request["width"], generator=generator)
    return {"image_noise": image_noise, "noise": torch.randn(latent_shape, generator=generator)}


def _record(pipe, method, keep, replace=None):
    """Passes every result of `pipe.method` to `keep` too; `replace`, if given, changes what the pipeline gets."""
    inner = getattr(type(pipe), method).__get__(pipe)

    def recorded(*args, **kwargs):
        out = inner(*args, **kwargs)
        keep(out)
        return out if replace is None else replace(out)

    setattr(pipe, method, recorded)
