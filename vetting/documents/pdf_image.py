"""Images of a PDF, as far as they hide text: whether one sees through them, and whether they are of one colour."""

from __future__ import annotations

from typing import Any

from pypdf.errors import PyPdfError
from pypdf.generic import StreamObject

from vetting.documents.pdf_state import number
from vetting.documents.seen import luminance

MOST_PIXELS = 4_000_000
SAMPLES = 4_000
"""Pixels that are looked at."""

EVEN = 12
"""Steps of 255 within which an image is of one colour."""

_PLAIN = ("/FlateDecode", "/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode", "None", "[]")
_CHANNELS = {"/DeviceRGB": 3, "/DeviceGray": 1, "/CalRGB": 3, "/CalGray": 1}


def opaque(image: StreamObject) -> bool:
    """Whether nothing shines through it; a mask counts as opaque where nearly all of it is."""
    if "/Mask" in image or image.get("/ImageMask"):
        return False
    mask = image.get("/SMask")
    if mask is None:
        return True
    samples = _samples(mask.get_object(), 1)
    return bool(samples) and sum(value > 240 for value in samples) / len(samples) > 0.95


def one_shade(image: StreamObject) -> float | None:
    """Luminance of an image that is of one colour; None for any other, and for those that cannot be decoded here."""
    channels = _CHANNELS.get(str(image.get("/ColorSpace")), 0)
    samples = _samples(image, channels) if channels else b""
    if not samples:
        return None
    parts = [samples[at::channels] for at in range(channels)]
    if any(max(part) - min(part) > EVEN for part in parts):
        return None
    means = [sum(part) / len(part) / 255 for part in parts]
    return luminance(*(means * 3 if channels == 1 else means))


def _samples(image: Any, channels: int) -> bytes:
    """Bytes of pixels from all over an image of eight bits; nothing where it is too large or packed as a photograph."""
    pixels = number(image.get("/Width")) * number(image.get("/Height"))
    filters = image.get("/Filter")
    names = [str(f) for f in filters] if isinstance(filters, list) else [str(filters)]
    if not 0 < pixels <= MOST_PIXELS or number(image.get("/BitsPerComponent")) != 8 or set(names) - set(_PLAIN):
        return b""
    try:
        data: bytes = image.get_data()
    except (PyPdfError, ValueError, NotImplementedError):
        return b""
    step = max(len(data) // channels // SAMPLES, 1)
    return b"".join(data[at : at + channels] for at in range(0, len(data) - channels + 1, step * channels))
