"""Writes `colour/`: pictures with colour profiles, and the sRGB levels that LittleCMS gives for them.

    pip install pillow pillow-heif
    python tests/golden/make_colour.py assets/samples/bridge.jpg

The profiles are built here from the published colorants and curves. `NAME.png.expected.png` and so on are made by
decoding with Pillow (libheif for HEIC) and converting with Pillow's ImageCms, without its shortcuts for speed.
"""

import io
import pathlib
import struct
import sys

import pillow_heif
from PIL import Image, ImageCms

HERE = pathlib.Path(__file__).parent / "colour"
pillow_heif.register_heif_opener()
NO_SHORTCUTS = 0x0100
D50 = (0.9642, 1.0, 0.8249)
P3 = [(0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)]
ADOBE = [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)]
SRGB = [(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141)]


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))


def parametric(*values):
    """The form is told by the number of parameters."""
    form = {1: 0, 3: 1, 4: 2, 5: 3, 7: 4}[len(values)]
    return b"para\0\0\0\0" + struct.pack(">HH", form, 0) + b"".join(map(fixed, values))


def table(values):
    values = [round(value * 65535) for value in values]
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *values)


def exponent(value):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


SRGB_CURVE = parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def profile(space, tags):
    """An ICC profile of version 4 for displays."""
    tags = {b"desc": b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"GB", 8, 28) + "Test".encode("utf-16-be"), **tags}
    tags[b"wtpt"] = xyz(D50)
    at, index, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        index += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"none", 0x04300000, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + b"".join(map(fixed, D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


def rgb_profile(colorants, curves):
    names = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
    return profile(b"RGB ", dict(zip(names, [*map(xyz, colorants), *curves])))


def converted(picture, profile):
    """Its colours in sRGB, with its alpha."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    alpha = picture.getchannel("A") if "A" in picture.getbands() else None
    colours = picture if picture.mode == "L" else picture.convert("RGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    made = ImageCms.profileToProfile(colours, source, target, intent, "RGB", flags=NO_SHORTCUTS)
    if alpha is not None:
        made.putalpha(alpha)
    return made


def in_parts(jpeg, profile):
    """The profile in two segments, the second of them first."""
    half = len(profile) // 2
    parts = [(2, profile[half:]), (1, profile[:half])]
    segments = b""
    for number, data in parts:
        body = b"ICC_PROFILE\0" + bytes([number, 2]) + data
        segments += b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    return jpeg[:2] + segments + jpeg[2:]


def main():
    photo = Image.open(sys.argv[1]).convert("RGB").crop((200, 100, 920, 580)).resize((90, 60), Image.LANCZOS)
    # Below the photograph, colours at the edge of the gamut and greys.
    colours = photo.crop((0, 0, 90, 72))
    for x in range(90):
        level = round(x * 255 / 89)
        row = [(255, level, 0), (0, 255, level), (level, 0, 255), (level, level, level), (level, 255 - level, 0), (level // 8,) * 3]
        for y in range(12):
            colours.putpixel((x, 60 + y), row[y // 2])
    clear = colours.copy()
    clear.putalpha(Image.linear_gradient("L").resize(colours.size))
    p3 = rgb_profile(P3, [SRGB_CURVE] * 3)
    adobe = rgb_profile(ADOBE, [exponent(2.19921875)] * 3)
    curves = [table([(at / 1023) ** power for at in range(1024)]) for power in (1.8, 2.0, 2.4)]
    tables = rgb_profile(P3, curves)
    shifted = rgb_profile(ADOBE, [parametric(2.2, 0.95, 0.05, 0.3, 0.05, 0.002, 0.001)] * 3)
    rounded = rgb_profile(SRGB, [table([((at / 1023 + 0.055) / 1.055) ** 2.4 if at > 41 else at / 1023 / 12.92 for at in range(1024)])] * 3)
    grey = profile(b"GRAY", {b"kTRC": exponent(2.2)})
    HERE.mkdir(exist_ok=True)
    plain = io.BytesIO()
    colours.save(plain, "jpeg", quality=95, subsampling=0)
    (HERE / "p3_parts.jpg").write_bytes(in_parts(plain.getvalue(), p3))
    colours.save(HERE / "adobe.jpg", quality=95, icc_profile=adobe)
    colours.save(HERE / "tables.png", icc_profile=tables)
    colours.save(HERE / "shifted.tif", icc_profile=shifted)
    colours.save(HERE / "same.png", icc_profile=rounded)
    colours.convert("L").save(HERE / "grey.png", icc_profile=grey)
    clear.save(HERE / "p3_alpha.png", icc_profile=p3)
    colours.save(HERE / "p3.webp", lossless=True, icc_profile=p3)
    colours.convert("CMYK").save(HERE / "inks.jpg", quality=95, icc_profile=p3)
    colours.save(HERE / "p3.heic", quality=95, icc_profile=p3)
    colours.save(HERE / "p3.avif", quality=95, icc_profile=p3)
    # The same without a profile, and with the codes for Display P3 (ITU-T H.273, 12).
    coded = io.BytesIO()
    colours.save(coded, "avif", quality=95)
    assert coded.getvalue().count(b"nclx" + struct.pack(">H", 1)) == 1
    coded = coded.getvalue().replace(b"nclx" + struct.pack(">H", 1), b"nclx" + struct.pack(">H", 12))
    (HERE / "p3_codes.avif").write_bytes(coded)
    used = {"adobe.jpg": adobe, "tables.png": tables, "shifted.tif": shifted, "grey.png": grey}
    for path in sorted(HERE.iterdir()):
        if path.suffixes[-2:-1] == [".expected"]:
            continue
        picture = Image.open(path)
        picture.load()
        if path.name in ("same.png", "inks.jpg"):
            made = picture.convert("RGB")
        else:
            made = converted(picture, used.get(path.name, p3))
        made.info.clear()
        made.save(path.with_suffix(f"{path.suffix}.expected.png"))
        print(path.name, path.stat().st_size, picture.mode, bool(picture.info.get("icc_profile")))


if __name__ == "__main__":
    main()
