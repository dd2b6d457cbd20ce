"""Writes `heif/`: HEIC and AVIF pictures, and what libheif and libavif read from them.

    pip install pillow pillow-heif; ffmpeg with libx265
    python tests/golden/make_heif.py assets/samples/bridge.jpg

`single.heic` and `alpha.avif` are written by libheif and libavif; `grid.heic` is assembled here from six images of
x265, as phones store pictures: in parts, wider than the picture, and turned by a quarter. `crop.heic` is the same
picture with a crop, applied before the turn.
"""

import pathlib
import struct
import subprocess
import sys

import pillow_heif
from PIL import Image

HERE = pathlib.Path(__file__).parent / "heif"
pillow_heif.register_heif_opener()


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def full(kind, version, flags, *parts):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def units(stream):
    parts = stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part for part in parts if part]


def hevc(image):
    """The parameter sets and the slice of one image."""
    command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{image.width}x{image.height}"]
    command += ["-i", "-", "-vf", "scale=out_color_matrix=bt601:out_range=full,format=yuvj420p", "-c:v", "libx265"]
    command += ["-x265-params", "keyint=1:crf=12:info=0:log-level=none:repeat-headers=1", "-f", "hevc", "-"]
    stream = subprocess.run(command, input=image.tobytes(), check=True, capture_output=True).stdout
    sets, slices = {}, []
    for unit in units(stream):
        kind = unit[0] >> 1 & 63
        if kind in (32, 33, 34):
            sets[kind] = unit
        elif kind < 32:
            slices.append(unit)
    return sets, slices


def configuration(sets):
    sps = sets[33]
    head = bytes([1]) + sps[3:15] + struct.pack(">HBBBB", 0xF000, 0xFC, 0xFD, 0xF8, 0xF8) + b"\0\0" + bytes([0x0F])
    arrays = b"".join(bytes([0x80 | kind]) + struct.pack(">HH", 1, len(sets[kind])) + sets[kind] for kind in (32, 33, 34))
    return head + bytes([3]) + arrays


def grid(image, side, turns, crop=None):
    columns, rows = -(-image.width // side), -(-image.height // side)
    padded = Image.new("RGB", (columns * side, rows * side))
    padded.paste(image)
    tiles, sets = [], None
    for row in range(rows):
        for column in range(columns):
            part = padded.crop((column * side, row * side, (column + 1) * side, (row + 1) * side))
            sets, slices = hevc(part)
            tiles.append(b"".join(struct.pack(">I", len(one)) + one for one in slices))
    count = len(tiles)
    layout = bytes([0, 0, rows - 1, columns - 1]) + struct.pack(">HH", image.width, image.height)
    whole = count + 1
    entries = [full(b"infe", 2, 0, struct.pack(">HH", at + 1, 0), b"hvc1\0") for at in range(count)]
    entries.append(full(b"infe", 2, 0, struct.pack(">HH", whole, 0), b"grid\0"))
    properties = [
        full(b"ispe", 0, 0, struct.pack(">II", side, side)),
        box(b"hvcC", configuration(sets)),
        full(b"ispe", 0, 0, struct.pack(">II", image.width, image.height)),
        box(b"irot", bytes([turns])),
        box(b"colr", b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)),
    ]
    if crop:
        properties.append(box(b"clap", struct.pack(">IIIIiIiI", *crop)))
    links = b"".join(struct.pack(">HB", at + 1, 3) + bytes([1, 0x82, 5]) for at in range(count))
    shown = [3, 0x86, 0x84, 5] if crop else [3, 0x84, 5]
    links += struct.pack(">HB", whole, len(shown)) + bytes(shown)

    def meta(start):
        places, at = b"", start
        for index, tile in enumerate(tiles):
            places += struct.pack(">HHHHII", index + 1, 0, 0, 1, at, len(tile))
            at += len(tile)
        places += struct.pack(">HHHHII", whole, 1, 0, 1, 0, len(layout))
        return full(
            b"meta", 0, 0,
            full(b"hdlr", 0, 0, b"\0\0\0\0pict" + bytes(13)),
            full(b"pitm", 0, 0, struct.pack(">H", whole)),
            full(b"iloc", 1, 0, struct.pack(">HH", 0x4400, whole), places),
            full(b"iinf", 0, 0, struct.pack(">H", whole), *entries),
            full(b"iref", 0, 0, box(b"dimg", struct.pack(">HH", whole, count), *[struct.pack(">H", at + 1) for at in range(count)])),
            box(b"iprp", box(b"ipco", *properties), full(b"ipma", 0, 0, struct.pack(">I", whole), links)),
            box(b"idat", layout),
        )

    kind = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    start = len(kind) + len(meta(0)) + 8
    return kind + meta(start) + box(b"mdat", *tiles)


def main():
    photo = Image.open(sys.argv[1]).convert("RGB")
    photo = photo.crop((200, 100, 200 + 720, 100 + 480))
    small = photo.resize((150, 100), Image.LANCZOS)
    small.save(HERE / "single.heic", quality=80)
    (HERE / "grid.heic").write_bytes(grid(small, 64, 1))
    # 101 × 60 pixels, whose middle is 3.5 pixels left of the picture's and 5 below it.
    (HERE / "crop.heic").write_bytes(grid(small, 64, 1, (101, 1, 120, 2, -7, 2, 5, 1)))
    mask = Image.linear_gradient("L").resize(small.size)
    clear = small.copy()
    clear.putalpha(mask)
    clear.save(HERE / "alpha.avif", quality=80, speed=6)
    for name in ("single.heic", "grid.heic", "crop.heic", "alpha.avif"):
        read = Image.open(HERE / name)
        read.save(HERE / f"{name}.png")
        print(name, (HERE / name).stat().st_size, read.size, read.mode)


if __name__ == "__main__":
    main()
