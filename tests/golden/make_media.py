"""Makes the media fixtures: pictures of every layout, and the pixels that Pillow and diffusers give for them.

    python tests/golden/make_media.py

Needs numpy, pillow, torch, diffusers, safetensors (made with Pillow 13.0.0, torch 2.15.0,
diffusers 0.42.1). Writes tests/golden/media/ (the inputs and cases.json) and media.safetensors
(the expected values: u8 `[h, w, 3]` per picture, f32 samples of CLIP's view).
"""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import (
    _resize_with_antialiasing,
)
from diffusers.video_processor import VideoProcessor
from PIL import Image, ImageOps
from safetensors.numpy import save_file

HERE = Path(__file__).parent
OUT = HERE / "media"
MATTE = (200, 60, 10)
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)[:, None, None]
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)[:, None, None]
expected = {}


def noise(width, height, channels, seed):
    """Bytes that the tests can generate too: the hash of a counter."""
    count = np.arange(width * height * channels, dtype=np.uint32) + np.uint32(seed * 7919)
    value = count * np.uint32(2654435761)
    value ^= value >> np.uint32(15)
    value *= np.uint32(2246822519)
    value ^= value >> np.uint32(13)
    return (value >> np.uint32(24)).astype(np.uint8).reshape(height, width, channels)


