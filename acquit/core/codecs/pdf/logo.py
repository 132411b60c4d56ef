"""A company's logo: the one picture that people hand in to be printed.

What is kept is drawn anew from the pixels, so nothing else that a file can carry (a place, a
camera, a comment, a second file behind the picture) reaches a customer.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from acquit.core.faults import Refused

UPLOAD_BYTES_MAX = 512 * 1024
PIXELS_MAX = 2000  # on each side
MEDIA = {"png": "image/png", "jpeg": "image/jpeg"}
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_QUALITY = 92
_DEEP = ("I", "F")  # one grey of more than 8 bits: viewers and printers disagree about it


class NoLogo(Refused):
    """The file cannot be the logo; the fault says why and what to do."""


def clean(*, data: bytes) -> bytes:
    """The picture drawn anew: a PNG stays a PNG, a JPEG a JPEG; upright, in RGB, nothing else.

    Refused (NoLogo): more than :data:`UPLOAD_BYTES_MAX` bytes, neither PNG nor JPEG by its bytes,
    more than :data:`PIXELS_MAX` pixels on a side, greys of 16 bits, or damaged.
    """
    if len(data) > UPLOAD_BYTES_MAX:
        raise too_large()
    header = measure(data)
    if header is None:
        message = "the file is neither a PNG nor a JPEG picture"
        raise NoLogo.because("logo.kind", message, path="logo", fix="save it as PNG or JPEG")
    kind, width, height = header
    if max(width, height) > PIXELS_MAX:  # before a pixel is unpacked
        message = f"the picture has {width} x {height} pixels"
        fix = f"scale it down to at most {PIXELS_MAX} on each side"
        raise NoLogo.because("logo.pixels", message, path="logo", fix=fix)
    try:
        with Image.open(BytesIO(data), formats=(kind.upper(),)) as image:
            image.load()
            return _drawn(image, kind)
    except (OSError, SyntaxError, ValueError) as error:
        message = "the picture is damaged or cut off"
        fix = "open it in a picture editor and save it again"
        raise NoLogo.because("logo.damaged", message, path="logo", fix=fix) from error


def too_large() -> Refused:
    """For whoever sees the size before the bytes."""
    message = f"the file is larger than {UPLOAD_BYTES_MAX // 1024} kB"
    return NoLogo.because("logo.size", message, path="logo", fix="save it smaller")


def _drawn(image: Image.Image, kind: str) -> bytes:
    if image.mode.startswith(_DEEP):
        message = "the picture has greys of 16 bits"
        fix = "save it with 8 bits for each colour"
        raise NoLogo.because("logo.depth", message, path="logo", fix=fix)
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("RGBA" if image.has_transparency_data else "RGB")
    canvas = Image.new(plain.mode, plain.size)
    canvas.paste(plain)
    written = BytesIO()
    if kind == "png":
        canvas.save(written, "PNG", optimize=True)
    else:
        canvas.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def measure(data: bytes) -> tuple[str, int, int] | None:
    """Kind (a key of :data:`MEDIA`), width and height in pixels by the header of the picture;
    None when it is neither a PNG nor a JPEG."""
    if data.startswith(_PNG) and len(data) >= 24:
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        return ("png", width, height) if width and height else None
    if data.startswith(_JPEG):
        size = _measure_jpeg(data)
        return ("jpeg", *size) if size else None
    return None


def _measure_jpeg(data: bytes) -> tuple[int, int] | None:
    """Walks the segments up to the frame header (SOF), which holds height and width."""
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            width = int.from_bytes(data[position + 7 : position + 9], "big")
            return (width, height) if width and height else None
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
