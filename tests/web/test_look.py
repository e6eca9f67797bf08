"""The tokens: every pair of colours that text or an edge needs has the contrast that WCAG 2.2 AA asks for."""

from __future__ import annotations

import re

import pytest

from vetting.web.render import STATIC

CSS = (STATIC / "vetting.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "surface")
INKS = ("ink", "soft", "accent", "accent-deep", "good", "attention", "stop")
TEXT = [
    *((ink, ground) for ink in INKS for ground in GROUNDS),
    *((ink, "accent-wash") for ink in ("ink", "soft", "accent", "accent-deep")),
    *((name, f"{name}-wash") for name in ("good", "attention", "stop")),
    *(("ink", f"{name}-wash") for name in ("good", "attention", "stop")),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
]
EDGES = [(edge, ground) for edge in ("edge", "accent", "stop", "attention") for ground in GROUNDS]


def tokens() -> dict[str, dict[str, str]]:
    """Scheme -> token -> colour, as the style sheet has them."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    read = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return {"light": read, "dark": read | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (EDGES, 3.0)], ids=["text", "edges"])
def test_the_tokens_have_contrast(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = tokens()[scheme]
    short = {(a, b): round(r, 2) for a, b in pairs if (r := contrast(colours[a], colours[b])) < least}
    assert short == {}


def test_dark_has_every_colour_that_light_has() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    names = [set(re.findall(r"--([\w-]+): #", block)) for block in (light, dark)]
    assert names[0] == names[1]


def test_every_colour_outside_the_tokens_is_a_token() -> None:
    for name in ("vetting.css", "staff.css", "styleguide.css"):
        rules = re.sub(r":root \{.*?\}|@media print \{.*", "", (STATIC / name).read_text(encoding="utf-8"), flags=re.S)
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules) == [], name
