"""The graphics state of a PDF page while it is drawn (ISO 32000-1, 8.4): matrices, boxes, colours, the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vetting.documents.seen import luminance

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

HUGE = 1e7


class Box(NamedTuple):
    """A rectangle in page space."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def area(self) -> float:
        """Its size, 0 where it is empty."""
        return max(self.right - self.left, 0.0) * max(self.top - self.bottom, 0.0)

    def meet(self, other: Box) -> Box:
        """What both have in common; its area is 0 where that is nothing."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )

    def share_in(self, other: Box) -> float:
        """How much of this one lies within the other, 0 to 1."""
        return self.meet(other).area / self.area if self.area else 0.0


EVERYWHERE = Box(-HUGE, -HUGE, HUGE, HUGE)


def times(one: Matrix, other: Matrix) -> Matrix:
    """First `one`, then `other`."""
    a, b, c, d, e, f = one
    A, B, C, D, E, F = other
    return (a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F)


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """A point in the space that the matrix leads to."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def box_of(points: Sequence[tuple[float, float]]) -> Box:
    """The smallest box around the points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def rectangle(matrix: Matrix, x: float, y: float, width: float, height: float) -> Box:
    """A rectangle of user space in page space."""
    corners = ((x, y), (x + width, y), (x, y + height), (x + width, y + height))
    return box_of([apply(matrix, *corner) for corner in corners])


def number(value: Any, default: float = 0.0) -> float:
    """A finite number of moderate size, whatever the file says."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return default
    return found if -HUGE < found < HUGE else default


def numbers(values: Sequence[Any], count: int) -> list[float]:
    """So many numbers; missing ones are 0."""
    found = [number(v) for v in values[:count]]
    return found + [0.0] * (count - len(found))


def matrix_of(values: Sequence[Any]) -> Matrix:
    """Six operands as a matrix; the identity where there are not six."""
    if len(values) < 6:
        return IDENTITY
    a, b, c, d, e, f = numbers(values, 6)
    return (a, b, c, d, e, f)


def shade(parts: Sequence[Any], space: str) -> float | None:
    """Luminance of a colour by its number of parts; None for patterns, which have no one colour."""
    values = [number(p) for p in parts if not isinstance(p, str)]
    if len(values) == 1:
        grey = 1 - values[0] if space in ("/Separation", "/DeviceN") else values[0]
        return None if space in ("/Indexed", "/Pattern") else luminance(grey, grey, grey)
    if len(values) == 3:
        return _of_lab(values) if space == "/Lab" else luminance(*values)
    if len(values) == 4:
        cyan, magenta, yellow, black = values
        return luminance(*((1 - min(part, 1)) * (1 - min(black, 1)) for part in (cyan, magenta, yellow)))
    return None


def _of_lab(values: Sequence[float]) -> float:
    """Luminance of a CIE L*a*b* colour; only L* counts."""
    lightness = (values[0] + 16) / 116
    return float(lightness**3) if lightness > 6 / 29 else float(3 * (6 / 29) ** 2 * (lightness - 4 / 29))


@dataclass
class State:
    """What `q` saves and `Q` restores. `fill` and `stroke` are luminances, None where they are not one colour."""

    ctm: Matrix = IDENTITY
    clip: Box = EVERYWHERE
    fill: float | None = 0.0
    stroke: float | None = 0.0
    fill_space: str = "/DeviceGray"
    stroke_space: str = "/DeviceGray"
    fill_alpha: float = 1.0
    stroke_alpha: float = 1.0
    blend: str = "/Normal"
    font: str = ""
    size: float = 0.0
    character_space: float = 0.0
    word_space: float = 0.0
    scale: float = 100.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


@dataclass(frozen=True)
class Painted:
    """An area that was filled: its place in the order of drawing, its luminance (None: an image, unknown)."""

    order: int
    box: Box
    shade: float | None
    opaque: bool


@dataclass
class Show:
    """Text that was drawn, as it was found: enough to judge it, and to draw it again on an empty page."""

    order: int
    block: int
    font: str
    state: State
    matrix: Matrix
    operands: list[Any]
    text: str
    box: Box
    layer_off: bool = False
    size: float = field(default=0.0)
    """Height of the letters on the page, in points."""
    width: float = field(default=0.0)
    """Width of an em on the page, in points."""
