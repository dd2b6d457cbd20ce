#!/usr/bin/env python3
"""One measurement of diffusers, in a separate process so that its peak memory can be measured.

    python diffusers_side.py {pocket|unet|decode} JSON_OPTIONS

Prints one JSON object: seconds by part, and the process's peak resident memory. Does not use Kinora.

Computes on the CPU in f32, as beside_diffusers.py needs it. For `unet`, the options "device" ("cuda"), "dtype" ("float16"),
"guided" (true: both branches as one batch, as diffusers' pipeline computes them) and "compiled" (true: torch.compile) choose
something else; on a card, the figures include its name and the peak memory that torch allocated on it.
"""

import json
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()

import torch  # noqa: E402  (importing is part of what is measured)


def seconds_since(start):
    return time.perf_counter() - start


def peak_bytes():
    """The high-water mark of resident memory; Linux only."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None


def random_network(kind, config, device="cpu", dtype=torch.float32):
    """A network of the released size whose parameters take no time to draw."""
    with torch.device("meta"):
        network = kind.from_config(config)
    network = network.to(dtype).to_empty(device=device).eval()
    generator = torch.Generator(device).manual_seed(0)
    for parameter in network.parameters():
        bound = max(parameter[0].numel(), 1) ** -0.5
        parameter.data.uniform_(-bound, bound, generator=generator)
    return network


def pocket(options):
    """Image to video with the bundled model, decoding included, with the same request as Kinora's bench."""
    from diffusers import StableVideoDiffusionPipeline
    from PIL import Image

    imported = seconds_since(STARTED)
    start = time.perf_counter()
    pipeline = StableVideoDiffusionPipeline.from_pretrained(options["model"], torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    loaded = seconds_since(start)
    defaults = json.loads((Path(options["model"]) / "pocket.json").read_text())
    size = (defaults["width"], defaults["height"])
    picture = Image.new("RGB", size, (128, 128, 128))
    start = time.perf_counter()
    pipeline(
        picture,
        width=size[0],
        height=size[1],
        num_frames=defaults["frames"],
        num_inference_steps=defaults["steps"],
        fps=defaults["fps"],
        motion_bucket_id=defaults["motion_bucket_id"],
        noise_aug_strength=defaults["noise_aug_strength"],
        min_guidance_scale=defaults["min_guidance_scale"],
        max_guidance_scale=defaults["max_guidance_scale"],
        decode_chunk_size=defaults["frames"],
        output_type="np",
        generator=torch.Generator().manual_seed(0),
    )
    return {"import_s": imported, "load_s": loaded, "run_s": seconds_since(start)}


def timed_passes(run, passes, device="cpu"):
    times = []
    for _ in range(passes):
        start = time.perf_counter()
        run()
        if device == "cuda":
            # Kernels run on after their launch.
            torch.cuda.synchronize()
        times.append(seconds_since(start))
    return times


def unet(options):
    """Steps of the released UNet, without guidance unless the options ask for it."""
    from diffusers import UNetSpatioTemporalConditionModel

    device, dtype = options.get("device", "cpu"), getattr(torch, options.get("dtype", "float32"))
    config = {"sample_size": 96, "num_frames": 14}
    network = random_network(UNetSpatioTemporalConditionModel, config, device, dtype)
    if options.get("compiled"):
        network = torch.compile(network)
    guided = options.get("guided", False)
    videos, frames, height, width = 1 + guided, options["frames"], options["height"] // 8, options["width"] // 8
    place = {"device": device, "dtype": dtype}
    sample = torch.randn(videos, frames, 8, height, width, **place)
    embedding = torch.randn(videos, 1, 1024, **place)
    ids = torch.tensor([[6.0, 127.0, 0.02]] * videos, **place)
    scales = torch.linspace(1.0, 3.0, frames, **place).reshape(1, frames, 1, 1, 1)

    def step():
        prediction = network(sample, 0.5, embedding, ids).sample
        if guided:
            unconditional, conditional = prediction.chunk(2)
            prediction = unconditional + scales * (conditional - unconditional)
        return prediction

    figures = {"steps_s": timed_passes(step, options["passes"], device)}
    if device == "cuda":
        import diffusers

        figures |= {
            "card": torch.cuda.get_device_name(0),
            "card_peak_bytes": torch.cuda.max_memory_allocated(),
            "versions": {"torch": torch.__version__, "cuda": torch.version.cuda, "diffusers": diffusers.__version__},
        }
    return figures


def decode(options):
    """Decoding all frames together with the released autoencoder."""
    from diffusers import AutoencoderKLTemporalDecoder

    channels = [128, 256, 512, 512]
    config = {
        "block_out_channels": channels,
        "down_block_types": ["DownEncoderBlock2D"] * len(channels),
        "layers_per_block": 2,
        "latent_channels": 4,
        "sample_size": 768,
    }
    network = random_network(AutoencoderKLTemporalDecoder, config)
    # Kinora has no encoder in memory while it decodes; neither does this side.
    network.encoder = network.quant_conv = None
    frames, height, width = options["frames"], options["height"] // 8, options["width"] // 8
    latents = torch.randn(frames, 4, height, width)
    return {"decode_s": timed_passes(lambda: network.decode(latents, num_frames=frames).sample, 1)[0]}


def main():
    options = json.loads(sys.argv[2])
    torch.set_num_threads(options["threads"])
    with torch.inference_mode():
        figures = {"pocket": pocket, "unet": unet, "decode": decode}[sys.argv[1]](options)
    print(json.dumps({**figures, "total_s": seconds_since(STARTED), "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main()