def scene(width, height):
    """Smooth colours with edges and a little noise: what photographs are made of."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    rgb = np.stack([128 + 100 * np.sin(x / 5 + k) * np.cos(y / (4 + k)) for k in range(3)], -1)
    rgb[(x - width / 2) ** 2 + (y - height / 3) ** 2 < (min(width, height) / 4) ** 2] = (250, 30, 60)
    return np.clip(rgb + noise(width, height, 3, 1) / 16, 0, 255).astype(np.uint8)


def png(name, samples, colour_type, depth, extra=b""):
    """A PNG of any layout; Pillow writes only some of them."""
    height, width = samples.shape[:2]
    data = samples.astype(">u2" if depth == 16 else np.uint8).reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in data)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
    (OUT / name).write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def over_matte(image):
    canvas = Image.new("RGBA", image.size, (*MATTE, 255))
    return np.array(Image.alpha_composite(canvas, image.convert("RGBA")).convert("RGB"))


def by_pillow(name):
    with Image.open(OUT / name) as image:
        image = ImageOps.exif_transpose(image)
        see_through = "A" in image.getbands() or "transparency" in image.info
        expected[name] = over_matte(image) if see_through else np.array(image.convert("RGB"))


def nearest(samples):
    """Rounds 16 bits to the nearest of 256 levels."""
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def pngs():
    rgb, alpha = scene(21, 13), noise(21, 13, 1, 2)
    alpha[:4], alpha[4:6] = 0, 255
    rgba, la = np.concatenate([rgb, alpha], -1), np.concatenate([rgb[..., :1], alpha], -1)
    for name, samples, colour_type in [
        ("rgb8.png", rgb, 2), ("rgba8.png", rgba, 6), ("grey8.png", rgb[..., :1], 0), ("grey_alpha8.png", la, 4),
    ]:
        png(name, samples, colour_type, 8)
        by_pillow(name)

    deep = rgba.astype(np.uint16) * 256 + noise(21, 13, 4, 3)
    for name, samples, colour_type in [
        ("rgb16.png", deep[..., :3], 2), ("rgba16.png", deep, 6),
        ("grey16.png", deep[..., :1], 0), ("grey_alpha16.png", deep[..., [0, 3]], 4),
    ]:
        png(name, samples, colour_type, 16)
        eight = nearest(samples)
        if eight.shape[-1] in (1, 2):
            eight = np.concatenate([eight[..., :1]] * 3 + [eight[..., 1:]], -1)
        see_through = eight.shape[-1] == 4
        expected[name] = over_matte(Image.fromarray(eight)) if see_through else eight

    palette = Image.fromarray(rgb).quantize(16)
    palette.save(OUT / "palette.png")
    by_pillow("palette.png")
    palette.save(OUT / "palette_transparent.png", transparency=bytes(range(0, 256, 17)))
    by_pillow("palette_transparent.png")
    Image.fromarray(rgb).convert("1").save(OUT / "one_bit.png")
    by_pillow("one_bit.png")
    png("one_pixel.png", rgb[:1, :1], 2, 8)
    by_pillow("one_pixel.png")


def jpegs():
    image = Image.fromarray(scene(45, 35))
    image.save(OUT / "photo_420.jpg", quality=88, subsampling=2)
    image.save(OUT / "photo_422_progressive.jpg", quality=80, subsampling=1, progressive=True)
    image.save(OUT / "photo_444_restarts.jpg", quality=95, subsampling=0, restart_marker_blocks=3)
    image.save(OUT / "photo_420_progressive.jpg", quality=60, subsampling=2, progressive=True)
    image.convert("L").save(OUT / "grey.jpg", quality=85)
    image.convert("CMYK").save(OUT / "cmyk.jpg", quality=85, subsampling=0)
    # The Adobe mark's last byte says that the first three inks are luma and colour differences.
    ycck = bytearray((OUT / "cmyk.jpg").read_bytes())
    ycck[ycck.index(b"Adobe") + 11] = 2
    (OUT / "ycck.jpg").write_bytes(ycck)
    # Planes halved vertically only: the samples of a 4:2:2 file, read with swapped factors.
    image.resize((16, 48)).save(OUT / "photo_440.jpg", quality=85, subsampling=1)
    tall = bytearray((OUT / "photo_440.jpg").read_bytes())
    at = tall.index(b"\xff\xc0") + 5
    tall[at : at + 4] = struct.pack(">HH", 48, 16)
    tall[at + 6] = 0x12
    (OUT / "photo_440.jpg").write_bytes(tall)
    for name in sorted(path.name for path in OUT.glob("*.jpg")):
        by_pillow(name)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"orientation_{orientation}.jpg"
        image.crop((0, 0, 11, 6)).save(OUT / name, quality=90, exif=exif)
        by_pillow(name)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.crop((0, 0, 11, 6)).save(OUT / "orientation_6.png", exif=exif)
    by_pillow("orientation_6.png")


def others():
    image = Image.fromarray(scene(21, 13))
    later = Image.fromarray(255 - scene(21, 13))
    image.save(OUT / "picture.bmp")
    image.save(OUT / "picture.tif", compression="tiff_lzw")
    image.save(OUT / "picture.ppm")
    image.save(OUT / "picture.tga")
    image.save(OUT / "animated.webp", lossless=True, save_all=True, append_images=[later])
    image.save(OUT / "animated.png", save_all=True, append_images=[later])
    image.quantize(32).save(OUT / "animated.gif", save_all=True, append_images=[later.quantize(32)])
    # The content determines the format, not the name.
    (OUT / "really_a_png.jpg").write_bytes((OUT / "rgb8.png").read_bytes())
    for name in ["picture.bmp", "picture.tif", "picture.ppm", "picture.tga", "animated.webp",
                 "animated.png", "animated.gif", "really_a_png.jpg"]:
        by_pillow(name)
    # Radiance HDR: linear light, some of it above white. Pixels are r, g, b and an exponent.
    pixels = [(128, 64, 32, 128), (128, 128, 128, 129), (200, 3, 90, 130), (0, 0, 0, 0), (255, 128, 16, 122)]
    (OUT / "light.hdr").write_bytes(
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 5\n" + bytes(v for p in pixels for v in p))
    linear = np.array([[v * 2.0 ** (e - 136) for v in (r, g, b)] for r, g, b, e in pixels]).clip(0, 1)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    expected["light.hdr"] = np.round(curve * 255).astype(np.uint8)[None]


def resampling():
    rng = np.random.default_rng(11)
    cases = []
    fixed = [(1, 1, 9, 7), (1, 40, 1, 3), (40, 1, 7, 1), (300, 200, 1, 1), (64, 64, 64, 64), (64, 64, 64, 21),
             (64, 64, 21, 64), (400, 300, 33, 17), (13, 7, 201, 99), (60, 90, 70, 20), (60, 90, 50, 70), (60, 90, 50, 69)]
    sizes = fixed + [tuple(int(v) for v in rng.integers(1, 160, 4)) for _ in range(200)]
    for seed, (width, height, to_width, to_height) in enumerate(sizes):
        image = Image.fromarray(noise(width, height, 3, seed))
        out = np.array(image.resize((to_width, to_height), Image.Resampling.LANCZOS))
        cases.append([width, height, to_width, to_height, zlib.crc32(out.tobytes())])
    return cases


def clip_view(pixels, size):
    """The steps before the encoder, as in `_encode_image` of the pipeline."""
    x = VideoProcessor.numpy_to_pt(VideoProcessor.pil_to_numpy(Image.fromarray(pixels)))
    x = (_resize_with_antialiasing(x * 2.0 - 1.0, (size, size)) + 1.0) / 2.0
    return (x[0].numpy() - MEAN) / STD


def clip_views():
    sizes = [(20, 20, 224), (256, 144, 224), (144, 256, 224), (640, 480, 224), (225, 223, 224), (2, 2, 224),
             (3, 500, 224), (900, 40, 224), (224, 224, 224), (97, 61, 30), (449, 448, 56), (31, 290, 336)]
    for seed, (width, height, size) in enumerate(sizes):
        view = clip_view(noise(width, height, 3, seed), size)
        expected[f"clip_{seed}"] = view.reshape(-1)[:: max(1, view.size // 999)].copy()
    return sizes


def vae_pixels():
    ramp = np.arange(256, dtype=np.uint8).repeat(3).reshape(8, 32, 3)
    values = VideoProcessor(do_resize=True, vae_scale_factor=8).preprocess(Image.fromarray(ramp))
    expected["vae_ramp"] = values[0].numpy().copy()


def rounding():
    rng = np.random.default_rng(4)
    halves = (np.arange(256, dtype=np.float32) + np.float32(0.5)) / np.float32(255)
    planes = np.concatenate([halves, rng.uniform(-0.1, 1.1, 512).astype(np.float32)]).reshape(3, 16, 16)
    frame = np.clip(planes.transpose(1, 2, 0), 0, 1)
    expected["planes"] = planes
    expected["planes_frame"] = np.array(VideoProcessor.numpy_to_pil(frame)[0])


def main():
    torch.manual_seed(0)
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    pngs()
    jpegs()
    others()
    cases = {"lanczos": resampling(), "clip": clip_views()}
    vae_pixels()
    rounding()
    (OUT / "cases.json").write_text(json.dumps(cases) + "\n")
    save_file(expected, HERE / "media.safetensors")


main()
