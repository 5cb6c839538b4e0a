"""Picture files of every kind the loader reads, and beside them what Pillow makes of them: turned as EXIF says, then
convert("RGB"), in expected/*.png. Usage: record.py OUT. Needs Pillow (recorded with 12.3.0) and numpy."""
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = sys.argv[1]
W, H = 37, 26
RANDOM = np.random.default_rng(3)


def scene(width, height):
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 / (width - 1), y * 255 / (height - 1), 128 + 100 * np.sin(x / 3) * np.cos(y / 4)], -1)
    pixels[height // 4 : height // 2, width // 3 : width // 2] = [250, 20, 30]
    return Image.fromarray((pixels + RANDOM.normal(0, 6, pixels.shape)).clip(0, 255).astype("uint8"))


def path(name):
    return os.path.join(OUT, name)


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def write_png(name, depth, colour_type, rows, extra=b"", width=W):
    """Kinds that Pillow reads but does not write."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, H, depth, colour_type, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    with open(path(name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", content) + chunk(b"IEND", b""))


def linear_profile(grey):
    """A colour profile of linear light: applying it would change every sample."""

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, 256) + b"\0\0"
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 4) + b"lin\0" + b"\0" * 78),
        (b"cprt", b"text\0\0\0\0cc0\0"),
        (b"wtpt", xyz(0.9642, 1, 0.8249)),
    ]
    if grey:
        tags.append((b"kTRC", curve))
    else:
        tags += [(b"rXYZ", xyz(0.6097, 0.3111, 0.0195)), (b"gXYZ", xyz(0.2053, 0.6257, 0.0609))]
        tags += [(b"bXYZ", xyz(0.1492, 0.0632, 0.7446)), (b"rTRC", curve), (b"gTRC", curve), (b"bTRC", curve)]
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        content += b"\0" * (-len(content) % 4)
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(content))
        data += content
    size = struct.pack(">I", 128 + len(table) + len(data))
    header = size + b"lcms" + struct.pack(">I", 0x02100000) + b"mntr" + (b"GRAY" if grey else b"RGB ") + b"XYZ "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + struct.pack(">iii", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + data


def samples(depth, channels):
    kind = ">u2" if depth == 16 else "u1"
    return RANDOM.integers(0, 1 << depth, (H, W, channels)).astype(kind)


def pngs(image, alpha):
    grey = image.convert("L")
    grey.save(path("grey.png"))
    Image.merge("LA", (grey, alpha)).save(path("grey_alpha.png"))
    image.quantize(23).save(path("palette.png"))
    image.quantize(7).save(path("palette_transparent.png"), transparency=bytes([0, 40, 255, 90, 10, 20, 255]))
    image.save(path("rgb_transparent.png"), transparency=image.getpixel((3, 3)))
    with_alpha(image, alpha).save(path("rgba.png"))
    image.convert("1").save(path("bilevel.png"))
    deep = samples(16, 1)
    deep[0, :6, 0] = [0, 1, 255, 256, 257, 65535]
    write_png("grey16.png", 16, 0, [row.tobytes() for row in deep])
    for name, colour_type, channels in (("rgb16", 2, 3), ("grey_alpha16", 4, 2), ("rgba16", 6, 4)):
        write_png(name + ".png", 16, colour_type, [row.tobytes() for row in samples(16, channels)])
    for depth in (2, 4):
        rows = [RANDOM.integers(0, 256, 36 * depth // 8).astype("u1").tobytes() for _ in range(H)]
        write_png(f"grey{depth}.png", depth, 0, rows, width=36)
    gamma = struct.pack(">I", 4) + b"gAMA" + struct.pack(">I", 100000)
    gamma += struct.pack(">I", zlib.crc32(gamma[4:]))
    write_png("gamma.png", 8, 2, [row.tobytes() for row in np.asarray(image)], gamma)
    image.save(path("profile.png"), icc_profile=linear_profile(False))
    grey.save(path("profile_grey.png"), icc_profile=linear_profile(True))
    image.save(path("rotated.png"), exif=exif(6))


def jpegs(image):
    grey = image.convert("L")
    for subsampling, name in ((0, "444"), (1, "422"), (2, "420")):
        image.save(path(f"yuv{name}.jpg"), quality=85, subsampling=subsampling)
    scene(91, 62).save(path("larger.jpg"), quality=75)
    image.save(path("progressive.jpg"), quality=80, progressive=True)
    grey.save(path("grey.jpg"), quality=85)
    image.save(path("rgb.jpg"), quality=90, keep_rgb=True)
    image.convert("CMYK").save(path("cmyk.jpg"), quality=90)
    with open(path("cmyk.jpg"), "rb") as file:
        data = bytearray(file.read())
    data[data.index(b"Adobe") + 11] = 2
    with open(path("ycck.jpg"), "wb") as file:
        file.write(data)
    image.save(path("profile.jpg"), quality=85, icc_profile=linear_profile(False))
    grey.save(path("profile_grey.jpg"), quality=85, icc_profile=linear_profile(True))
    for orientation in range(1, 9):
        image.save(path(f"exif{orientation}.jpg"), quality=85, exif=exif(orientation))
    with open(path("yuv420.jpg"), "rb") as file:
        data = file.read()
    with open(path("no_jfif.jpg"), "wb") as file:
        file.write(data[:2] + data[4 + struct.unpack(">H", data[4:6])[0] :])


def webps(image, alpha):
    image.save(path("lossy.webp"), quality=80)
    image.save(path("lossless.webp"), lossless=True)
    with_alpha(image, alpha).save(path("lossy_alpha.webp"), quality=80)
    with_alpha(image, alpha).save(path("lossless_alpha.webp"), lossless=True, exact=True)
    image.quantize(5).convert("RGB").save(path("few_colours.webp"), lossless=True)
    image.save(path("rotated.webp"), quality=80, exif=exif(8))
    image.save(path("profile.webp"), quality=80, icc_profile=linear_profile(False))
    scene(91, 62).save(path("larger.webp"), quality=60)


def with_alpha(image, alpha):
    result = image.copy()
    result.putalpha(alpha)
    return result


os.makedirs(path("expected"), exist_ok=True)
picture = scene(W, H)
ramp = Image.fromarray((np.mgrid[0:H, 0:W][1] * 7 % 256).astype("uint8"))
pngs(picture, ramp)
jpegs(picture)
webps(picture, ramp)
picture.save(path("palette.gif"))
picture.save(path("rgb.bmp"))
for name in sorted(os.listdir(OUT)):
    if name.endswith((".png", ".jpg", ".webp", ".gif", ".bmp")):
        with Image.open(path(name)) as recorded:
            ImageOps.exif_transpose(recorded).convert("RGB").save(path(f"expected/{name}.png"), optimize=True)
picture.save(path("animated.webp"), save_all=True, append_images=[ImageOps.invert(picture)], quality=80)
