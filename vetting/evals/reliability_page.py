"""The report of `vetting eval reliability` as one HTML file: tables and pictures, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def page(report: Mapping[str, Any]) -> str:
    """The whole page; everything that comes from data is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    plots = {
        slug: {**plot, "curve": [point[:2] for point in plot["verdicts"]]} for slug, plot in report["plots"].items()
    }
    return environment.get_template("reliability.html.j2").render(report={**report, "plots": plots})
