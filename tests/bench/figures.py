"""What a benchmark found: repeats, what they are compared with, and one table of it all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

HEADINGS = ("figure", "median", "min-max", "n", "beside it", "ratio", "target", "met")


@dataclass(frozen=True)
class Sample:
    """Repeats of one measurement, in their order; at least one."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Sample:
        """The repeats as a sample. Raises ValueError for none: a figure without a measurement is none."""
        kept = tuple(values)
        if not kept:
            raise ValueError("nothing was measured")
        return cls(kept)

    @property
    def median(self) -> float:
        """The middle one, or the mean of the two in the middle."""
        return median(self.values)

    def document(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "n": len(self.values),
            "values": list(self.values),
        }


def ratio(value: Sample, base: Sample) -> Sample:
    """Repeat by repeat where there are as many of each (they were taken in turns), else over the base's median."""
    if len(value.values) == len(base.values):
        return Sample(tuple(v / b for v, b in zip(value.values, base.values, strict=True)))
    return Sample(tuple(v / base.median for v in value.values))


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    `base` is what was measured beside it, in the same run and unit, and `beside` its name. Targets are for medians:
    `at_most` for the value, `ratio_at_most` for the ratio.
    """

    what: str
    unit: str
    value: Sample
    beside: str = ""
    base: Sample | None = None
    at_most: float | None = None
    ratio_at_most: float | None = None

    @property
    def ratio(self) -> Sample | None:
        """How many times what was measured beside it."""
        return ratio(self.value, self.base) if self.base else None

    @property
    def met(self) -> bool | None:
        """Whether every target holds; None where there is none."""
        held = [self.value.median <= self.at_most] if self.at_most is not None else []
        if self.ratio_at_most is not None:
            held.append(self.ratio is not None and self.ratio.median <= self.ratio_at_most)
        return all(held) if held else None

    def document(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "figure": self.what,
            "unit": self.unit,
            "value": self.value.document(),
            "beside": {"figure": self.beside, "value": self.base.document()} if self.base else None,
            "ratio": self.ratio.document() if self.ratio else None,
            "at_most": self.at_most,
            "ratio_at_most": self.ratio_at_most,
            "met": self.met,
        }


def table(found: Sequence[tuple[str, Sequence[Figure]]]) -> str:
    """The figures of each benchmark under its name, in columns that are as wide as what stands in them."""
    rows = [(name, [_cells(figure) for figure in figures]) for name, figures in found]
    cells = [HEADINGS, *(line for _, lines in rows for line in lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [_line(HEADINGS, widths), "-" * (sum(widths) + 2 * len(widths))]
    for name, figures in rows:
        lines += [name, *(_line(line, widths) for line in figures)]
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    value, unit = figure.value, figure.unit
    beside = f"{figure.beside}: {_number(figure.base.median)} {unit}".rstrip() if figure.base else ""
    targets = [f"<= {_number(figure.at_most)} {unit}".rstrip()] if figure.at_most is not None else []
    targets += [f"<= {figure.ratio_at_most:g} x"] if figure.ratio_at_most is not None else []
    return (
        figure.what,
        f"{_number(value.median)} {unit}".rstrip(),
        _range(value),
        str(len(value.values)),
        beside,
        f"{_number(figure.ratio.median)} x ({_range(figure.ratio)})" if figure.ratio else "",
        " and ".join(targets),
        {True: "yes", False: "NO", None: ""}[figure.met],
    )


def _range(sample: Sample) -> str:
    return f"{_number(min(sample.values))}-{_number(max(sample.values))}"


def _number(value: float) -> str:
    """Three digits that count, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{round(value, 4):.3g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return ("  " + "  ".join(padded)).rstrip()
